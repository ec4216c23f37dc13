/** Rows and records that wait for others to which they refer: who waits for what, and rows kept until it is there. */
import type { Json } from '#kit/fields.ts';
import { column, HERE, jsonColumn, list } from './columns.ts';
import type { Tx } from './database.ts';

/** A row waits for a row of its connection; a record waits to be sent for another to have a row. */
export type Side = 'row' | 'record';

export interface Awaited {
  stream: string;
  /** Id of the row, or of the record, that is not there. */
  target: string;
  /** The row that waits, or the record. */
  waits: string;
  /** Its crm field. */
  field: string;
  /** Of those with the same one is enough. */
  choice: string;
}

export interface NewParked {
  row: string;
  raw: Json;
  begun: number;
}

/** Notes who waits for what. */
export async function putAwaited(
  tx: Tx,
  { id, connection }: { id: number; connection: number },
  side: Side,
  awaited: readonly Awaited[],
): Promise<void> {
  if (awaited.length === 0) return;
  await tx.run(
    `insert into awaited (workspace, connection, stream, side, target, sync, waits, field, choice)
     select ${HERE}, $1::int, n.stream, $2, n.target, $3::int, n.waits, n.field, n.choice
     from unnest(${list('$4', 'text')}, ${list('$5', 'text')}, ${list('$6', 'text')}, ${list('$7', 'text')}, ${list('$8', 'text')})
       n (stream, target, waits, field, choice)
     on conflict do nothing`,
    [
      connection,
      side,
      id,
      column(awaited.map((one) => one.stream)),
      column(awaited.map((one) => one.target)),
      column(awaited.map((one) => one.waits)),
      column(awaited.map((one) => one.field)),
      column(awaited.map((one) => one.choice)),
    ],
  );
}

/** Keeps rows until what they wait for is there. */
export async function parkRows(tx: Tx, sync: number, rows: readonly NewParked[], at: Date): Promise<void> {
  if (rows.length === 0) return;
  await tx.run(
    `insert into parked_rows (workspace, sync, row, raw, begun, since)
     select ${HERE}, $1::int, n.row, n.raw, n.begun::bigint, $5::timestamptz
     from unnest(${list('$2', 'text')}, ${list('$3', 'json')}, ${list('$4', 'text')}) n (row, raw, begun)
     on conflict (workspace, sync, row) do update set raw = excluded.raw, begun = excluded.begun, ready = null`,
    [sync, column(rows.map((r) => r.row)), jsonColumn(rows.map((r) => r.raw)), column(rows.map((r) => String(r.begun))), at],
  );
}

/** These wait for nothing any more: what they said last is settled, or is put here anew. */
export async function unpark(tx: Tx, sync: number, rows: readonly string[]): Promise<void> {
  if (rows.length === 0) return;
  await tx.run(`delete from parked_rows where sync = $1 and row = any(${list('$2', 'text')})`, [sync, column(rows)]);
  await forgetAwaited(tx, sync, 'row', rows);
}

export async function forgetAwaited(tx: Tx, sync: number, side: Side, waits: readonly string[]): Promise<void> {
  if (waits.length === 0) return;
  await tx.run(`delete from awaited where sync = $1 and side = $2 and waits = any(${list('$3', 'text')})`, [
    sync,
    side,
    column(waits),
  ]);
}

/**
 * These rows of a stream are there now. Parked rows that have nothing left to wait for in a field are ready with it. The syncs that have
 * something to do.
 */
export async function releaseRows(tx: Tx, connection: number, stream: string, rows: readonly string[]): Promise<number[]> {
  const released = await forget(tx, connection, stream, 'row', rows);
  if (released.length === 0) return [];
  const ready = await tx.query<{ sync: number }>(
    `update parked_rows p set ready = coalesce(p.ready, '{}') || r.fields
     from (select n.sync, n.waits, array_agg(n.field) as fields
           from unnest(${list('$1', 'int')}, ${list('$2', 'text')}, ${list('$3', 'text')}) n (sync, waits, field)
           where not exists (select from awaited a where a.sync = n.sync and a.side = 'row' and a.waits = n.waits and a.field = n.field offset 0)
           group by n.sync, n.waits) r
     where p.sync = r.sync and p.row = r.waits returning p.sync`,
    [column(released.map((r) => String(r.sync))), column(released.map((r) => r.waits)), column(released.map((r) => r.field))],
  );
  return [...new Set(ready.map(({ sync }) => sync))];
}

/** These records have rows in the stream now: records that waited for one of them are to be sent. */
export async function releaseRecords(
  tx: Tx,
  connection: number,
  stream: string,
  records: readonly string[],
): Promise<{ sync: number; waits: string }[]> {
  return forget(tx, connection, stream, 'record', records);
}

