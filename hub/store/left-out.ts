/** Rows that were read and made no record, with what they say and why: so that nothing is missing without a name. */
import type { Json } from '#kit/fields.ts';
import { column, HERE, jsonColumn, list } from './columns.ts';
import type { Tx } from './database.ts';

export interface LeftOut {
  row: string;
  reason: string;
  stated: { [field: string]: Json };
}

export async function putLeftOut(tx: Tx, sync: number, rows: readonly LeftOut[], at: Date): Promise<void> {
  if (rows.length === 0) return;
  const last = [...new Map(rows.map((one) => [one.row, one])).values()];
  await tx.run(
    `insert into left_out (workspace, sync, row, reason, stated, at)
     select ${HERE}, $1::int, n.row, n.reason, n.stated, $5::timestamptz
     from unnest(${list('$2', 'text')}, ${list('$3', 'text')}, ${list('$4', 'json')}) n (row, reason, stated)
     on conflict (workspace, sync, row) do update set reason = excluded.reason, stated = excluded.stated, at = excluded.at`,
    [sync, column(last.map((r) => r.row)), column(last.map((r) => r.reason)), jsonColumn(last.map((r) => r.stated)), at],
  );
}

export async function dropLeftOut(tx: Tx, sync: number, rows: readonly string[]): Promise<void> {
  if (rows.length === 0) return;
  await tx.run(`delete from left_out where sync = $1 and row = any(${list('$2', 'text')})`, [sync, column(rows)]);
}

/** Why a row was left out; undefined where nothing is remembered of it. */
export async function leftOutBecause(tx: Tx, sync: number, row: string): Promise<string | undefined> {
  const rows = await tx.query<{ reason: string }>('select reason from left_out where sync = $1 and row = $2', [sync, row]);
  return rows[0]?.reason;
}

/** Keyset by row. */
export function leftOutAfter(tx: Tx, sync: number, after: string, most: number): Promise<LeftOut[]> {
  return tx.query<LeftOut>('select row, reason, stated from left_out where sync = $1 and row > $2 order by row limit $3', [
    sync,
    after,
    most,
  ]);
}
