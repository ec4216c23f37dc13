/** What an admin decides of calls takes effect at the next event: exclusions, unknown callers, owners, follow-ups. */
import { describe, expect, test } from 'vitest';
import { dueAfter } from '#calls/hours.ts';
import { ADA, called, caller, calling, rung, STORIES, told } from './stories.ts';
import { NOON, openWorld, type World } from './world.ts';

const call = (n: number, story: keyof typeof STORIES = 'missed') =>
  told(STORIES[story], { session: `s-${n}`, began: NOON + n * 100_000 });

/** Events of a call, and the seconds after which it is over. */
async function over(world: World, n: number, story: keyof typeof STORIES = 'missed'): Promise<void> {
  await world.hear(...call(n, story));
  world.turn(100_000);
  await world.calls.drain();
}

const tasks = async (world: World) => (await world.all('task')).map(({ fields }) => fields);

describe('calls that are not logged', () => {
  test.each<[string, { [name: string]: string | string[] }, string, keyof typeof STORIES]>([
    ['a number of the list, in whatever form', { neverNumbers: ['(415) 555-2671'] }, 'never: number', 'answered'],
    ['an extension of the list, by its short number', { neverExtensions: ['101'] }, 'never: extension', 'answered'],
    ['a call without a number', { anonymous: 'ignore' }, 'anonymous', 'anonymous'],
    ['a call between extensions', {}, 'internal', 'internal'],
    ['a fax', {}, 'fax', 'fax'],
  ])('%s', async (_, policy, reason, story) => {
    const world = await openWorld();
    await world.policy(policy);
    await world.hear(...call(0)); // the roster is read
    await over(world, 1, story);
    expect((await world.rows()).find((row) => row.session === 's-1')).toMatchObject({ excluded: reason, stage: 'done' });
    expect((await world.all('call')).map(({ fields }) => fields.session)).not.toContain('s-1');
  });

  test('nor does the log make records of them; what is not excluded stands', async () => {
    const world = await openWorld();
    await world.policy({ neverNumbers: [ADA] });
    const row = { direction: 'inbound', outcome: 'missed', started: new Date(NOON).toISOString() } as const;
    world.telephone.tell('s-1', { ...row, from: ADA });
    world.telephone.tell('s-2', { ...row, from: '+14155550000' });
    world.telephone.tell('s-3', { ...row, direction: 'internal', from: '101', to: '102' });
    await world.readLog();
    expect((await world.all('call')).map(({ fields }) => fields.session)).toEqual(['s-2']);
    expect(await world.rows()).toMatchObject([{ excluded: 'never: number' }, { excluded: null }, { excluded: 'internal' }]);
  });

  test('a queue call of a colleague who is not on the list is logged', async () => {
    const world = await openWorld();
    await world.policy({ neverExtensions: ['101', '103'] });
    await world.hear(...told(STORIES['queue, the fifth answers']));
    expect(await world.all('call')).toHaveLength(1);
  });

  test('a policy takes effect at once, between two events of one call', async () => {
    const world = await openWorld();
    const events = call(1, 'answered');
    await world.hear(...events.slice(0, 3));
    expect(await world.all('call')).toHaveLength(1);
    await world.policy({ neverNumbers: [ADA] });
    await world.hear(events[3]!);
    expect(await world.all('call')).toEqual([]);
  });

  test('a policy that cannot be followed is refused with every reason', async () => {
    const world = await openWorld();
    const wrong = {
      unknown: 'maybe',
      days: [],
      zone: 'Mars/Base',
      nonsense: 1,
      fallback: '01890000-0000-7000-8000-000000000000',
    };
    await expect(world.policy(wrong)).rejects.toMatchObject({
      problems: [{ path: 'unknown' }, { path: 'days' }, { path: 'zone' }, { path: 'nonsense' }],
    });
    await expect(world.policy({ opens: '18:00' })).rejects.toMatchObject({ problems: [{ path: 'closes' }] });
    await expect(world.policy({ fallback: '01890000-0000-7000-8000-000000000000' })).rejects.toMatchObject({
      problems: [{ path: 'fallback' }],
    });
  });
});

