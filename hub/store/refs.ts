/** Who refers to a record, in order of time. */
import type { Values } from '#kit/fields.ts';
import { column, HERE, list } from './columns.ts';
import type { Tx } from './database.ts';

export interface RefRow {
  target: string;
  /** When what refers happened: an instant. */
  at: string;
  record: string;
  field: string;
}

function columns(refs: readonly RefRow[]): string[] {
  return [
    column(refs.map((r) => r.target)),
    column(refs.map((r) => r.at)),
    column(refs.map((r) => r.record)),
    column(refs.map((r) => r.field)),
  ];
}

const LISTS = `${list('$1', 'uuid')}, ${list('$2', 'timestamptz')}, ${list('$3', 'uuid')}, ${list('$4', 'text')}`;

/** Adds references of new records, which are not there yet. */
export async function insertRefs(tx: Tx, refs: readonly RefRow[]): Promise<void> {
  if (refs.length === 0) return;
  await tx.run(
    `insert into refs (workspace, target, at, record, field)
     select ${HERE}, target, at, record, field from unnest(${LISTS}) n (target, at, record, field)`,
    columns(refs),
  );
}

/** Adds references that may be there already. */
export async function addRefs(tx: Tx, refs: readonly RefRow[]): Promise<void> {
  if (refs.length === 0) return;
  await tx.run(
    `insert into refs (workspace, target, at, record, field)
     select ${HERE}, target, at, record, field from unnest(${LISTS}) n (target, at, record, field)
     on conflict do nothing`,
    columns(refs),
  );
}

export async function removeRefs(tx: Tx, refs: readonly RefRow[]): Promise<void> {
  if (refs.length === 0) return;
  await tx.run(
    `delete from refs r using unnest(${LISTS}) n (target, at, record, field)
     where r.target = n.target and r.at = n.at and r.record = n.record and r.field = n.field`,
    columns(refs),
  );
}

/** Records that refer to one of the targets, each once. */
export async function referrers(tx: Tx, targets: readonly string[], limit: number): Promise<string[]> {
  const rows = await tx.query<{ record: string }>(
    `select distinct record from (select record from refs where target = any(${list('$1', 'uuid')}) limit $2) r`,
    [column(targets), limit],
  );
  return rows.map((row) => row.record);
}

/** Records that refer to one of the targets by that field, each with its target. */
export function referrersBy(tx: Tx, targets: readonly string[], field: string): Promise<{ record: string; target: string }[]> {
  return tx.query(`select record, target from refs where target = any(${list('$1', 'uuid')}) and field = $2`, [
    column(targets),
    field,
  ]);
}

/** A living record of that object that refers to the target by that field, however many others refer to it. */
export async function referring(tx: Tx, target: string, field: string, object: string): Promise<string | undefined> {
  const rows = await tx.query<{ record: string }>(
    `select f.record from (select record from refs where target = $1::uuid and field = $2) f
     cross join lateral (select object from records where id = f.record and archived is null offset 0) r
     where r.object = $3 limit 1`,
    [target, field, object],
  );
  return rows[0]?.record;
}

/** Forgets that these records refer to the targets. */
export async function forgetRefs(tx: Tx, targets: readonly string[], records: readonly string[]): Promise<void> {
  await tx.run(`delete from refs where target = any(${list('$1', 'uuid')}) and record = any(${list('$2', 'uuid')})`, [
    column(targets),
    column(records),
  ]);
}

/** A reference with what the referring record is. */
export interface Referrer extends RefRow {
  object: string;
  name: string;
  archived: boolean;
}

/** What refers to a record, newest first, from before a place. */
export function readRefs(tx: Tx, target: string, before: Omit<RefRow, 'target'> | null, limit: number): Promise<Referrer[]> {
  return tx.query(
    `select f.target, f.at, f.record, f.field, r.object, r.name, r.archived is not null as archived
     from refs f join records r on r.id = f.record
     where f.target = $1::uuid and (f.at, f.record, f.field) < ($2::timestamptz, $3::uuid, $4)
     order by f.at desc, f.record desc, f.field desc limit $5`,
    [target, before?.at ?? 'infinity', before?.record ?? 'ffffffff-ffff-ffff-ffff-ffffffffffff', before?.field ?? '', limit],
  );
}

/** A living payment or credit note that names a document among its allocations. */
export interface Allocation {
  target: string;
  record: string;
  object: string;
  fields: Values;
}

/** What is allocated to documents: a record once for each of them that it names. */
export function allocationsTo(tx: Tx, targets: readonly string[]): Promise<Allocation[]> {
  return tx.query<Allocation>(
    `select distinct on (f.target, f.record) f.target, f.record, r.object, r.fields
     from unnest(${list('$1', 'uuid')}) n (target)
     cross join lateral (select target, record from refs where target = n.target and field = 'allocations' offset 0) f
     cross join lateral (select object, fields from records where id = f.record and archived is null offset 0) r
     order by f.target, f.record`,
    [column(targets)],
  );
}
