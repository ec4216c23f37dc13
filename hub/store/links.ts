/** Links: the tie between one row and one record, with what each side held when they last agreed. */
import type { Json, Values } from '#kit/fields.ts';
import { inTurns } from '#kit/turns.ts';
import { column, HERE, list, textColumn } from './columns.ts';
import type { Tx } from './database.ts';

export type LinkState = 'live' | 'dormant' | 'severed' | 'gone';

/** What is needed of every row of a page. */
export interface LinkHead {
  row: string;
  record: string;
  state: LinkState;
  leads: boolean;
  version: string | null;
  row_time: string | null;
  shape: number;
  mapping_version: number;
  begun: number;
  missed: number;
  settles: string | null;
}

/** What is needed of a row that changed. */
export interface Link extends LinkHead {
  raw: Json;
  ours: Values;
  theirs: Values | null;
  apart: { [crm: string]: string } | null;
  replaced: Values | null;
  flips: { [crm: string]: string[] } | null;
}

const HEAD = 'row, record, state, leads, version, row_time, shape, mapping_version, begun, missed, settles';
const WHOLE = `${HEAD}, raw, ours, theirs, apart, replaced, flips`;

export async function linkHeads(tx: Tx, sync: number, rows: readonly string[]): Promise<LinkHead[]> {
  return tx.query<LinkHead>(`select ${HEAD} from links where sync = $1 and row = any(${list('$2', 'text')})`, [
    sync,
    column(rows),
  ]);
}

/** Which of the rows are linked and were read in this version already, by these rules; none that a pass has missed. */
export async function rowsHeld(
  tx: Tx,
  sync: number,
  rows: readonly { id: string; version: string }[],
  read: Pick<Link, 'shape' | 'mapping_version'>,
): Promise<Set<string>> {
  const others = await tx.query<{ row: string }>(
    `select n.row from unnest(${list('$2', 'text')}, ${list('$3', 'text')}) n (row, version)
     left join lateral (select true as held from links where sync = $1 and row = n.row and version = n.version and shape = $4
       and mapping_version = $5 and missed = 0 and state in ('live', 'dormant') offset 0) l on true
     where l.held is null`,
    [sync, column(rows.map((r) => r.id)), column(rows.map((r) => r.version)), read.shape, read.mapping_version],
  );
  const held = new Set(rows.map((r) => r.id));
  for (const { row } of others) held.delete(row);
  return held;
}

export async function linksOfRows(tx: Tx, sync: number, rows: readonly string[]): Promise<Link[]> {
  return tx.query<Link>(`select ${WHOLE} from links where sync = $1 and row = any($2::text[])`, [sync, rows]);
}

/**
 * A sync's links of records, one step into the index for each. `offset 0` keeps it so: asked for all at once, PostgreSQL would
 * rather go through every link of the sync as long as the table is younger than its statistics.
 */
const ofRecords = (columns: string) =>
  `select ${columns} from unnest(${list('$2', 'uuid')}) n (id)
   cross join lateral (select * from links where record = n.id and sync = $1 offset 0) l`;

export async function linksOfRecords(tx: Tx, sync: number, records: readonly string[]): Promise<Link[]> {
  return tx.query<Link>(ofRecords(WHOLE), [sync, column([...new Set(records)])]);
}

/** Keyset: the next links of a sync by row id, for re-mapping and sweeping. */
export async function linksAfter(tx: Tx, sync: number, after: string, most: number): Promise<Link[]> {
  return tx.query<Link>(`select ${WHOLE} from links where sync = $1 and row > $2 order by row limit $3`, [sync, after, most]);
}

/** Every link of a record, whatever the sync, with the stream's name: for explain, why and the API. */
export async function linksOfRecord(
  tx: Tx,
  record: string,
): Promise<(Link & { sync: number; stream: string; connection: number })[]> {
  return tx.query(
    `select l.sync, s.stream, s.connection, ${WHOLE.split(', ')
      .map((column) => `l.${column}`)
      .join(', ')} from links l join syncs s on s.id = l.sync where l.record = $1 order by l.sync, l.row`,
    [record],
  );
}

