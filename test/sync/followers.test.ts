/** Several rows of one account that are one record: one leads, the others get what we say and give nothing. */
import { describe, expect, test } from 'vitest';
import type { Values } from '#kit/fields.ts';
import { MAPPING, openWorld, type World } from './world.ts';

const person = (key: string): Values => ({ givenName: key, familyName: 'Lovelace', emails: [{ value: `${key}@example.com` }] });

interface Family {
  world: World;
  record: string;
  /** The row that leads, and those that follow in the order in which they were tied. */
  rows: string[];
}

/** One person with so many rows: the first is read, of each further one somebody says that it is the same. */
async function family(followers: number, world?: World, key = 'ada', more: Values = {}): Promise<Family> {
  const home = world ?? (await openWorld());
  const rows = [home.service.add(person(key))];
  if (world) await home.run();
  else await home.begin();
  const record = (await home.contacts()).find((c) => c.fields.givenName === key)!.id;
  for (let n = 0; n < followers; n += 1) {
    rows.push(home.service.add({ ...person(key), ...more }));
    await home.run();
    await same(home, record);
    await home.run();
  }
  return { world: home, record, rows };
}

async function same(world: World, record: string): Promise<void> {
  for (const held of await world.held()) await world.engine.answer(world.workspace, held.id, { is: 'same', record }, 'person');
}

const leaders = async (world: World): Promise<string[]> =>
  (
    await world.database.owner.query<{ row: string }>(
      `select row from links where workspace = $1 and leads and state in ('live', 'dormant') order by row`,
      [world.workspace],
    )
  ).rows.map((l) => l.row);

const notes = ({ world, rows }: Family): unknown[] => rows.map((row) => world.service.get(row)?.note);

/** Nothing moves any more, and nothing differs without a reason. */
async function expectQuiet(world: World): Promise<void> {
  world.service.calls = {};
  for (let n = 0; n < 2; n += 1) await world.run(true);
  expect(world.service.calls.push).toBeUndefined();
  const swept = await world.engine.sweep(world.workspace, world.sync, 1_000, 'test');
  expect(swept).toMatchObject({ drift: 0, changed: 0, owed: 0, missing: 0 });
}

describe('rows that follow', () => {
  test('are told what the record holds when they are tied, and keep what it has no word for', async () => {
    const { world, rows } = await family(1, undefined, 'ada', { familyName: 'Byron', jobTitle: 'Poet' });
    expect(world.service.get(rows[1]!)).toMatchObject({ familyName: 'Lovelace', jobTitle: 'Poet' });
    expect((await world.contacts())[0]!.fields.jobTitle).toBeUndefined();
    await expectQuiet(world);
  });

  test('are told what is edited here', async () => {
    const all = await family(2);
    await all.world.change(all.record, { notes: 'from here' });
    await all.world.run();
    expect(notes(all)).toEqual(['from here', 'from here', 'from here']);
    await expectQuiet(all.world);
  });

  test('are told what the row that leads says', async () => {
    const all = await family(2);
    all.world.service.edit(all.rows[0]!, { note: 'from the first' });
    await all.world.run();
    expect(notes(all)).toEqual(['from the first', 'from the first', 'from the first']);
    await expectQuiet(all.world);
  });

  test('give nothing, and their own edits stand until ours moves', async () => {
    const all = await family(1);
    const { world, rows } = all;
    world.service.edit(rows[1]!, { givenName: 'Augusta' });
    await world.run();
    expect((await world.contacts())[0]!.fields.givenName).toBe('ada');
    expect(world.service.get(rows[1]!)?.givenName).toBe('Augusta');
    await expectQuiet(world);
    await world.change(all.record, { givenName: 'Ada' });
    await world.run();
    expect(rows.map((row) => world.service.get(row)?.givenName)).toEqual(['Ada', 'Ada']);
    await expectQuiet(world);
  });

  test('one leads, though the row has no key by which the record knows it any more', async () => {
    const world = await openWorld();
    const first = world.service.add(person('ada'));
    await world.begin();
    const second = world.service.add(person('ada'));
    await world.run();
    world.service.edit(second, { emails: [], note: 'mine' });
    const [record] = await world.contacts();
    await same(world, record!.id);
    await world.run();
    expect(await leaders(world)).toEqual([first]);
    expect((await world.contacts())[0]!.fields.notes).toBeUndefined();
  });

  test('a preview names each row that is owed something', async () => {
    const { world, record, rows } = await family(1);
    await world.change(record, { notes: 'from here' });
    const begun = await world.engine.preview(world.workspace, world.sync, 'test');
    expect(await begun.done).toBeNull();
    const items = await world.engine.look.items(world.workspace, begun.plan, { after: -1, limit: 10, decision: 'tell' });
    expect(items.map((i) => [i.row, i.item.fields])).toEqual(rows.map((row) => [row, { note: 'from here' }]));
  });

  test('undoing the run that told them puts each back', async () => {
    const all = await family(2);
    const { world } = all;
    await world.change(all.record, { notes: 'a mistake' });
    const { run } = await world.run();
    const undo = await world.engine.undo(world.workspace, run!, 'person');
    expect(await undo.done).toBeNull();
    await world.engine.execute(world.workspace, undo.plan, 'person');
    await world.engine.drain(world.workspace, world.sync, 'person');
    expect(notes(all)).toEqual([undefined, undefined, undefined]);
  });
});