describe('callers nobody knows', () => {
  test('are listed, and answered by a person: for this call, for those that wait, and for those to come', async () => {
    const world = await openWorld();
    await over(world, 1);
    await over(world, 2);
    const { items } = await world.calls.unresolved(world.workspace, { after: null, limit: 10 });
    expect(items.map((item) => [item.session, item.question])).toEqual([
      ['s-1', 'unknown'],
      ['s-2', 'unknown'],
    ]);
    const ada = await world.add('contact', { givenName: 'Ada' });
    await world.calls.belongs(world.who, items[0]!.id!, { is: 'record', record: ada.id });
    await world.calls.drain();
    await over(world, 3);
    expect((await world.all('call')).map(({ fields }) => fields.contact)).toEqual([ada.id, ada.id, ada.id]);
    expect((await world.calls.unresolved(world.workspace, { after: null, limit: 10 })).items).toEqual([]);
  });

  test('become one lead, however often they call', async () => {
    const world = await openWorld();
    await world.policy({ unknown: 'lead' });
    for (const n of [1, 2, 3]) await over(world, n);
    const [lead, ...more] = await world.all('lead');
    expect(more).toEqual([]);
    expect(lead!.fields).toMatchObject({ name: 'ADA L', phones: [{ value: ADA, primary: true }], source: 'call' });
    expect((await world.all('call')).map(({ fields }) => fields.lead)).toEqual([lead!.id, lead!.id, lead!.id]);
  });

  test('are left alone where that is the policy, and found all the same when somebody gets the number', async () => {
    const world = await openWorld();
    await world.policy({ unknown: 'ignore' });
    await over(world, 1);
    expect((await world.calls.unresolved(world.workspace, { after: null, limit: 10 })).items).toEqual([]);
    const ada = await world.add('contact', { givenName: 'Ada', phones: [{ value: '415.555.2671' }] });
    await world.calls.drain();
    expect((await world.call()).fields.contact).toBe(ada.id);
  });

  test('are made somebody new by a person, with their number', async () => {
    const world = await openWorld();
    await over(world, 1);
    const { id } = await world.call();
    const answered = await world.calls.belongs(world.who, id, { is: 'new', object: 'contact' });
    expect((await world.crm.get(world.workspace, String(answered.fields.contact))).fields).toMatchObject({
      name: 'ADA L',
      phones: [{ value: ADA, primary: true }],
    });
    await expect(world.calls.belongs(world.who, id, { is: 'record', record: id })).rejects.toMatchObject({ kind: 'invalid' });
  });

  test('are nobody, says a person, and it stays so', async () => {
    const world = await openWorld();
    await over(world, 1);
    await world.calls.belongs(world.who, (await world.call()).id, { is: 'nobody' });
    await world.add('contact', { givenName: 'Ada', phones: [{ value: ADA }] });
    await world.calls.drain();
    expect((await world.call()).fields.contact).toBeUndefined();
  });
});

describe('re-linking', () => {
  test('when a number is added to a contact that was there', async () => {
    const world = await openWorld();
    const ada = await world.add('contact', { givenName: 'Ada' });
    await over(world, 1);
    await world.change(ada.id, { phones: [{ value: ADA }] });
    await world.calls.drain();
    expect((await world.call()).fields.contact).toBe(ada.id);
  });

  test('however many calls of a number wait', async () => {
    const world = await openWorld();
    await over(world, 1);
    const { owner } = world.database;
    await owner.query(`insert into calls (workspace, connection, session, record, stage, direction, outcome, other, started, ended, news, ours, question, logged)
      select workspace, connection, 'more-' || n, gen_random_uuid(), 'done', direction, outcome, other, started, ended, news, ours, question, now()
      from calls, generate_series(1, 450) n where workspace = ${world.workspace}`);
    await owner.query(`insert into records (workspace, id, object, name, fields, created, updated)
      select c.workspace, c.record, 'call', r.name, r.fields, r.created, r.updated from calls c
      join records r on r.workspace = c.workspace and r.object = 'call' where c.workspace = ${world.workspace} and c.session like 'more-%'`);
    const ada = await world.add('contact', { givenName: 'Ada', phones: [{ value: ADA }] });
    await world.calls.drain();
    const calls = await world.all('call');
    expect(calls.filter(({ fields }) => fields.contact !== ada.id)).toEqual([]);
    expect(calls).toHaveLength(451);
  });

  test('when two who shared the number are merged', async () => {
    const world = await openWorld();
    const [a, b] = [1, 2].map(() => world.add('contact', { givenName: 'Ada', phones: [{ value: ADA }] }));
    const [one, other] = [await a!, await b!];
    await over(world, 1);
    expect((await world.rows())[0]).toMatchObject({ question: 'several' });
    await world.crm.merge(world.who, { survivor: one.id, expected: one.version, loser: other.id, choices: {} });
    await world.calls.drain();
    expect((await world.call()).fields.contact).toBe(one.id);
    expect((await world.rows())[0]).toMatchObject({ question: null });
  });

  test('a national form is found when its country is known', async () => {
    const world = await openWorld();
    const began = told([
      [0, caller('setup', { from: { number: '+4930123456' } })],
      [9, caller('ended', { why: 'cancelled', from: { number: '+4930123456' } })],
    ]);
    await world.hear(...began);
    const firm = await world.add('contact', {
      givenName: 'Uwe',
      phones: [{ value: '030 123456' }],
      addresses: [{ countryCode: 'DE' }],
    });
    await world.calls.drain();
    expect((await world.call()).fields.contact).toBe(firm.id);
  });

  test('records that are written while no call waits ask the database nothing more', async () => {
    const world = await openWorld();
    const { statements } = world.database.store;
    const cost = async (): Promise<number> => {
      const before = statements.count;
      await world.add('contact', { givenName: 'X', phones: [{ value: '+14155550001' }] });
      return statements.count - before;
    };
    const free = await cost();
    await over(world, 1);
    expect(await cost()).toBe(free + 1);
  });
});

