/** Intents: this record may owe that service something. */
import { column, HERE, list } from './columns.ts';
import type { Tx } from './database.ts';

/**
 * Marks records for every sync that has begun (paused ones too: they deliver when resumed) and writes outward from their object,
 * but the one whose page this is. An intent that is open already, in flight or unsure keeps its state and gets a younger mark.
 */
export async function mark(tx: Tx, records: readonly { id: string; object: string }[], but: number | undefined): Promise<void> {
  if (records.length === 0) return;
  await tx.run(
    `insert into intents (workspace, sync, record, marked)
     select ${HERE}, s.id, n.record, nextval('reading')
     from unnest(${list('$1', 'uuid')}, ${list('$2', 'text')}) n (record, object)
     join syncs s on s.object = n.object and s.outward and s.state <> 'waiting' and s.id is distinct from $3::int
     on conflict (workspace, sync, record) do update set marked = excluded.marked`,
    [column(records.map((r) => r.id)), column(records.map((r) => r.object)), but ?? null],
  );
}

/**
 * The same of records of which nothing changed but fields that the CRM computes: only for syncs whose mapping tells one of them. A
 * thousand payments that come in would otherwise have a thousand invoices looked at for nothing.
 */
export async function markComputed(
  tx: Tx,
  records: readonly { id: string; object: string }[],
  fields: readonly string[],
  but: number | undefined,
): Promise<void> {
  if (records.length === 0) return;
  await tx.run(
    `insert into intents (workspace, sync, record, marked)
     select ${HERE}, s.id, n.record, nextval('reading')
     from unnest(${list('$1', 'uuid')}, ${list('$2', 'text')}) n (record, object)
     join syncs s on s.object = n.object and s.outward and s.state <> 'waiting' and s.id is distinct from $4::int
     where exists (
       select from mappings m join mapping_versions v on v.mapping = m.id and v.version = m.version
       cross join lateral json_array_elements(v.body->'fields') f (rule)
       where m.id = s.mapping and f.rule->>'crm' = any(${list('$3', 'text')}) and coalesce(f.rule->>'way', 'out') <> 'in')
     on conflict (workspace, sync, record) do update set marked = excluded.marked`,
    [column(records.map((r) => r.id)), column(records.map((r) => r.object)), column(fields), but ?? null],
  );
}

/** Marks records for one sync: its own page found that the service is owed something. */
export async function markFor(tx: Tx, sync: number, records: readonly string[]): Promise<void> {
  if (records.length === 0) return;
  await tx.run(
    `insert into intents (workspace, sync, record) select ${HERE}, $1::int, unnest(${list('$2', 'uuid')})
     on conflict (workspace, sync, record) do update set marked = excluded.marked`,
    [sync, column([...new Set(records)])],
  );
}

/** What these waited for is there: they may go now. */
export async function wakeIntents(tx: Tx, sync: number, records: readonly string[]): Promise<void> {
  await tx.run(
    `update intents set not_before = null where sync = $1 and state = 'open' and record = any(${list('$2', 'uuid')})`,
    [sync, column(records)],
  );
}

/** Marks those of the records that have rows which follow: their sync's own page, read from the row that leads, changed them. */
export async function markFollowed(tx: Tx, sync: number, records: readonly string[]): Promise<void> {
  if (records.length === 0) return;
  await tx.run(
    `insert into intents (workspace, sync, record)
     select distinct ${HERE}, $1::int, record from links
     where sync = $1 and not leads and state = 'live' and record = any(${list('$2', 'uuid')})
     on conflict (workspace, sync, record) do update set marked = excluded.marked`,
    [sync, column(records)],
  );
}

const LOWEST = '00000000-0000-0000-0000-000000000000';

/**
 * Marks the living records of an object that have no link in the sync, in keyset order; the last id marked, or null at the end.
 * `offset 0` keeps it at one step into the index for each, also while the tables are younger than their statistics.
 */
export async function markUnlinked(
  tx: Tx,
  sync: number,
  object: string,
  after: string | null,
  most: number,
): Promise<string | null> {
  const rows = await tx.query<{ last: string | null }>(
    `with part as materialized (
       select id, archived from records where object = $2 and id > coalesce($3::uuid, $5::uuid) order by id limit $4),
     marked as (
       insert into intents (workspace, sync, record)
       select ${HERE}, $1::int, id from part p where archived is null
         and not exists (select 1 from links where record = p.id and sync = $1 offset 0)
       on conflict (workspace, sync, record) do nothing)
     select max(id::text) as last from part`,
    [sync, object, after, most, LOWEST],
  );
  return rows[0]?.last ?? null;
}

/** Forgets what a record may owe, unless it is being told just now. */
export async function unmark(tx: Tx, record: string): Promise<void> {
  await tx.run(`delete from intents i using syncs s where i.sync = s.id and i.record = $1::uuid and i.state = 'open'`, [record]);
}

/** Records with an open intent, in keyset order. */
export async function owingRecords(tx: Tx, sync: number, after: string | null, most: number): Promise<string[]> {
  const rows = await tx.query<{ record: string }>(
    `select record from intents where sync = $1 and state = 'open' and record > coalesce($2::uuid, '00000000-0000-0000-0000-000000000000')
     order by record limit $3`,
    [sync, after, most],
  );
  return rows.map((r) => r.record);
}

/** Living records of an object without a link in the sync, in keyset order. */
export async function unlinkedRecords(
  tx: Tx,
  sync: number,
  object: string,
  after: string | null,
  most: number,
): Promise<string[]> {
  const rows = await tx.query<{ id: string }>(
    `select id from records r where object = $2 and archived is null and id > coalesce($3::uuid, '00000000-0000-0000-0000-000000000000')
       and not exists (select 1 from links l where l.workspace = r.workspace and l.record = r.id and l.sync = $1)
     order by id limit $4`,
    [sync, object, after, most],
  );
  return rows.map((r) => r.id);
}
