/** The journal: every change made to either side. Written in the transaction of the change, never altered. */
import type { Json } from '#kit/fields.ts';
import { column, HERE, list } from './columns.ts';
import type { Tx } from './database.ts';

/** Partitions of this month and the next, so that entries never pile up in the rest. Worker. */
export async function ensureJournalMonths(tx: Tx, at: Date): Promise<void> {
  await tx.query(`select ensure_journal_month($1::date), ensure_journal_month(($1::date + interval '1 month')::date)`, [
    at.toISOString().slice(0, 10),
  ]);
}

export type JournalAction = 'create' | 'update' | 'archive' | 'restore' | 'delete' | 'merge' | 'link' | 'unlink';

/** What is the same for all entries of one write. */
export interface JournalHead {
  /** Instant. */
  at: string;
  by: string;
  run?: number;
  sync?: number;
  mappingVersion?: number;
}

export interface JournalEntry {
  record: string;
  row: string | null;
  side: 'ours' | 'theirs';
  action: JournalAction;
  /** JSON text: field → { from, to, why, … }; null where the kept row and the mapping version tell. */
  changes: string | null;
}

/** Writes entries, in their order. */
export async function writeJournal(tx: Tx, head: JournalHead, entries: readonly JournalEntry[]): Promise<void> {
  if (entries.length === 0) return;
  await tx.run(
    `insert into journal (workspace, at, run, record, sync, row, side, action, mapping_version, changes, by)
     select ${HERE}, $6::timestamptz, $7::bigint, n.record, $8::int, n.row, n.side, n.action, $9::int, n.changes, $10
     from unnest(${list('$1', 'uuid')}, ${list('$2', 'text')}, ${list('$3', 'text')}, ${list('$4', 'text')}, ${list('$5', 'json')})
       n (record, row, side, action, changes)`,
    [
      column(entries.map((e) => e.record)),
      column(entries.map((e) => e.row)),
      column(entries.map((e) => e.side)),
      column(entries.map((e) => e.action)),
      column(entries.map((e) => e.changes)),
      head.at,
      head.run ?? null,
      head.sync ?? null,
      head.mappingVersion ?? null,
      head.by,
    ],
  );
}

/** An entry as it is read back. */
export interface JournalRow {
  seq: number;
  at: string;
  run: number | null;
  record: string;
  sync: number | null;
  row: string | null;
  side: 'ours' | 'theirs';
  action: JournalAction;
  mappingVersion: number | null;
  changes: { [field: string]: { [part: string]: Json } } | null;
  by: string;
}

const READ = 'seq, at, run, record, sync, row, side, action, mapping_version as "mappingVersion", changes, by';

/** A run's entries, newest first. */
export function runEntries(tx: Tx, run: number, before: number | null, limit: number): Promise<JournalRow[]> {
  return tx.query<JournalRow>(
    `select ${READ} from journal where run = $1 and seq < coalesce($2::bigint, 9223372036854775807) order by seq desc limit $3`,
    [run, before, limit],
  );
}

/** What a run did to some records, newest first. */
export function runEntriesOf(tx: Tx, run: number, records: readonly string[]): Promise<JournalRow[]> {
  return tx.query<JournalRow>(`select ${READ} from journal where record = any($2::uuid[]) and run = $1 order by seq desc`, [
    run,
    records,
  ]);
}

/** Which of the records somebody else changed after the run had last touched them. */
export async function changedAfterRun(tx: Tx, run: number, records: readonly string[]): Promise<string[]> {
  const rows = await tx.query<{ record: string }>(
    `select distinct later.record from (
       select record, max(seq) as last from journal where record = any($2::uuid[]) and run = $1 group by record) own
     join journal later on later.record = own.record and later.seq > own.last and later.side = 'ours' and later.run is distinct from $1`,
    [run, records],
  );
  return rows.map((r) => r.record);
}

/** What was done to records on our side, each record's entries oldest first. */
export function entriesHere(
  tx: Tx,
  records: readonly string[],
): Promise<Pick<JournalRow, 'record' | 'sync' | 'action' | 'changes'>[]> {
  return tx.query(
    `select e.record, e.sync, e.action, e.changes from unnest(${list('$1', 'uuid')}) n (id)
     cross join lateral (select * from journal where record = n.id and side = 'ours' offset 0) e order by e.record, e.seq`,
    [column([...new Set(records)])],
  );
}

/** A record's entries, newest first. */
export function recordEntries(tx: Tx, record: string, before: number | null, limit: number): Promise<JournalRow[]> {
  return tx.query<JournalRow>(
    `select ${READ} from journal where record = $1 and seq < coalesce($2::bigint, 9223372036854775807) order by seq desc limit $3`,
    [record, before, limit],
  );
}

/** Entries of several records that are one now, newest first. */
export function entriesOf(tx: Tx, records: readonly string[], before: number | null, limit: number): Promise<JournalRow[]> {
  return tx.query<JournalRow>(
    `select ${READ} from unnest(${list('$1', 'uuid')}) n (id)
     cross join lateral (
       select * from journal where record = n.id and seq < coalesce($2::bigint, 9223372036854775807) order by seq desc limit $3) entries
     order by seq desc limit $3`,
    [column(records), before, limit],
  );
}