describe('deliveries to several rows of one record', () => {
  test('fill the calls, and none takes more than the service allows', async () => {
    const world = await openWorld();
    world.service.pageSize = 1_000;
    await world.begin();
    for (let n = 0; n < 90; n += 1) world.service.add(person(`p${n}`));
    await world.run();
    const people = await world.contacts();
    for (let n = 0; n < 90; n += 2) {
      const [survivor, loser] = [people[n]!, people[n + 1]!];
      await world.crm.merge(world.who, { survivor: survivor.id, loser: loser.id, expected: survivor.version, choices: {} });
      await world.change(survivor.id, { notes: 'to all' });
    }
    world.service.pushed.length = 0;
    await world.run();
    expect(world.service.pushed).toEqual([50, 40]);
    expect(world.service.living().map((r) => r.fields.note)).toEqual(Array(90).fill('to all'));
  });

  test('a record with more rows than one call takes is told in several', async () => {
    const all = await family(2);
    const batch = all.world.service.stream.batch as { push: number };
    batch.push = 2;
    await all.world.change(all.record, { notes: 'in turn' });
    all.world.service.pushed.length = 0;
    await all.world.run();
    expect(all.world.service.pushed).toEqual([2, 1]);
    expect(notes(all)).toEqual(['in turn', 'in turn', 'in turn']);
    await expectQuiet(all.world);
  });

  test('answers that never come, and rows edited over there meanwhile', async () => {
    const all = await family(2);
    const { world, rows } = all;
    await world.change(all.record, { notes: 'one' });
    world.service.loseAnswers = 1;
    await world.run();
    await world.run();
    expect(notes(all)).toEqual(['one', 'one', 'one']);
    await world.change(all.record, { notes: 'two' });
    world.service.edit(rows[1]!, { birthday: '1815-12-10' }); // its version is no longer the one we know
    for (let n = 0; n < 2; n += 1) await world.run();
    expect(notes(all)).toEqual(['two', 'two', 'two']);
    expect(world.service.get(rows[1]!)?.birthday).toBe('1815-12-10');
    await expectQuiet(world);
  });

  test('a hub that dies over the answer: every row is read again and told once more', async () => {
    const all = await family(2);
    const { world } = all;
    await world.change(all.record, { notes: 'once' });
    world.service.dieAfter = 1;
    await expect(world.run()).rejects.toThrow('died');
    for (let n = 0; n < 2; n += 1) await world.run();
    expect(notes(all)).toEqual(['once', 'once', 'once']);
    expect(world.service.living()).toHaveLength(3);
    await expectQuiet(world);
  });

  test('a mark made while the drafts fly is not lost', async () => {
    const all = await family(1);
    const { world } = all;
    await world.change(all.record, { notes: 'one' });
    world.service.meanwhile = async () => void (await world.change(all.record, { notes: 'two' }));
    await world.run();
    expect(notes(all)).toEqual(['two', 'two']);
    await expectQuiet(world);
  });
});

