/** Whose call it is: the user behind an extension, by what an admin said, else by e-mail address. */
import { keyOf } from '#mappings/keys.ts';
import type { Tx } from '#store/database.ts';
import { findKeys } from '#store/keys.ts';
import type { Known } from './known.ts';
import type { Policy } from './policy.ts';
import type { Roster } from './roster.ts';

/** Extension → user of the workspace, for those of a roster whose e-mail address is a user's. One question. */
export async function usersOf(
  tx: Tx,
  extensions: readonly string[],
  roster: Roster,
  policy: Policy,
): Promise<Map<string, string>> {
  const users = new Map<string, string>();
  const mails = new Map<string, string[]>();
  for (const id of new Set(extensions)) {
    const extension = roster.of(id);
    const said = policy.owners[id] ?? policy.owners[extension?.id ?? ''] ?? policy.owners[extension?.number ?? ''];
    const token = extension?.email === undefined ? undefined : keyOf('email', extension.email)?.token;
    if (said !== undefined) users.set(id, said);
    else if (token !== undefined) mails.set(token, [...(mails.get(token) ?? []), id]);
  }
  if (mails.size === 0) return users;
  const keys = [...mails.keys()].map((token) => ({ kind: 'email' as const, token }));
  const found = Map.groupBy(await findKeys(tx, 'user', keys, 2), (hit) => hit.token);
  for (const [token, hits] of found) {
    if (hits.length === 1) for (const id of mails.get(token)!) users.set(id, hits[0]!.record);
  }
  return users;
}

/** Extensions that could own the call, before others: who talked, else the only one who was rung. */
export function ownersIn({ talked, people, desk, direction }: Known): string[] {
  if (talked !== null) return [talked];
  if (direction !== 'inbound') return people.slice(0, 1);
  if (people.length === 1) return people;
  return desk === null ? [] : [desk];
}
