/** What a plan says comes in is held against what was kept: each item bears an outcome when the plan is done, rows that are gone too. */
import { describe, expect, test } from 'vitest';
import { MAPPING, openWorld, type World } from './world.ts';

const person = (n: number) => ({ givenName: `N${n}`, familyName: `F${n}`, emails: [{ value: `n${n}@example.com` }] });

async function populated(most: number, mapping = MAPPING) {
  const world = await openWorld(mapping);
  const rows = Array.from({ length: most }, (_, n) => world.service.add(person(n)));
  await world.begin();
  const records = (await world.contacts()).sort((a, b) => a.name.localeCompare(b.name)).map((c) => c.id);
  return { world, rows, records };
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

/** Decision, what is to become of a record whose row is gone, and outcome. */
async function itemsOf(world: World, plan: number): Promise<unknown[][]> {
  const items = await world.engine.look.items(world.workspace, plan, { after: -1, limit: 100 });
  return items.map(({ decision, item, outcome }) => (item.effect ? [decision, item.effect, outcome] : [decision, outcome]));
}

const AS_PLANNED = 'as planned';
const NOTHING = 'planned again: nothing to do';

describe('an item whose row', () => {
  test('a pull has brought meanwhile: there is nothing to do any more', async () => {
    const { world, rows } = await populated(2);
    for (const row of rows) world.service.edit(row, { givenName: 'Other' });
    const plan = await preview(world);
    await world.run();
    world.service.edit(rows[1]!, { familyName: 'Another' }); // what the plan has read is older: it changes nothing
    await world.run();
    await execute(world, plan);
    expect(await itemsOf(world, plan)).toEqual([
      ['update', NOTHING],
      ['update', expect.stringMatching(/^planned again/)],
    ]);
    expect((await world.engine.look.plan(world.workspace, plan)).state).toBe('done');
  });

  test('breaks its declared fields is held as planned', async () => {
    const world = await openWorld(MAPPING);
    world.service.add(person(1));
    const { pull } = world.service.stream;
    const misfit = { id: 'odd', problems: [{ path: 'givenName', found: '7', allowed: 'text' }], raw: {} };
    world.service.stream.pull = async function* (ctx, since) {
      for await (const page of pull!(ctx, since)) yield 'lost' in page ? page : { ...page, misfits: [misfit] };
    };
    const plan = await preview(world);
    await execute(world, plan);
    expect(await itemsOf(world, plan)).toEqual([
      ['create', AS_PLANNED],
      ['hold', AS_PLANNED],
    ]);
  });
});

describe('a row that is gone', () => {
  test('takes its record along as planned', async () => {
    const { world, rows, records } = await populated(3);
    world.service.erase(rows[1]!);
    const plan = await preview(world);
    expect(await itemsOf(world, plan)).toEqual([['gone', 'archive', null]]);
    await execute(world, plan);
    expect(await itemsOf(world, plan)).toEqual([['gone', 'archive', AS_PLANNED]]);
    expect((await world.crm.get(world.workspace, records[1]!)).archived).not.toBeNull();
  });

  test('whose record was edited here: a person is asked, and the plan says so', async () => {
    const { world, rows, records } = await populated(2);
    await world.change(records[0]!, { familyName: 'Edited' });
    world.service.erase(rows[0]!);
    const plan = await preview(world);
    expect((await itemsOf(world, plan))[0]).toEqual(['gone', 'ask', null]);
    await execute(world, plan);
    expect((await itemsOf(world, plan))[0]).toEqual(['gone', 'ask', AS_PLANNED]);
    expect(await world.held()).toMatchObject([{ kind: 'edited here, gone there' }]);
  });

  test('whose record was edited between the preview and its execution: planned again', async () => {
    const { world, rows, records } = await populated(2);
    world.service.erase(rows[0]!);
    const plan = await preview(world);
    await world.change(records[0]!, { familyName: 'Edited' });
    await execute(world, plan);
    expect(await itemsOf(world, plan)).toEqual([['gone', 'archive', 'planned again: ask']]);
  });

  test('two rows of one record: the record goes with the last, as planned', async () => {
    const { world, rows, records } = await populated(1);
    const second = world.service.add(person(0));
    await world.run();
    for (const held of await world.held())
      await world.engine.answer(world.workspace, held.id, { is: 'same', record: records[0]! }, 'person');
    await world.run();
    world.service.erase(rows[0]!);
    const first = await preview(world);
    await execute(world, first);
    expect(await itemsOf(world, first)).toEqual([['gone', 'none', AS_PLANNED]]);
    world.service.erase(second);
    const last = await preview(world);
    await execute(world, last);
    expect(await itemsOf(world, last)).toEqual([['gone', 'archive', AS_PLANNED]]);
  });

  test('two rows of one record that go together, told on different pages', async () => {
    const { world, rows, records } = await populated(1);
    const second = world.service.add(person(0));
    await world.run();
    for (const held of await world.held())
      await world.engine.answer(world.workspace, held.id, { is: 'same', record: records[0]! }, 'person');
    await world.run();
    world.service.pageSize = 1;
    for (const row of [rows[0]!, second]) world.service.erase(row);
    const plan = await preview(world);
    await execute(world, plan);
    expect(await itemsOf(world, plan)).toEqual([
      ['gone', 'archive', AS_PLANNED],
      ['gone', 'archive', AS_PLANNED],
    ]);
    expect((await world.crm.get(world.workspace, records[0]!)).archived).not.toBeNull();
  });

  test('that a brake stops has no outcome until a person has agreed', async () => {
    const { world, rows } = await populated(20);
    for (const row of rows.slice(0, 10)) world.service.erase(row);
    const plan = await preview(world);
    await world.engine.execute(world.workspace, plan, 'person');
    await expect(world.engine.drain(world.workspace, world.sync, 'test')).rejects.toThrow(/brake/);
    expect((await itemsOf(world, plan)).map((i) => i.at(-1))).toEqual(Array.from({ length: 10 }, () => null));
    const [braked] = await world.held();
    await world.engine.answer(world.workspace, braked!.id, { is: 'go on' }, 'person');
    await world.engine.drain(world.workspace, world.sync, 'test');
    expect((await itemsOf(world, plan)).map((i) => i.at(-1))).toEqual(Array.from({ length: 10 }, () => AS_PLANNED));
    expect((await world.engine.look.plan(world.workspace, plan)).state).toBe('done');
  });

  test('and was seen again before it went: nothing to do', async () => {
    const { world, rows } = await populated(2);
    world.service.erase(rows[0]!);
    const plan = await preview(world);
    world.service.revive(rows[0]!);
    await world.run(true);
    await execute(world, plan);
    expect(await itemsOf(world, plan)).toEqual([['gone', 'archive', NOTHING]]);
    expect((await world.contacts()).map((c) => c.fields.familyName).sort()).toEqual(['F0', 'F1']);
  });
});
