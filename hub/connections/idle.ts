/** Grants that nobody uses: where a refresh token dies of that, it is refreshed in time. */
import type { Freshness } from '#credentials/freshness.ts';
import { Problem } from '#kit/errors.ts';
import { idleGrants } from '#store/grants.ts';
import { workspaceIds } from '#store/vaults.ts';
import type { ConnectionParts } from './parts.ts';

/** After this part of the refresh token's life it is renewed: enough is left for a service that is down for days. */
const PART = 1 / 3;

const BATCH = 200;

/** How many were refreshed. One that cannot be refreshed now is tried again the next time. */
export async function refreshIdle(parts: ConnectionParts, freshness: Freshness): Promise<number> {
  let refreshed = 0;
  for (const { name, auth } of Object.values(parts.connectors)) {
    if (auth.kind !== 'oauth2' || auth.idle === undefined) continue;
    const unusedSince = new Date(parts.now() - auth.idle * PART);
    for (const workspace of await workspaceIds(parts.store)) {
      for (let after = 0, found: number[]; ; after = found.at(-1)!) {
        found = await parts.store.workspace(workspace, (tx) => idleGrants(tx, name, unusedSince, after, BATCH));
        for (const grant of found) refreshed += await freshened(freshness, { workspace, grant });
        if (found.length < BATCH) break;
      }
    }
  }
  return refreshed;
}

async function freshened(freshness: Freshness, ref: { workspace: number; grant: number }): Promise<0 | 1> {
  try {
    await freshness.tokens(ref);
    return 1;
  } catch (error) {
    if (error instanceof Problem) return 0; // a dead grant has paused its connections by now, with the reason
    throw error;
  }
}
