/** What webhooks say of rows: a hint is looked at, a row is taken only where it is surely newer, and nothing said meanwhile is lost. */
import { describe, expect, test } from 'vitest';
import type { RowNews } from '#sync/hear.ts';
import { MAPPING, openWorld, type World } from './world.ts';

const person = (n: number) => ({ givenName: `N${n}`, familyName: `F${n}`, emails: [{ value: `n${n}@example.com` }] });

async function say(world: World, ...news: RowNews[]): Promise<string[]> {
  const { rows } = await world.database.owner.query<{ connection: number }>('select connection from syncs where id = $1', [
    world.sync,
  ]);
  return world.database.store.workspace(world.workspace, (tx) =>
    world.engine.hear(tx, { connection: rows[0]!.connection, stream: 'memory.people', news }),
  );
}

/** Works on what is due, as the dispatcher does. No pull is, unless news made it so. */
const work = (world: World) => world.engine.drain(world.workspace, world.sync, 'test');

const named = async (world: World, name: string) =>
  (await world.contacts()).filter((one) => one.fields.givenName === name).length;

const touched = async (world: World) =>
  (await world.database.owner.query('select row from touched where workspace = $1', [world.workspace])).rows.map(
    ({ row }) => row,
  );

async function inStep(timed = false): Promise<{ world: World; rows: string[] }> {
  const world = await openWorld(MAPPING, { timed });
  world.service.timed = timed;
  const rows = [1, 2, 3].map((n) => world.service.add(person(n)));
  await world.begin();
  world.service.calls = {};
  return { world, rows };
}

describe('A hint', () => {
  test('has its row fetched, and no pull', async () => {
    const { world, rows } = await inStep();
    world.service.edit(rows[1]!, { givenName: 'Changed' });
    expect(await say(world, { is: 'touched', id: rows[1]! }, { is: 'touched', id: rows[1]! })).toEqual([
      'the row is looked at',
      'the row is looked at',
    ]);
    await work(world);
    expect(await named(world, 'Changed')).toBe(1);
    expect(world.service.calls).toEqual({ fetch: 1 });
    expect(await touched(world)).toEqual([]);
  });

  test('at a row nobody knows yet brings it', async () => {
    const { world } = await inStep();
    const id = world.service.add(person(9));
    await say(world, { is: 'touched', id });
    await work(world);
    expect(await named(world, 'N9')).toBe(1);
  });

  test('without a row has the stream pulled at once', async () => {
    const { world, rows } = await inStep();
    world.service.edit(rows[0]!, { givenName: 'Changed' });
    expect(await say(world, { is: 'touched' })).toEqual(['the stream is pulled']);
    await work(world);
    expect(await named(world, 'Changed')).toBe(1);
    expect(world.service.calls).toEqual({ list: 1 });
    await work(world);
    expect(world.service.calls).toEqual({ list: 1 });
  });

  test('that comes while a pass is under way is not answered by it: there is another', async () => {
    const { world, rows } = await inStep();
    const { pull } = world.service.stream;
    let said = false;
    world.service.stream.pull = async function* (ctx, since) {
      for await (const page of pull!(ctx, since)) {
        if (!said) {
          said = true;
          world.service.edit(rows[2]!, { givenName: 'Late' });
          await say(world, { is: 'touched' });
        }
        yield page;
      }
    };
    await say(world, { is: 'touched' });
    await work(world);
    expect(await named(world, 'Late')).toBe(1);
    expect(world.service.calls).toEqual({ list: 2 });
  });

  test('that comes while its row is being fetched is looked at once more', async () => {
    const { world, rows } = await inStep();
    const { fetch } = world.service.stream;
    let said = false;
    world.service.stream.fetch = async (ctx, ids) => {
      const found = await fetch!(ctx, ids);
      if (!said) {
        said = true;
        world.service.edit(rows[0]!, { givenName: 'Later still' });
        await say(world, { is: 'touched', id: rows[0]! });
      }
      return found;
    };
    await say(world, { is: 'touched', id: rows[0]! });
    await work(world);
    expect(await named(world, 'Later still')).toBe(1);
    expect(world.service.calls).toEqual({ fetch: 2 });
  });

  test('whose page is not kept stays', async () => {
    const { world, rows } = await inStep();
    world.service.edit(rows[0]!, { givenName: 'Changed' });
    await world.database.owner.query(`create function stop() returns trigger language plpgsql as $$ begin raise exception 'stop'; end $$;
      create trigger stop before update on records for each row execute function stop()`);
    await say(world, { is: 'touched', id: rows[0]! });
    await expect(work(world)).rejects.toThrow('stop');
    expect(await touched(world)).toEqual([rows[0]]);
    await world.database.owner.query('drop function stop cascade');
  });

  test('wakes a hub that runs: nobody waits for the next pull', async () => {
    const { world, rows } = await inStep();
    world.engine.start();
    for (const [n, row] of rows.entries()) {
      world.service.edit(row, { givenName: `Woken ${n}` });
      await say(world, n === 1 ? { is: 'touched' } : { is: 'touched', id: row });
      world.engine.wake();
      await expect.poll(() => named(world, `Woken ${n}`)).toBe(1);
    }
    await world.engine.stop();
  });

  test('at a stream nobody syncs is no trouble', async () => {
    const { world } = await inStep();
    const outcomes = await world.database.store.workspace(world.workspace, (tx) =>
      world.engine.hear(tx, { connection: 999_999, stream: 'memory.people', news: [{ is: 'touched' }] }),
    );
    expect(outcomes).toEqual(['nobody syncs it']);
  });
});

