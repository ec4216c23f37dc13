/** Sources: of some fields of an object, the one connection that may overwrite them. */
import { HERE } from './columns.ts';
import type { Tx } from './database.ts';

export interface SourceRow {
  object: string;
  field: string;
  connection: number;
  set: string;
  by: string;
}

/** Of the workspace, or of one object. */
export function listSources(tx: Tx, object: string | null): Promise<SourceRow[]> {
  return tx.query<SourceRow>(
    `select object, field, connection, set_at as set, by from sources where $1::text is null or object = $1 order by object, field`,
    [object],
  );
}

export async function putSource(
  tx: Tx,
  source: Pick<SourceRow, 'object' | 'field' | 'connection' | 'by'>,
  at: Date,
): Promise<void> {
  await tx.run(
    `insert into sources (workspace, object, field, connection, set_at, by) values (${HERE}, $1, $2, $3, $4, $5)
     on conflict (workspace, object, field) do update set connection = excluded.connection, set_at = excluded.set_at, by = excluded.by`,
    [source.object, source.field, source.connection, at, source.by],
  );
}

export async function dropSource(tx: Tx, object: string, field: string): Promise<boolean> {
  return (await tx.run('delete from sources where object = $1 and field = $2', [object, field])) > 0;
}

/** The fields of an object that a connection may not overwrite, since another is their source. */
export async function fieldsOfOthers(tx: Tx, object: string, connection: number): Promise<Set<string>> {
  const rows = await tx.query<{ field: string }>('select field from sources where object = $1 and connection <> $2', [
    object,
    connection,
  ]);
  return new Set(rows.map((row) => row.field));
}
