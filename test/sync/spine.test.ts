import { beforeAll, describe, expect, test } from 'vitest';
import { openWorld, type World } from './world.ts';

const ada = {
  givenName: 'Ada',
  familyName: 'Lovelace',
  emails: [{ value: 'ada@example.com' }],
  jobTitle: 'Countess',
  note: 'Notes on the engine',
};
const bob = { givenName: 'Bob', familyName: 'Bell', emails: [{ value: 'bob@example.com' }] };

describe('two sides kept in step', () => {
  let world: World;
  beforeAll(async () => {
    world = await openWorld();
  });

  test('the first import creates, matches, and tells the service who it does not know', async () => {
    const { service } = world;
    const known = await world.contact({
      givenName: 'Bob',
      familyName: 'Bell',
      emails: [{ value: 'bob@example.com' }],
      notes: 'ours',
    });
    await world.contact({ givenName: 'Cy', familyName: 'Coe', emails: [{ value: 'cy@example.com' }] });
    service.add(ada);
    const there = service.add(bob);
    const end = await world.begin();
    expect(end.counts).toMatchObject({ read: 2, create: 1, 'told new': 1, told: 1 });
    const names = (await world.contacts()).map((c) => c.name).sort();
    expect(names).toEqual(['Ada Lovelace', 'Bob Bell', 'Cy Coe']);
    expect(service.get(there)?.note).toBe('ours');
    expect(
      service
        .living()
        .map((r) => r.fields.givenName)
        .sort(),
    ).toEqual(['Ada', 'Bob', 'Cy']);
    expect(known.id).toBeTruthy();
  });

  test('a second run has nothing to do and costs one call', async () => {
    world.service.calls = {};
    const end = await world.run();
    expect(end.counts.create ?? 0).toBe(0);
    expect(end.counts.told ?? 0).toBe(0);
    world.service.calls = {};
    await world.run();
    expect(world.service.calls).toEqual({ list: 1 });
  });

  test('a change on each side reaches the other', async () => {
    const { service } = world;
    const row = service.living().find((r) => r.fields.givenName === 'Ada')!;
    service.edit(row.id, { familyName: 'King' });
    await world.run();
    const record = (await world.contacts()).find((c) => c.fields.givenName === 'Ada')!;
    expect(record.name).toBe('Ada King');
    await world.change(record.id, { notes: 'written here' });
    await world.run();
    expect(service.get(row.id)).toMatchObject({ familyName: 'King', note: 'written here' });
  });

  test('both sides changed and the mapping says ask: a question, and its answer', async () => {
    const { service } = world;
    const row = service.living().find((r) => r.fields.givenName === 'Ada')!;
    const record = (await world.contacts()).find((c) => c.fields.givenName === 'Ada')!;
    service.edit(row.id, { jobTitle: 'Analyst' });
    await world.change(record.id, { jobTitle: 'Programmer' });
    await world.run();
    const [question] = await world.held();
    expect(question).toMatchObject({ kind: 'conflict', field: 'jobTitle' });
    expect(service.get(row.id)?.jobTitle).toBe('Analyst');
    await world.engine.answer(world.workspace, question!.id, { is: 'crm' }, 'person');
    await world.run();
    expect(service.get(row.id)?.jobTitle).toBe('Programmer');
    expect(await world.held()).toEqual([]);
  });

  test('lists merge as sets', async () => {
    const { service } = world;
    const row = service.living().find((r) => r.fields.givenName === 'Ada')!;
    const record = (await world.contacts()).find((c) => c.fields.givenName === 'Ada')!;
    service.edit(row.id, { emails: [{ value: 'ada@example.com' }, { value: 'there@example.com' }] });
    await world.change(record.id, { emails: [{ value: 'ada@example.com' }, { value: 'here@example.com' }] });
    await world.run();
    const values = (list: unknown) => (list as { value: string }[]).map((e) => e.value).sort();
    const all = ['ada@example.com', 'here@example.com', 'there@example.com'];
    expect(values((await world.crm.get(world.workspace, record.id)).fields.emails)).toEqual(all);
    expect(values(service.get(row.id)?.emails)).toEqual(all);
  });

  test('a value is explained', async () => {
    const record = (await world.contacts()).find((c) => c.fields.givenName === 'Ada')!;
    const told = await world.engine.explain(world.workspace, record.id, 'familyName');
    expect(told.value).toBe('King');
    expect(told.source).toMatchObject({ stream: 'memory.people', why: 'theirs changed', replaced: 'Lovelace', raw: 'King' });
    expect((await world.engine.whyRecord(world.workspace, record.id))[0]).toMatchObject({ reason: 'in step' });
  });

  test('a deletion archives the record, and its run can be undone', async () => {
    const { service } = world;
    const row = service.living().find((r) => r.fields.givenName === 'Bob')!;
    service.erase(row.id);
    const end = await world.run();
    expect(end.counts.gone).toBe(1);
    expect((await world.contacts()).map((c) => c.fields.givenName)).not.toContain('Bob');
    const undo = await world.engine.undo(world.workspace, end.run!, 'person');
    expect(await undo.done).toBeNull();
    await world.engine.execute(world.workspace, undo.plan, 'person');
    await world.engine.drain(world.workspace, world.sync, 'test');
    expect((await world.contacts()).map((c) => c.fields.givenName)).toContain('Bob');
  });
});

