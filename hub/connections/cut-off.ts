/**
 * Refreshes that were cut off: done again although nobody asks for a token. A service that honours the former refresh token does so for
 * a while only, and where it does not, the connection says so within a minute instead of at its next use.
 */
import type { Freshness } from '#credentials/freshness.ts';
import { Problem } from '#kit/errors.ts';
import { cutOffGrants } from '#store/grants.ts';
import type { ConnectionParts } from './parts.ts';

/** A claim lasts 20 s, a look comes each 10 s, and an answer takes 10 s at most: the rest is seen well within a minute. */
export const CUT_OFF_LOOK_MS = 10_000;

/** A service that does not answer is not asked again by the next hub at once. */
const REST_MS = 5_000;

const MOST = 100;

/** How many were refreshed. One that cannot be refreshed now is tried again the next time; a dead grant pauses its connections. */
export async function repeatCutOff({ store }: ConnectionParts, freshness: Freshness, rest = REST_MS): Promise<number> {
  const found = await store.installation((tx) => cutOffGrants(tx, rest, MOST));
  let repeated = 0;
  for (const ref of found) {
    try {
      if (await freshness.again(ref)) repeated += 1;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
    }
  }
  return repeated;
}
