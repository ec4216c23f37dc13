/** Several accounts of one service: sides meet only through the record, which has one row in each. */
import { beforeAll, describe, expect, test } from 'vitest';
import type { Values } from '#kit/fields.ts';
import type { MemoryService } from './service.ts';
import { MAPPING, openWorld, type World } from './world.ts';

const ada: Values = { givenName: 'Ada', familyName: 'Lovelace', emails: [{ value: 'ada@example.com' }] };

interface Tie {
  sync: number;
  row: string;
  record: string;
  state: string;
  leads: boolean;
}

const ties = async (world: World): Promise<Tie[]> =>
  (
    await world.database.owner.query<Tie>(
      'select sync, row, record, state, leads from links where workspace = $1 order by sync, row',
      [world.workspace],
    )
  ).rows;

const why = async (world: World, record: string): Promise<string[]> =>
  (await world.engine.whyRecord(world.workspace, record)).map((w) => w.reason);

describe('two mailboxes', () => {
  let world: World;
  let second: { service: MemoryService; sync: number };
  let here: string;
  let there: string;
  beforeAll(async () => {
    world = await openWorld();
    second = await world.another();
    here = world.service.add(ada);
    there = second.service.add({ ...ada, jobTitle: 'Countess' });
    await world.begin();
    await world.begin(second.sync);
    await world.run();
  });

  test('bring the same person: one record, a link in each', async () => {
    const [record, ...others] = await world.contacts();
    expect(others).toEqual([]);
    expect(await ties(world)).toEqual([
      { sync: world.sync, row: here, record: record!.id, state: 'live', leads: true },
      { sync: second.sync, row: there, record: record!.id, state: 'live', leads: true },
    ]);
    expect(world.service.get(here)?.jobTitle).toBe('Countess');
  });

  test('a change in one reaches the other through the record, and does not come back', async () => {
    world.service.edit(here, { familyName: 'King' });
    await world.run();
    expect((await world.contacts())[0]!.name).toBe('Ada King');
    await world.run(false, second.sync);
    expect(second.service.get(there)?.familyName).toBe('King');
    for (const service of [world.service, second.service]) service.calls = {};
    for (let n = 0; n < 2; n += 1) {
      await world.run();
      await world.run(false, second.sync);
    }
    expect([world.service.calls.push, second.service.calls.push]).toEqual([undefined, undefined]);
    expect(world.service.get(here)?.familyName).toBe('King');
  });

  test('a row that goes in one takes the record only when no other is left', async () => {
    second.service.erase(there);
    await world.run(false, second.sync);
    expect((await world.contacts()).map((c) => c.name)).toEqual(['Ada King']);
    expect(world.service.get(here)).toBeDefined();
    world.service.erase(here);
    await world.run();
    expect(await world.contacts()).toEqual([]);
  });
});

