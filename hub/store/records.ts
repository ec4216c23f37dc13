/** Records of the CRM: reading and writing many at once. */
import type { Values } from '#kit/fields.ts';
import { column, HERE, list, textColumn } from './columns.ts';
import type { Tx } from './database.ts';
import { NAMING } from './participants.ts';

/** A record as its table holds it. Times are instants. */
export interface RecordRow {
  id: string;
  object: string;
  version: number;
  name: string;
  fields: Values;
  times: { [field: string]: string } | null;
  created: string;
  updated: string;
  archived: string | null;
  mergedInto: string | null;
}

const COLUMNS = `id, object, version, name, fields, times, created, updated, archived, merged_into as "mergedInto"`;

export interface NewRecord {
  id: string;
  object: string;
  name: string;
  /** JSON text of the values. */
  fields: string;
}

export interface ChangedRecord {
  id: string;
  expected: number;
  name: string;
  /** JSON text of all values as they shall be. */
  fields: string;
  /** JSON text: field → instant, of the fields that change. */
  times: string;
}

/** Inserts records, all created at one instant. */
export async function insertRecords(tx: Tx, records: readonly NewRecord[], at: string): Promise<void> {
  await tx.run(
    `insert into records (workspace, id, object, name, fields, created, updated)
     select ${HERE}, id, object, coalesce(name, ''), fields, $5::timestamptz, $5::timestamptz
     from unnest(${list('$1', 'uuid')}, ${list('$2', 'text')}, ${list('$3', 'text')}, ${list('$4', 'json')}) n (id, object, name, fields)`,
    [
      column(records.map((r) => r.id)),
      column(records.map((r) => r.object)),
      column(records.map((r) => r.name)),
      textColumn(records.map((r) => r.fields)),
      at,
    ],
  );
}

/** Records by id, archived ones too; ids that are not there are absent. */
export function readRecords(tx: Tx, ids: readonly string[]): Promise<RecordRow[]> {
  return tx.query<RecordRow>(`select ${COLUMNS} from records where id = any(${list('$1', 'uuid')})`, [column(ids)]);
}

/** The same, locked until the transaction ends, in order of id, so that two who lock the same records never wait for each other. */
export function lockRecords(tx: Tx, ids: readonly string[]): Promise<RecordRow[]> {
  return tx.query<RecordRow>(
    `select ${COLUMNS} from records where id = any(${list('$1', 'uuid')}) order by id for no key update`,
    [column(ids)],
  );
}

/** Nobody may refer to these any more: waits for those who are about to. */
export async function lockForErasing(tx: Tx, ids: readonly string[]): Promise<void> {
  await tx.run(`select from records where id = any(${list('$1', 'uuid')}) order by id for update`, [column(ids)]);
}

/** What the ids are, and locks them against being erased until the transaction ends. */
export function holdObjects(
  tx: Tx,
  ids: readonly string[],
): Promise<{ id: string; object: string; mergedInto: string | null }[]> {
  return tx.query(
    `select id, object, merged_into as "mergedInto" from records where id = any(${list('$1', 'uuid')}) order by id for key share`,
    [column(ids)],
  );
}

/** Bytes of values after which a page of records takes no further one. */
const MOST_LISTED = 8 * 1024 * 1024;

/** Records of an object in order of creation, from after an id: `limit` at most, fewer where they are large. */
export async function listRecords(
  tx: Tx,
  object: string,
  after: string | null,
  limit: number,
  archived: boolean,
): Promise<{ records: RecordRow[]; more: boolean }> {
  const rows = await tx.query<RecordRow & { there: number }>(
    `select ${COLUMNS}, there from (
       select *, sum(octet_length(fields::text)) over (order by id) - octet_length(fields::text) as before, count(*) over ()::int as there
       from (
         select * from records
         where object = $1 and id > coalesce($2::uuid, '00000000-0000-0000-0000-000000000000') and (archived is not null) = $4
         order by id limit $3 + 1) page) sized
     where before < $5 order by id limit $3`,
    [object, after, limit, archived, MOST_LISTED],
  );
  return { records: rows.map(({ there: _, ...record }) => record), more: (rows[0]?.there ?? 0) > rows.length };
}

/** The next records of an object, archived or not, locked. */
export function lockNext(tx: Tx, object: string, after: string, limit: number): Promise<RecordRow[]> {
  return tx.query<RecordRow>(
    `select ${COLUMNS} from records where object = $1 and id > $2::uuid order by id limit $3 for no key update`,
    [object, after, limit],
  );
}

