/** Numbers of colleagues: a user's own telephone is nobody outside. */
import type { Tx } from '#store/database.ts';
import { findKeys } from '#store/keys.ts';

/** Those of the numbers (E.164) that users of the workspace bear. One question. */
export async function colleaguesAmong(tx: Tx, numbers: readonly string[]): Promise<ReadonlySet<string>> {
  const asked = [...new Set(numbers.filter((number) => number.startsWith('+')))];
  if (asked.length === 0) return new Set();
  const found = await findKeys(
    tx,
    'user',
    asked.map((token) => ({ kind: 'phone', token })),
    1,
  );
  return new Set(found.map((hit) => hit.token));
}
