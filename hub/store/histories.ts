/** Imports of a connection's history: what was chosen, what was read, how far it is. */
import type { Json } from '#kit/fields.ts';
import { HERE } from './columns.ts';
import type { Tx } from './database.ts';

export interface HistoryRow {
  id: number;
  connection: number;
  state: 'reading' | 'ready' | 'importing' | 'done' | 'stopped';
  /** Full names, in the order in which they refer to each other. */
  streams: string[];
  /** Nothing older is taken: a day; null takes everything. */
  since: string | null;
  /** Stream → plan. */
  plans: { [stream: string]: number };
  found: Json;
  problem: Json;
  due: string | null;
  created: string;
  by: string;
  ended: string | null;
}

const COLUMNS = 'id, connection, state, streams, since::text, plans, found, problem, due, created, by, ended';

/** Undefined where one of the connection is under way already. */
export async function insertHistory(
  tx: Tx,
  history: Pick<HistoryRow, 'connection' | 'streams' | 'since' | 'by'>,
  at: Date,
): Promise<number | undefined> {
  const rows = await tx.query<{ id: number }>(
    `insert into histories (workspace, connection, streams, since, by, created, due) values (${HERE}, $1, $2, $3::date, $4, $5, $5)
     on conflict do nothing returning id`,
    [history.connection, history.streams, history.since, history.by, at],
  );
  return rows[0]?.id;
}

export async function getHistory(tx: Tx, id: number): Promise<HistoryRow | undefined> {
  return (await tx.query<HistoryRow>(`select ${COLUMNS} from histories where id = $1`, [id]))[0];
}

/** The same, locked until the transaction ends. */
export async function lockHistory(tx: Tx, id: number): Promise<HistoryRow | undefined> {
  return (await tx.query<HistoryRow>(`select ${COLUMNS} from histories where id = $1 for update`, [id]))[0];
}

/** Newest first. */
export function listHistories(tx: Tx, before: number | null, most: number): Promise<HistoryRow[]> {
  return tx.query<HistoryRow>(`select ${COLUMNS} from histories where id < $1 order by id desc limit $2`, [
    before ?? Number.MAX_SAFE_INTEGER,
    most,
  ]);
}

export type HistoryPatch = Partial<
  Pick<HistoryRow, 'state' | 'plans'> & { found: Json; problem: Json; due: Date | null; ended: Date }
>;

const JSON_COLUMNS = new Set(['plans', 'found', 'problem']);

/** Changes one that is in that state; one that was stopped meanwhile, or went on, stays as it is. */
export async function patchHistory(tx: Tx, id: number, state: HistoryRow['state'], patch: HistoryPatch): Promise<void> {
  const names = Object.keys(patch) as (keyof HistoryPatch)[];
  if (names.length === 0) return;
  const values = names.map((name) =>
    JSON_COLUMNS.has(name) && patch[name] !== null ? JSON.stringify(patch[name]) : patch[name],
  );
  const set = names.map((name, at) => `${name} = $${at + 3}`).join(', ');
  await tx.run(`update histories set ${set} where id = $1 and state = $2`, [id, state, ...values]);
}

/** Imports that have something to do, of whatever workspace. Worker. */
export function dueHistories(tx: Tx, at: Date, most: number): Promise<{ workspace: number; id: number }[]> {
  return tx.query('select workspace, id from histories where due <= $1 order by due limit $2', [at, most]);
}
