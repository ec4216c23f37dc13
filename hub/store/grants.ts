/** Grants: sealed tokens, their generation, and who is refreshing them. Implements the port of credentials. */
import type { GrantRef, KeptGrant, Result, Safe } from '#credentials/safe.ts';
import { HERE } from './columns.ts';
import { pauseConnectionsOf, reviveConnectionsOf } from './connections.ts';
import type { Store, Tx } from './database.ts';

export interface NewGrant {
  connector: string;
  sealed: string;
  /** Of the access token; ms since the epoch. */
  expires: number | null;
}

export async function insertGrant(tx: Tx, { connector, sealed, expires }: NewGrant): Promise<number> {
  const rows = await tx.query<{ id: number }>(
    `insert into grants (workspace, connector, sealed, expires) values (${HERE}, $1, $2, $3) returning id`,
    [connector, sealed, instant(expires)],
  );
  return rows[0]!.id;
}

export async function getGrant(tx: Tx, id: number): Promise<KeptGrant | undefined> {
  const rows = await tx.query<KeptGrant>(
    `select connector, sealed, generation, dead, coalesce(refresher is not null and refresh_until < clock_timestamp(), false) as "cutOff"
     from grants where id = $1`,
    [id],
  );
  return rows[0];
}

/** Removes a grant that serves no connection any more. Of two who end its last ones at one moment, the second sees what the first did. */
export async function dropGrant(tx: Tx, id: number): Promise<boolean> {
  await tx.run('select from grants where id = $1 for update', [id]);
  const n = await tx.run('delete from grants where id = $1 and not exists (select from connections where grant_id = $1)', [id]);
  return n > 0;
}

/** Living grants of a connector whose access token ended before `since`, by id. */
export async function idleGrants(tx: Tx, connector: string, since: Date, after: number, most: number): Promise<number[]> {
  const rows = await tx.query<{ id: number }>(
    'select id from grants where connector = $1 and dead is null and expires < $2 and id > $3 order by id limit $4',
    [connector, since, after, most],
  );
  return rows.map(({ id }) => id);
}

/**
 * Living grants whose refresher has vanished without a result, or has got no answer, of all workspaces: the longest ago first, but
 * none before `rest` (ms, by PostgreSQL's clock) has passed.
 */
export async function cutOffGrants(tx: Tx, rest: number, most: number): Promise<GrantRef[]> {
  return tx.query<GrantRef & { [column: string]: unknown }>(
    `select workspace, id as grant from grants
     where refresher is not null and dead is null and refresh_until < clock_timestamp() - make_interval(secs => $1 / 1000.0)
     order by refresh_until limit $2`,
    [rest, most],
  );
}

export function grantSafe(store: Store): Safe {
  return {
    read: ({ workspace, grant }) => store.workspace(workspace, (tx) => getGrant(tx, grant)),
    claim: (ref, generation, holder) => store.workspace(ref.workspace, (tx) => claim(tx, ref, generation, holder)),
    settle: (ref, generation, holder, result) =>
      store.workspace(ref.workspace, (tx) => settle(tx, ref, generation, holder, result)),
  };
}

/** Longer than a token endpoint may take to answer (credentials/oauth.ts), so that a living holder is not overtaken. */
const CLAIM = `interval '20 seconds'`;

async function claim(
  tx: Tx,
  { grant }: GrantRef,
  generation: number,
  holder: string,
): Promise<{ interrupted: boolean } | undefined> {
  const rows = await tx.query<{ former: string | null }>(
    `update grants g set refresher = $3, refresh_until = clock_timestamp() + ${CLAIM}
     from (select id, refresher as former from grants where id = $1 for update) before
     where g.id = before.id and g.generation = $2 and g.dead is null
       and (g.refresher is null or g.refresh_until < clock_timestamp())
     returning before.former`,
    [grant, generation, holder],
  );
  return rows[0] && { interrupted: rows[0].former !== null };
}

async function settle(tx: Tx, { grant }: GrantRef, generation: number, holder: string, result: Result): Promise<boolean> {
  if (result.is === 'refreshed') {
    const rows = await tx.query<{ revived: boolean }>(
      `update grants g set sealed = $3, expires = $4, generation = g.generation + 1, dead = null, refresher = null, refresh_until = null
       from (select id, dead from grants where id = $1 for update) before
       where g.id = before.id and g.generation = $2 returning before.dead is not null as revived`,
      [grant, generation, result.sealed, instant(result.expires)],
    );
    if (rows[0]?.revived) await reviveConnectionsOf(tx, grant);
    return rows.length > 0;
  }
  if (result.is === 'dead') {
    const n = await tx.run(
      `update grants set dead = $3, refresher = null, refresh_until = null where id = $1 and generation = $2 and dead is null`,
      [grant, generation, result.reason],
    );
    if (n > 0) await pauseConnectionsOf(tx, grant, result.reason);
    return n > 0;
  }
  const n = await tx.run(
    `update grants set refresher = case when $4 then refresher end, refresh_until = clock_timestamp()
     where id = $1 and generation = $2 and refresher = $3`,
    [grant, generation, holder, result.unsure],
  );
  return n > 0;
}

function instant(ms: number | null): Date | null {
  return ms === null ? null : new Date(ms);
}
