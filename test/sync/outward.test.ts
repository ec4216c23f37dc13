/** What a plan says goes outward is held against what was delivered: each item bears an outcome when the plan is done. */
import { expect, test } from 'vitest';
import type { CrmRecord } from '#crm/core.ts';
import type { Outcome } from '#kit/stream.ts';
import type { Mapping } from '#mappings/format.ts';
import { MAPPING, openWorld, type World } from './world.ts';

const REMOVING: Mapping = { ...MAPPING, ours: { gone: 'remove' } };

/** So many people on both sides, in the order of their names. */
async function openPeople(most: number, mapping = MAPPING): Promise<{ world: World; people: CrmRecord[] }> {
  const world = await openWorld(mapping);
  for (let n = 0; n < most; n += 1)
    world.service.add({ givenName: `N${n}`, familyName: `F${n}`, emails: [{ value: `n${n}@example.com` }] });
  await world.begin();
  const people = (await world.contacts()).sort((a, b) => a.name.localeCompare(b.name));
  return { world, people };
}

async function preview(world: World): Promise<number> {
  const begun = await world.engine.preview(world.workspace, world.sync, 'person');
  expect(await begun.done).toBeNull();
  return begun.plan;
}

async function execute(world: World, plan: number): Promise<void> {
  await world.engine.execute(world.workspace, plan, 'person');
  await world.engine.drain(world.workspace, world.sync, 'test');
}

/** What was planned of each, with its outcome. */
async function outcomesOf(world: World, plan: number): Promise<{ [name: string]: string }> {
  const items = await world.engine.look.items(world.workspace, plan, { after: -1, limit: 100 });
  const names = new Map((await world.contacts()).map(({ id, fields }) => [id, fields.familyName]));
  return Object.fromEntries(
    items.map(({ record, decision, outcome }) => [`${decision} ${names.get(record!) ?? 'gone'}`, String(outcome)]),
  );
}

const stateOf = async (world: World, plan: number) => (await world.engine.look.plan(world.workspace, plan)).state;

/** The service answers each draft so, once. */
function answer(world: World, outcome: Outcome): void {
  const { push } = world.service.stream;
  world.service.stream.push = async (_ctx, drafts) => {
    world.service.stream.push = push!;
    return drafts.map(() => outcome);
  };
}

test('told, created and removed there as planned', async () => {
  const { world, people } = await openPeople(2, REMOVING);
  await world.change(people[0]!.id, { givenName: 'Other' });
  await world.crm.archiveOne(world.who, people[1]!.id, null);
  await world.contact({ familyName: 'New', emails: [{ value: 'new@example.com' }] });
  const plan = await preview(world);
  await execute(world, plan);
  const done = { 'tell F0': 'as planned', 'remove there gone': 'as planned', 'create there New': 'as planned' };
  expect(await outcomesOf(world, plan)).toEqual(done);
  expect(await stateOf(world, plan)).toBe('done');
});

test('what was edited in between is planned again; what nobody is owed any more, or the service refuses, is not done', async () => {
  const { world, people } = await openPeople(5);
  const [edited, back, archived, refused, more] = people.map(({ id }) => id);
  for (const id of [edited, back, archived, refused, more]) await world.change(id!, { givenName: 'Planned' });
  const plan = await preview(world);
  await world.change(edited!, { givenName: 'Since' });
  await world.change(back!, { givenName: 'N1' });
  await world.crm.archiveOne(world.who, archived!, null);
  await world.change(more!, { familyName: 'F4', jobTitle: 'too' });
  const { push } = world.service.stream;
  const row = world.service.living().find((one) => one.fields.familyName === 'F3')!.id;
  world.service.stream.push = async (ctx, drafts) =>
    (await push!(ctx, drafts)).map((done, at) => (drafts[at]!.id === row ? { is: 'refused', reason: 'no such name' } : done));
  await execute(world, plan);
  expect(await outcomesOf(world, plan)).toEqual({
    'tell F0': 'planned again: tell',
    'tell F1': 'not done: in step',
    'tell gone': 'not done: archived',
    'tell F3': 'not done: refused',
    'tell F4': 'planned again: tell',
  });
  expect(await stateOf(world, plan)).toBe('done');
});