/** Which of the records have a link in the sync that is not gone, and in which row. */
export async function takenRecords(
  tx: Tx,
  sync: number,
  records: readonly string[],
): Promise<{ record: string; row: string; state: LinkState }[]> {
  return tx.query(ofRecords('record, row, state'), [sync, column([...new Set(records)])]);
}

/** A link of a row that has none, as most begin: live, leading, and agreed on in every field. */
export type NewLink = Pick<Link, 'row' | 'record' | 'version' | 'row_time' | 'raw' | 'ours'>;

/** Inserts links of rows that have none. A row that has one is refused (a data error). */
export async function insertLinks(
  tx: Tx,
  sync: number,
  links: readonly NewLink[],
  read: Pick<Link, 'shape' | 'mapping_version' | 'begun'>,
): Promise<void> {
  if (links.length === 0) return;
  // Rows as they came are the most of what a first import writes.
  const raw = await inTurns(links, (l) => JSON.stringify(l.raw));
  const ours = await inTurns(links, (l) => JSON.stringify(l.ours));
  await tx.run(
    `insert into links (workspace, sync, row, record, version, row_time, raw, ours, shape, mapping_version, begun)
     select ${HERE}, $1::int, t.row, t.record, t.version, t.row_time, t.raw, t.ours, $8::int, $9::int, $10::bigint
     from unnest(${list('$2', 'text')}, ${list('$3', 'uuid')}, ${list('$4', 'text')}, ${list('$5', 'text')}, ${list('$6', 'json')},
       ${list('$7', 'json')}) t (row, record, version, row_time, raw, ours)`,
    [
      sync,
      column(links.map((l) => l.row)),
      column(links.map((l) => l.record)),
      column(links.map((l) => l.version)),
      column(links.map((l) => l.row_time)),
      textColumn(raw),
      textColumn(ours),
      read.shape,
      read.mapping_version,
      read.begun,
    ],
  );
}

/** Writes links whole: new ones, and new agreements of old ones. */
export async function putLinks(tx: Tx, sync: number, links: readonly Link[]): Promise<void> {
  if (links.length === 0) return;
  const texts = (of: (link: Link) => string | null) => column(links.map(of));
  const json = (value: unknown) => (value === null ? null : JSON.stringify(value));
  await tx.run(
    `insert into links (workspace, sync, ${WHOLE})
     select ${HERE}, $1::int, t.row, t.record, t.state, t.leads::bool, t.version, t.row_time, t.shape, t.mapping_version, t.begun::bigint, t.missed,
       t.settles, t.raw, t.ours, t.theirs, t.apart, t.replaced, t.flips
     from unnest(${list('$2', 'text')}, ${list('$3', 'uuid')}, ${list('$4', 'text')}, ${list('$5', 'text')}, ${list('$6', 'text')}, ${list('$7', 'text')},
       ${list('$8', 'int')}, ${list('$9', 'int')}, ${list('$10', 'text')}, ${list('$11', 'int')}, ${list('$12', 'timestamptz')}, ${list('$13', 'json')},
       ${list('$14', 'json')}, ${list('$15', 'json')}, ${list('$16', 'json')}, ${list('$17', 'json')}, ${list('$18', 'json')})
       t (row, record, state, leads, version, row_time, shape, mapping_version, begun, missed, settles, raw, ours, theirs, apart, replaced, flips)
     on conflict (workspace, sync, row) do update set record = excluded.record, state = excluded.state, leads = excluded.leads,
       version = excluded.version, row_time = excluded.row_time, shape = excluded.shape, mapping_version = excluded.mapping_version,
       begun = excluded.begun, missed = excluded.missed, settles = excluded.settles, raw = excluded.raw, ours = excluded.ours,
       theirs = excluded.theirs, apart = excluded.apart, replaced = excluded.replaced, flips = excluded.flips`,
    [
      sync,
      texts((l) => l.row),
      texts((l) => l.record),
      texts((l) => l.state),
      texts((l) => String(l.leads)),
      texts((l) => l.version),
      texts((l) => l.row_time),
      texts((l) => String(l.shape)),
      texts((l) => String(l.mapping_version)),
      texts((l) => String(l.begun)),
      texts((l) => String(l.missed)),
      texts((l) => l.settles),
      texts((l) => json(l.raw)),
      texts((l) => json(l.ours)),
      texts((l) => json(l.theirs)),
      texts((l) => json(l.apart)),
      texts((l) => json(l.replaced)),
      texts((l) => json(l.flips)),
    ],
  );
}

