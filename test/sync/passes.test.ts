/** Passes: what is asked for while one is under way is done when it has ended. */
import { describe, expect, test } from 'vitest';
import { openWorld, type World } from './world.ts';

const person = (n: number) => ({ givenName: `N${n}`, familyName: `F${n}`, emails: [{ value: `n${n}@example.com` }] });

/** A world whose people came in two at a time, all of them read. */
async function populated(people: number): Promise<World> {
  const world = await openWorld();
  world.service.pageSize = 2;
  for (let n = 0; n < people; n += 1) world.service.add(person(n));
  await world.begin();
  return world;
}

const read = async (world: World, full: boolean) => (await world.run(full)).counts.read;

describe('a full pass asked for while a pass is under way', () => {
  test.each([
    { under: 'changes', full: false, reads: 3 + 9 },
    { under: 'everything', full: true, reads: 9 + 9 },
  ])('of $under: is done when that has ended', async ({ full, reads }) => {
    const world = await populated(6);
    for (let n = 6; n < 9; n += 1) world.service.add(person(n));
    world.service.between = () => world.engine.request(world.workspace, world.sync, true);
    expect(await read(world, full)).toBe(reads);
    expect(await read(world, false), 'and only once').toBeUndefined();
  });

  test('whose pages a plan brings: is done when they are kept', async () => {
    const world = await populated(4);
    await world.database.owner.query('update syncs set cursor = null where workspace = $1', [world.workspace]);
    const begun = await world.engine.preview(world.workspace, world.sync, 'test');
    expect(await begun.done).toBeNull();
    await world.engine.execute(world.workspace, begun.plan, 'test');
    await world.engine.request(world.workspace, world.sync, true);
    const end = await world.engine.drain(world.workspace, world.sync, 'test');
    expect(end.counts.read).toBe(4 + 4);
  });
});

test('a row to be looked at again stays on the list until it is kept', async () => {
  let broken = false;
  const world: World = await openWorld(undefined, {
    async fetch(ctx, ids) {
      const found = await world.service.stream.fetch!(ctx, ids);
      const rows = found.rows.map((row) => ({
        ...row,
        get version(): string {
          if (!broken) return row.version!;
          broken = false;
          throw new Error('the hub fell over it');
        },
      }));
      return { ...found, rows };
    },
  });
  const row = world.service.add(person(0));
  await world.begin();
  await world.engine.sever(world.workspace, world.sync, row);
  await world.engine.mend(world.workspace, world.sync, [row]); // to be looked at again
  broken = true;
  await expect(world.engine.drain(world.workspace, world.sync, 'test')).rejects.toThrow('fell over');
  await world.engine.drain(world.workspace, world.sync, 'test');
  const { rows } = await world.database.owner.query('select row, state from links where workspace = $1', [world.workspace]);
  expect(rows).toEqual([{ row, state: 'live' }]);
});

test('a pass that ends where the next one begins, with no feed of changes, is previewed and executed like any other', async () => {
  const raw = { id: 'r1', version: 1, changed: 1, fields: person(1), gone: false };
  const row = { id: 'r1', fields: person(1), raw };
  async function* pull() {
    yield { rows: [row], gone: [], misfits: [], next: null, last: true };
  }
  const world = await openWorld(undefined, { pull, deletions: 'by absence' });
  await world.begin();
  expect((await world.contacts()).map(({ fields }) => fields.familyName)).toEqual(['F1']);
});