describe('A row that is brought', () => {
  test('is taken as it is where it is newer than its link', async () => {
    const { world, rows } = await inStep(true);
    world.service.edit(rows[0]!, { givenName: 'Brought' });
    await say(world, { is: 'changed', row: world.service.row(rows[0]!) });
    await work(world);
    expect(await named(world, 'Brought')).toBe(1);
    expect(world.service.calls).toEqual({});
  });

  test('is fetched where it is not: one that comes late changes nothing back', async () => {
    const { world, rows } = await inStep(true);
    world.service.edit(rows[0]!, { givenName: 'First' });
    const late = world.service.row(rows[0]!);
    world.service.edit(rows[0]!, { givenName: 'Second' });
    await say(world, { is: 'changed', row: world.service.row(rows[0]!) });
    await work(world);
    await say(world, { is: 'changed', row: late });
    await work(world);
    expect([await named(world, 'Second'), await named(world, 'First')]).toEqual([1, 0]);
    expect(world.service.calls).toEqual({ fetch: 1 });
  });

  test('is fetched where nobody knows it, where times mean nothing, and where it came twice', async () => {
    const { world, rows } = await inStep(true);
    await say(world, { is: 'changed', row: world.service.row(world.service.add(person(9))) });
    await work(world);
    expect([await named(world, 'N9'), world.service.calls.fetch]).toEqual([1, 1]);
    world.service.edit(rows[0]!, { givenName: 'Once' });
    const once = world.service.row(rows[0]!);
    world.service.edit(rows[0]!, { givenName: 'Twice' });
    await say(world, { is: 'changed', row: world.service.row(rows[0]!) }, { is: 'changed', row: once });
    await work(world);
    expect([await named(world, 'Twice'), world.service.calls.fetch]).toEqual([1, 2]);
    const other = await inStep();
    other.world.service.edit(other.rows[0]!, { givenName: 'Untimed' });
    await say(other.world, { is: 'changed', row: other.world.service.row(other.rows[0]!) });
    await work(other.world);
    expect([await named(other.world, 'Untimed'), other.world.service.calls.fetch]).toEqual([1, 1]);
  });
});

describe('A row that is said to be gone', () => {
  test('is asked for, and goes only if it is', async () => {
    const { world, rows } = await inStep();
    await say(world, { is: 'gone', id: rows[0]! });
    await work(world);
    expect(await named(world, 'N1')).toBe(1);
    world.service.erase(rows[0]!);
    await say(world, { is: 'gone', id: rows[0]! });
    await work(world);
    expect(await named(world, 'N1')).toBe(0);
  });
});
