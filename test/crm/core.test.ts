/** The port as the engine uses it: whole pages, in the page's transaction. */
import { describe, expect, test } from 'vitest';
import type { Cause, Update } from '#crm/core.ts';
import { checkRecord } from '#crm/shape.ts';
import type { Values } from '#kit/fields.ts';
import { uuidv7 } from '#store/ids.ts';
import { addSync, createPage, marksIn, testCrm } from './crm.ts';

const setting = await testCrm();
const { crm, database } = setting;
const { store } = database;
const at = '2026-03-01T09:00:00.000Z';
const cause: Cause = { by: 'test', at };

const person = (n: number): Values => ({
  givenName: 'Ada',
  familyName: `Lovelace${n}`,
  emails: [{ value: `ada${n}@engines.example` }],
  phones: [{ value: `+4420794${String(60000 + n)}` }],
});

function jobs(ids: readonly string[], job: string, expected = 1): Update[] {
  return ids.map((id, n) => ({
    id,
    object: 'contact',
    expected,
    before: person(n),
    changes: { jobTitle: { from: null, to: job, why: 'theirs changed' } },
  }));
}

async function statementsOf(work: () => Promise<unknown>): Promise<number> {
  const before = store.statements.count;
  await work();
  return store.statements.count - before;
}

test('a page costs the same number of statements, however long it is', async () => {
  const workspace = await database.workspace();
  await addSync(database, workspace, 'gsuite.contacts', 'contact');
  const create = (size: number) =>
    createPage(
      setting,
      workspace,
      'contact',
      Array.from({ length: size }, (_, n) => person(n)),
    );
  const update = (ids: readonly string[]) => store.workspace(workspace, (tx) => crm.update(tx, jobs(ids, 'Engineer'), cause));
  const remove = (ids: readonly string[]) => store.workspace(workspace, (tx) => crm.erase(tx, ids, cause));
  const [few, many] = [await create(2), await create(300)];
  expect(await statementsOf(() => create(300))).toBe(await statementsOf(() => create(2)));
  expect(await statementsOf(() => update(many))).toBe(await statementsOf(() => update(few)));
  expect(await statementsOf(() => remove(many))).toBe(await statementsOf(() => remove(few)));
});

test('what was created is read, with its name; unknown ids are absent', async () => {
  const workspace = await database.workspace();
  const [id] = await createPage(setting, workspace, 'contact', [{ ...person(1), nickname: '', notes: null, custom: [] }]);
  const found = await store.workspace(workspace, (tx) => crm.read(tx, [id!, uuidv7()]));
  expect([...found.keys()]).toEqual([id]);
  expect(found.get(id!)).toEqual({
    id,
    object: 'contact',
    version: 1,
    name: 'Ada Lovelace1',
    fields: person(1),
    times: null,
    created: at,
    updated: at,
    archived: null,
    mergedInto: null,
  });
});

test('another workspace neither reads nor finds nor changes it', async () => {
  const [mine, other] = [await database.workspace(), await database.workspace()];
  const ids = await createPage(setting, mine, 'contact', [person(1)]);
  await store.workspace(other, async (tx) => {
    expect((await crm.read(tx, ids)).size).toBe(0);
    expect(await crm.find(tx, 'contact', [{ kind: 'email', token: 'ada1@engines.example' }])).toEqual([]);
    expect(await crm.update(tx, jobs(ids, 'Thief'), cause)).toEqual(ids);
    await crm.archive(tx, ids, cause);
    await crm.erase(tx, ids, cause);
  });
  expect((await crm.get(mine, ids[0]!)).version).toBe(1);
});

test('an update on an old version is refused, and the others are written', async () => {
  const workspace = await database.workspace();
  const ids = await createPage(setting, workspace, 'contact', [person(0), person(1), person(2)]);
  const late = jobs(ids, 'Engineer').map((one, n) => ({ ...one, expected: n === 1 ? 7 : 1 }));
  expect(await store.workspace(workspace, (tx) => crm.update(tx, late, { ...cause, at: '2026-03-02T00:00:00.000Z' }))).toEqual([
    ids[1],
  ]);
  const records = await store.workspace(workspace, (tx) => crm.read(tx, ids));
  expect(ids.map((id) => [records.get(id)!.version, records.get(id)!.fields.jobTitle])).toEqual([
    [2, 'Engineer'],
    [1, undefined],
    [2, 'Engineer'],
  ]);
  expect(records.get(ids[0]!)!.times).toEqual({ jobTitle: '2026-03-02T00:00:00.000Z' });
  const found = await store.workspace(workspace, (tx) => crm.find(tx, 'contact', [{ kind: 'word', token: 'engineer' }]));
  expect(found.map((one) => one.record).sort()).toEqual([ids[0], ids[2]].sort());
});

test('an update without a change is none', async () => {
  const workspace = await database.workspace();
  const [id] = await createPage(setting, workspace, 'contact', [person(0)]);
  const nothing: Update = { id: id!, object: 'contact', expected: 1, before: person(0), changes: {} };
  expect(await store.workspace(workspace, (tx) => crm.update(tx, [nothing], cause))).toEqual([]);
  expect((await crm.get(workspace, id!)).version).toBe(1);
});