describe('two people’s mailboxes', () => {
  const both = async (world: World, sync: number) => {
    for (let n = 0; n < 2; n += 1) {
      await world.run();
      await world.run(false, sync);
    }
  };
  /** Ada is known to both, Grace to the first alone, Alan to the CRM alone. */
  const opened = async (people?: 'together') => {
    const world = await openWorld({ ...MAPPING, ...(people ? { people } : {}) }, { personal: true });
    const second = await world.another();
    const here = world.service.add({ ...ada, note: 'met at the clinic' });
    const there = second.service.add(ada);
    world.service.add({ givenName: 'Grace', familyName: 'Hopper' });
    await world.contact({ givenName: 'Alan', familyName: 'Turing' });
    await world.begin();
    await world.begin(second.sync);
    await both(world, second.sync);
    const record = (await world.contacts()).find((c) => c.name === 'Ada Lovelace')!.id;
    const names = ({ service }: { service: MemoryService }) => service.living().map((r) => r.fields.givenName);
    return { world, second, here, there, record, names };
  };

  test('nobody known to one alone comes into the other; whom the CRM knows comes into both', async () => {
    const { world, second, names } = await opened();
    expect([names(world), names(second)]).toEqual([
      ['Ada', 'Grace', 'Alan'],
      ['Ada', 'Alan'],
    ]);
    const grace = (await world.contacts()).find((c) => c.name === 'Grace Hopper')!;
    expect(await why(world, grace.id)).toEqual(['in step', 'personal']);
  });

  test('what one says of somebody both know stays there, and why says so', async () => {
    const { world, second, here, there, record } = await opened();
    world.service.edit(here, { familyName: 'King' });
    await both(world, second.sync);
    expect((await world.crm.get(world.workspace, record)).fields).toMatchObject({
      familyName: 'King',
      notes: 'met at the clinic',
    });
    expect(second.service.get(there)).toEqual(ada);
    expect(await why(world, record)).toEqual(['in step', 'personal']);
    const swept = await world.engine.sweep(world.workspace, second.sync, 10, 'test');
    expect(swept).toMatchObject({ drift: 0, apart: 1 });
    const { elsewhere } = await world.engine.explain(world.workspace, record, 'familyName');
    expect(elsewhere.map((e) => e.why)).toEqual(['in step', 'personal']);
    const { counts } = await world.run(true, second.sync);
    expect(counts.told).toBeUndefined();
  });

  test('what somebody here says goes to both', async () => {
    const { world, second, here, there, record } = await opened();
    world.service.edit(here, { familyName: 'King' });
    await both(world, second.sync);
    await world.change(record, { familyName: 'Byron', jobTitle: 'Countess' });
    await both(world, second.sync);
    for (const row of [world.service.get(here), second.service.get(there)])
      expect(row).toMatchObject({ familyName: 'Byron', jobTitle: 'Countess' });
    expect(second.service.get(there)).not.toHaveProperty('note');
  });

  test('a list that both had a part in goes to neither until somebody here edits it', async () => {
    const { world, second, here, there, record } = await opened();
    const address = (value: string) => ({ value });
    world.service.edit(here, { emails: [...(ada.emails as []), address('private@example.com')] });
    await both(world, second.sync);
    second.service.edit(there, { emails: [...(ada.emails as []), address('work@example.com')] });
    await both(world, second.sync);
    const emails = (row: Values | undefined) => (row!.emails as { value: string }[]).map((e) => e.value);
    expect(emails(world.service.get(here))).toEqual(['ada@example.com', 'private@example.com']);
    expect(emails(second.service.get(there))).toEqual(['ada@example.com', 'work@example.com']);
    const { fields } = await world.crm.get(world.workspace, record);
    expect(emails(fields)).toHaveLength(3);
    await world.change(record, { emails: [address('ada@example.com'), address('work@example.com')] });
    await both(world, second.sync);
    expect(emails(world.service.get(here))).toEqual(emails(second.service.get(there)));
  });

  test('what a merge brings stays where it came from, until somebody here says it', async () => {
    const { world, second } = await opened();
    const grace = world.service.living().find((row) => row.fields.givenName === 'Grace')!;
    world.service.edit(grace.id, { note: 'met at the clinic', emails: [{ value: 'private@example.com' }] });
    await both(world, second.sync);
    const named = async (name: string) => (await world.contacts()).find((contact) => contact.name === name)!;
    const [survivor, loser] = [await named('Alan Turing'), await named('Grace Hopper')];
    const merge = { survivor: survivor.id, loser: loser.id, expected: survivor.version, choices: {} };
    const merged = await world.crm.merge(world.who, merge);
    expect(merged.fields).toMatchObject({ notes: 'met at the clinic', emails: [{ value: 'private@example.com' }] });
    await both(world, second.sync);
    const alan = () => second.service.living().find((row) => row.fields.givenName === 'Alan')!.fields;
    expect(alan()).toEqual({ givenName: 'Alan', familyName: 'Turing' });
    await world.change(survivor.id, { notes: 'a friend' });
    await both(world, second.sync);
    expect(alan()).toEqual({ givenName: 'Alan', familyName: 'Turing', note: 'a friend' });
  });

  test('a mapping can let people share', async () => {
    const { world, second, here, there, names } = await opened('together');
    expect([names(world), names(second)].map((all) => all.toSorted())).toEqual([
      ['Ada', 'Alan', 'Grace'],
      ['Ada', 'Alan', 'Grace'],
    ]);
    world.service.edit(here, { familyName: 'King' });
    await both(world, second.sync);
    expect(second.service.get(there)).toMatchObject({ familyName: 'King', note: 'met at the clinic' });
  });
});

