/**
 * What webhooks told, and what they did not: changes that a pull or a sweep found and of which no news came. News and change of a row
 * may come in either order within minutes; what waits for the other is hearsay. By connection, stream and day.
 */
import { column, HERE, list } from './columns.ts';
import type { Tx } from './database.ts';

/** How late news may be, ms: the tail of services that deliver within seconds, and their first repetition. */
export const GRACE_MS = 5 * 60_000;
/** News of a row that had not changed for us (our own write, an unmapped field) is forgotten after so long, ms. */
const FORGET_MS = 3_600_000;
/** In place of a row's id: news that there is something new in the stream. */
export const ANY_ROW = '*';

export interface Gap {
  connection: number;
  stream: string;
  /** UTC: 2026-07-01. */
  day: string;
  /** Changes that news told. */
  told: number;
  /** Changes that a pull or a sweep found, and no news told. */
  found: number;
}

/** News of rows came, or with ANY_ROW of something in the stream. */
export async function heard(tx: Tx, sync: number, rows: readonly string[], at: Date): Promise<void> {
  if (rows.length === 0) return;
  const found = await tx.query<{ late: boolean }>(
    `with found as (delete from hearsay where sync = $1 and row = any(${list('$2', 'text')}) and how = 'found' returning row, at),
       told as (insert into hearsay (workspace, sync, row, how, at) select ${HERE}, $1::int, n.row, 'told', $3::timestamptz
         from unnest(${list('$2', 'text')}) n (row) where n.row not in (select row from found)
         on conflict (workspace, sync, row) do update set at = excluded.at)
     select at < $4::timestamptz as late from found`,
    [sync, column([...new Set(rows)]), at, new Date(at.getTime() - GRACE_MS)],
  );
  const late = found.filter((one) => one.late).length;
  await count(tx, sync, at, found.length - late, late);
}

/** Rows were read that had changed. Those of which news has come were told; the others wait for it. */
export async function noteChanged(tx: Tx, sync: number, rows: readonly string[], at: Date, lastPass: Date): Promise<void> {
  if (rows.length === 0) return;
  const [{ told } = { told: 0 }] = await tx.query<{ told: number }>(
    `with told as (delete from hearsay where sync = $1 and row = any(${list('$2', 'text')}) and how = 'told' returning row),
       any_row as (select from hearsay where sync = $1 and row = $5 and how = 'told' and at >= $4),
       found as (insert into hearsay (workspace, sync, row, how, at) select ${HERE}, $1::int, n.row, 'found', $3::timestamptz
         from unnest(${list('$2', 'text')}) n (row) where n.row not in (select row from told) and not exists (select from any_row)
         on conflict (workspace, sync, row) do nothing)
     select case when exists (select from any_row) then $6::int else count(*)::int end as told from told`,
    [sync, column(rows), at, new Date(lastPass.getTime() - GRACE_MS), ANY_ROW, rows.length],
  );
  await count(tx, sync, at, told, 0);
}

/** What has waited long enough for news is a gap; a sync's, or everybody's. */
export async function foldGaps(tx: Tx, sync: number | null, now: Date): Promise<void> {
  const past = await tx.query<{ sync: number; day: string; n: number }>(
    `with past as (delete from hearsay where (how = 'found' and at < $2 or how = 'told' and at < $3) and ($1::int is null or sync = $1)
       returning sync, how, at)
     select sync, at::date::text as day, count(*)::int as n from past where how = 'found' group by sync, at::date`,
    [sync, new Date(now.getTime() - GRACE_MS), new Date(now.getTime() - FORGET_MS)],
  );
  for (const { sync: of, day, n } of past) await count(tx, of, new Date(day), 0, n);
}

async function count(tx: Tx, sync: number, at: Date, told: number, found: number): Promise<void> {
  if (told + found === 0) return;
  await tx.run(
    `insert into gaps (workspace, connection, stream, day, told, found) select ${HERE}, connection, stream, $2::date, $3, $4 from syncs where id = $1
     on conflict (workspace, connection, stream, day) do update set told = gaps.told + excluded.told, found = gaps.found + excluded.found`,
    [sync, at.toISOString().slice(0, 10), told, found],
  );
}

/** From a day on (UTC), newest first. */
export async function listGaps(tx: Tx, connection: number, from: Date): Promise<Gap[]> {
  return tx.query<Gap>(
    `select connection, stream, day::text as day, told, found from gaps where connection = $1 and day >= $2::date order by day desc, stream`,
    [connection, from.toISOString().slice(0, 10)],
  );
}
