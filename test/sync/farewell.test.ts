/** Where rows go with their records, a person's archive and delete go outward; what a sync did does not, and neither do too many. */
import { expect, test } from 'vitest';
import type { Mapping } from '#mappings/format.ts';
import { MAPPING, openWorld, type World } from './world.ts';

const REMOVING: Mapping = { ...MAPPING, ours: { gone: 'remove' } };
const person = (n: number) => ({ givenName: `G${n}`, familyName: `F${n}`, emails: [{ value: `p${n}@example.com` }] });

async function book(people: number, mapping = REMOVING): Promise<World> {
  const world = await openWorld(mapping);
  for (let n = 0; n < people; n += 1) world.service.add(person(n));
  await world.begin();
  return world;
}

const left = (world: World) => world.service.living().length;

test('a record that a person archives or erases takes its row along', async () => {
  const world = await book(3);
  const [archived, erased] = await world.contacts();
  await world.crm.archiveOne(world.who, archived!.id, null);
  await world.crm.eraseOne(world.who, erased!.id, erased!.version);
  await world.run();
  expect(left(world)).toBe(1);
  await world.run(true);
  expect([left(world), (await world.contacts()).length, await world.held()]).toEqual([1, 1, []]);
});

test('where the mapping says leave, the row of an erased record stays, and brings nobody back', async () => {
  const world = await book(1, MAPPING);
  const [erased] = await world.contacts();
  await world.crm.eraseOne(world.who, erased!.id, erased!.version);
  for (let n = 0; n < 2; n += 1) await world.run(true);
  expect([left(world), (await world.contacts()).length]).toEqual([1, 0]);
});

test('a record that another sync archives or erases, for its row has gone, takes no row along', async () => {
  const world = await book(2);
  const { sync } = await world.another();
  const [archived, erased] = await world.contacts();
  const cause = { by: 'schedule', at: new Date(world.now()).toISOString(), sync };
  await world.database.store.workspace(world.workspace, async (tx) => {
    await world.crm.archive(tx, [archived!.id], cause);
    await world.crm.erase(tx, [erased!.id], cause);
  });
  await world.run();
  expect(left(world)).toBe(2);
});

test('too many deletions over there: the brake stops before them and asks', async () => {
  const world = await book(20);
  for (const { id } of await world.contacts()) await world.crm.archiveOne(world.who, id, null);
  await expect(world.run()).rejects.toThrow('brake "deletions there": 20 in a day, 5 allowed');
  expect(left(world)).toBe(20);
  const [question] = await world.held();
  await world.engine.answer(world.workspace, question!.id, { is: 'go on' }, 'person');
  await world.run();
  expect(left(world)).toBe(0);
});

test('those of a whole day count together', async () => {
  const world = await book(20);
  for (const [n, { id }] of (await world.contacts()).entries()) {
    if (n === 6) break;
    await world.crm.archiveOne(world.who, id, null);
    if (n < 5) await world.run();
  }
  await expect(world.run()).rejects.toThrow('brake "deletions there": 6 in a day, 5 allowed');
  world.turn(25 * 3_600_000);
  await world.engine.resume(world.workspace, world.sync);
  await world.run();
  expect(left(world)).toBe(14);
});

test('a record archived here and a row edited there: ours stands, and the same is not asked again', async () => {
  const world = await book(1, MAPPING);
  const [record] = await world.contacts();
  const [row] = world.service.living();
  await world.crm.archiveOne(world.who, record!.id, null);
  world.service.edit(row!.id, { note: 'still here', givenName: 'Still' });
  await world.run();
  const [question] = await world.held();
  expect(question).toMatchObject({ kind: 'archived here, edited there' });
  await world.engine.answer(world.workspace, question!.id, { is: 'crm' }, 'person');
  await world.run();
  await world.run(true);
  expect([await world.held(), (await world.contacts()).length, left(world)]).toEqual([[], 0, 1]);
  // Restored after all, it takes what was said meanwhile.
  await world.crm.restoreOne(world.who, record!.id, null);
  await world.run(true);
  expect((await world.crm.get(world.workspace, record!.id)).fields).toMatchObject({ givenName: 'Still', notes: 'still here' });
});

test('ours stands for what the row said: one edited once more is asked about again', async () => {
  const world = await book(1, MAPPING);
  const [record] = await world.contacts();
  const [row] = world.service.living();
  await world.crm.archiveOne(world.who, record!.id, null);
  for (const note of ['still here', 'and here']) {
    world.service.edit(row!.id, { note });
    await world.run();
    const [question] = await world.held();
    expect(question?.kind).toBe('archived here, edited there');
    await world.engine.answer(world.workspace, question!.id, { is: 'crm' }, 'person');
  }
});

test('a record archived here whose row says what it said is nobody’s question, whatever else moves', async () => {
  const world = await book(1, MAPPING);
  const [record] = await world.contacts();
  const [row] = world.service.living();
  await world.crm.archiveOne(world.who, record!.id, null);
  world.service.edit(row!.id, { birthday: '1815-12-10' });
  await world.run();
  expect(await world.held()).toEqual([]);
  await addBirthday(world);
  await world.run(true);
  expect(await world.held()).toEqual([]);
  await world.crm.restoreOne(world.who, record!.id, null);
  await world.run(true);
  expect((await world.crm.get(world.workspace, record!.id)).fields.birthday).toBe('1815-12-10');
});

test('a question about an archived record stands while the mapping is edited', async () => {
  const world = await book(1, MAPPING);
  const [record] = await world.contacts();
  await world.crm.archiveOne(world.who, record!.id, null);
  world.service.edit(world.service.living()[0]!.id, { note: 'still here' });
  await world.run();
  const asked = await world.held();
  await addBirthday(world);
  expect((await world.held()).map(({ id }) => id)).toEqual(asked.map(({ id }) => id));
});

async function addBirthday(world: World): Promise<void> {
  const { mapping } = await world.engine.look.sync(world.workspace, world.sync);
  const body = { ...MAPPING, fields: [...MAPPING.fields, { crm: 'birthday', theirs: 'birthday' }] };
  await world.engine.saveMapping(world.workspace, mapping, 1, JSON.parse(JSON.stringify(body)), 'person', 'birthdays too');
  await world.run();
}

test('no more rows are removed by one call than the service allows', async () => {
  const world = await openWorld(REMOVING, { batch: { push: 50, fetch: 50, remove: 2 } });
  for (let n = 0; n < 5; n += 1) world.service.add(person(n));
  await world.begin();
  const { stream } = world.service;
  const { remove } = stream;
  const calls: number[] = [];
  stream.remove = (ctx, ids) => {
    calls.push(ids.length);
    return remove!(ctx, ids);
  };
  for (const { id } of await world.contacts()) await world.crm.archiveOne(world.who, id, null);
  await world.run();
  expect([calls, left(world)]).toEqual([[2, 2, 1], 0]);
});
