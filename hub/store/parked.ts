/** News for accounts nobody has linked: the installation's, until somebody does. */
import type { Tx } from './database.ts';
import { ownersOf, SAID, type Said, saidColumns } from './news.ts';

export interface Parked extends Said {
  account: string;
}

/** As a delivery says it, before anybody has asked whose it is. */
export interface Unaddressed extends Parked {
  /** To whose address it came. */
  subscription: string | undefined;
}

/** For accounts nobody has linked. */
export async function parkNews(tx: Tx, parked: readonly Parked[]): Promise<void> {
  if (parked.length === 0) return;
  const { from, values } = saidColumns(parked);
  await tx.run(
    `insert into news_parked (account, ${SAID}) select account, ${SAID} from ${from}, $9::text[]) with ordinality
       n (${SAID}, account, place) order by place`,
    [...values, parked.map(({ account }) => account)],
  );
}

/** Moves what is parked for an account to the workspaces that have linked it. How many; 0 also where nobody has. */
export async function claimParked(tx: Tx, connector: string, account: string): Promise<number> {
  const owners = await ownersOf(tx, connector, [account]);
  if (owners.length === 0) return 0;
  const rows = await tx.query<{ n: number }>(
    `with claimed as (delete from news_parked where connector = $1 and account = $2 returning *),
     moved as (insert into news_waiting (workspace, connection, ${SAID})
       select o.workspace, o.connection, ${SAID} from claimed cross join unnest($3::int[], $4::int[]) o (workspace, connection)
       order by claimed.id)
     select count(*)::int as n from claimed`,
    [connector, account, owners.map(({ workspace }) => workspace), owners.map(({ connection }) => connection)],
  );
  return rows[0]!.n;
}

export interface ParkedAccount {
  connector: string;
  account: string;
}

/** Accounts with something parked, each once, by steps over the index. `linked`: only those somebody has linked since. */
export function parkedAccounts(tx: Tx, linked: boolean, most: number): Promise<ParkedAccount[]> {
  return tx.query<ParkedAccount>(
    `with recursive accounts as (
       (select connector, account from news_parked order by connector, account limit 1)
       union all
       select n.connector, n.account from accounts a cross join lateral (
         select connector, account from news_parked where (connector, account) > (a.connector, a.account)
         order by connector, account limit 1) n)
     select connector, account from accounts a where not $1 or exists (
       select from connections c where c.connector = a.connector and c.account = a.account and (c.grant_id is not null or c.state = 'active'))
     limit $2`,
    [linked, most],
  );
}

export interface ParkedRow extends Said {
  id: number;
  account: string;
}

/** Newest first. */
export function listParked(tx: Tx, before: number | undefined, limit: number): Promise<ParkedRow[]> {
  return tx.query<ParkedRow>(`select id, account, ${SAID} from news_parked where id < $1 order by id desc limit $2`, [
    before ?? Number.MAX_SAFE_INTEGER,
    limit,
  ]);
}
