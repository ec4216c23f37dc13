/** A record that may be a row which is there already is not created over there while a person is asked; once answered, all goes on. */
import { describe, expect, test } from 'vitest';
import { listItems } from '#store/plans.ts';
import { openWorld, type World } from './world.ts';

const ada = (familyName: string) => ({ givenName: 'Ada', familyName, emails: [{ value: 'ada@example.com' }] });
const people = (world: World) =>
  world.service
    .living()
    .map((row) => row.fields.familyName)
    .sort();
const ours = async (world: World) => (await world.contacts()).map((c) => c.fields.familyName).sort();

/** Ada King here, and over there a row with her address and half her name: the mapping creates on both sides. */
async function asked() {
  const world = await openWorld();
  const record = (await world.contact(ada('King'))).id;
  const row = world.service.add(ada('Lovelace'));
  await world.begin();
  const [question, ...more] = await world.held();
  expect([question, more]).toMatchObject([{ kind: 'possible match', row }, []]);
  const answer = (said: Parameters<World['engine']['answer']>[2]) =>
    world.engine.answer(world.workspace, question!.id, said, 'person');
  return { world, record, row, question: question!, answer };
}

describe('a record that may be a row which is there', () => {
  test('is not created over there while the question is open, edited or not; `why` names the question', async () => {
    const { world, record, question } = await asked();
    expect(people(world)).toEqual(['Lovelace']);
    await world.change(record, { jobTitle: 'Countess' });
    await world.run();
    await world.run(true);
    expect(people(world)).toEqual(['Lovelace']);
    const why = await world.engine.whyRecord(world.workspace, record);
    expect(why).toMatchObject([{ reason: 'possible match', detail: expect.stringContaining(`held question ${question.id}`) }]);
  });

  test('the same: tied, and never created', async () => {
    const { world, record, row, answer } = await asked();
    await answer({ is: 'same', record });
    await world.run();
    expect(people(world)).toHaveLength(1);
    expect(await ours(world)).toHaveLength(1);
    expect(await world.engine.whyRow(world.workspace, 'memory.people', row)).toMatchObject([{ reason: 'in step', record }]);
  });

  test('somebody new: both stand on both sides', async () => {
    const { world, answer } = await asked();
    await answer({ is: 'new' });
    await world.run();
    expect(people(world)).toEqual(['King', 'Lovelace']);
    expect(await ours(world)).toEqual(['King', 'Lovelace']);
  });

  test('left as it is: the record is created, the row is not', async () => {
    const { world, answer } = await asked();
    await answer({ is: 'leave' });
    await world.run();
    expect(people(world)).toEqual(['King', 'Lovelace']);
    expect(await ours(world)).toEqual(['King']);
  });

  test('the row says something else now: the question dissolves and the record is created', async () => {
    const { world, row } = await asked();
    world.service.edit(row, { emails: [{ value: 'another@example.com' }] });
    await world.run();
    expect(await world.held()).toEqual([]);
    expect(people(world)).toEqual(['King', 'Lovelace']);
    expect(await ours(world)).toEqual(['King', 'Lovelace']);
  });

  test('the row is deleted: the question dissolves and the record is created', async () => {
    const { world, row } = await asked();
    world.service.erase(row);
    await world.run();
    expect(await world.held()).toEqual([]);
    expect(people(world)).toEqual(['King']);
  });

  test('several that fit as well: all wait, and the ones that it is not are created', async () => {
    const world = await openWorld();
    const ids = [(await world.contact(ada('King'))).id, (await world.contact(ada('King'))).id];
    world.service.add(ada('King'));
    await world.begin();
    expect(people(world)).toHaveLength(1);
    const [question] = await world.held();
    expect(question).toMatchObject({ kind: 'ambiguous' });
    await world.engine.answer(world.workspace, question!.id, { is: 'same', record: ids[1]! }, 'person');
    await world.run();
    expect(people(world)).toHaveLength(2);
    expect(await ours(world)).toHaveLength(2);
  });

  test('an answer stands above what is owed: the row is looked at before its record is sent', async () => {
    const { world, record, answer } = await asked();
    await world.engine.pause(world.workspace, world.sync, 'test');
    await answer({ is: 'same', record });
    world.turn(24 * 3_600_000);
    await world.engine.resume(world.workspace, world.sync);
    await world.run();
    expect(people(world)).toHaveLength(1);
  });
});

describe('left as it is', () => {
  async function left() {
    const met = await asked();
    await met.answer({ is: 'leave' });
    await met.world.run(true);
    return met;
  }

  test('is not asked again, however often the row is read, and `why` names who left it', async () => {
    const { world, row, question } = await left();
    world.service.edit(row, { jobTitle: 'Countess' });
    await world.run();
    await world.run(true);
    expect(await world.held()).toEqual([]);
    expect(await ours(world)).toEqual(['King']);
    const detail = `held question ${question.id}, left as it is by person`;
    expect(await world.engine.whyRow(world.workspace, 'memory.people', row)).toMatchObject([
      { reason: 'possible match', detail },
    ]);
  });

  test('is asked again when the row bears another name', async () => {
    const { world, row } = await left();
    world.service.edit(row, { familyName: 'Byron' });
    await world.run();
    expect(await world.held()).toMatchObject([{ kind: 'possible match', row }]);
  });

  test('is asked again when somebody else may be meant', async () => {
    const { world, row } = await left();
    await world.contact(ada('Milbanke'));
    await world.run(true);
    expect(await world.held()).toMatchObject([{ kind: 'possible match', row }]);
  });

  test('a second row of a linked record stays a duplicate that nobody is asked about', async () => {
    const world = await openWorld();
    const first = world.service.add(ada('King'));
    await world.begin();
    const second = world.service.add(ada('King'));
    await world.run();
    const [question] = await world.held();
    expect(question).toMatchObject({ kind: 'duplicate', row: second });
    await world.engine.answer(world.workspace, question!.id, { is: 'leave' }, 'person');
    await world.run(true);
    expect(await world.held()).toEqual([]);
    world.service.edit(first, { emails: [{ value: 'other@example.com' }] });
    await world.run();
    await world.run(true);
    expect(await ours(world), 'nobody bears its address any more: it is somebody').toEqual(['King', 'King']);
  });
});

describe('a preview', () => {
  async function preview(world: World) {
    const begun = await world.engine.preview(world.workspace, world.sync, 'test');
    expect(await begun.done).toBeNull();
    return async () => {
      await world.engine.execute(world.workspace, begun.plan, 'test');
      await world.engine.drain(world.workspace, world.sync, 'test');
      const items = await world.database.store.workspace(world.workspace, (tx) =>
        listItems(tx, begun.plan, { after: -1, limit: 100 }),
      );
      return items.map(({ decision, outcome }) => ({ decision, outcome }));
    };
  }

  test('asks, and does not say that the record will be created', async () => {
    const world = await openWorld();
    await world.contact(ada('King'));
    world.service.add(ada('Lovelace'));
    const execute = await preview(world);
    expect(await execute()).toEqual([{ decision: 'hold', outcome: 'as planned' }]);
  });

  test('says that it will be created when what it reads answers the question', async () => {
    const { world, row } = await asked();
    world.service.edit(row, { emails: [{ value: 'another@example.com' }] });
    const execute = await preview(world);
    expect(await execute()).toEqual([
      { decision: 'create', outcome: 'as planned' },
      { decision: 'create there', outcome: 'as planned' },
    ]);
  });
});
