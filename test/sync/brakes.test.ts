/** The brake for duplicates counts those that appear, not those that are read once more. */
import { expect, test } from 'vitest';
import { openWorld, type World } from './world.ts';

const person = (n: number) => ({ givenName: `G${n}`, familyName: `F${n}`, emails: [{ value: `p${n}@example.com` }] });

/** `people`, of whom the first `twice` stand in the service a second time. */
async function book(people: number, twice: number): Promise<World> {
  const world = await openWorld();
  for (let n = 0; n < people; n += 1) world.service.add(person(n));
  for (let n = 0; n < twice; n += 1) world.service.add(person(n));
  return world;
}

const kinds = async (world: World) =>
  Object.entries(Object.groupBy(await world.held(), (h) => h.kind)).map(([k, v]) => [k, v!.length]);

test('more than a fifth of the new rows are duplicates: the brake stops before them and asks', async () => {
  const world = await book(60, 20);
  await expect(world.begin()).rejects.toThrow('brake "duplicates": 20 in a day, 16 allowed');
  expect(await kinds(world)).toEqual([['brake', 1]]);
});

test('a held duplicate that is read again is no new one, however often', async () => {
  const world = await book(90, 15);
  await world.begin();
  for (let n = 0; n < 3; n += 1) await world.run(true);
  for (const row of world.service.living()) world.service.edit(row.id, { note: 'edited' });
  await world.run();
  expect(await kinds(world)).toEqual([['duplicate', 15]]);
  for (let n = 0; n < 9; n += 1) world.service.add(person(n));
  await expect(world.run()).rejects.toThrow('brake "duplicates": 24 in a day, 22 allowed');
});

test('what a person let pass is not asked again the next day', async () => {
  const world = await book(60, 20);
  await expect(world.begin()).rejects.toThrow(/brake/);
  const [brake] = await world.held();
  await world.engine.answer(world.workspace, brake!.id, { is: 'go on' }, 'person');
  await world.engine.drain(world.workspace, world.sync, 'test');
  world.turn(25 * 3_600_000);
  for (let n = 0; n < 4; n += 1) await world.run(true);
  expect(await kinds(world)).toEqual([['duplicate', 20]]);
});