/** Where a leading link ceases to live, another leads. */
export async function setLinkState(tx: Tx, sync: number, rows: readonly string[], state: LinkState): Promise<void> {
  if (rows.length === 0) return;
  const set = await tx.query<{ record: string; leads: boolean }>(
    'update links set state = $3 where sync = $1 and row = any($2::text[]) returning record, leads',
    [sync, rows, state],
  );
  await passLead(
    tx,
    sync,
    set.flatMap((l) => (l.leads ? [l.record] : [])),
  );
}

/** Why fields of these pairs differ and are not to move. */
export async function setApart(tx: Tx, sync: number, links: readonly Pick<Link, 'row' | 'apart'>[]): Promise<void> {
  if (links.length === 0) return;
  await tx.run(
    `update links l set apart = n.apart from unnest(${list('$2', 'text')}, ${list('$3', 'json')}) n (row, apart)
     where l.sync = $1 and l.row = n.row`,
    [sync, column(links.map((l) => l.row)), column(links.map((l) => l.apart && JSON.stringify(l.apart)))],
  );
}

/** Of a record's links in a sync one leads: the living one that does, else the oldest living one; a dormant one where none lives. */
export async function passLead(tx: Tx, sync: number, records: readonly string[]): Promise<void> {
  if (records.length === 0) return;
  await tx.run(
    `update links l set leads = l.row = first.row
     from (select distinct on (record) record, row from (${ofRecords('record, row, state, leads, tied')}) ours
       where state in ('live', 'dormant') order by record, state = 'live' desc, leads desc, tied nulls first, row) first
     where l.sync = $1 and l.record = first.record and l.leads <> (l.row = first.row)`,
    [sync, column([...new Set(records)])],
  );
}

/** The service gave a row another id. */
export async function renameLink(tx: Tx, sync: number, from: string, to: string): Promise<void> {
  await tx.run(
    `update links set row = $3 where sync = $1 and row = $2 and not exists (select 1 from links o where o.sync = $1 and o.row = $3)`,
    [sync, from, to],
  );
}

/**
 * Rows that agreed before the pass began and were not shown by it: one pass more without them. `except` takes one look at each
 * table; an anti-join becomes a look at one for every row of the other where the tables have grown since they were analysed.
 */
export async function countMissed(tx: Tx, sync: number, passBegan: number): Promise<number> {
  return tx.run(
    `update links set missed = missed + 1 where sync = $1 and row = any(array(
       select row from links where sync = $1 and state in ('live', 'dormant') and begun < $2
       except select row from seen where sync = $1))`,
    [sync, passBegan],
  );
}

export async function forgetMissed(tx: Tx, sync: number, rows: readonly string[]): Promise<void> {
  if (rows.length > 0)
    await tx.run('update links set missed = 0 where sync = $1 and row = any($2::text[]) and missed > 0', [sync, rows]);
}

