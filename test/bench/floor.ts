/**
 * The least a first import could cost: the same pages, read one ahead by the same connector, and their records, links and journal
 * rows written by one bare multi-row insert per table and page. No mapping, no matching, no merging, no keys; same role, same
 * row-level security, same durability.
 */
import type { Page, Row } from '#kit/stream.ts';
import { column, HERE, list } from '#store/columns.ts';
import type { Store, Tx } from '#store/database.ts';
import { uuidv7 } from '#store/ids.ts';
import { pages } from './pages.ts';
import type { BenchHub } from './stage.ts';

/** How many rows it wrote. */
export async function writeBare({ store, context }: Pick<BenchHub, 'store' | 'context'>, workspace: number): Promise<number> {
  let written = 0;
  for await (const page of pages(context)) {
    await store.workspace(workspace, (tx) => insertPage(tx, page));
    written += page.rows.length;
  }
  return written;
}

async function insertPage(tx: Tx, { rows }: Page): Promise<void> {
  const ids = column(rows.map(() => uuidv7()));
  const names = column(rows.map((row) => row.id));
  const fields = column(rows.map((row: Row) => JSON.stringify(row.fields)));
  const at = new Date();
  await tx.run(
    `insert into records (workspace, id, object, fields, created, updated)
     select ${HERE}, id, 'contact', fields, $3::timestamptz, $3::timestamptz
     from unnest(${list('$1', 'uuid')}, ${list('$2', 'json')}) n (id, fields)`,
    [ids, fields, at],
  );
  await tx.run(
    `insert into links (workspace, sync, row, record, version, raw, shape, mapping_version, ours, begun)
     select ${HERE}, 1, row, record, version, raw, 1, 1, ours, 1
     from unnest(${list('$1', 'text')}, ${list('$2', 'uuid')}, ${list('$3', 'text')}, ${list('$4', 'json')}, ${list('$5', 'json')})
       n (row, record, version, raw, ours)`,
    [names, ids, column(rows.map((row) => row.version ?? null)), column(rows.map((row) => JSON.stringify(row.raw))), fields],
  );
  await tx.run(
    `insert into journal (workspace, at, record, row, side, action, by)
     select ${HERE}, $3::timestamptz, record, row, 'ours', 'create', 'bench'
     from unnest(${list('$1', 'uuid')}, ${list('$2', 'text')}) n (record, row)`,
    [ids, names, at],
  );
}

/** A workspace to write into. */
export async function bareWorkspace(store: Store): Promise<number> {
  return store.installation(
    async (tx) =>
      (await tx.query<{ workspace: number }>(`insert into workspaces (name) values ('Bare') returning workspace`))[0]!.workspace,
  );
}
