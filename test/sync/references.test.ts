/** A conflict over a reference: what the row means need not exist yet, and is made only when a person decides for it. */
import { expect, test } from 'vitest';
import { listItems } from '#store/plans.ts';
import { MAPPING, openWorld, type World } from './world.ts';

const COMPANY = {
  ...MAPPING,
  fields: [
    ...MAPPING.fields.filter((rule) => rule.crm !== 'notes'),
    { crm: 'company', theirs: 'note', via: { find: { object: 'company', by: 'name', create: true } }, winner: 'ask' as const },
  ],
};

interface Dispute {
  world: World;
  row: string;
  person: string;
  question: number;
}

const companies = async (world: World) => (await world.crm.list(world.workspace, 'company', { after: null, limit: 10 })).items;
const company = (world: World, name: string) => world.crm.add(world.who, 'company', { name });

/** Ada works for Acme. We say that she went to Core, the row says to Bolt, which nobody here has heard of. */
async function dispute(): Promise<Dispute> {
  const world = await openWorld(COMPANY);
  const row = world.service.add({ givenName: 'Ada', emails: [{ value: 'ada@example.com' }], note: 'Acme' });
  await world.begin();
  const [ada] = await world.contacts();
  const core = await company(world, 'Core');
  await world.change(ada!.id, { company: core.id });
  world.service.edit(row, { note: 'Bolt' });
  await world.run();
  const [held] = await world.held();
  expect(held).toMatchObject({ kind: 'conflict', field: 'company' });
  return { world, row, person: ada!.id, question: held!.id };
}

const answer = ({ world, question }: Dispute, is: 'crm' | 'theirs') =>
  world.engine.answer(world.workspace, question, { is }, 'person');

/** Both sides say the same, of a company that is there, and nothing moves any more. */
async function expectAgreed({ world, row, person }: Dispute, name: string): Promise<void> {
  for (let n = 0; n < 2; n += 1) await world.run(true);
  expect(await world.held()).toEqual([]);
  const { fields } = await world.crm.get(world.workspace, person);
  expect((await world.crm.get(world.workspace, String(fields.company))).name).toBe(name);
  expect(world.service.get(row)?.note).toBe(name);
  world.service.calls = {};
  await world.run(true);
  expect(world.service.calls.push).toBeUndefined();
}

test('the question names what the row means, and nothing is made yet', async () => {
  const { world, question } = await dispute();
  expect((await world.engine.look.question(world.workspace, question)).question).toMatchObject({
    ours: expect.any(String),
    theirs: null,
    brings: { object: 'company', name: 'Bolt' },
  });
  expect((await companies(world)).map((c) => c.name)).toEqual(['Acme', 'Core']);
});

test('theirs: it is made', async () => {
  const at = await dispute();
  await answer(at, 'theirs');
  await expectAgreed(at, 'Bolt');
  expect((await companies(at.world)).map((c) => c.name)).toEqual(['Acme', 'Core', 'Bolt']);
});

test('theirs, which somebody has added meanwhile: that one is taken', async () => {
  const at = await dispute();
  const bolt = await company(at.world, 'Bolt');
  await answer(at, 'theirs');
  await expectAgreed(at, 'Bolt');
  expect((await at.world.crm.get(at.world.workspace, at.person)).fields.company).toBe(bolt.id);
});

test('theirs, and two bear the name: a person has to say which', async () => {
  const at = await dispute();
  await company(at.world, 'Bolt');
  const second = await company(at.world, 'Bolt');
  await expect(answer(at, 'theirs')).rejects.toMatchObject({ kind: 'conflict', advice: expect.stringContaining('value') });
  await at.world.engine.answer(at.world.workspace, at.question, { is: 'value', value: second.id }, 'person');
  await at.world.run();
  expect((await at.world.crm.get(at.world.workspace, at.person)).fields.company).toBe(second.id);
});

test('ours: the row is told, and what it meant is never made', async () => {
  const at = await dispute();
  await answer(at, 'crm');
  await expectAgreed(at, 'Core');
  expect((await companies(at.world)).map((c) => c.name)).toEqual(['Acme', 'Core']);
});

test('a preview asks the same as its execution', async () => {
  const { world, row } = await dispute();
  world.service.edit(row, { note: 'Zenith' });
  const begun = await world.engine.preview(world.workspace, world.sync, 'test');
  expect(await begun.done).toBeNull();
  await world.engine.execute(world.workspace, begun.plan, 'test');
  await world.engine.drain(world.workspace, world.sync, 'test');
  const items = await world.database.store.workspace(world.workspace, (tx) =>
    listItems(tx, begun.plan, { after: -1, limit: 10 }),
  );
  expect(items.map((i) => [i.decision, i.outcome])).toEqual([['hold', 'as planned']]);
});