describe('find', () => {
  test('gives living bearers, so many per key at most', async () => {
    const workspace = await database.workspace();
    const twins = await createPage(setting, workspace, 'contact', [person(1), person(1), person(1), person(2)]);
    await store.workspace(workspace, (tx) => crm.archive(tx, [twins[0]!], cause));
    const keys = [1, 2, 3].map((n) => ({ kind: 'email' as const, token: `ada${n}@engines.example` }));
    const found = await store.workspace(workspace, (tx) => crm.find(tx, 'contact', keys));
    expect(found.map((one) => [one.token, one.record]).sort()).toEqual(
      [
        [keys[0]!.token, twins[1]],
        [keys[0]!.token, twins[2]],
        [keys[1]!.token, twins[3]],
      ].sort(),
    );
    expect(await store.workspace(workspace, (tx) => crm.find(tx, 'contact', keys, 1))).toHaveLength(2);
    expect(await store.workspace(workspace, (tx) => crm.find(tx, 'company', keys))).toEqual([]);
  });

  test('takes a key whole: what merely begins with it is another', async () => {
    const workspace = await database.workspace();
    await createPage(setting, workspace, 'contact', [{ emails: [{ value: 'ada@x.example' }] }]);
    const key = { kind: 'email' as const, token: 'ada@x' };
    expect(await store.workspace(workspace, (tx) => crm.find(tx, 'contact', [key]))).toEqual([]);
  });
});

describe('marks', () => {
  test('every sync that has begun and writes outward is told of a change, a paused one too, but not the one it came from', async () => {
    const workspace = await database.workspace();
    const own = await addSync(database, workspace, 'a.contacts', 'contact');
    const further = await addSync(database, workspace, 'b.contacts', 'contact', { state: 'paused' });
    await addSync(database, workspace, 'c.contacts', 'contact', { outward: false });
    await addSync(database, workspace, 'd.contacts', 'contact', { state: 'waiting' });
    await addSync(database, workspace, 'e.companies', 'company');
    const ids = await createPage(setting, workspace, 'contact', [person(0), person(1)], own);
    expect(await marksIn(database, workspace)).toEqual(ids.map((id) => `${further} ${id}`).sort());
    for (const work of ['archive', 'restore', 'erase'] as const) {
      await database.owner.query('delete from intents where workspace = $1', [workspace]);
      await store.workspace(workspace, (tx) => crm[work](tx, [ids[0]!], cause));
      expect(await marksIn(database, workspace), work).toEqual([own, further].map((sync) => `${sync} ${ids[0]}`).sort());
    }
  });

  test('what is on its way keeps its state and gets a younger mark', async () => {
    const workspace = await database.workspace();
    await addSync(database, workspace, 'a.contacts', 'contact');
    const ids = await createPage(setting, workspace, 'contact', [person(0)]);
    const intent = async () =>
      (await database.owner.query('select state, marked from intents where workspace = $1', [workspace])).rows[0];
    await database.owner.query(`update intents set state = 'flying' where workspace = $1`, [workspace]);
    const before = await intent();
    await store.workspace(workspace, (tx) => crm.update(tx, jobs(ids, 'Engineer'), cause));
    const after = await intent();
    expect(after.state).toBe('flying');
    expect(Number(after.marked)).toBeGreaterThan(Number(before.marked));
  });
});

test('the journal tells changes with their reasons; a creation from a row points to the row', async () => {
  const workspace = await database.workspace();
  const id = uuidv7();
  const from: Cause = { ...cause, run: 5, sync: 3, mappingVersion: 2, rows: new Map([[id, 'people/c1']]) };
  await store.workspace(workspace, (tx) => crm.create(tx, [{ id, object: 'contact', fields: person(0) }], from));
  await store.workspace(workspace, (tx) => crm.update(tx, jobs([id], 'Engineer'), from));
  await store.workspace(workspace, (tx) => crm.archive(tx, [id, id], cause));
  const entries = (await crm.timeline(workspace, id, { after: null, limit: 10 })).items.reverse();
  expect(entries).toMatchObject([
    { action: 'create', run: 5, sync: 3, mappingVersion: 2, row: 'people/c1', changes: null },
    { action: 'update', row: 'people/c1', changes: { jobTitle: { from: null, to: 'Engineer', why: 'theirs changed' } } },
    { action: 'archive', run: null, by: 'test' },
  ]);
});

test('a record to be created is checked with its custom fields, every problem at once', () => {
  const custom = { shoe: { kind: 'number', title: 'Shoe size' } } as const;
  const problems = checkRecord('contact', { shoe: 'big', birthday: '2001-02-30', notes: 'a\0b', nope: 1 }, custom);
  expect(problems.map((problem) => problem.path).sort()).toEqual(['birthday', 'nope', 'notes', 'shoe']);
  expect(checkRecord('contact', { shoe: 42 }, custom)).toEqual([]);
});