describe('whose call it is', () => {
  test('the user of the extension by e-mail, another by what an admin says, else the fallback', async () => {
    const world = await openWorld();
    const [ann, eve, boss] = [
      await world.add('user', { name: 'Ann', email: 'ANN@firm.example' }),
      await world.add('user', { name: 'Eve', email: 'eve@firm.example' }),
      await world.add('user', { name: 'Boss', email: 'boss@firm.example' }),
    ];
    await over(world, 1, 'answered');
    world.telephone.tell('s-1', {
      ...{ direction: 'inbound', outcome: 'answered', from: ADA, extension: '1' },
      started: new Date(NOON + 100_000).toISOString(),
    });
    await world.readLog();
    await over(world, 2, 'answered');
    await world.policy({ owners: { '101': eve.id }, fallback: boss.id });
    await over(world, 3, 'answered');
    const other = told([
      [0, caller('setup')],
      [1, rung('p-2', '3', 'answered')],
      [9, rung('p-2', '3', 'ended', { why: 'finished' })],
      [9, caller('ended')],
    ]);
    await world.hear(...other.map((event) => ({ ...event, session: 's-4' })));
    // Calls the log has told stay as they are; those it has not follow what an admin says now.
    expect((await world.all('call')).map(({ fields }) => fields.owner)).toEqual([ann.id, eve.id, eve.id, boss.id]);
  });
});

describe('missed calls', () => {
  test('make one task for the right person, due in working hours, which a conversation closes', async () => {
    const world = await openWorld();
    const ann = await world.add('user', { name: 'Ann', email: 'ann@firm.example' });
    const ada = await world.add('contact', { givenName: 'Ada', phones: [{ value: ADA }] });
    await world.policy({ zone: 'Europe/Berlin', dueMinutes: 300 });
    await over(world, 1);
    await over(world, 2, 'voicemail');
    expect(await tasks(world)).toEqual([
      expect.objectContaining({
        title: `Call back ADA L, ${ADA}`,
        contact: ada.id,
        owner: ann.id,
        status: 'open',
        due: '2026-03-03',
      }),
    ]);
    const back = told([
      [0, calling('2', 'setup')],
      [5, called('answered')],
      [60, called('ended')],
      [60, calling('2', 'ended')],
    ]);
    await world.hear(...back.map((event) => ({ ...event, session: 's-3', at: event.at + 300_000 })));
    expect(await tasks(world)).toEqual([expect.objectContaining({ status: 'done', done: expect.any(String) })]);
    await over(world, 5);
    expect((await tasks(world)).map((task) => task.status)).toEqual(['done', 'open']);
  });

  test('make none where five were rung and one answered, where it was dropped in the menu, or where policy says so', async () => {
    const world = await openWorld();
    await world.hear(call(0, 'answered')[0]!);
    await over(world, 1, 'queue, the fifth answers');
    await over(world, 2, 'dropped in the menu');
    expect(await tasks(world)).toEqual([]);
    await world.policy({ tasks: false });
    await over(world, 3);
    expect(await tasks(world)).toEqual([]);
    await world.policy({ menus: true });
    await over(world, 4, 'dropped in the menu');
    expect(await tasks(world)).toHaveLength(1);
  });

  test('a task a person has closed is not opened again by the same call', async () => {
    const world = await openWorld();
    await over(world, 1);
    const [task] = await world.all('task');
    await world.change(task!.id, { status: 'cancelled' });
    world.telephone.tell('s-1', {
      direction: 'inbound',
      outcome: 'missed',
      started: new Date(NOON + 100_000).toISOString(),
      from: ADA,
    });
    await world.readLog();
    expect((await tasks(world)).map(({ status }) => status)).toEqual(['cancelled']);
  });

  test('the log may say that it was answered after all: the task is closed', async () => {
    const world = await openWorld();
    await over(world, 1);
    const row = {
      direction: 'inbound',
      outcome: 'answered',
      started: new Date(NOON + 100_000).toISOString(),
      from: ADA,
    } as const;
    world.telephone.tell('s-1', { ...row, extension: '1', talkSeconds: 20 });
    await world.readLog();
    expect((await tasks(world)).map(({ status }) => status)).toEqual(['done']);
  });

  const hours = { zone: 'Europe/Berlin', days: [1, 2, 3, 4, 5], opens: '09:00', closes: '17:00' };

  test.each([
    ['within the day', '2026-03-02T10:00:00Z', 120, '2026-03-02T13:00:00+01:00'],
    ['over the night', '2026-03-02T15:00:00Z', 120, '2026-03-03T10:00:00+01:00'],
    ['before opening', '2026-03-02T05:00:00Z', 30, '2026-03-02T09:30:00+01:00'],
    ['over the weekend', '2026-03-06T15:30:00Z', 60, '2026-03-09T09:30:00+01:00'],
    ['over several days', '2026-03-02T08:00:00Z', 1_200, '2026-03-04T13:00:00+01:00'],
    ['over the change of the clock', '2026-03-27T15:30:00Z', 60, '2026-03-30T09:30:00+02:00'],
  ])('is due so many working minutes later: %s', (_, from, minutes, due) => {
    expect(dueAfter(Date.parse(from), minutes, hours).toInstant().epochMilliseconds).toBe(Date.parse(due));
  });
});
