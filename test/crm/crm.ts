/** A CRM on a database of the test file's own, and ways to look at what it left there. */
import { type Crm, openCrm } from '#crm/crm.ts';
import type { Values } from '#kit/fields.ts';
import { uuidv7 } from '#store/ids.ts';
import { type TestDatabase, testDatabase } from '#test/database.ts';

export interface TestCrm {
  crm: Crm;
  database: TestDatabase;
  /** Milliseconds since the epoch; a test may turn it. */
  clock: { now: number };
}

export async function testCrm(): Promise<TestCrm> {
  const database = await testDatabase();
  const clock = { now: Date.parse('2026-03-01T09:00:00.000Z') };
  return { crm: openCrm({ store: database.store, now: () => clock.now }), database, clock };
}

/** Creates records as the engine does, in one page. */
export async function createPage(
  { crm, database }: TestCrm,
  workspace: number,
  object: string,
  all: readonly Values[],
  sync?: number,
): Promise<string[]> {
  const creations = all.map((fields) => ({ id: uuidv7(), object, fields }));
  await database.store.workspace(workspace, (tx) =>
    crm.create(tx, creations, { by: 'test', at: '2026-03-01T09:00:00.000Z', sync }),
  );
  return creations.map(({ id }) => id);
}

/** A sync that is on, of a connection of its own. */
export async function addSync(
  { owner }: TestDatabase,
  workspace: number,
  stream: string,
  object: string,
  more = {},
): Promise<number> {
  const sync = { outward: true, state: 'on', ...more };
  const { rows } = await owner.query<{ id: number }>(
    `insert into syncs (workspace, connection, stream, object, mapping, outward, state, every)
     select $1, count(*) + 1, $2, $3, 1, $4, $5, 60000 from syncs returning id`,
    [workspace, stream, object, sync.outward, sync.state],
  );
  return rows[0]!.id;
}

export async function addLink(
  { owner }: TestDatabase,
  workspace: number,
  sync: number,
  row: string,
  record: string,
  more: { state?: string; leads?: boolean } = {},
): Promise<void> {
  await owner.query(
    `insert into links (workspace, sync, row, record, state, leads, raw, shape, mapping_version, ours, begun)
     values ($1, $2, $3, $4, $5, $6, '{}', 1, 1, '{}', 1)`,
    [workspace, sync, row, record, more.state ?? 'live', more.leads ?? true],
  );
}

/** Keys of a workspace as `object kind token record`, sorted; each as often as it stands there. */
export async function keysIn({ owner }: TestDatabase, workspace: number): Promise<string[]> {
  const { rows } = await owner.query<{ key: string; record: string }>(
    'select key, b.record from keys, unnest(records) b (record) where workspace = $1',
    [workspace],
  );
  return rows.map(({ key, record }) => [...key.split('\t').slice(0, 3), record].join(' ')).sort();
}

/** References of a workspace as `record field target at`, sorted. */
export async function refsIn({ owner }: TestDatabase, workspace: number): Promise<string[]> {
  const { rows } = await owner.query<{ record: string; field: string; target: string; at: Date }>(
    'select record, field, target, at from refs where workspace = $1',
    [workspace],
  );
  return rows.map(({ record, field, target, at }) => [record, field, target, at.toISOString()].join(' ')).sort();
}

/** Marks of a workspace as `sync record`, sorted. */
export async function marksIn({ owner }: TestDatabase, workspace: number): Promise<string[]> {
  const { rows } = await owner.query<{ sync: number; record: string }>('select sync, record from intents where workspace = $1', [
    workspace,
  ]);
  return rows.map(({ sync, record }) => `${sync} ${record}`).sort();
}

/** What was thrown: its kind, and the paths of its problems. */
export async function faultOf(promise: Promise<unknown>): Promise<{ kind?: string; message: string; paths: string[] }> {
  try {
    await promise;
  } catch (error) {
    const { kind, message, problems } = error as { kind?: string; message: string; problems?: { path: string }[] };
    return { kind, message, paths: (problems ?? []).map((problem) => problem.path).sort() };
  }
  throw new Error('nothing was thrown');
}
