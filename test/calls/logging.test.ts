/** Every call becomes one record: from events in any order, from the log, or from both; and is completed, corrected and never doubled. */
import { describe, expect, test } from 'vitest';
import type { CallEvent } from '#kit/telephony.ts';
import { ADA, called, caller, calling, MAIN, rung, STORIES, told } from './stories.ts';
import { NOON, openWorld, type World } from './world.ts';

const at = (seconds: number): string => new Date(NOON + seconds * 1_000).toISOString();

const LOGGED = {
  direction: 'inbound',
  outcome: 'answered',
  started: at(0),
  ended: at(71),
  from: ADA,
  to: MAIN,
  extension: '1',
  talkSeconds: 52,
} as const;

async function ann(world: World): Promise<string> {
  await world.told(told(STORIES.missed, { session: 'first', began: NOON - 9e8 })[0]!);
  const user = await world.add('user', { name: 'Ann Agent', email: 'ann@firm.example' });
  await world.calls.drain();
  await world.database.owner.query('delete from calls where workspace = $1', [world.workspace]);
  for (const call of await world.all('call')) await world.crm.eraseOne(world.who, call.id, call.version);
  return user.id;
}

describe('while it rings', () => {
  test('the first event makes the record, with whom it belongs to', async () => {
    const world = await openWorld();
    const ada = await world.add('contact', { givenName: 'Ada', phones: [{ value: '(415) 555-2671' }] });
    await world.hear(told(STORIES.answered)[0]!);
    const { fields } = await world.call();
    expect(fields).toMatchObject({
      direction: 'inbound',
      outcome: 'ringing',
      from: ADA,
      to: MAIN,
      session: 's-1',
      contact: ada.id,
    });
    expect((await world.calls.live(world.workspace))[0]).toMatchObject({ contact: { id: ada.id, name: 'Ada' }, stage: 'live' });
  });

  test('a person merges the records of two calls under way: both go on, and end', async () => {
    const world = await openWorld();
    const [first, second] = ['s-1', 's-2'].map((session) => told(STORIES.answered, { session }));
    await world.hear(first![0]!, second![0]!);
    const [one, other] = await world.all('call');
    await world.crm.merge(world.who, { survivor: one!.id, expected: one!.version, loser: other!.id, choices: {} });
    const rest = [...first!.slice(1), ...second!.slice(1)];
    await world.database.store.workspace(world.workspace, (tx) => world.calls.heard(tx, world.connection, rest));
    world.turn(6_000);
    await world.hear();
    expect((await world.rows()).map(({ stage }) => stage)).toEqual(['over', 'over']);
    expect((await world.call()).fields).toMatchObject({ outcome: 'answered', talkSeconds: 50 });
  });

  test('it moves with its events, and ends with the last of them', async () => {
    const world = await openWorld();
    const owner = await ann(world);
    const events = told(STORIES.answered);
    await world.hear(...events.slice(0, 4));
    expect((await world.call()).fields).toMatchObject({ outcome: 'answered', answered: at(10), owner });
    await world.hear(...events.slice(4));
    const { fields } = await world.call();
    expect(fields).toMatchObject({ outcome: 'answered', ended: at(70), ringSeconds: 9, talkSeconds: 50, holdSeconds: 10, owner });
    expect(fields.legs).toEqual([
      { party: 'p-1', name: 'ADA L', number: ADA, outcome: 'answered', talkSeconds: 60 },
      { party: 'p-2', extension: '1', name: 'Ann Agent', number: MAIN, outcome: 'answered', talkSeconds: 50 },
    ]);
  });

  test('every change stands in the journal', async () => {
    const world = await openWorld();
    await world.hear(...told(STORIES.missed));
    const { items } = await world.crm.timeline(world.workspace, (await world.call()).id, { after: null, limit: 50 });
    const changes = items.filter((item) => item.is === 'change');
    expect(changes.length).toBeGreaterThan(1);
    expect(new Set(changes.map((item) => item.by))).toEqual(new Set(['calls']));
  });
});

