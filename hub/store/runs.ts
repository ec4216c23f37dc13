/** Runs: one execution of a plan, with its counts as it goes. */
import type { Json } from '#kit/fields.ts';
import { HERE } from './columns.ts';
import type { Tx } from './database.ts';

export interface RunRow {
  id: number;
  sync: number | null;
  plan: number | null;
  kind: 'preview' | 'sync' | 'execute' | 'undo' | 'remap';
  state: 'running' | 'done' | 'failed' | 'stopped';
  begun: string;
  ended: string | null;
  by: string;
  counts: { [what: string]: number };
  total: number | null;
  problem: Json;
  undoneBy: number | null;
}

const COLUMNS = 'id, sync, plan, kind, state, begun, ended, by, counts, total, problem, undone_by as "undoneBy"';

export async function beginRun(
  tx: Tx,
  run: { sync: number | null; plan?: number | null; kind: RunRow['kind']; by: string; at: Date },
): Promise<number> {
  const rows = await tx.query<{ id: number }>(
    `insert into runs (workspace, sync, plan, kind, by, begun) values (${HERE}, $1, $2, $3, $4, $5) returning id`,
    [run.sync, run.plan ?? null, run.kind, run.by, run.at],
  );
  return rows[0]!.id;
}

export async function noteRun(tx: Tx, id: number, counts: { [what: string]: number }, total: number | null): Promise<void> {
  await tx.run('update runs set counts = $2, total = coalesce($3, total) where id = $1', [id, JSON.stringify(counts), total]);
}

export async function endRun(tx: Tx, id: number, state: RunRow['state'], at: Date, problem: Json = null): Promise<void> {
  await tx.run(`update runs set state = $2, ended = $3, problem = $4 where id = $1 and state = 'running'`, [
    id,
    state,
    at,
    problem === null ? null : JSON.stringify(problem),
  ]);
}

export async function markUndone(tx: Tx, id: number, by: number): Promise<void> {
  await tx.run('update runs set undone_by = $2 where id = $1', [id, by]);
}

export async function getRun(tx: Tx, id: number): Promise<RunRow | undefined> {
  return (await tx.query<RunRow>(`select ${COLUMNS} from runs where id = $1`, [id]))[0];
}

/** Newest first; keyset by id. */
export async function listRuns(tx: Tx, filter: { sync?: number; before?: number; limit: number }): Promise<RunRow[]> {
  return tx.query<RunRow>(
    `select ${COLUMNS} from runs where ($1::int is null or sync = $1) and ($2::bigint is null or id < $2) order by id desc limit $3`,
    [filter.sync ?? null, filter.before ?? null, filter.limit],
  );
}

/** Drops a run that changed nothing and asked nothing; false if it did. */
export async function forgetRun(tx: Tx, id: number): Promise<boolean> {
  const dropped = await tx.run(
    `delete from runs r where id = $1 and kind = 'sync' and not exists (select 1 from journal j where j.run = r.id)
       and not exists (select 1 from json_object_keys(r.counts) k where k not in ('read', 'unchanged', 'calls'))`,
    [id],
  );
  return dropped === 1;
}