describe('a field whose source is the second mailbox', () => {
  let world: World;
  let second: { service: MemoryService; sync: number };
  let here: string;
  let there: string;
  let record: string;
  const source = { object: 'contact', field: 'givenName' };
  const notes = { object: 'contact', field: 'notes' };
  const connectionOf = async (sync: number) => (await world.engine.look.sync(world.workspace, sync)).connection;
  const runBoth = async () => {
    for (let n = 0; n < 2; n += 1) {
      await world.run();
      await world.run(false, second.sync);
    }
  };
  const names = () => [world.service.get(here)?.givenName, second.service.get(there)?.givenName];
  beforeAll(async () => {
    world = await openWorld({
      ...MAPPING,
      fields: [...MAPPING.fields, { crm: 'birthday', theirs: 'birthday', way: 'in' }],
    });
    second = await world.another();
    here = world.service.add(ada);
    there = second.service.add(ada);
    await world.begin();
    await world.begin(second.sync);
    await runBoth();
    record = (await world.contacts())[0]!.id;
    const connection = await connectionOf(second.sync);
    for (const one of [source, notes, { object: 'contact', field: 'birthday' }])
      await world.engine.setSource(world.workspace, { ...one, connection }, 'person');
  });

  test('is known by name', async () => {
    const connection = await connectionOf(second.sync);
    const { set, ...found } = (await world.engine.sources(world.workspace, 'contact'))[1]!;
    expect(found).toEqual({ ...source, connection, by: 'person' });
    expect(Date.parse(set)).not.toBeNaN();
    expect((await world.engine.explain(world.workspace, record, 'givenName')).onlyFrom).toBe(connection);
    expect((await world.engine.explain(world.workspace, record, 'familyName')).onlyFrom).toBeNull();
  });

  test('is not written by the first, which is told what it holds instead', async () => {
    world.service.edit(here, { givenName: 'Augusta' });
    await runBoth();
    expect((await world.contacts())[0]!.fields.givenName).toBe('Ada');
    expect(names()).toEqual(['Ada', 'Ada']);
  });

  test('is written by the second, and by a person', async () => {
    second.service.edit(there, { givenName: 'Augusta' });
    await runBoth();
    expect(names()).toEqual(['Augusta', 'Augusta']);
    await world.change(record, { givenName: 'Ada' });
    await runBoth();
    expect(names()).toEqual(['Ada', 'Ada']);
  });

  test('is not filled by the first, and why says so where nothing can be told', async () => {
    world.service.edit(here, { birthday: '1815-12-10', note: 'mine alone' });
    await runBoth();
    const { fields } = (await world.contacts())[0]!;
    expect([fields.birthday, fields.notes]).toEqual([undefined, undefined]);
    expect(world.service.get(here)).toMatchObject({ birthday: '1815-12-10', note: 'mine alone' });
    const answers = await world.engine.whyRecord(world.workspace, record);
    expect(answers.map((w) => w.reason)).toEqual(['sourced elsewhere', 'in step']);
    expect(answers[0]!.detail).toMatch(/field (notes|birthday), its source is connection \d+/);
    const swept = await world.engine.sweep(world.workspace, world.sync, 10, 'test');
    expect(swept).toMatchObject({ apart: 1, drift: 0 });
  });

  test('is filled by whoever brings a new record', async () => {
    const row = world.service.add({ givenName: 'Grace', familyName: 'Hopper', birthday: '1906-12-09' });
    await runBoth();
    const grace = (await world.contacts()).find((c) => c.name === 'Grace Hopper')!;
    expect(grace.fields.birthday).toBe('1906-12-09');
    world.service.edit(row, { givenName: 'Amazing' });
    await runBoth();
    expect(world.service.get(row)?.givenName).toBe('Grace');
  });

  test('may be written by all again, from the next edit on', async () => {
    await world.engine.clearSource(world.workspace, 'contact', 'givenName');
    world.service.edit(here, { givenName: 'Countess' });
    await runBoth();
    expect(names()).toEqual(['Countess', 'Countess']);
  });

  test('has to be one that the connection brings', async () => {
    const set = (object: string, field: string, connection: number) =>
      world.engine.setSource(world.workspace, { object, field, connection }, 'person');
    const connection = await connectionOf(second.sync);
    await expect(set('person', 'name', connection)).rejects.toMatchObject({ kind: 'missing' });
    await expect(set('contact', 'shoeSize', connection)).rejects.toMatchObject({ kind: 'missing' });
    await expect(set('contact', 'department', connection)).rejects.toMatchObject({ kind: 'invalid' });
    await expect(set('contact', 'givenName', 999)).rejects.toMatchObject({ kind: 'invalid', problems: [{ path: 'connection' }] });
    await expect(world.engine.clearSource(world.workspace, 'contact', 'givenName')).rejects.toMatchObject({ kind: 'missing' });
  });
});