describe('one record a session', () => {
  let shared: Promise<World> | undefined;

  test.each(Object.keys(STORIES))('%s: shuffled, doubled and all at once', async (name) => {
    const world = await (shared ??= openWorld());
    const story = STORIES[name as keyof typeof STORIES];
    const [straight, mixed] = [told(story, { session: `${name}, straight` }), told(story, { session: `${name}, mixed` })];
    await world.hear(...straight);
    const twice = [...mixed, ...mixed].sort((a, b) => ((a.sequence * 7) % 11) - ((b.sequence * 7) % 11));
    await Promise.all(twice.map((event) => world.told(event)));
    await world.calls.drain();
    const of = async (session: string) => (await world.all('call')).filter((call) => call.fields.session === session);
    const [one, other] = [await of(`${name}, straight`), await of(`${name}, mixed`)];
    expect(other.map(({ fields }) => ({ ...fields, session: '' }))).toEqual(
      one.map(({ fields }) => ({ ...fields, session: '' })),
    );
    expect(one.length).toBe(['fax', 'internal', 'internal, nobody'].includes(name) ? 0 : 1);
  });

  test('the log completes the record that events made', async () => {
    const world = await openWorld();
    const owner = await ann(world);
    await world.hear(...told(STORIES.answered));
    const { id } = await world.call();
    world.telephone.tell('s-1', { ...LOGGED, fromName: 'Ada Lovelace' });
    await world.readLog();
    const call = await world.call();
    expect(call.id).toBe(id);
    expect(call.fields).toMatchObject({ talkSeconds: 52, ended: at(71), fromName: 'Ada Lovelace', ringSeconds: 9, owner });
    expect(await world.rows()).toMatchObject([{ stage: 'done', kept: false }]);
  });

  test('the log alone makes a record too, with its agent and its contact', async () => {
    const world = await openWorld();
    const owner = await ann(world);
    const ada = await world.add('contact', { givenName: 'Ada', phones: [{ value: ADA }] });
    world.telephone.tell('s-1', LOGGED);
    await world.readLog();
    expect((await world.call()).fields).toMatchObject({ talkSeconds: 52, owner, contact: ada.id });
  });

  test('and waits for the roster where no event has made anybody read it', async () => {
    const world = await openWorld();
    const user = await world.add('user', { name: 'Ann Agent', email: 'ann@firm.example' });
    world.telephone.tell('s-1', LOGGED);
    await world.readLog();
    world.turn(3_000);
    await world.calls.drain();
    expect((await world.call()).fields).toMatchObject({ owner: user.id });
    expect(world.telephone.calls.roster).toBe(1);
  });

  test('events that come after the log change nothing it has told, and make nothing new', async () => {
    const world = await openWorld();
    world.telephone.tell('s-1', LOGGED);
    await world.readLog();
    world.turn(3_000);
    await world.calls.drain();
    const before = await world.call();
    await world.hear(...told(STORIES.missed));
    expect((await world.call()).fields).toEqual(before.fields);
  });

  test('the log and events at the same moment make one record', async () => {
    for (let round = 0; round < 5; round++) {
      const world = await openWorld();
      world.telephone.tell('s-1', LOGGED);
      await world.engine.request(world.workspace, world.sync, false);
      const [end] = await Promise.all([
        world.engine.drain(world.workspace, world.sync, 'test'),
        ...told(STORIES.answered).map((event) => world.told(event)),
      ]);
      expect(end.problem).toBeUndefined();
      await world.calls.drain();
      expect((await world.call()).fields.talkSeconds).toBe(52);
    }
  });

  test('the database itself refuses a second record for a session', async () => {
    const world = await openWorld();
    await world.hear(...told(STORIES.answered));
    const insert = 'insert into calls (workspace, connection, session, started, news) values ($1, $2, $3, now(), now())';
    await expect(world.database.owner.query(insert, [world.workspace, world.connection, 's-1'])).rejects.toMatchObject({
      code: '23505',
    });
  });

  test('a call whose record a person erased does not come back', async () => {
    const world = await openWorld();
    const events = told(STORIES.answered);
    await world.hear(...events.slice(0, 5));
    const { id, version } = await world.call();
    await world.crm.eraseOne(world.who, id, version);
    await world.hear(...events.slice(5));
    expect(await world.all('call')).toEqual([]);
  });
});

describe('what a person wrote', () => {
  test('is never overwritten: notes, disposition, whom it belongs to', async () => {
    const world = await openWorld();
    const [ada, bea] = [
      await world.add('contact', { givenName: 'Ada', phones: [{ value: ADA }] }),
      await world.add('contact', { givenName: 'Bea' }),
    ];
    const events = told(STORIES.answered);
    await world.hear(...events.slice(0, 5));
    const { id } = await world.call();
    expect((await world.call()).fields.contact).toBe(ada.id);
    await world.calls.addNote(world.who, id, 'Wants a quote.');
    await world.calls.addNote(world.who, id, 'By Friday.');
    await world.calls.dispose(world.who, id, 'call back');
    await world.change(id, { contact: bea.id });
    await world.hear(...events.slice(5));
    world.telephone.tell('s-1', LOGGED);
    await world.readLog();
    expect((await world.call()).fields).toMatchObject({
      notes: 'Wants a quote.\n\nBy Friday.',
      disposition: 'call back',
      contact: bea.id,
      talkSeconds: 52,
    });
  });

  test('a link a person took away stays away', async () => {
    const world = await openWorld();
    await world.add('contact', { givenName: 'Ada', phones: [{ value: ADA }] });
    const events = told(STORIES.answered);
    await world.hear(...events.slice(0, 3));
    await world.change((await world.call()).id, { contact: null });
    await world.hear(...events.slice(3));
    expect((await world.call()).fields.contact).toBeUndefined();
  });
});

