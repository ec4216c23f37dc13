/** Addresses that meetings, mails and files name, and whom they lead to. */
import { column, HERE, list } from './columns.ts';
import type { Tx } from './database.ts';

/** Objects whose keys are the addresses of those who take part. */
export const NAMING = ['event', 'email', 'file'] as const;

export type Naming = (typeof NAMING)[number];

const named = (token: string): string =>
  NAMING.map((object) => {
    const beginning = `'${object}' || E'\\temail\\t' || ${token}`;
    return `exists (select from keys k where k.key > ${beginning} || E'\\t' and k.key < ${beginning} || E'\\n')`;
  }).join(' or ');

/** Marks the addresses that a meeting, mail or file names, of those that records bear from now on: e-mail tokens (mappings/keys.ts). */
export async function markAddresses(tx: Tx, tokens: readonly string[]): Promise<void> {
  if (tokens.length === 0) return;
  await tx.run(
    `insert into address_marks (workspace, address) select ${HERE}, n.token from unnest(${list('$1', 'text')}) n (token)
     where ${named('n.token')} on conflict do nothing`,
    [column([...new Set(tokens)])],
  );
}

/** Marks every address there is. */
export async function markAllAddresses(tx: Tx): Promise<void> {
  for (const object of NAMING)
    await tx.run(
      `insert into address_marks (workspace, address)
       select distinct ${HERE}, split_part(key, E'\\t', 3) from keys where key > $1 and key < $2 on conflict do nothing`,
      [`${object}\temail\t`, `${object}\temail\n`],
    );
}

/** Takes marks of the workspace. */
export async function takeAddresses(tx: Tx, most: number): Promise<string[]> {
  const rows = await tx.query<{ address: string }>(
    'delete from address_marks where address in (select address from address_marks order by address limit $1) returning address',
    [most],
  );
  return rows.map((row) => row.address);
}

/** Workspaces that have marks. Worker. */
export async function addressedWorkspaces(tx: Tx, most: number): Promise<number[]> {
  const rows = await tx.query<{ workspace: number }>(
    'select distinct workspace from (select workspace from address_marks order by workspace, address limit $1) m',
    [most],
  );
  return rows.map((row) => row.workspace);
}

/** What a contact or an opportunity belongs to. */
export interface Standing {
  id: string;
  object: string;
  contact: string | null;
  company: string | null;
}

/** Of those that live. */
export function standingsOf(tx: Tx, ids: readonly string[]): Promise<Standing[]> {
  return tx.query(
    `select id, object, fields ->> 'contact' as contact, fields ->> 'company' as company from records
     where id = any(${list('$1', 'uuid')}) and archived is null`,
    [column(ids)],
  );
}