/** Rows that so many finished passes in a row did not show. */
export async function missedRows(tx: Tx, sync: number, passes: number, most: number): Promise<string[]> {
  const rows = await tx.query<{ row: string }>(
    `select row from links where sync = $1 and state in ('live', 'dormant') and missed >= $2 order by row limit $3`,
    [sync, passes, most],
  );
  return rows.map((r) => r.row);
}

export async function countLinks(tx: Tx, sync: number): Promise<{ [state: string]: number }> {
  const rows = await tx.query<{ state: string; n: number }>(
    'select state, count(*)::int as n from links where sync = $1 group by state',
    [sync],
  );
  return Object.fromEntries(rows.map((r) => [r.state, r.n]));
}

/** Which of the records have a living link in the stream (through whatever connection) besides the given rows of this sync. */
export async function otherLinks(
  tx: Tx,
  { id, stream }: { id: number; stream: string },
  records: readonly string[],
  but: readonly string[],
): Promise<string[]> {
  const rows = await tx.query<{ record: string }>(
    `select distinct l.record from links l join syncs s on s.id = l.sync
     where s.stream = $1 and l.record = any($2::uuid[]) and l.state = 'live' and not (l.sync = $4 and l.row = any($3::text[]))`,
    [stream, records, but, id],
  );
  return rows.map((r) => r.record);
}

/** Every living link of the records, in whatever sync, with the row as it is kept. */
export async function livingLinks(
  tx: Tx,
  records: readonly string[],
): Promise<{ record: string; sync: number; stream: string; row: string; raw: Json }[]> {
  return tx.query(
    `select l.record, l.sync, s.stream, l.row, l.raw from unnest(${list('$1', 'uuid')}) n (id)
     cross join lateral (select * from links where record = n.id and state = 'live' offset 0) l
     join syncs s on s.id = l.sync`,
    [column([...new Set(records)])],
  );
}

/** Which of the records another sync has a row for, or is just making one: also one that it sends again, for it may be there. */
export async function standingElsewhere(tx: Tx, sync: number, records: readonly string[]): Promise<string[]> {
  const rows = await tx.query<{ id: string }>(
    `select n.id from unnest(${list('$2', 'uuid')}) n (id)
     where exists (select from links l where l.record = n.id and l.sync <> $1 and l.state in ('live', 'dormant'))
       or exists (select from intents i where i.record = n.id and i.sync = any(array(select id from syncs where id <> $1)) and (i.state <> 'open' or i.key is not null))`,
    [sync, column(records)],
  );
  return rows.map((row) => row.id);
}

/** Forgets severed and gone links: all of a sync's, or those of the rows. */
export async function releaseLinks(
  tx: Tx,
  sync: number,
  rows: readonly string[] | 'all',
): Promise<{ row: string; record: string }[]> {
  return tx.query<{ row: string; record: string }>(
    `delete from links where sync = $1 and state in ('severed', 'gone') and ($2::text[] is null or row = any($2::text[])) returning row, record`,
    [sync, rows === 'all' ? null : rows],
  );
}

/** What rows of a connection's stream became. Ids of rows mean nothing beyond their connection. */
export async function linkedRecords(
  tx: Tx,
  connection: number,
  stream: string,
  rows: readonly string[],
): Promise<{ row: string; record: string }[]> {
  return tx.query(
    `select l.row, l.record from syncs s join links l on l.workspace = s.workspace and l.sync = s.id
     where s.connection = $1 and s.stream = $2 and l.row = any($3::text[]) and l.state in ('live', 'dormant')`,
    [connection, stream, rows],
  );
}

/** Which rows of a stream stand for records. */
export async function rowsOfRecords(
  tx: Tx,
  connection: number,
  stream: string,
  records: readonly string[],
): Promise<{ row: string; record: string }[]> {
  return tx.query(
    `select l.row, l.record from links l join syncs s on s.workspace = l.workspace and s.id = l.sync
     where s.connection = $1 and s.stream = $2 and l.record = any($3::uuid[]) and l.state = 'live' order by l.leads`,
    [connection, stream, records],
  );
}
