/** What a service fills in by itself when it creates a row (a number, a due date) comes in, though the row stays in the version of the answer. */
import { expect, test } from 'vitest';
import { openWorld } from './world.ts';

test('fields that were not told and came back with the answer are ours too', async () => {
  const world = await openWorld();
  world.service.fills = { jobTitle: 'No. 1', note: 'due in a month' };
  await world.begin();
  const { id } = await world.contact({ familyName: 'King', emails: [{ value: 'ada@example.com' }] });
  await world.run();
  await world.run();
  expect((await world.crm.get(world.workspace, id)).fields).toMatchObject({ jobTitle: 'No. 1', notes: 'due in a month' });
  expect(world.service.living().map(({ version }) => version)).toEqual([1]);
});