describe('what a person does while drafts fly', () => {
  test('a tie that is cut stays cut, and the lead stays passed on', async () => {
    const all = await family(1);
    const { world, rows } = all;
    await world.change(all.record, { notes: 'one' });
    world.service.meanwhile = () => world.engine.sever(world.workspace, world.sync, rows[0]!);
    await world.run();
    await world.change(all.record, { notes: 'two' });
    await world.run();
    expect(notes(all)).toEqual(['one', 'two']);
    expect((await leaders(world)).filter((row) => row !== rows[0])).toEqual([rows[1]]);
  });

  test('rows of a merged record are the survivor’s', async () => {
    const world = await openWorld();
    const rows = [world.service.add(person('ada')), world.service.add(person('augusta'))];
    await world.begin();
    const [survivor, loser] = await world.contacts();
    await world.change(loser!.id, { notes: 'the loser’s' });
    world.service.meanwhile = async () =>
      void (await world.crm.merge(world.who, {
        survivor: survivor!.id,
        loser: loser!.id,
        expected: survivor!.version,
        choices: {},
      }));
    for (let n = 0; n < 2; n += 1) await world.run();
    await world.change(survivor!.id, { jobTitle: 'Analyst' });
    await world.run();
    expect(rows.map((row) => world.service.get(row)?.jobTitle)).toEqual(['Analyst', 'Analyst']);
    expect(await leaders(world)).toHaveLength(1);
    await expectQuiet(world);
  });
});

describe('when the row that leads', () => {
  const first = ({ rows }: Family) => rows[0]!;
  test.each([
    ['is deleted', ({ world, rows }: Family) => void world.service.erase(rows[0]!)],
    ['is severed', (all: Family) => all.world.engine.sever(all.world.workspace, all.world.sync, first(all))],
  ])('%s, the oldest that follows leads', async (_name, leave) => {
    const all = await family(2);
    const { world, rows } = all;
    expect(await leaders(world)).toEqual([rows[0]]);
    await leave(all);
    await world.run();
    expect(await leaders(world)).toContain(rows[1]);
    expect(await leaders(world)).not.toContain(rows[2]);
    world.service.edit(rows[1]!, { note: 'I lead' });
    await world.run();
    expect((await world.contacts()).map((c) => c.fields.notes)).toEqual(['I lead']);
    expect(world.service.get(rows[2]!)?.note).toBe('I lead');
    world.service.edit(rows[2]!, { note: 'I follow' });
    await world.run();
    expect((await world.contacts())[0]!.fields.notes).toBe('I lead');
    await expectQuiet(world);
  });

  test('falls asleep, the oldest that follows leads on, also when it wakes', async () => {
    const world = await openWorld({ ...MAPPING, only: { theirs: '= row.note != "private"' } });
    const all = await family(1, await begun(world));
    world.service.edit(all.rows[0]!, { note: 'private' });
    await world.run();
    expect(await leaders(world)).toEqual([all.rows[1]]);
    world.service.edit(all.rows[1]!, { jobTitle: 'Analyst' });
    await world.run();
    expect((await world.contacts())[0]!.fields.jobTitle).toBe('Analyst');
    world.service.edit(all.rows[0]!, { note: 'open' });
    await world.run();
    expect(await leaders(world)).toEqual([all.rows[1]]);
  });

  test('goes, and then the others, the record goes with the last', async () => {
    const { world, rows } = await family(1);
    world.service.erase(rows[0]!);
    await world.run();
    expect(await world.contacts()).toHaveLength(1);
    world.service.erase(rows[1]!);
    await world.run();
    expect(await world.contacts()).toEqual([]);
  });
});

async function begun(world: World): Promise<World> {
  await world.begin();
  return world;
}