describe('conversations of several sessions', () => {
  test('a warm transfer ties its two sessions, whichever is heard first', async () => {
    const world = await openWorld();
    const consult = told(
      [
        [0, calling('1', 'setup', { from: { extension: '1' }, to: { extension: '2' } })],
        [1, rung('p-9', '2', 'answered', { from: { extension: '1' }, to: { extension: '2' } })],
        [21, rung('p-9', '2', 'ended', { why: 'finished' })],
        [21, calling('1', 'ended', { why: 'finished' })],
      ],
      { session: 's-2', began: NOON + 20_000 },
    );
    await world.policy({ internal: 'log' });
    await world.hear(...told(STORIES['warm transfer']), ...consult);
    const calls = await world.all('call');
    expect(calls).toHaveLength(2);
    const [first, second] = calls;
    expect(first!.fields.linked).toEqual([{ call: second!.id }]);
    expect(second!.fields.linked).toEqual([{ call: first!.id }]);
  });

  test('of a placed call only the call itself is logged, not the agent’s own leg: by events', async () => {
    const world = await openWorld();
    const leg = told(
      [
        [0, rung('p-1', '1', 'ringing')],
        [4, rung('p-1', '1', 'answered')],
        [60, rung('p-1', '1', 'ended', { why: 'finished' })],
      ],
      {
        session: 'leg',
        more: { placed: true },
      },
    );
    const call = told(
      [
        [5, calling('1', 'setup')],
        [6, called('ringing')],
        [9, called('answered')],
        [60, called('ended')],
        [60, calling('1', 'ended')],
      ],
      {
        session: 'call',
        more: { placed: true },
      },
    );
    await world.hear(...leg, ...call);
    expect((await world.call()).fields).toMatchObject({ direction: 'outbound', session: 'call', outcome: 'answered' });
    expect(await world.rows()).toMatchObject([
      { session: 'call', excluded: null },
      { session: 'leg', excluded: 'first leg' },
    ]);
    world.telephone.tell('leg', { ...LOGGED, ended: at(60) });
    world.telephone.tell('call', { ...LOGGED, direction: 'outbound', from: MAIN, to: ADA, started: at(5), ended: at(60) });
    await world.readLog();
    expect((await world.call()).fields.session).toBe('call');
  });
});

describe('endings that nobody told', () => {
  const open = (events: CallEvent[]): CallEvent[] => events.slice(0, 5);

  test('the service is asked, and a call it no longer knows waits for its log', async () => {
    const world = await openWorld();
    await world.hear(...open(told(STORIES.answered)));
    world.telephone.sessions.set('s-1', { ...told([[60, caller('answered'), rung('p-2', '1', 'answered')]])[0]!, sequence: 7 });
    world.turn(31 * 60_000);
    await world.calls.drain();
    expect(world.telephone.calls.session).toBe(1);
    expect(await world.rows()).toMatchObject([{ stage: 'live' }]);
    world.telephone.sessions.clear();
    world.turn(31 * 60_000);
    await world.calls.drain();
    expect(await world.rows()).toMatchObject([{ stage: 'over', trouble: null }]);
    world.telephone.tell('s-1', LOGGED);
    world.turn(30_000);
    await world.calls.drain();
    await world.engine.drain(world.workspace, world.sync, 'test');
    await world.calls.drain();
    expect((await world.call()).fields.talkSeconds).toBe(52);
    expect(await world.rows()).toMatchObject([{ stage: 'done', trouble: null }]);
  });

  test('after a day without a log it is given up, and says why', async () => {
    const world = await openWorld();
    await world.hear(...told(STORIES.answered));
    for (let hours = 0; hours < 26; hours++) {
      world.turn(3_600_000);
      await world.calls.drain();
    }
    expect(await world.rows()).toMatchObject([{ stage: 'done', trouble: expect.stringMatching(/^no log: /) }]);
    expect(world.telephone.calls.session).toBeUndefined();
  });

  test('one whose end neither events nor service told is given up with another reason', async () => {
    const world = await openWorld();
    await world.hear(told(STORIES.missed)[0]!);
    for (let hours = 0; hours < 26; hours++) {
      world.turn(3_600_000);
      await world.calls.drain();
    }
    expect(await world.rows()).toMatchObject([{ stage: 'done', trouble: expect.stringMatching(/^no end: /) }]);
    expect((await world.call()).fields.outcome).toBe('ended');
  });

  test('a party that comes in after everybody had left takes the call on', async () => {
    const world = await openWorld();
    await world.hear(...told(STORIES.missed));
    world.turn(6_000);
    await world.calls.drain();
    expect(await world.rows()).toMatchObject([{ stage: 'over' }]);
    await world.hear({ ...told([[26, rung('p-5', '2', 'answered')]])[0]!, sequence: 40 });
    expect(await world.rows()).toMatchObject([{ stage: 'live' }]);
    expect((await world.call()).fields).toMatchObject({ outcome: 'answered' });
  });
});
