/** How far a run has come: over all its slices, with its calls, its speed and the time left. */
import { expect, test } from 'vitest';
import { handledOf, paceOf } from '#sync/progress.ts';
import { openWorld } from './world.ts';

test('a run that a quota interrupts goes on counting where it was', async () => {
  const { service, engine, workspace, sync, begin, run, turn } = await openWorld();
  service.pageSize = 2;
  const { pull } = service.stream;
  service.stream.pull = async function* (ctx, since) {
    await ctx.call({ name: 'list', group: 'reads' }, async () => undefined);
    yield* pull!(ctx, since);
  };
  await begin();
  for (const name of ['Ada', 'Bob', 'Cy', 'Dee', 'Eve']) service.add({ givenName: name });
  service.calls = {};
  service.refuseLists = [2];
  await expect(run()).rejects.toThrow('quota');
  const [waiting] = await engine.look.runs(workspace, { sync, limit: 1 });
  expect(waiting).toMatchObject({ state: 'running', counts: { read: 2, create: 2, calls: 1 } });
  turn(60_000);
  await engine.drain(workspace, sync, 'test');
  const done = await engine.look.run(workspace, waiting!.id);
  expect(done).toMatchObject({ state: 'done', handled: 5, calls: 2, counts: { read: 5, create: 5 }, left: 0 });
});

test('what was delivered is counted in the run', async () => {
  const { engine, workspace, sync, contact, begin, run } = await openWorld();
  await begin();
  await contact({ givenName: 'Ada' });
  const end = await run();
  expect((await engine.look.run(workspace, end.run!)).counts).toMatchObject({ 'told new': 1 });
  expect((await engine.look.sync(workspace, sync)).links).toEqual({ live: 1 });
});

test('speed and time left, where they can be known', () => {
  const begun = '2026-01-01T00:00:00.000Z';
  const now = Date.parse('2026-01-01T00:00:10.000Z');
  const running = { begun, ended: null, state: 'running', counts: { read: 50, calls: 2 }, total: 200 } as const;
  expect(paceOf(running, now)).toEqual({ handled: 50, calls: 2, rate: 5, left: 30 });
  expect(paceOf({ ...running, total: null }, now).left).toBeNull();
  expect(paceOf({ ...running, total: 40 }, now).left).toBeNull();
  expect(paceOf({ ...running, counts: {} }, now)).toEqual({ handled: 0, calls: 0, rate: 0, left: null });
  expect(paceOf(running, Date.parse(begun))).toMatchObject({ rate: null, left: null });
  expect(paceOf({ ...running, state: 'done', ended: '2026-01-01T00:00:05.000Z' }, now)).toMatchObject({ rate: 10, left: 0 });
  expect(handledOf({ archive: 2, 'put back': 1, 'removed there': 2, calls: 9 })).toBe(3);
});
