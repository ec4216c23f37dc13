/** Mappings and their versions. A version is never changed once written. */
import type { Json } from '#kit/fields.ts';
import { HERE } from './columns.ts';
import type { Tx } from './database.ts';

export interface MappingRow {
  id: number;
  stream: string;
  object: string;
  name: string;
  version: number;
}

export interface MappingVersion {
  mapping: number;
  version: number;
  body: Json;
  created: string;
  by: string;
  note: string;
}

export async function insertMapping(
  tx: Tx,
  mapping: { stream: string; object: string; name: string; body: Json; by: string; note: string },
): Promise<MappingRow> {
  const rows = await tx.query<MappingRow>(
    `insert into mappings (workspace, stream, object, name) values (${HERE}, $1, $2, $3)
     on conflict (workspace, stream, name) do update set name = excluded.name returning id, stream, object, name, version`,
    [mapping.stream, mapping.object, mapping.name],
  );
  const row = rows[0]!;
  await tx.run(
    `insert into mapping_versions (workspace, mapping, version, body, by, note) values (${HERE}, $1, 1, $2, $3, $4) on conflict do nothing`,
    [row.id, JSON.stringify(mapping.body), mapping.by, mapping.note],
  );
  return row;
}

export async function listMappings(tx: Tx): Promise<MappingRow[]> {
  return tx.query<MappingRow>('select id, stream, object, name, version from mappings order by stream, name');
}

/** `lock` keeps the version from being edited until the transaction ends. */
export async function getMapping(tx: Tx, id: number, lock: '' | 'share' | 'update' = ''): Promise<MappingRow | undefined> {
  const clause = lock === '' ? '' : ` for ${lock}`;
  return (await tx.query<MappingRow>(`select id, stream, object, name, version from mappings where id = $1${clause}`, [id]))[0];
}

export async function getVersion(tx: Tx, mapping: number, version: number): Promise<MappingVersion | undefined> {
  return (
    await tx.query<MappingVersion>(
      'select mapping, version, body, created, by, note from mapping_versions where mapping = $1 and version = $2',
      [mapping, version],
    )
  )[0];
}

export async function listVersions(tx: Tx, mapping: number): Promise<MappingVersion[]> {
  return tx.query<MappingVersion>(
    'select mapping, version, body, created, by, note from mapping_versions where mapping = $1 order by version desc',
    [mapping],
  );
}

export async function addVersion(
  tx: Tx,
  mapping: number,
  expected: number,
  version: { body: Json; by: string; note: string },
): Promise<number | undefined> {
  const moved = await tx.run('update mappings set version = version + 1 where id = $1 and version = $2', [mapping, expected]);
  if (moved === 0) return undefined;
  await tx.run(
    `insert into mapping_versions (workspace, mapping, version, body, by, note) values (${HERE}, $1, $2, $3, $4, $5)`,
    [mapping, expected + 1, JSON.stringify(version.body), version.by, version.note],
  );
  return expected + 1;
}
