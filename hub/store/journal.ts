/** The journal: every change made to either side. Written in the transaction of the change, never altered. */
import { column, HERE, list } from './columns.ts';
import type { Tx } from './database.ts';

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
