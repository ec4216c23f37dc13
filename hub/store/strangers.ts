/** People met in meetings and mails whom nobody knows: kept only where the workspace wants to review them. */
import { column, HERE, list } from './columns.ts';
import type { Tx } from './database.ts';

export type StrangerPolicy = 'off' | 'review';

export interface StrangerRow {
  address: string;
  name: string;
  last: string;
  dismissed: string | null;
  by: string | null;
}

export async function strangerPolicy(tx: Tx): Promise<StrangerPolicy> {
  return (await tx.query<{ strangers: StrangerPolicy }>('select strangers from workspaces'))[0]?.strangers ?? 'off';
}

export async function setStrangerPolicy(tx: Tx, policy: StrangerPolicy): Promise<void> {
  await tx.run(`update workspaces set strangers = $1 where workspace = ${HERE}`, [policy]);
}

/** Notes whom one has met; who was dismissed stays so. */
export async function noteStrangers(tx: Tx, met: readonly Pick<StrangerRow, 'address' | 'name' | 'last'>[]): Promise<void> {
  if (met.length === 0) return;
  await tx.run(
    `insert into strangers as s (workspace, address, name, last)
     select ${HERE}, address, coalesce(name, ''), last from unnest(${list('$1', 'text')}, ${list('$2', 'text')}, ${list('$3', 'timestamptz')}) n (address, name, last)
     on conflict (workspace, address) do update
     set last = greatest(s.last, excluded.last),
         name = case when excluded.name <> '' and (s.name = '' or excluded.last >= s.last) then excluded.name else s.name end
     where s.dismissed is null`,
    [column(met.map((one) => one.address)), column(met.map((one) => one.name)), column(met.map((one) => one.last))],
  );
}

/** Somebody bears the address now: it is no stranger's. */
export async function dropStrangers(tx: Tx, addresses: readonly string[]): Promise<void> {
  if (addresses.length === 0) return;
  await tx.run(`delete from strangers where address = any(${list('$1', 'text')}) and dismissed is null`, [column(addresses)]);
}

/** All that nobody has dismissed. */
export async function forgetStrangers(tx: Tx): Promise<void> {
  await tx.run('delete from strangers where dismissed is null', []);
}

/** Last met first. */
export function listStrangers(
  tx: Tx,
  after: Pick<StrangerRow, 'last' | 'address'> | null,
  limit: number,
): Promise<StrangerRow[]> {
  return tx.query(
    `select address, name, last, dismissed, by from strangers where dismissed is null and (last, address) < ($1::timestamptz, $2)
     order by last desc, address desc limit $3`,
    [after?.last ?? 'infinity', after?.address ?? '', limit],
  );
}

export function strangersNamed(tx: Tx, addresses: readonly string[]): Promise<StrangerRow[]> {
  return tx.query(`select address, name, last, dismissed, by from strangers where address = any(${list('$1', 'text')})`, [
    column(addresses),
  ]);
}

/** For good: also those whom one has not met yet. */
export async function dismissStrangers(tx: Tx, addresses: readonly string[], at: string, by: string): Promise<void> {
  await tx.run(
    `insert into strangers as s (workspace, address, last, dismissed, by)
     select ${HERE}, address, $2::timestamptz, $2::timestamptz, $3 from unnest(${list('$1', 'text')}) n (address)
     on conflict (workspace, address) do update set dismissed = excluded.dismissed, by = excluded.by`,
    [column(addresses), at, by],
  );
}
