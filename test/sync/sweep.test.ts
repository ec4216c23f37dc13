/** Sweeps: every pair is looked at in time, drift is found and mended, and an idle sync is not made dearer by it. */
import { expect, test, vi } from 'vitest';
import { openWorld, type World } from './world.ts';

const DAY = 24 * 3_600_000;
const POLL = 10 * 60_000;

async function openPeople(most: number): Promise<World> {
  const world = await openWorld();
  for (let n = 0; n < most; n += 1)
    world.service.add({ givenName: `N${n}`, familyName: `F${n}`, emails: [{ value: `n${n}@example.com` }] });
  await world.begin();
  await world.run();
  world.service.calls = {};
  return world;
}

const sweep = (world: World, most: number) => world.engine.sweep(world.workspace, world.sync, most, 'test');
const syncOf = (world: World) => world.engine.look.sync(world.workspace, world.sync);

/** What nobody's change explains: the record is another than was agreed, and no intent says so. */
const drift = (world: World, name: string) =>
  world.database.owner.query(
    `update records set fields = jsonb_set(fields::jsonb, '{givenName}', '"Drifted"')::json
     where workspace = $1 and fields->>'familyName' = $2`,
    [world.workspace, name],
  );

test('each goes on where the last one stopped, and a call looks at as many as the stream takes', async () => {
  const world = await openPeople(120);
  const all = { equal: 0, apart: 0, held: 0, owed: 0, changed: 0, missing: 0, drift: 0 };
  expect(await sweep(world, 70)).toMatchObject({ ...all, looked: 70, equal: 70 });
  expect(world.service.calls).toEqual({ fetch: 2 });
  await drift(world, `F${lastOf(world)}`);
  expect(await sweep(world, 70)).toMatchObject({ ...all, looked: 50, equal: 49, drift: 1 });
  expect((await syncOf(world)).drift).toMatchObject({ at: expect.any(String), looked: 50, drift: 1 });
});

/** Of the people in the order of their row ids, the last one's number. */
const lastOf = ({ service }: World): number =>
  Number(
    service
      .living()
      .map((row) => row.id)
      .sort()
      .at(-1)!
      .slice(1),
  ) - 1;

test('what has drifted is settled anew: the other side is told, and the next sweep finds nothing', async () => {
  const world = await openPeople(3);
  await drift(world, 'F1');
  expect(await sweep(world, 10)).toMatchObject({ looked: 3, equal: 2, drift: 1 });
  await world.run();
  expect(world.service.living().map((row) => row.fields.givenName)).toEqual(['N0', 'Drifted', 'N2']);
  expect(await sweep(world, 10)).toMatchObject({ looked: 3, equal: 3, drift: 0 });
});

test('a sync that waits for its first preview has nothing to look at, and says so', async () => {
  const world = await openWorld();
  await expect(sweep(world, 10)).rejects.toThrow(/waits for its first preview/);
  await expect(world.engine.sweep(world.workspace, 999_999, 10, 'test')).rejects.toThrow(/999999: not found/);
});

test('the schedule sweeps once a day, when nothing else is due; an ordinary pull costs one call', async () => {
  const world = await openPeople(250);
  const { service } = world;
  /** The dispatcher works on the sync once, the clock being turned so far. */
  const afterwards = async (ms: number): Promise<{ [name: string]: number }> => {
    const { succeeded: before } = await syncOf(world);
    service.calls = {};
    world.turn(ms);
    const worked = async () => {
      const { succeeded, due } = await syncOf(world);
      return succeeded !== before && Date.parse(due!) > world.now();
    };
    await vi.waitFor(async () => expect(await worked()).toBe(true), { timeout: 10_000 });
    return service.calls;
  };
  world.engine.start();
  expect(await afterwards(POLL)).toEqual({ list: 1 });
  expect(await afterwards(POLL)).toEqual({ list: 1 });
  expect(await afterwards(DAY)).toEqual({ list: 1, fetch: 4 });
  expect((await syncOf(world)).drift).toMatchObject({ looked: 200, equal: 200 });
  expect(await afterwards(POLL)).toEqual({ list: 1 });
  expect(await afterwards(DAY - 2 * POLL)).toEqual({ list: 1 });
  await drift(world, `F${lastOf(world)}`);
  expect(await afterwards(POLL)).toMatchObject({ list: 1, push: 1 });
  expect((await syncOf(world)).drift).toMatchObject({ looked: 50, equal: 49, drift: 1 });
  expect(service.living().filter((row) => row.fields.givenName === 'Drifted')).toHaveLength(1);
  await world.engine.stop();
});
