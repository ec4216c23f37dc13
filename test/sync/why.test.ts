/** Why: rows that may be somebody known, and the records they may be, name the question that waits. */
import { describe, expect, test } from 'vitest';
import { MAPPING, openWorld, type World } from './world.ts';

const whyRecord = (world: World, id: string) => world.engine.whyRecord(world.workspace, id);
const whyRow = (world: World, row: string) => world.engine.whyRow(world.workspace, 'memory.people', row);
const ada = (familyName: string) => ({ givenName: 'Ada', familyName, emails: [{ value: 'ada@example.com' }] });

/** A world whose mapping creates nothing there, with a row that meets these records. */
async function meeting(row: string, ...records: string[]) {
  const world = await openWorld({ ...MAPPING, create: 'crm' });
  const ids: string[] = [];
  for (const name of records) ids.push((await world.contact(ada(name))).id);
  const met = world.service.add(ada(row));
  await world.begin();
  const [question] = await world.held();
  return { world, ids, row: met, question: question! };
}

describe('a row that may be a record', () => {
  test('a possible match: said of the row, with the record, and of the record, with the row', async () => {
    const { world, ids, row, question } = await meeting('Lovelace', 'King');
    const detail = expect.stringContaining(`held question ${question.id}`);
    const waits = { reason: 'possible match', row, record: ids[0], detail };
    expect(await whyRow(world, row)).toMatchObject([waits]);
    expect(await whyRecord(world, ids[0]!)).toMatchObject([waits]);
    await world.engine.answer(world.workspace, question.id, { is: 'same', record: ids[0]! }, 'person');
    await world.run();
    expect(await whyRecord(world, ids[0]!)).toMatchObject([{ reason: 'in step', row }]);
  });

  test('answered that it is somebody new, the record no longer waits', async () => {
    const { world, ids, question } = await meeting('Lovelace', 'King');
    await world.engine.answer(world.workspace, question.id, { is: 'new' }, 'person');
    await world.run();
    expect(await whyRecord(world, ids[0]!)).toMatchObject([{ reason: 'creation off', row: null }]);
  });

  test('several that fit as well: each waits, and the row names them all', async () => {
    const { world, ids, row } = await meeting('King', 'King', 'King');
    const [why, ...more] = await whyRow(world, row);
    expect([why, more]).toMatchObject([{ reason: 'ambiguous', record: null }, []]);
    for (const id of ids) {
      expect(why!.detail).toContain(id);
      expect(await whyRecord(world, id)).toMatchObject([{ reason: 'ambiguous', row, record: id }]);
    }
  });

  test('a second row of a linked record: the pair is in step, and beside it the duplicate waits', async () => {
    const world = await openWorld();
    const row = world.service.add(ada('King'));
    await world.begin();
    const [record] = await world.contacts();
    const twin = world.service.add(ada('King'));
    await world.run();
    expect(await whyRow(world, twin)).toMatchObject([{ reason: 'duplicate', record: record!.id }]);
    expect(await whyRecord(world, record!.id)).toMatchObject([
      { reason: 'in step', row },
      { reason: 'duplicate', row: twin, record: record!.id },
    ]);
  });

  test('before its creation is delivered a record waits for the answer, not for the delivery', async () => {
    const world = await openWorld();
    await world.begin();
    const { id } = await world.contact(ada('King'));
    const row = world.service.add(ada('Lovelace'));
    const { push } = world.service.stream;
    world.service.stream.push = async (_ctx, drafts) => drafts.map(() => ({ is: 'later', afterMs: 60_000 }));
    await world.run();
    expect(await whyRecord(world, id)).toMatchObject([{ reason: 'possible match', row, record: id }]);
    world.service.stream.push = push!;
    await world.engine.answer(world.workspace, (await world.held())[0]!.id, { is: 'new' }, 'person');
    expect(await whyRecord(world, id)).toMatchObject([{ reason: 'owed' }]);
  });
});

test('a row that nobody has read is not said to be left out', async () => {
  const world = await openWorld();
  world.service.add(ada('King'));
  await world.begin();
  expect(await whyRow(world, 'nobody')).toMatchObject([
    { reason: 'unknown row', row: 'nobody', record: null, says: expect.stringContaining('Look at the id') },
  ]);
});

test('where rows are left out, none is said to be there', async () => {
  const world = await openWorld({ ...MAPPING, only: { theirs: '= row.familyName != "King"' } });
  const row = world.service.add(ada('King'));
  await world.begin();
  const answer = [{ reason: 'outside', detail: expect.stringContaining('if there is such a row') }];
  expect(await whyRow(world, row)).toMatchObject(answer);
  expect(await whyRow(world, 'nobody')).toMatchObject(answer);
});

test('a row that the mapping makes no record of is left out for that reason', async () => {
  const world = await openWorld({ ...MAPPING, create: 'theirs' });
  const row = world.service.add(ada('King'));
  await world.begin();
  expect(await whyRow(world, row)).toMatchObject([{ reason: 'creation off', record: null }]);
});
