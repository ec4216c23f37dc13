/** Plans are data: what was shown is done, a person's edit since then stands, and an edited mapping is shown without the service. */

import { describe, expect, test } from 'vitest';
import type { Json, Values } from '#kit/fields.ts';
import type { Stream } from '#kit/stream.ts';
import { getPlan, listItems } from '#store/plans.ts';
import { housekeep } from '#sync/dispatch.ts';
import { MAPPING, openWorld, type World } from './world.ts';

const person = (n: number): Values => ({ givenName: `N${n}`, familyName: `F${n}`, emails: [{ value: `n${n}@example.com` }] });

/** Items of a plan with their outcomes, read to its end. */
const itemsOf = (world: World, plan: number) =>
  world.database.store.workspace(world.workspace, (tx) => listItems(tx, plan, { after: -1, limit: 10_000 }));

async function undo(world: World, run: number): Promise<{ plan: number; run: number }> {
  const begun = await world.engine.undo(world.workspace, run, 'person');
  expect(await begun.done).toBeNull();
  return begun;
}

const stateOf = async (world: World, plan: number) =>
  (await world.database.store.workspace(world.workspace, (tx) => getPlan(tx, plan)))?.state;

async function executed(world: World, plan: number): Promise<void> {
  await world.engine.execute(world.workspace, plan, 'person');
  await world.engine.drain(world.workspace, world.sync, 'test');
}

describe('preview and execution', () => {
  test('nothing changed between: everything goes as planned, and the service is not read again', async () => {
    const world = await openWorld();
    for (let n = 0; n < 120; n += 1) world.service.add(person(n));
    for (let n = 60; n < 180; n += 1) {
      const { note: _, ...fields } = person(n);
      await world.contact(fields);
    }
    const begun = await world.engine.preview(world.workspace, world.sync, 'test');
    expect(await begun.done).toBeNull();
    const planned = await itemsOf(world, begun.plan);
    expect((await world.contacts()).length).toBe(120);
    world.service.calls = {};
    await executed(world, begun.plan);
    expect(world.service.calls.list ?? 0).toBeLessThanOrEqual(1);
    const done = await itemsOf(world, begun.plan);
    expect(done.map((i) => [i.seq, i.decision, i.record])).toEqual(planned.map((i) => [i.seq, i.decision, i.record]));
    expect(done.filter((i) => i.outcome !== 'as planned')).toEqual([]);
    expect(new Set(done.map((i) => i.decision))).toEqual(new Set(['create', 'link', 'create there']));
    expect(await stateOf(world, begun.plan)).toBe('done');
    expect(await world.contacts()).toHaveLength(180);
    expect(world.service.living()).toHaveLength(180);
  });

  test('a stream without a feed of changes, whose end is its beginning, is previewed and executed', async () => {
    const world = await openWorld();
    world.service.feedless = true;
    for (let n = 0; n < 60; n += 1) world.service.add(person(n));
    const begun = await world.engine.preview(world.workspace, world.sync, 'test');
    expect(await begun.done).toBeNull();
    await executed(world, begun.plan);
    expect(await world.contacts()).toHaveLength(60);
    world.service.add(person(60));
    await world.run();
    expect(await world.contacts()).toHaveLength(61);
  });

  test('what moved in between is planned again, and says so', async () => {
    const world = await openWorld();
    const row = world.service.add({ ...person(1), jobTitle: 'Planned' });
    world.service.add(person(2));
    await world.begin();
    world.service.edit(row, { givenName: 'Theirs' });
    const begun = await world.engine.preview(world.workspace, world.sync, 'test');
    expect(await begun.done).toBeNull();
    const record = (await world.contacts()).find((c) => c.fields.familyName === 'F1')!;
    await world.change(record.id, { familyName: 'Edited here' });
    await executed(world, begun.plan);
    await world.run();
    const again = (await itemsOf(world, begun.plan)).filter((i) => i.outcome?.startsWith('planned again'));
    expect(again.map((i) => i.row)).toEqual([row]);
    expect((await world.crm.get(world.workspace, record.id)).fields).toMatchObject({
      givenName: 'Theirs',
      familyName: 'Edited here',
    });
    expect(world.service.get(row)).toMatchObject({ givenName: 'Theirs', familyName: 'Edited here' });
  });
});

