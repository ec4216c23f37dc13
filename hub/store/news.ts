/** News of a workspace: what waits, and what came of it. */
import type { Json } from '#kit/fields.ts';
import { column, list } from './columns.ts';
import type { Tx } from './database.ts';

export const KINDS = ['changed', 'gone', 'touched', 'call', 'expiring', 'disconnected'] as const;

export type Kind = (typeof KINDS)[number];

/** What a delivery said. */
export interface Said {
  at: string;
  delivery: number;
  connector: string;
  kind: Kind;
  stream: string | null;
  row: string | null;
  /** The row of `changed`, the event of `call`, the subscription of `expiring`, the reason of `disconnected`. */
  body: Json;
  /** So often in one reading. */
  times: number;
}

export interface Waiting extends Said {
  id: number;
  connection: number;
  attempts: number;
}

/** Said for one connection of a workspace. */
export interface Addressed extends Said {
  workspace: number;
  connection: number;
}

/** Columns of `Said`. */
export const SAID = ['at', 'delivery', 'connector', 'kind', 'stream', 'row', 'body', 'times'].join(', ');

/** Columns of `Said` as parameters from `$1` on, and the SQL that joins them again. */
export function saidColumns(said: readonly Said[]): { from: string; values: unknown[] } {
  const from = `unnest(${list('$1', 'timestamptz')}, $2::bigint[], ${list('$3', 'text')}, ${list('$4', 'text')}, $5::text[], $6::text[],
    ${list('$7', 'json')}, ${list('$8', 'int')}`;
  const values = [
    column(said.map(({ at }) => at)),
    said.map(({ delivery }) => delivery),
    column(said.map(({ connector }) => connector)),
    column(said.map(({ kind }) => kind)),
    said.map(({ stream }) => stream),
    said.map(({ row }) => row),
    column(said.map(({ body }) => (body === null ? null : JSON.stringify(body)))),
    column(said.map(({ times }) => String(times))),
  ];
  return { from, values };
}

/** Worker. */
export async function addNews(tx: Tx, news: readonly Addressed[]): Promise<void> {
  if (news.length === 0) return;
  const { from, values } = saidColumns(news);
  await tx.run(
    `insert into news_waiting (workspace, connection, ${SAID})
     select workspace, connection, ${SAID} from ${from}, ${list('$9', 'int')}, ${list('$10', 'int')}) with ordinality
       n (${SAID}, workspace, connection, place) order by place`,
    [...values, column(news.map(({ workspace }) => String(workspace))), column(news.map(({ connection }) => String(connection)))],
  );
}

/** Workspaces with news that somebody should act upon now. Worker. */
export async function workspacesWaiting(tx: Tx): Promise<number[]> {
  const rows = await tx.query<{ workspace: number }>(
    `select distinct workspace from (select workspace from news_waiting where ready <= clock_timestamp() order by ready limit 1000) n`,
  );
  return rows.map(({ workspace }) => workspace);
}

const WAITING = `id, connection, attempts, ${SAID}`;

/** The oldest that may be taken now. */
export function waitingNews(tx: Tx, most: number): Promise<Waiting[]> {
  return tx.query<Waiting>(`select ${WAITING} from news_waiting where ready <= clock_timestamp() order by id limit $1`, [most]);
}

/** Those of them that are still there and nobody else holds; ours to the end of the transaction. */
export async function holdNews(tx: Tx, ids: readonly number[]): Promise<Set<number>> {
  const rows = await tx.query<{ id: number }>(
    `select id from news_waiting where id = any($1::bigint[]) and ready <= clock_timestamp() for update skip locked`,
    [ids],
  );
  return new Set(rows.map(({ id }) => id));
}

/** The commit of this transaction waits for no disk: for work that a crash takes back together with what asked for it. */
export async function withoutDisk(tx: Tx): Promise<void> {
  await tx.run(`select set_config('synchronous_commit', 'off', true)`);
}

/** Takes them for two minutes, for work outside a transaction. Those that are ours. */
export async function claimNews(tx: Tx, ids: readonly number[]): Promise<Set<number>> {
  const rows = await tx.query<{ id: number }>(
    `update news_waiting set ready = clock_timestamp() + interval '2 minutes'
     where id = any($1::bigint[]) and ready <= clock_timestamp() returning id`,
    [ids],
  );
  return new Set(rows.map(({ id }) => id));
}

/** Not now: once more after so long. */
export async function putOffNews(tx: Tx, id: number, problem: string, ms: number): Promise<void> {
  await tx.run(
    `update news_waiting set attempts = attempts + 1, problem = $2, ready = clock_timestamp() + $3 * interval '1 millisecond'
     where id = $1`,
    [id, problem, ms],
  );
}

export interface Done {
  id: number;
  state: 'done' | 'ignored' | 'failed';
  /** In a word or two: what came of it, or why nothing did. */
  outcome: string;
}

/** What came of them. */
export async function settleNews(tx: Tx, done: readonly Done[], now: Date): Promise<void> {
  if (done.length === 0) return;
  await tx.run(
    `with over as (delete from news_waiting where id = any($1::bigint[]) returning *)
     insert into news (workspace, id, connection, ${SAID}, state, outcome, handled)
     select workspace, id, connection, ${SAID}, n.state, n.outcome, $4 from over
     join unnest($1::bigint[], $2::text[], $3::text[]) n (id, state, outcome) using (id)`,
    [done.map(({ id }) => id), done.map(({ state }) => state), done.map(({ outcome }) => outcome), now],
  );
}

export interface NewsRow extends Said {
  id: number;
  connection: number;
  state: Done['state'] | 'waiting';
  outcome: string | null;
  handled: string | null;
}

export interface NewsFilter {
  connection?: number;
  before?: number;
  limit: number;
}

/** Newest first, what waits among it. */
export function listNews(tx: Tx, { connection, before, limit }: NewsFilter): Promise<NewsRow[]> {
  return tx.query<NewsRow>(
    `select id, connection, ${SAID}, state, outcome, handled from (
       (select id, connection, ${SAID}, 'waiting' as state, problem as outcome, null::timestamptz as handled from news_waiting
        where id < $1 and ($2::int is null or connection = $2) order by id desc limit $3)
       union all
       (select id, connection, ${SAID}, state, outcome, handled from news
        where id < $1 and ($2::int is null or connection = $2) order by id desc limit $3)) n
     order by id desc limit $3`,
    [before ?? Number.MAX_SAFE_INTEGER, connection ?? null, limit],
  );
}

// ── Whose account it is ──────────────────────────────────────────────────────────────────────────────────────────────────────

export interface Owner {
  account: string;
  workspace: number;
  connection: number;
}

/** The connections of these accounts, of every workspace that has linked them. Worker. */
export function ownersOf(tx: Tx, connector: string, accounts: readonly string[]): Promise<Owner[]> {
  return tx.query<Owner>(
    `select c.account, c.workspace, c.id as connection from connections c
     where c.connector = $1 and c.account = any($2::text[]) and (c.grant_id is not null or c.state = 'active') order by c.workspace, c.id`,
    [connector, accounts],
  );
}
