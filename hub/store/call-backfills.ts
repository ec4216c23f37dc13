/** Past periods to be read from a service's log of calls. */
import { HERE } from './columns.ts';
import type { Tx } from './database.ts';

export interface BackfillRow {
  id: number;
  connection: number;
  since: string;
  until: string;
  /** Read up to here. */
  reached: string;
  read: number;
  made: number;
  state: 'running' | 'done' | 'stopped';
  problem: string | null;
  due: string | null;
  at: string;
  by: string;
}

const COLUMNS = 'id, connection, since, until, reached, read, made, state, problem, due, at, by';

export async function insertBackfill(
  tx: Tx,
  { connection, since, until, at, by }: { connection: number; since: Date; until: Date; at: Date; by: string },
): Promise<BackfillRow> {
  const rows = await tx.query<BackfillRow>(
    `insert into call_backfills (workspace, connection, since, until, reached, due, at, by)
     values (${HERE}, $1, $2, $3, $2, $4, $4, $5) returning ${COLUMNS}`,
    [connection, since, until, at, by],
  );
  return rows[0]!;
}

export async function getBackfill(tx: Tx, id: number): Promise<BackfillRow | undefined> {
  return (await tx.query<BackfillRow>(`select ${COLUMNS} from call_backfills where id = $1`, [id]))[0];
}

export function listBackfills(tx: Tx, most: number): Promise<BackfillRow[]> {
  return tx.query<BackfillRow>(`select ${COLUMNS} from call_backfills order by id desc limit $1`, [most]);
}

/** Worker. */
export function dueBackfills(tx: Tx, at: Date, most: number): Promise<{ workspace: number; id: number }[]> {
  return tx.query('select workspace, id from call_backfills where due <= $1 order by due limit $2', [at, most]);
}

/** Takes the next step upon oneself; undefined where somebody else has, or there is none. */
export async function claimBackfill(tx: Tx, id: number, at: Date, until: Date): Promise<BackfillRow | undefined> {
  return (
    await tx.query<BackfillRow>(
      `update call_backfills set due = $3 where id = $1 and due <= $2 and state = 'running' returning ${COLUMNS}`,
      [id, at, until],
    )
  )[0];
}

export async function noteBackfill(
  tx: Tx,
  id: number,
  {
    reached,
    read,
    made,
    state,
    problem,
    due,
  }: Pick<BackfillRow, 'reached' | 'read' | 'made' | 'state' | 'problem'> & { due: Date | null },
): Promise<void> {
  await tx.run(
    `update call_backfills set reached = $2, read = read + $3, made = made + $4, problem = $6, due = case when state = 'running' then $7::timestamptz end,
       state = case when state = 'running' then $5 else state end where id = $1`,
    [id, reached, read, made, state, problem, due],
  );
}

export async function stopBackfill(tx: Tx, id: number): Promise<void> {
  await tx.run(`update call_backfills set state = 'stopped', due = null where id = $1 and state = 'running'`, [id]);
}
