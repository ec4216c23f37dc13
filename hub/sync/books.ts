/** In books a number is no name: suppliers count alike, a credit note may bear the number of an invoice, and other books begin at 1 too. */
import type { Tx } from '#store/database.ts';
import type { Env } from './env.ts';
import { entriesHere } from './known.ts';
import type { Bearers } from './match.ts';

/** What came from a row of books is that row's alone; what was made here, or came otherwise, may be recognised by its number. */
export async function leaveBooked(env: Env, tx: Tx, bearers: Bearers): Promise<void> {
  if (!env.stream.books || bearers.byKey.size === 0) return;
  const ids = new Set([...bearers.byKey.values()].flat().map(({ record }) => record));
  const booked = new Set<string>();
  for (const { record, action, sync } of await entriesHere(tx, [...ids]))
    if (action === 'create' && sync !== null && (env.kin.has(sync) || env.foreign.has(sync))) booked.add(record);
  for (const [key, some] of bearers.byKey)
    bearers.byKey.set(
      key,
      some.filter(({ record }) => !booked.has(record)),
    );
}