describe('undo', () => {
  test('puts back what the run wrote on both sides, as its preview said', async () => {
    const world = await openWorld();
    const row = world.service.add(person(1));
    const other = world.service.add(person(2));
    await world.begin();
    const [first, second] = (await world.contacts()).sort((a, b) => a.name.localeCompare(b.name));
    world.service.edit(row, { familyName: 'Wrong there' });
    await world.change(second!.id, { familyName: 'Wrong here' });
    const { run } = await world.run();
    expect(world.service.get(other)?.familyName).toBe('Wrong here');
    const begun = await undo(world, run!);
    const planned = await itemsOf(world, begun.plan);
    await executed(world, begun.plan);
    expect(world.service.get(other)?.familyName).toBe('F2');
    expect((await world.crm.get(world.workspace, first!.id)).fields.familyName).toBe('F1');
    expect((await itemsOf(world, begun.plan)).map((i) => i.outcome)).toEqual(planned.map(() => 'as planned'));
    await world.engine.resume(world.workspace, world.sync);
    for (let n = 0; n < 2; n += 1) await world.run(true);
    expect((await world.crm.get(world.workspace, first!.id)).fields.familyName).toBe('F1');
    expect(world.service.get(row)?.familyName).toBe('Wrong there');
  });

  test('never overwrites what someone edited since, on either side', async () => {
    const world = await openWorld();
    const rows = [1, 2].map((n) => world.service.add({ ...person(n), jobTitle: 'before' }));
    await world.begin();
    const [first, second] = (await world.contacts()).sort((a, b) => a.name.localeCompare(b.name));
    world.service.edit(rows[0]!, { familyName: 'Run', givenName: 'Run' });
    await world.change(second!.id, { jobTitle: 'run', familyName: 'Run' });
    const { run } = await world.run();
    await world.change(first!.id, { familyName: 'Person' });
    world.service.edit(rows[1]!, { jobTitle: 'person' });
    const begun = await undo(world, run!);
    await executed(world, begun.plan);
    expect((await world.crm.get(world.workspace, first!.id)).fields).toMatchObject({ familyName: 'Person', givenName: 'N1' });
    expect(world.service.get(rows[1]!)).toMatchObject({ jobTitle: 'person', familyName: 'F2' });
  });

  test('happens once, however many previews of it were made', async () => {
    const world = await openWorld();
    const row = world.service.add(person(1));
    await world.begin();
    world.service.edit(row, { familyName: 'Run' });
    const { run } = await world.run();
    const [first, second] = [await undo(world, run!), await undo(world, run!)];
    await executed(world, first.plan);
    const [record] = await world.contacts();
    await world.change(record!.id, { familyName: 'Run' });
    await expect(world.engine.execute(world.workspace, second.plan, 'person')).rejects.toThrow(/was undone/);
    expect((await world.crm.get(world.workspace, record!.id)).fields.familyName).toBe('Run');
  });

  test('leaves what somebody set to the very value of the run since', async () => {
    const world = await openWorld();
    const row = world.service.add(person(1));
    await world.begin();
    world.service.edit(row, { familyName: 'Run' });
    const { run } = await world.run();
    const [record] = await world.contacts();
    await world.change(record!.id, { familyName: 'Person' });
    await world.change(record!.id, { familyName: 'Run' });
    await executed(world, (await undo(world, run!)).plan);
    expect((await world.crm.get(world.workspace, record!.id)).fields.familyName).toBe('Run');
  });

  test('an edit between the preview of an undo and its execution stands', async () => {
    const world = await openWorld();
    const row = world.service.add(person(1));
    await world.begin();
    const [record] = await world.contacts();
    world.service.edit(row, { familyName: 'Run' });
    const { run } = await world.run();
    const begun = await undo(world, run!);
    await world.change(record!.id, { familyName: 'Person' });
    await executed(world, begun.plan);
    expect((await world.crm.get(world.workspace, record!.id)).fields.familyName).toBe('Person');
    const [item] = await itemsOf(world, begun.plan);
    expect(item!.outcome).toMatch(/^planned again/);
  });
});

describe('undo over there', () => {
  /** One person whose title a run has told the service. */
  async function told(own: (world: () => World) => Partial<Stream>): Promise<{ world: World; row: string; run: number }> {
    const world: World = await openWorld(
      undefined,
      own(() => world),
    );
    const row = world.service.add({ ...person(1), familyName: 'Before' });
    await world.begin();
    const [record] = await world.contacts();
    await world.change(record!.id, { familyName: 'Run' });
    return { world, row, run: (await world.run()).run! };
  }

  test('an edit while it reads and writes stands, and is named', async () => {
    let reads = 0;
    const { world, row, run } = await told((of) => ({
      async fetch(ctx, ids) {
        const found = await of().service.stream.fetch!(ctx, ids);
        reads += 1;
        if (reads === 2) of().service.edit(ids[0]!, { familyName: 'Person' });
        return found;
      },
    }));
    reads = 0;
    const begun = await undo(world, run);
    expect(reads, 'the preview reads once').toBe(1);
    await executed(world, begun.plan);
    expect(world.service.get(row)?.familyName).toBe('Person');
  });

  test('a service that asks to wait is waited for', async () => {
    let waits = 0;
    const { world, row, run } = await told((of) => ({
      async push(ctx, drafts) {
        if (waits-- > 0) return drafts.map(() => ({ is: 'later' as const, afterMs: 5 }));
        return of().service.stream.push!(ctx, drafts);
      },
    }));
    waits = 2;
    await executed(world, (await undo(world, run)).plan);
    expect(world.service.get(row)?.familyName).toBe('Before');
  });
});

