/** What a pass leaves behind until it ends: rows seen, rows gone, rows to look at again. */
import type { Row } from '#kit/stream.ts';
import { column, HERE, list } from './columns.ts';
import type { Tx } from './database.ts';
import { heard } from './gaps.ts';

export async function addSeen(tx: Tx, sync: number, rows: readonly string[]): Promise<void> {
  await tx.run(
    `insert into seen (workspace, sync, row) select ${HERE}, $1::int, unnest(${list('$2', 'text')}) on conflict do nothing`,
    [sync, column(rows)],
  );
}

export async function forgetSeen(tx: Tx, sync: number): Promise<void> {
  await tx.run('delete from seen where sync = $1', [sync]);
}

export interface Departure {
  row: string;
  how: 'told' | 'absent';
}

export async function addDepartures(tx: Tx, sync: number, rows: readonly string[], how: Departure['how']): Promise<void> {
  if (rows.length === 0) return;
  await tx.run(
    `insert into departures (workspace, sync, row, how) select ${HERE}, $1::int, unnest(${list('$2', 'text')}), $3
     on conflict (workspace, sync, row) do update set how = excluded.how`,
    [sync, column(rows), how],
  );
}

/** The row has been seen after all. */
export async function dropDepartures(tx: Tx, sync: number, rows: readonly string[]): Promise<void> {
  await tx.run(`delete from departures where sync = $1 and row = any(${list('$2', 'text')})`, [sync, column(rows)]);
}

export async function listDepartures(tx: Tx, sync: number, how: Departure['how'], most: number): Promise<string[]> {
  const rows = await tx.query<{ row: string }>('select row from departures where sync = $1 and how = $2 order by row limit $3', [
    sync,
    how,
    most,
  ]);
  return rows.map((r) => r.row);
}

export async function countDepartures(tx: Tx, sync: number): Promise<number> {
  return (await tx.query<{ n: number }>('select count(*)::int as n from departures where sync = $1', [sync]))[0]!.n;
}

/** The `why` of rows that a webhook spoke of. */
export const NEWS = 'webhook';

/** Look again at these rows, not before `due`. What a webhook brought of them is forgotten: what is fetched is newer. */
export async function touch(tx: Tx, sync: number, rows: readonly string[], due: Date, why: string): Promise<void> {
  if (rows.length === 0) return;
  await tx.run(
    `insert into touched (workspace, sync, row, due, why) select ${HERE}, $1::int, unnest(${list('$2', 'text')}), $3::timestamptz, $4
     on conflict (workspace, sync, row) do update set due = least(touched.due, excluded.due), why = excluded.why, arrived = null,
       marked = excluded.marked`,
    [sync, column([...new Set(rows)]), due, why],
  );
  if (why === NEWS) await heard(tx, sync, rows, due);
}

/** The same of rows that a webhook brought whole. One that is to be looked at anyway is fetched. */
export async function touchArrived(tx: Tx, sync: number, rows: readonly Row[], due: Date, why: string): Promise<void> {
  if (rows.length === 0) return;
  await tx.run(
    `insert into touched (workspace, sync, row, due, why, arrived)
     select ${HERE}, $1::int, n.row, $4::timestamptz, $5, n.arrived from unnest(${list('$2', 'text')}, ${list('$3', 'json')}) n (row, arrived)
     on conflict (workspace, sync, row) do update set due = least(touched.due, excluded.due), why = excluded.why, arrived = null,
       marked = excluded.marked`,
    [sync, column(rows.map((row) => row.id)), column(rows.map((row) => JSON.stringify(row))), due, why],
  );
}

export interface Touched {
  row: string;
  /** As a webhook brought it. */
  arrived: Row | null;
}

export function touchedRows(tx: Tx, sync: number, at: Date, most: number): Promise<Touched[]> {
  return tx.query<Touched>('select row, arrived from touched where sync = $1 and due <= $2 order by row limit $3', [
    sync,
    at,
    most,
  ]);
}

/** Takes rows off the list that were asked for after the number `begun` was taken; one that was touched since stays on it. */
export async function untouch(tx: Tx, sync: number, rows: readonly string[], begun: number): Promise<void> {
  await tx.run('delete from touched where sync = $1 and row = any($2::text[]) and marked < $3', [sync, rows, begun]);
}

export async function nextTouched(tx: Tx, sync: number): Promise<string | null> {
  return (await tx.query<{ due: string | null }>('select min(due) as due from touched where sync = $1', [sync]))[0]?.due ?? null;
}
