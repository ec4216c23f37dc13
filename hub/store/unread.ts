/** The inbox as its reader sees it: what is unread, what became of it, and what somebody wants read again. Worker. */
import type { Delivery } from '#kit/webhook.ts';
import { column, list } from './columns.ts';
import type { Store, Tx } from './database.ts';

export interface Unread extends Delivery {
  id: number;
  at: string;
}

/**
 * A transaction as the one reader of a connector, across hubs; undefined where another has it. A reader that dies leaves it free. Its
 * commit waits for no disk: what a crash takes back is unread again, and the disk is for the gate.
 */
export async function asReader<T>(store: Store, connector: string, work: (tx: Tx) => Promise<T>): Promise<T | undefined> {
  return store.installation(async (tx) => {
    const [lock] = await tx.query<{ ours: boolean }>(
      `select pg_try_advisory_xact_lock(hashtext('switchboard.reader'), hashtext($1)) as ours, set_config('synchronous_commit', 'off', true)`,
      [connector],
    );
    return lock!.ours ? work(tx) : undefined;
  });
}

/** The longest waiting: `most`, or as many as begin within so many bytes of bodies. */
export async function takeUnread(tx: Tx, connector: string, most: number, bytes: number): Promise<Unread[]> {
  const rows = await tx.query<Omit<Unread, 'subscription'> & { subscription: string | null }>(
    `select id, at, subscription, method, query, headers, body from (
       select d.*, sum(octet_length(d.body)) over (order by d.id) - octet_length(d.body) as before
       from (select delivery, at from deliveries_unread where connector = $1 order by delivery limit $2) u
       cross join lateral (select * from deliveries where id = u.delivery and at = u.at offset 0) d) n
     where before < $3 order by id`,
    [connector, most, bytes],
  );
  return rows.map(({ subscription, ...row }) => (subscription === null ? row : { ...row, subscription }));
}

/** These are read. */
export async function dropUnread(tx: Tx, connector: string, ids: readonly number[]): Promise<void> {
  await tx.run('delete from deliveries_unread where connector = $1 and delivery = any($2::bigint[])', [connector, ids]);
}

export interface Failed {
  id: number;
  at: string;
  problem: string;
}

/** These could not be read. */
export async function addFailed(tx: Tx, connector: string, failed: readonly Failed[], now: Date): Promise<void> {
  if (failed.length === 0) return;
  await tx.run(
    `insert into deliveries_failed (delivery, at, connector, problem, failed)
     select n.delivery, n.at, $4, n.problem, $5 from unnest($1::bigint[], ${list('$2', 'timestamptz')}, $3::text[]) n (delivery, at, problem)
     on conflict (delivery) do update set problem = excluded.problem, failed = excluded.failed`,
    [failed.map(({ id }) => id), column(failed.map(({ at }) => at)), failed.map(({ problem }) => problem), connector, now],
  );
}

/** Which of the connectors have something to read. */
export async function connectorsUnread(tx: Tx, connectors: readonly string[]): Promise<string[]> {
  const rows = await tx.query<{ connector: string }>(
    `select connector from unnest($1::text[]) n (connector)
     where exists (select from deliveries_unread u where u.connector = n.connector)`,
    [connectors],
  );
  return rows.map(({ connector }) => connector);
}

// ── Once more ────────────────────────────────────────────────────────────────────────────────────────────────────────────────

export interface Again {
  connector?: string;
  /** Instants: from the first on, before the second. */
  from?: string;
  until?: string;
}

const AGAIN = `queued as (
    insert into deliveries_unread (connector, delivery, at) select connector, id, at from wanted on conflict do nothing),
  mended as (delete from deliveries_failed where delivery in (select id from wanted))
  select count(*)::int as n from wanted`;

/** Puts deliveries back into the inbox. How many there were. */
export async function rereadOne(tx: Tx, id: number): Promise<number> {
  return count(tx, `with wanted as (select connector, id, at from deliveries where id = $1), ${AGAIN}`, [id]);
}

export async function rereadRange(tx: Tx, { connector, from, until }: Again): Promise<number> {
  return count(
    tx,
    `with wanted as (select connector, id, at from deliveries
       where at >= $1 and at < coalesce($2::timestamptz, 'infinity') and ($3::text is null or connector = $3)), ${AGAIN}`,
    [from ?? '-infinity', until ?? null, connector ?? null],
  );
}

export async function rereadFailed(tx: Tx, { connector, from, until }: Again): Promise<number> {
  return count(
    tx,
    `with wanted as (select connector, delivery as id, at from deliveries_failed
       where at >= coalesce($1::timestamptz, '-infinity') and at < coalesce($2::timestamptz, 'infinity') and ($3::text is null or connector = $3)),
     ${AGAIN}`,
    [from ?? null, until ?? null, connector ?? null],
  );
}

async function count(tx: Tx, text: string, values: unknown[]): Promise<number> {
  return (await tx.query<{ n: number }>(text, values))[0]!.n;
}