/** The next records of every object, archived or not, locked. */
export function lockAllNext(tx: Tx, after: string, limit: number): Promise<RecordRow[]> {
  return tx.query<RecordRow>(`select ${COLUMNS} from records where id > $1::uuid order by id limit $2 for no key update`, [
    after,
    limit,
  ]);
}

/** Writes those whose version is the expected one, and tells which, with their time of creation. Each record at most once. */
export function updateRecords(tx: Tx, records: readonly ChangedRecord[], at: string): Promise<{ id: string; created: string }[]> {
  return tx.query(
    `update records r
     set version = r.version + 1, name = coalesce(n.name, ''), fields = n.fields, updated = $6::timestamptz,
         times = (coalesce(r.times::jsonb, '{}') || n.times)::json
     from unnest(${list('$1', 'uuid')}, ${list('$2', 'int')}, ${list('$3', 'text')}, ${list('$4', 'json')}, ${list('$5', 'json')}::jsonb[])
       n (id, expected, name, fields, times)
     where r.id = n.id and r.version = n.expected
     returning r.id, r.created`,
    [
      column(records.map((r) => r.id)),
      column(records.map((r) => String(r.expected))),
      column(records.map((r) => r.name)),
      column(records.map((r) => r.fields)),
      column(records.map((r) => r.times)),
      at,
    ],
  );
}

/** Archives the living ones among the ids, or restores the archived ones (merged ones too); tells which. */
export function setArchived(
  tx: Tx,
  ids: readonly string[],
  archived: boolean,
  at: string,
): Promise<{ id: string; object: string }[]> {
  return tx.query(
    `update records set version = version + 1, updated = $2::timestamptz, archived = case when $3 then $2::timestamptz end, merged_into = null
     where id = any(${list('$1', 'uuid')}) and (archived is null) = $3 returning id, object`,
    [column(ids), at, archived],
  );
}

/** Archives a record as merged into another; those merged into it before follow. */
export async function setMerged(tx: Tx, loser: string, survivor: string, at: string): Promise<void> {
  await tx.run(
    `update records set version = version + 1, updated = $3::timestamptz, archived = $3::timestamptz, merged_into = $2::uuid where id = $1::uuid`,
    [loser, survivor, at],
  );
  await tx.run(`update records set merged_into = $2::uuid where merged_into = $1::uuid`, [loser, survivor]);
}

/** The survivors of these merges are no more. */
export async function clearMerged(tx: Tx, survivors: readonly string[]): Promise<void> {
  await tx.run(`update records set merged_into = null where merged_into = any(${list('$1', 'uuid')})`, [column(survivors)]);
}

/** Ids of the records merged into this one. */
export async function mergedInto(tx: Tx, survivor: string): Promise<string[]> {
  const rows = await tx.query<{ id: string }>(`select id from records where merged_into = $1::uuid order by id`, [survivor]);
  return rows.map((row) => row.id);
}

/** Erases records for good; tells the values they held, so that their keys and refs can follow. */
export function deleteRecords(tx: Tx, ids: readonly string[]): Promise<RecordRow[]> {
  return tx.query<RecordRow>(`delete from records where id = any(${list('$1', 'uuid')}) returning ${COLUMNS}`, [column(ids)]);
}

/** What every write in a workspace needs to know of it. */
export interface ShapeRow {
  region: string;
  custom: string | null;
  callsWait: boolean;
  addressesNamed: boolean;
  strangers: boolean;
}

const someKeys = (object: string): string =>
  `exists (select from keys where key > '${object}' || E'\\temail\\t' and key < '${object}' || E'\\temail\\n')`;

/**
 * Region of its phone numbers, its custom fields, whether calls wait, whether anything names people by their addresses, and whether strangers
 * are reviewed. One statement.
 */
export async function readShape(tx: Tx): Promise<ShapeRow> {
  const rows = await tx.query<ShapeRow>(
    `select region, exists (select from calls where question is not null) as "callsWait",
       ${NAMING.map(someKeys).join(' or ')} as "addressesNamed", strangers = 'review' as strangers,
       (select json_agg(json_build_object('object', object, 'name', name, 'field', field, 'formula', formula, 'archived', archived is not null)
                      order by object, created, name)::text from custom_fields) as custom
     from workspaces`,
  );
  return rows[0] ?? { region: 'US', custom: null, callsWait: false, addressesNamed: false, strangers: false };
}