test('a question instead of a value is planned and asked; an answered one is told', async () => {
  const { world, people } = await openPeople(2, {
    ...MAPPING,
    fields: MAPPING.fields.map((rule) =>
      rule.crm === 'jobTitle' ? { ...rule, via: { table: { map: { There: 'Here' } } } } : rule,
    ),
  } as Mapping);
  for (const { id } of people) await world.change(id, { jobTitle: 'Unknown' });
  const plan = await preview(world);
  await world.change(people[1]!.id, { jobTitle: 'Here' });
  await execute(world, plan);
  expect(await outcomesOf(world, plan)).toEqual({ 'hold F0': 'as planned', 'hold F1': 'planned again: tell' });
});

test('a creation without an answer is unsure until it has arrived; the plan is not done before', async () => {
  const { world } = await openPeople(1);
  await world.contact({ familyName: 'New', emails: [{ value: 'new@example.com' }] });
  const plan = await preview(world);
  const { push } = world.service.stream;
  const meanwhile: unknown[] = [];
  world.service.stream.push = async (ctx, drafts) => {
    meanwhile.push(await stateOf(world, plan), await outcomesOf(world, plan));
    return meanwhile.length > 2 ? push!(ctx, drafts) : drafts.map(() => ({ is: 'unknown', reason: 'no answer' }));
  };
  await execute(world, plan);
  expect(meanwhile).toEqual(['executing', { 'create there New': 'null' }, 'executing', { 'create there New': 'unsure' }]);
  expect([await stateOf(world, plan), await outcomesOf(world, plan)]).toEqual(['done', { 'create there New': 'as planned' }]);
  expect(world.service.living()).toHaveLength(2);
});

test('a creation whose answer was lost is found by its mark: it went as planned', async () => {
  const { world } = await openPeople(1);
  await world.contact({ familyName: 'New', emails: [{ value: 'new@example.com' }] });
  const plan = await preview(world);
  world.service.loseAnswers = 1;
  await execute(world, plan);
  await world.run();
  expect([await stateOf(world, plan), await outcomesOf(world, plan)]).toEqual(['done', { 'create there New': 'as planned' }]);
  expect(world.service.living()).toHaveLength(2);
});

test('an update whose answer was lost, and that is found in step, went as planned', async () => {
  const { world, people } = await openPeople(1);
  await world.change(people[0]!.id, { givenName: 'Planned' });
  const plan = await preview(world);
  world.service.loseAnswers = 1;
  await execute(world, plan);
  for (let n = 0; n < 2; n += 1) await world.run();
  expect(await outcomesOf(world, plan)).toEqual({ 'tell F0': 'as planned' });
  expect(await stateOf(world, plan)).toBe('done');
});

test('what waits to be tried again when the next plan is executed is in that one', async () => {
  const { world, people } = await openPeople(1);
  await world.change(people[0]!.id, { givenName: 'Planned' });
  const first = await preview(world);
  answer(world, { is: 'later', afterMs: 3_600_000 });
  await execute(world, first);
  expect([await stateOf(world, first), await outcomesOf(world, first)]).toEqual(['executing', { 'tell F0': 'null' }]);
  const second = await preview(world);
  await execute(world, second);
  expect([await stateOf(world, first), await outcomesOf(world, first)]).toEqual([
    'done',
    { 'tell F0': `planned again: plan ${second}` },
  ]);
  world.turn(3_600_000);
  await world.run();
  expect([await stateOf(world, second), await outcomesOf(world, second)]).toEqual(['done', { 'tell F0': 'as planned' }]);
});
