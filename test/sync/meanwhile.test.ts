/** What is asked of a sync while somebody works on it is neither forgotten nor put off. */
import { expect, test } from 'vitest';
import type { Values } from '#kit/fields.ts';
import { MAPPING, openWorld, type World } from './world.ts';

const person = (n: number): Values => ({ givenName: `N${n}`, familyName: `F${n}`, emails: [{ value: `n${n}@example.com` }] });

/** A world whose pulls can be stopped: `shut` before one begins, `arrived` once one waits, `open` lets it go on. */
async function gated(): Promise<World & { shut(): void; open(): void; arrived(): Promise<void> }> {
  let gate = Promise.withResolvers<void>();
  let waiting = Promise.withResolvers<void>();
  gate.resolve();
  const world: World = await openWorld(MAPPING, {
    async *pull(ctx, since) {
      waiting.resolve();
      await gate.promise;
      yield* world.service.stream.pull!(ctx, since);
    },
  });
  return Object.assign(world, {
    shut() {
      gate = Promise.withResolvers<void>();
      waiting = Promise.withResolvers<void>();
    },
    open: () => gate.resolve(),
    arrived: () => waiting.promise,
  });
}

async function previewed(world: World): Promise<number> {
  const begun = await world.engine.preview(world.workspace, world.sync, 'test');
  expect(await begun.done).toBeNull();
  return begun.plan;
}

const dueNow = async (world: World): Promise<boolean> => {
  const { due } = await world.engine.look.sync(world.workspace, world.sync);
  return due !== null && Date.parse(due) <= world.now();
};

const runOf = async (world: World, id: number) => (await world.engine.look.run(world.workspace, id)).state;

test('a plan executed while another preview is being read is due as soon as that one is ready', async () => {
  const world = await gated();
  world.service.add(person(1));
  const plan = await previewed(world);
  world.shut();
  const other = await world.engine.preview(world.workspace, world.sync, 'test');
  await world.arrived();
  await world.engine.execute(world.workspace, plan, 'test');
  world.open();
  expect(await other.done).toBeNull();
  expect(await dueNow(world)).toBe(true);
});

test('a plan executed while a slice is under way is executed under its own run, at once', async () => {
  const world = await gated();
  world.service.add(person(1));
  await world.begin();
  world.service.add(person(2));
  const plan = await previewed(world);
  world.turn(24 * 3_600_000);
  world.shut();
  const slice = world.engine.drain(world.workspace, world.sync, 'test');
  await world.arrived();
  const { run } = await world.engine.execute(world.workspace, plan, 'test');
  world.open();
  await slice;
  expect(await dueNow(world)).toBe(true);
  await world.engine.drain(world.workspace, world.sync, 'test');
  expect(await runOf(world, run)).toBe('done');
  expect((await world.engine.look.plan(world.workspace, plan)).state).toBe('done');
  const { items } = await world.database.store.workspace(world.workspace, async (tx) => ({
    items: await tx.query<{ id: number }>(`select id from runs where state = 'running'`),
  }));
  expect(items).toEqual([]);
});

test('a pull asked for while a slice is under way is not put off to the next poll', async () => {
  const world = await gated();
  world.service.add(person(1));
  await world.begin();
  world.turn(24 * 3_600_000);
  world.shut();
  const slice = world.engine.drain(world.workspace, world.sync, 'test');
  await world.arrived();
  world.turn(1_000);
  await world.engine.request(world.workspace, world.sync, true);
  world.open();
  await slice;
  expect(await dueNow(world)).toBe(true);
});

test('of two ready plans one is executed; the other waits for it', async () => {
  const world = await gated();
  world.service.add(person(1));
  const [first, second] = [await previewed(world), await previewed(world)];
  await world.engine.execute(world.workspace, first!, 'test');
  await expect(world.engine.execute(world.workspace, second!, 'test')).rejects.toThrow(/is being executed/);
  await world.engine.drain(world.workspace, world.sync, 'test');
  const { run } = await world.engine.execute(world.workspace, second!, 'test');
  await world.engine.drain(world.workspace, world.sync, 'test');
  expect(await runOf(world, run)).toBe('done');
  expect(await world.contacts()).toHaveLength(1);
});

test('a pause ends an execution at its page; resumed, it goes on under its run', async () => {
  let pausing: Promise<void> | undefined;
  const world: World = await openWorld(MAPPING, {
    toRow: (raw) => {
      if (armed) pausing ??= world.engine.pause(world.workspace, world.sync, 'a person said so');
      return world.service.stream.toRow!(raw);
    },
  });
  let armed = false;
  world.service.pageSize = 1;
  for (let n = 0; n < 40; n += 1) world.service.add(person(n));
  const plan = await previewed(world);
  const { run } = await world.engine.execute(world.workspace, plan, 'test');
  armed = true;
  await world.engine.drain(world.workspace, world.sync, 'test');
  await pausing;
  expect((await world.contacts()).length).toBeLessThan(40);
  expect(await world.engine.look.sync(world.workspace, world.sync)).toMatchObject({ state: 'paused', run });
  await world.engine.resume(world.workspace, world.sync);
  await world.engine.drain(world.workspace, world.sync, 'test');
  expect(await world.contacts()).toHaveLength(40);
  expect(await runOf(world, run)).toBe('done');
});