describe('merging two records', () => {
  test('keeps the links of both; the second of one account follows', async () => {
    const world = await openWorld();
    const bea = { givenName: 'Bea', familyName: 'Bo', emails: [{ value: 'bea@example.com' }], jobTitle: 'Baker' };
    const bee = { givenName: 'Bee', familyName: 'Bo', emails: [{ value: 'bee@example.com' }] };
    const rows = [world.service.add(bea), world.service.add(bee)];
    await world.begin();
    const [survivor, loser] = (await world.contacts()).sort((a, b) => a.name.localeCompare(b.name));
    await world.crm.merge(world.who, {
      survivor: survivor!.id,
      loser: loser!.id,
      expected: survivor!.version,
      loserExpected: loser!.version,
      choices: {},
    });
    const found = await ties(world);
    expect(found.map((t) => [t.row, t.record, t.state])).toEqual(rows.map((row) => [row, survivor!.id, 'live']));
    expect(found.filter((t) => t.leads)).toHaveLength(1);
    for (let n = 0; n < 3; n += 1) await world.run(true);
    expect((await world.contacts()).map((c) => c.id)).toEqual([survivor!.id]);
    expect(world.service.living()).toHaveLength(2);
    const follower = found.find((t) => !t.leads)!.row;
    world.service.edit(follower, { jobTitle: 'Brewer' });
    await world.run();
    expect((await world.crm.get(world.workspace, survivor!.id)).fields.jobTitle).toBe('Baker');
  });
});

