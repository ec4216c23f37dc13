/** Who bears no name is known by an address alone: an address that stands in for a name speaks against nobody. */
import { expect, test } from 'vitest';
import { openWorld, type World } from './world.ts';

const emails = [{ value: 'bob@acme.example' }];
const robert = { givenName: 'Robert', familyName: 'Smith', emails };

/** Everything is one person, on both sides, and nobody is asked. */
async function expectOne(world: World): Promise<void> {
  expect((await world.contacts()).map(({ name }) => name)).toEqual(['Robert Smith']);
  expect(world.service.living().map(({ fields }) => fields.familyName)).toEqual(['Smith']);
  expect(await world.held()).toEqual([]);
}

test('a row with an address and no name is the record that bears the address', async () => {
  const world = await openWorld();
  await world.contact(robert);
  world.service.add({ emails });
  await world.begin();
  await expectOne(world);
});

test('a record with an address and no name is the row that bears the address', async () => {
  const world = await openWorld();
  await world.contact({ emails });
  world.service.add(robert);
  await world.begin();
  await expectOne(world);
});

test('so it is between two pages of one preview: the second row is a duplicate, never a second record', async () => {
  const world = await openWorld();
  world.service.pageSize = 1;
  const first = world.service.add({ emails });
  const second = world.service.add(robert);
  await world.begin();
  expect(await world.contacts()).toHaveLength(1);
  expect(await world.held()).toMatchObject([{ kind: 'duplicate', row: second }]);
  expect(world.service.get(first)).toBeDefined();
});