async function forget(
  tx: Tx,
  connection: number,
  stream: string,
  side: Side,
  targets: readonly string[],
): Promise<{ sync: number; waits: string; field: string }[]> {
  if (targets.length === 0) return [];
  const met = await tx.query<{ sync: number; waits: string; field: string; choice: string }>(
    `delete from awaited where connection = $1 and stream = $2 and side = $3 and target = any(${list('$4', 'text')})
     returning sync, waits, field, choice`,
    [connection, stream, side, column([...new Set(targets)])],
  );
  if (met.length > 0)
    await tx.run(
      `delete from awaited a using unnest(${list('$2', 'int')}, ${list('$3', 'text')}, ${list('$4', 'text')}, ${list('$5', 'text')})
         n (sync, waits, field, choice)
       where a.sync = n.sync and a.side = $1 and a.waits = n.waits and a.field = n.field and a.choice = n.choice`,
      [
        side,
        column(met.map((one) => String(one.sync))),
        column(met.map((one) => one.waits)),
        column(met.map((one) => one.field)),
        column(met.map((one) => one.choice)),
      ],
    );
  return met;
}

export interface ParkedRow {
  row: string;
  raw: Json;
  begun: number;
  ready: string[];
}

/** Rows that are ready, as they were read last: a linked one as its link keeps it. */
export function readyRows(tx: Tx, sync: number, most: number): Promise<ParkedRow[]> {
  return tx.query<ParkedRow>(
    `select p.row, coalesce(l.raw, p.raw) as raw, coalesce(l.begun, p.begun) as begun, p.ready
     from (select * from parked_rows where sync = $1 and ready is not null order by row limit $2) p
     left join lateral (select raw, begun from links where sync = $1 and row = p.row offset 0) l on true`,
    [sync, most],
  );
}

/** All of them are to be settled anew: the mapping is another. */
export async function readyAll(tx: Tx, sync: number): Promise<void> {
  await tx.run(`update parked_rows set ready = '{}' where sync = $1 and ready is null`, [sync]);
}

export async function isReady(tx: Tx, sync: number): Promise<boolean> {
  return (
    await tx.query<{ is: boolean }>('select exists (select from parked_rows where sync = $1 and ready is not null) as is', [sync])
  )[0]!.is;
}

/** Rows without a link that were parked before the pass began and were not shown by it. */
export async function parkedAndUnseen(tx: Tx, sync: number, passBegan: number): Promise<string[]> {
  const rows = await tx.query<{ row: string }>(
    `select row from (select row from parked_rows where sync = $1 and begun < $2 except select row from seen where sync = $1) p
     where not exists (select from links where sync = $1 and row = p.row offset 0)`,
    [sync, passBegan],
  );
  return rows.map(({ row }) => row);
}

export async function countParked(tx: Tx, sync: number): Promise<number> {
  return (await tx.query<{ n: number }>('select count(*)::int as n from parked_rows where sync = $1', [sync]))[0]!.n;
}

/** What rows or records of a sync wait for. */
export function awaitedBy(tx: Tx, sync: number, side: Side, waits: readonly string[]): Promise<Awaited[]> {
  return tx.query<Awaited>(
    `select stream, target, waits, field, choice from awaited where sync = $1 and side = $2 and waits = any(${list('$3', 'text')})
     order by waits, field, stream, target`,
    [sync, side, column(waits)],
  );
}

export interface ParkedPlace {
  row: string;
  since: string;
  field: string;
  stream: string;
  target: string;
}

/** Parked rows of a sync with what each waits for, in order of their ids. */
export function listParkedRows(tx: Tx, sync: number, after: string, most: number): Promise<ParkedPlace[]> {
  return tx.query<ParkedPlace>(
    `select p.row, p.since, a.field, a.stream, a.target
     from (select row, since from parked_rows where sync = $1 and row > $2 order by row limit $3) p
     cross join lateral (select field, stream, target from awaited where sync = $1 and side = 'row' and waits = p.row offset 0) a
     order by p.row, a.field, a.stream, a.target`,
    [sync, after, most],
  );
}

/** Which of the records a sync of the stream is to create over there: it writes outward, and has not met them yet. */
export async function comingRecords(
  tx: Tx,
  connection: number,
  stream: string,
  records: readonly string[],
  waiting = false,
): Promise<string[]> {
  if (records.length === 0) return [];
  const rows = await tx.query<{ record: string }>(
    `select n.id::text as record from syncs s cross join unnest(${list('$3', 'uuid')}) n (id)
     join lateral (select object from records where id = n.id and archived is null offset 0) r on r.object = s.object
     where s.connection = $1 and s.stream = $2 and s.outward and (s.state <> 'waiting' or $4::boolean)
       and not exists (select from links l where l.sync = s.id and l.record = n.id offset 0)
       and (s.passes = 0 or exists (select from intents i where i.sync = s.id and i.record = n.id offset 0))`,
    [connection, stream, column(records), waiting],
  );
  return rows.map(({ record }) => record);
}
