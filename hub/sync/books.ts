/** In books a number is no name: suppliers count alike, a credit note may bear the number of an invoice, and other books begin at 1 too. */
import type { Tx } from '#store/database.ts';
import type { Env } from './env.ts';
import { entriesHere, intentsOf } from './known.ts';
import type { Bearers } from './match.ts';

/**
 * What came from a row of books is that row's alone; what was made here, or came otherwise, may be recognised by its number. So may what
 * was sent over from other books, and nobody knows whether it arrived.
 */
export async function leaveBooked(env: Env, tx: Tx, bearers: Bearers): Promise<void> {
  if (!env.stream.books || bearers.byKey.size === 0) return;
  const ids = new Set([...bearers.byKey.values()].flat().map(({ record }) => record));
  const { kin, foreign } = env.facts;
  const booked = new Set<string>();
  const abroad = new Set<string>();
  for (const { record, action, sync } of await entriesHere(tx, [...ids])) {
    if (action !== 'create' || sync === null) continue;
    if (kin.has(sync)) booked.add(record);
    else if (foreign.has(sync)) abroad.add(record);
  }
  const sent = abroad.size === 0 ? [] : await intentsOf(tx, env.sync.id, [...abroad]);
  for (const { record, state } of sent) if (state === 'unsure') abroad.delete(record);
  for (const record of abroad) booked.add(record);
  for (const [key, some] of bearers.byKey)
    bearers.byKey.set(
      key,
      some.filter(({ record }) => !booked.has(record)),
    );
}