describe('ties', () => {
  test('a row that leaves `only` sleeps, and wakes when it comes back', async () => {
    const world = await openWorld({ ...MAPPING, only: { theirs: '= row.note != "private"' } });
    const row = world.service.add({ ...ada, note: 'open' });
    await world.begin();
    world.service.edit(row, { note: 'private', givenName: 'Augusta' });
    await world.run();
    expect((await ties(world))[0]!.state).toBe('dormant');
    const [record] = await world.contacts();
    expect(record!.fields.givenName).toBe('Ada');
    await world.change(record!.id, { familyName: 'King' });
    await world.run();
    expect(world.service.get(row)?.familyName).toBe('Lovelace');
    world.service.edit(row, { note: 'open again' });
    await world.run();
    await world.run();
    expect((await ties(world))[0]!.state).toBe('live');
    expect((await world.contacts())[0]!.fields).toMatchObject({ givenName: 'Augusta', familyName: 'King' });
    expect(world.service.get(row)).toMatchObject({ givenName: 'Augusta', familyName: 'King' });
  });

  test('a severed pair stays apart until it is mended, and is then one again', async () => {
    const world = await openWorld();
    const row = world.service.add(ada);
    await world.begin();
    const [record] = await world.contacts();
    await world.engine.sever(world.workspace, world.sync, row);
    world.service.edit(row, { note: 'written there' });
    await world.change(record!.id, { jobTitle: 'Analyst' });
    await world.run(true);
    expect((await world.contacts())[0]!.fields.notes).toBeUndefined();
    expect(world.service.living()).toHaveLength(1);
    expect(world.service.get(row)?.jobTitle).toBeUndefined();
    expect(await why(world, record!.id)).toEqual(['severed']);
    expect(await world.engine.mend(world.workspace, world.sync, [row])).toBe(1);
    for (let n = 0; n < 3; n += 1) {
      await world.run();
      world.turn(60_000); // the row is looked at before its record is sent
    }
    expect(await world.contacts()).toHaveLength(1);
    expect(world.service.living()).toHaveLength(1);
    expect(world.service.get(row)).toMatchObject({ note: 'written there', jobTitle: 'Analyst' });
    expect((await world.contacts())[0]!.fields.notes).toBe('written there');
  });

  test('a second row of a known person is held as a duplicate: it is the same', async () => {
    const world = await openWorld();
    world.service.add(ada);
    await world.begin();
    const second = world.service.add(ada);
    await world.run();
    expect(await world.contacts()).toHaveLength(1);
    const [question] = await world.held();
    expect(question).toMatchObject({ kind: 'duplicate', row: second });
    const [record] = await world.contacts();
    await world.engine.answer(world.workspace, question!.id, { is: 'same', record: record!.id }, 'person');
    await world.run();
    expect(await world.held()).toEqual([]);
    expect((await ties(world)).map((t) => [t.record, t.leads])).toEqual([
      [record!.id, true],
      [record!.id, false],
    ]);
  });

  test('a second row of a known person is held as a duplicate: it is somebody new', async () => {
    const world = await openWorld();
    world.service.add(ada);
    await world.begin();
    world.service.add(ada);
    await world.run();
    await world.engine.answer(world.workspace, (await world.held())[0]!.id, { is: 'new' }, 'person');
    for (let n = 0; n < 2; n += 1) await world.run(true);
    expect(await world.held()).toEqual([]);
    expect(await world.contacts()).toHaveLength(2);
    expect(world.service.living()).toHaveLength(2);
  });

  test('several records that fit equally are a question, never a guess', async () => {
    const world = await openWorld();
    const one = await world.contact(ada);
    await world.contact(ada);
    const row = world.service.add(ada);
    await world.begin();
    const [question] = await world.held();
    expect(question).toMatchObject({ kind: 'ambiguous', row });
    await world.engine.answer(world.workspace, question!.id, { is: 'same', record: one.id }, 'person');
    await world.run();
    expect((await ties(world)).find((t) => t.row === row)!.record).toBe(one.id);
    expect(await world.contacts()).toHaveLength(2);
  });

  test('an address shared by people whose names half agree is a possible match', async () => {
    const world = await openWorld();
    await world.contact({ givenName: 'Ada', familyName: 'Lovelace', emails: [{ value: 'home@example.com' }] });
    const row = world.service.add({ givenName: 'Ada', familyName: 'Byron', emails: [{ value: 'home@example.com' }] });
    await world.begin();
    expect(await world.held()).toMatchObject([{ kind: 'possible match', row }]);
    expect(await world.contacts()).toHaveLength(1);
  });
});

describe('reads that lag', () => {
  test('a row seen before our write is looked at again, never merged', async () => {
    const world = await openWorld();
    const row = world.service.add(ada);
    await world.begin();
    const [record] = await world.contacts();
    world.service.hide();
    await world.change(record!.id, { familyName: 'King' });
    await world.run(true);
    expect(world.service.get(row)?.familyName).toBe('King');
    expect((await world.contacts())[0]!.fields.familyName).toBe('King');
    world.service.show();
    for (let n = 0; n < 2; n += 1) await world.run(true);
    expect((await world.contacts())[0]!.fields.familyName).toBe('King');
    expect(await world.contacts()).toHaveLength(1);
  });
});
