/** That nothing is missing: the day's figure, and past periods. */
import { expect, test } from 'vitest';
import { ADA, STORIES, told } from './stories.ts';
import { NOON, openWorld, type World } from './world.ts';

const { signal } = new AbortController();
const DAY = 86_400_000;
const row = (at: number, more = {}) => ({
  ...{ direction: 'inbound' as const, outcome: 'answered' as const, from: ADA, extension: '1', talkSeconds: 9 },
  ...{ started: new Date(at).toISOString(), ended: new Date(at + 9_000).toISOString() },
  ...more,
});

const proof = (world: World, mend = false) =>
  world.calls.reconcile(world.who, { connection: world.connection, day: '2026-03-02', mend }, signal);

test('calls in the log are records and named exceptions; what is missing is named, and brought', async () => {
  const world = await openWorld();
  const { telephone } = world;
  telephone.tell('s-1', row(NOON));
  telephone.tell('s-2', row(NOON + 1_000, { direction: 'internal', from: '101', to: '102' }));
  telephone.tell('s-3', row(NOON + 2_000));
  await world.readLog();
  const erased = (await world.all('call')).find(({ fields }) => fields.session === 's-3')!;
  await world.crm.eraseOne(world.who, erased.id, erased.version);
  telephone.tell('s-4', row(NOON + 3_000));
  telephone.tell('s-5', row(NOON - 2 * DAY));
  telephone.log.set('s-6', { row: row(NOON + 4_000), version: 99, misfit: true });
  await world.hear(...told(STORIES.answered, { session: 's-7' }));
  expect(await proof(world)).toMatchObject({
    total: 5,
    records: 1,
    exceptions: { internal: 1, 'erased: a person erased its record': 1, 'misfit: the log’s row breaks its own rules': 1 },
    missing: ['s-4'],
    figure: 80,
    beyond: [{ session: 's-7', why: 'not in the log yet' }],
  });
  telephone.log.delete('s-6');
  const mended = await proof(world, true);
  expect(mended).toMatchObject({ total: 4, records: 2, missing: [], figure: 100 });
  await world.calls.drain();
  expect((await world.all('call')).find(({ fields }) => fields.session === 's-4')!.fields).toMatchObject({ talkSeconds: 9 });
});

test('a day is one of the policy’s zone, and must be one', async () => {
  const world = await openWorld();
  await world.policy({ zone: 'Asia/Tokyo' });
  world.telephone.tell('s-1', row(Date.parse('2026-03-01T16:00:00Z')));
  world.telephone.tell('s-2', row(Date.parse('2026-03-02T16:00:00Z')));
  expect(await proof(world)).toMatchObject({ zone: 'Asia/Tokyo', total: 1, missing: ['s-1'] });
  const never = world.calls.reconcile(world.who, { connection: world.connection, day: '2026-02-31', mend: false }, signal);
  await expect(never).rejects.toMatchObject({ kind: 'invalid' });
});

test('a past period is read a day at a time, once, without tasks for what is history, and goes on where it was cut off', async () => {
  const world = await openWorld();
  for (let day = 1; day <= 5; day++)
    for (const n of [1, 2])
      world.telephone.tell(`s-${day}-${n}`, row(NOON - day * DAY - n * 1_000, { outcome: 'missed', talkSeconds: 0 }));
  const period = {
    connection: world.connection,
    since: new Date(NOON - 4.5 * DAY).toISOString(),
    until: new Date(NOON).toISOString(),
  };
  await world.calls.backfill(world.who, period);
  await world.calls.drain();
  expect(await world.calls.backfills(world.workspace)).toMatchObject([{ state: 'done', read: 8, made: 8, problem: null }]);
  expect(await world.all('call')).toHaveLength(8);
  expect(await world.all('task')).toEqual([]);
  expect(world.telephone.calls.log).toBe(5);
  await world.calls.backfill(world.who, period);
  await world.calls.drain();
  expect((await world.calls.backfills(world.workspace))[0]).toMatchObject({ state: 'done', made: 0 });
  expect(await world.all('call')).toHaveLength(8);
});

test('a period that was stopped stays where it was; one in the future is refused', async () => {
  const world = await openWorld();
  const since = new Date(NOON - 3 * DAY).toISOString();
  const { id } = await world.calls.backfill(world.who, {
    connection: world.connection,
    since,
    until: new Date(NOON).toISOString(),
  });
  await world.calls.endBackfill(world.workspace, id);
  await world.calls.drain();
  expect(await world.calls.backfills(world.workspace)).toMatchObject([{ state: 'stopped', reached: since, read: 0 }]);
  const later = {
    connection: world.connection,
    since: new Date(NOON + DAY).toISOString(),
    until: new Date(NOON + 2 * DAY).toISOString(),
  };
  await expect(world.calls.backfill(world.who, later)).rejects.toMatchObject({ kind: 'invalid' });
});
