/** Meetings, mails and files are looked at again when an address that they name has got a bearer. */

import { isRetryable, isUnavailable, type Tx } from '#store/database.ts';
import { type Bearer, scanTokens } from '#store/keys.ts';
import { NAMING, takeAddresses } from '#store/participants.ts';
import { lockRecords } from '#store/records.ts';
import { oneWriter } from '#store/syncs.ts';
import type { Transactions } from '../recompute.ts';
import { regardAnew } from '../write.ts';

/** Addresses dealt with in one transaction, and records at once. */
const ADDRESSES = 50;
const RECORDS = 500;

/** Until no address is marked. One whose records cannot be written is passed over: it is looked at again with its next bearer. */
export async function relink(
  within: Transactions,
  now: () => number,
  failed: (address: string | undefined, error: unknown) => void,
  signal?: AbortSignal,
): Promise<number> {
  let most = ADDRESSES;
  let changed = 0;
  for (;;) {
    signal?.throwIfAborted();
    try {
      const { addresses, records } = await within((tx) => some(tx, most, new Date(now()).toISOString()));
      changed += records;
      if (addresses < most) return changed;
    } catch (error) {
      if (isRetryable(error) || isUnavailable(error)) throw error;
      if (most === 1) failed((await within((tx) => takeAddresses(tx, 1)))[0], error);
      most = 1;
    }
  }
}

async function some(tx: Tx, most: number, at: string): Promise<{ addresses: number; records: number }> {
  await oneWriter(tx);
  const addresses = await takeAddresses(tx, most);
  let records = 0;
  for (const token of addresses)
    for (const object of NAMING)
      for (let after: Bearer | null = null, more = true; more; ) {
        const found: Bearer[] = await scanTokens(tx, { object, kind: 'email', token, whole: true }, after, RECORDS);
        const ids = [...new Set(found.map(({ record }) => record))];
        if (ids.length > 0) records += await regardAnew(tx, await lockRecords(tx, ids), { by: 'an address', at });
        more = found.length === RECORDS;
        after = found.at(-1) ?? after;
      }
  return { addresses: addresses.length, records };
}
