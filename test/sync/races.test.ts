/** What a person does to ties while a page is being written waits for the page: it is not overwritten by what the page had read. */
import { describe, expect, test } from 'vitest';
import type { Tx } from '#store/database.ts';
import { linksOfRecord, linksOfRows, putLinks } from '#store/links.ts';
import { touch } from '#store/passes.ts';
import { oneWriter } from '#store/syncs.ts';
import { openWorld, type World } from './world.ts';

const person = (n: number) => ({ givenName: `G${n}`, familyName: `F${n}`, emails: [{ value: `p${n}@example.com` }] });

/** Somebody waits for the page of this workspace; or what was begun has ended without waiting. */
async function untilItWaits(world: World, begun: Promise<unknown>): Promise<void> {
  let ended = false;
  begun.finally(() => {
    ended = true;
  });
  const waits = async (): Promise<boolean> => {
    const [row] = await world.database.store.installation((tx) =>
      tx.query<{ n: number }>(
        `select count(*)::int as n from pg_locks where locktype = 'advisory' and not granted and objid = $1
         and database = (select oid from pg_database where datname = current_database())`,
        [world.workspace],
      ),
    );
    return row!.n > 0;
  };
  while (!ended && !(await waits()));
}

/** A page that has read the links of some rows and writes them as it read them, after `meanwhile` has begun. */
async function pageOver(world: World, rows: readonly string[], meanwhile: () => Promise<unknown>): Promise<void> {
  let begun: Promise<unknown> = Promise.resolve();
  await world.database.store.workspace(world.workspace, async (tx: Tx) => {
    await oneWriter(tx);
    const links = await linksOfRows(tx, world.sync, rows);
    begun = meanwhile();
    await untilItWaits(world, begun);
    await putLinks(tx, world.sync, links);
  });
  await begun;
}

async function pair(): Promise<{ world: World; rows: string[]; records: string[] }> {
  const world = await openWorld();
  const rows = [world.service.add(person(0)), world.service.add(person(1))];
  await world.begin();
  const contacts = await world.contacts();
  const records = [0, 1].map((n) => contacts.find(({ name }) => name === `G${n} F${n}`)!.id);
  return { world, rows, records };
}

const links = (world: World, record: string) =>
  world.database.store.workspace(world.workspace, (tx) => linksOfRecord(tx, record));

describe('while a page is being written', () => {
  test('a tie that is cut stays cut', async () => {
    const { world, rows, records } = await pair();
    await pageOver(world, rows, () => world.engine.sever(world.workspace, world.sync, rows[0]!));
    expect((await links(world, records[0]!)).map(({ state }) => state)).toEqual(['severed']);
  });

  test('the links of a merged record are the survivor’s', async () => {
    const { world, rows, records } = await pair();
    const [survivor, loser] = records as [string, string];
    const { version } = await world.crm.get(world.workspace, survivor);
    const merge = { survivor, expected: version, loser, choices: {} };
    await pageOver(world, rows, () => world.crm.merge(world.who, merge));
    expect(await links(world, loser)).toEqual([]);
    expect((await links(world, survivor)).map(({ row }) => row)).toEqual(rows);
  });

  test('a tie that is mended is forgotten', async () => {
    const { world, rows, records } = await pair();
    await world.engine.sever(world.workspace, world.sync, rows[0]!);
    await pageOver(world, rows, () => world.engine.mend(world.workspace, world.sync, 'all'));
    expect(await links(world, records[0]!)).toEqual([]);
  });
});

test('a row to be looked at again stays on the list until what it says is kept', async () => {
  const { world, rows, records } = await pair();
  world.service.hide();
  world.service.edit(rows[0]!, { note: 'edited' });
  await world.database.store.workspace(world.workspace, (tx) =>
    touch(tx, world.sync, rows.slice(0, 1), new Date(world.now()), 'test'),
  );
  const { update } = world.crm;
  world.crm.update = async () => {
    world.crm.update = update;
    throw new Error('the connection to the database is lost');
  };
  await expect(world.run()).rejects.toThrow('is lost');
  world.turn(120_000);
  await world.run();
  expect((await world.crm.get(world.workspace, records[0]!)).fields.notes).toBe('edited');
});