describe('when things go wrong', () => {
  test('a lost answer to a creation makes no duplicate: it is recognised by its mark', async () => {
    const world = await openWorld();
    await world.begin();
    world.service.loseAnswers = 1;
    await world.contact({ givenName: 'Di', emails: [{ value: 'di@example.com' }] });
    await world.run();
    await world.run();
    await world.run();
    expect(world.service.living()).toHaveLength(1);
    expect((await world.engine.whyRecord(world.workspace, (await world.contacts())[0]!.id))[0]!.reason).toBe('in step');
  });

  test('a forgotten cursor: everything is read again, deletions are found by absence', async () => {
    const world = await openWorld();
    world.service.add(ada);
    const gone = world.service.add(bob);
    await world.begin();
    world.service.erase(gone);
    world.service.rows.delete(gone);
    world.service.forgetCursors();
    await world.run();
    expect((await world.contacts()).map((c) => c.fields.givenName)).toEqual(['Ada']);
  });

  test('a rendering causes no ping-pong', async () => {
    const world = await openWorld();
    world.service.textLimit = 5;
    await world.begin();
    const record = await world.contact({ givenName: 'Bartholomew', emails: [{ value: 'b@example.com' }] });
    await world.run();
    world.service.calls = {};
    await world.run();
    await world.run();
    expect(world.service.calls.push ?? 0).toBe(0);
    expect((await world.crm.get(world.workspace, record.id)).fields.givenName).toBe('Bartholomew');
    expect((await world.engine.whyRecord(world.workspace, record.id))[0]).toMatchObject({ reason: 'rendering' });
  });

  test('too many deletions: the brake stops before them and asks', async () => {
    const world = await openWorld();
    const ids = Array.from({ length: 20 }, (_, n) =>
      world.service.add({ givenName: `N${n}`, emails: [{ value: `n${n}@example.com` }] }),
    );
    await world.begin();
    for (const id of ids) world.service.erase(id);
    await expect(world.run()).rejects.toThrow(/brake/);
    expect(await world.contacts()).toHaveLength(20);
    const [question] = await world.held();
    expect(question).toMatchObject({ kind: 'brake' });
    await world.engine.answer(world.workspace, question!.id, { is: 'go on' }, 'person');
    await world.run();
    expect(await world.contacts()).toHaveLength(0);
  });
});

test('a preview that meets a used-up quota waits, and goes on after the last kept page', async () => {
  const world = await openWorld();
  world.service.pageSize = 3;
  for (let n = 0; n < 10; n += 1) world.service.add({ givenName: `N${n}`, emails: [{ value: `n${n}@example.com` }] });
  world.service.refuseLists = [2];
  const begun = await world.engine.preview(world.workspace, world.sync, 'test');
  expect(await begun.done).toBeNull();
  expect(world.service.calls.list).toBe(5);
  await world.engine.execute(world.workspace, begun.plan, 'test');
  await world.engine.drain(world.workspace, world.sync, 'test');
  expect(await world.contacts()).toHaveLength(10);
});

test('lists that lag behind the service do not make a hub read everything over and over', async () => {
  const world = await openWorld();
  for (const name of ['A', 'B', 'C']) world.service.add({ givenName: name, emails: [{ value: `${name}@example.com` }] });
  await world.begin();
  const [a, b] = world.service.living();
  world.service.hide();
  world.service.edit(a!.id, { note: 'hidden' });
  world.service.forgetCursors();
  world.service.calls = {};
  await world.run();
  world.service.edit(b!.id, { note: 'hidden too' });
  await world.run(true);
  await world.run(true);
  expect(world.service.calls.list).toBeLessThan(12);
  expect(await world.contacts()).toHaveLength(3);
});

test.each(['never', 'told'] as const)('rows that passes do not show, of a stream whose deletions are: %s', async (deletions) => {
  const world = await openWorld(undefined, { deletions });
  const id = world.service.add(ada);
  await world.begin();
  world.service.rows.delete(id);
  for (let pass = 0; pass < 4; pass++) await world.run(true);
  const left = (await world.contacts()).map(({ name }) => name);
  expect(left).toEqual(deletions === 'never' ? ['Ada Lovelace'] : []);
});
