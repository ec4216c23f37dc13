/** A preview says what follows from what comes in: the other rows of a record are told, and those of other connections. */
import { expect, test } from 'vitest';
import { openWorld, type World } from './world.ts';

const ada = { givenName: 'Ada', familyName: 'Lovelace', emails: [{ value: 'ada@example.com' }] };

/** Ada, with so many rows in the first account: the first leads. */
async function family(rows: number): Promise<{ world: World; record: string; rows: string[] }> {
  const world = await openWorld();
  const ids = [world.service.add(ada)];
  await world.begin();
  const record = (await world.contacts())[0]!.id;
  for (let n = 1; n < rows; n += 1) {
    ids.push(world.service.add(ada));
    await world.run();
    for (const held of await world.held()) await world.engine.answer(world.workspace, held.id, { is: 'same', record }, 'person');
    await world.run();
  }
  return { world, record, rows: ids };
}

async function preview(world: World): Promise<number> {
  const begun = await world.engine.preview(world.workspace, world.sync, 'person');
  expect(await begun.done).toBeNull();
  return begun.plan;
}

async function execute(world: World, plan: number): Promise<void> {
  await world.engine.execute(world.workspace, plan, 'person');
  await world.engine.drain(world.workspace, world.sync, 'test');
}

const itemsOf = async (world: World, plan: number) =>
  (await world.engine.look.items(world.workspace, plan, { after: -1, limit: 100 })).map(({ decision, row, item, outcome }) => ({
    decision,
    row,
    ...(item.fields ? { fields: item.fields } : {}),
    ...(item.sync ? { sync: item.sync, there: item.row } : {}),
    outcome,
  }));

test('rows that follow are told what the row that leads brings', async () => {
  const { world, rows } = await family(3);
  world.service.edit(rows[0]!, { familyName: 'King', jobTitle: 'Countess' });
  const plan = await preview(world);
  const fields = { familyName: 'King', jobTitle: 'Countess' };
  const told = (outcome: string | null) => [
    { decision: 'update', row: rows[0], outcome },
    { decision: 'tell', row: rows[1], fields, outcome },
    { decision: 'tell', row: rows[2], fields, outcome },
  ];
  expect(await itemsOf(world, plan)).toEqual(told(null));
  expect((await world.engine.look.plan(world.workspace, plan)).counts).toMatchObject({ update: 1, tell: 2 });
  await execute(world, plan);
  expect(await itemsOf(world, plan)).toEqual(told('as planned'));
  for (const row of rows) expect(world.service.get(row)).toMatchObject(fields);
});

test('and what somebody here has written beside it', async () => {
  const { world, record, rows } = await family(2);
  await world.change(record, { notes: 'ours' });
  world.service.edit(rows[0]!, { familyName: 'King' });
  const plan = await preview(world);
  await execute(world, plan);
  expect(await itemsOf(world, plan)).toEqual([
    { decision: 'update', row: rows[0], outcome: 'as planned' },
    { decision: 'tell', row: rows[1], fields: { familyName: 'King', note: 'ours' }, outcome: 'as planned' },
  ]);
});

test('rows of other connections are named with the fields that are handed on', async () => {
  const { world, rows } = await family(1);
  const second = await world.another();
  const there = second.service.add(ada);
  await world.begin(second.sync);
  world.service.edit(rows[0]!, { familyName: 'King' });
  world.service.add({ givenName: 'Grace', emails: [{ value: 'grace@example.com' }] });
  const plan = await preview(world);
  const elsewhere = { decision: 'tell elsewhere', row: null, fields: ['familyName'], sync: second.sync, there };
  expect(await itemsOf(world, plan)).toContainEqual({ ...elsewhere, outcome: null });
  expect((await world.engine.look.plan(world.workspace, plan)).counts).toMatchObject({ 'tell elsewhere': 1 });
  await execute(world, plan);
  expect(await itemsOf(world, plan)).toContainEqual({ ...elsewhere, outcome: 'as planned' });
  await world.engine.drain(world.workspace, second.sync, 'test');
  expect(second.service.get(there)).toMatchObject({ familyName: 'King' });
});