describe('an edited mapping', () => {
  test('is shown and carried out from the kept rows, without a call', async () => {
    const world = await openWorld({ ...MAPPING, fields: MAPPING.fields.filter((rule) => rule.crm !== 'notes') });
    for (let n = 0; n < 30; n += 1) world.service.add({ ...person(n), note: `note ${n}` });
    await world.begin();
    expect((await world.contacts()).some((c) => c.fields.notes !== undefined)).toBe(false);
    const mapping = (
      await world.database.owner.query<{ mapping: number }>('select mapping from syncs where id = $1 and workspace = $2', [
        world.sync,
        world.workspace,
      ])
    ).rows[0]!.mapping;
    const body = JSON.parse(JSON.stringify(MAPPING)) as Json;
    world.service.calls = {};
    const [impact] = await world.engine.impactOfMapping(world.workspace, mapping, body, 'person');
    expect(await impact!.done).toBeNull();
    expect((await itemsOf(world, impact!.plan)).map((i) => i.decision)).toEqual(Array.from({ length: 30 }, () => 'update'));
    expect((await world.contacts()).some((c) => c.fields.notes !== undefined)).toBe(false);
    await world.engine.saveMapping(world.workspace, mapping, 1, body, 'person', 'notes too');
    await world.engine.drain(world.workspace, world.sync, 'test');
    expect(world.service.calls).toEqual({});
    const notes = (await world.contacts()).map((c) => c.fields.notes).sort();
    expect(notes).toEqual(Array.from({ length: 30 }, (_, n) => `note ${n}`).sort());
  });

  test('ends open previews: they are not true any more', async () => {
    const world = await openWorld();
    world.service.add(person(1));
    await world.begin();
    const begun = await world.engine.preview(world.workspace, world.sync, 'test');
    expect(await begun.done).toBeNull();
    const { rows } = await world.database.owner.query<{ id: number }>('select id from mappings where workspace = $1', [
      world.workspace,
    ]);
    const body = JSON.parse(JSON.stringify({ ...MAPPING, winner: 'crm' })) as Json;
    await world.engine.saveMapping(world.workspace, rows[0]!.id, 1, body, 'person', '');
    const plan = await world.database.store.workspace(world.workspace, (tx) => getPlan(tx, begun.plan));
    expect(plan?.state).toBe('ended');
    await expect(world.engine.execute(world.workspace, begun.plan, 'person')).rejects.toThrow(/plan/);
  });
});

test('a mapping may be edited before the first preview: nothing is linked yet that would have to be settled once more', async () => {
  const world = await openWorld();
  world.service.add(person(1));
  const { mapping } = await world.engine.look.sync(world.workspace, world.sync);
  const body = JSON.parse(JSON.stringify({ ...MAPPING, winner: 'crm' })) as Json;
  expect(await world.engine.saveMapping(world.workspace, mapping, 1, body, 'person', '')).toEqual({ version: 2, runs: [] });
  const begun = await world.engine.preview(world.workspace, world.sync, 'test');
  expect(await begun.done).toBeNull();
  await world.engine.execute(world.workspace, begun.plan, 'person');
  await world.engine.drain(world.workspace, world.sync, 'test');
  expect(await world.contacts()).toHaveLength(1);
});

test('pages that nobody executes are dropped after three days, whether or not anybody asks for another plan', async () => {
  const world = await openWorld();
  world.service.add(person(1));
  const begun = await world.engine.preview(world.workspace, world.sync, 'test');
  expect(await begun.done).toBeNull();
  world.turn(73 * 3_600_000);
  world.engine.start();
  while ((await stateOf(world, begun.plan)) !== 'ended');
  await world.engine.stop();
  const kept = await world.database.store.workspace(world.workspace, (tx) =>
    tx.query('select 1 from stage where plan = $1 union all select 1 from plan_keys where plan = $1', [begun.plan]),
  );
  expect(kept).toEqual([]);
});

test('a month after its end a plan is its counts alone, and an hour of tallies is kept two days', async () => {
  const world = await openWorld();
  world.service.add(person(1));
  await world.begin();
  const { store } = world.database;
  const [plan] = await world.engine.look.plans(world.workspace, { limit: 1 });
  const kept = () => store.workspace(world.workspace, (tx) => getPlan(tx, plan!.id));
  const tallies = () => store.workspace(world.workspace, (tx) => tx.query('select from tallies where sync = $1', [world.sync]));
  const DAY_MS = 86_400_000;
  await housekeep({ store, now: world.now });
  expect(await itemsOf(world, plan!.id)).toHaveLength(1);
  expect(await tallies()).not.toHaveLength(0);
  world.turn(3 * DAY_MS);
  await housekeep({ store, now: world.now });
  expect(await tallies()).toHaveLength(0);
  expect(await itemsOf(world, plan!.id), 'expired, and still to be looked at').toHaveLength(1);
  world.turn(31 * DAY_MS);
  await housekeep({ store, now: world.now });
  expect(await itemsOf(world, plan!.id)).toHaveLength(0);
  expect(await kept()).toMatchObject({ state: 'done', counts: plan!.counts, pruned: expect.any(String) });
});
