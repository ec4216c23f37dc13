/** What no telephone should say, and one will: the call is logged all the same, and spoils no other. */
import { expect, test } from 'vitest';
import type { CallEvent, Party } from '#kit/telephony.ts';
import { ADA, caller, rung, STORIES, told } from './stories.ts';
import { NOON, openWorld } from './world.ts';

const named = (name: string): CallEvent[] =>
  told(STORIES.missed, { session: 's-odd' }).map((event) => ({
    ...event,
    parties: event.parties.map((party) => ({ ...party, from: { ...party.from, name } })),
  }));

test.each([
  ['a NUL', 'Ada\0L'],
  ['half of a surrogate pair', 'Ada\ud800'],
  ['separators', 'Ada\x1e\x1fL'],
  ['a very long name', 'A'.repeat(20_000)],
  ['a name of nothing but spaces', '   '],
])('a caller whose name has %s', async (_, name) => {
  const world = await openWorld();
  await world.hear(...named(name), ...told(STORIES.missed, { session: 's-well' }));
  world.turn(6_000);
  await world.hear();
  expect((await world.all('call')).map(({ fields }) => fields.session).toSorted()).toEqual(['s-odd', 's-well']);
  expect((await world.rows()).map(({ stage }) => stage)).toEqual(['over', 'over']);
});

test('a conference of more legs than a record takes', async () => {
  const world = await openWorld();
  const parties: Party[] = Array.from({ length: 300 }, (_, n) => rung(`p-${n + 2}`, '1', 'answered'));
  await world.hear(
    ...told([
      [0, caller('setup')],
      [1, ...parties],
      [9, ...parties.map((party) => ({ ...party, state: 'ended' as const }))],
    ]),
  );
  world.turn(6_000);
  await world.hear();
  expect(((await world.call()).fields.legs as unknown[]).length).toBeLessThanOrEqual(200);
});

test.each([
  ['letters', 'sip:ada@elsewhere.example'],
  ['two thousand digits', '9'.repeat(2_000)],
  ['another alphabet', '＋１４１５'],
])('a number of %s', async (_, number) => {
  const world = await openWorld();
  const from = { number };
  await world.hear(
    ...told([
      [0, caller('setup', { from })],
      [1, rung('p-2', '1', 'ringing', { from })],
      [9, caller('ended', { from })],
      [9, rung('p-2', '1', 'ended', { from })],
    ]),
  );
  world.turn(6_000);
  await world.hear();
  expect(await world.all('call')).toHaveLength(1);
  expect(ADA).not.toBe(number);
});

test('events from before the beginning of time, and after its end', async () => {
  const world = await openWorld();
  const [first, ...rest] = told(STORIES.missed);
  await world.hear({ ...first!, at: 0 }, ...rest.map((event) => ({ ...event, at: NOON + 1e12 })));
  expect(await world.all('call')).toHaveLength(1);
});

test('one that cannot be settled keeps no other from being settled, and is tried again later', async () => {
  const world = await openWorld();
  const { owner } = world.database;
  await owner.query(`
    create function switchboard.refuse_poison() returns trigger language plpgsql as $$ begin raise exception 'poison'; end $$;
    create trigger poison before insert on switchboard.call_tasks for each row when (new.number = '${ADA}') execute function switchboard.refuse_poison()`);
  const other = '+14155550177';
  const from = { number: other };
  const well = told(
    [
      [0, caller('setup', { from })],
      [1, rung('p-2', '1', 'ringing', { from })],
      [9, rung('p-2', '1', 'ended', { from, why: 'no answer' })],
      [9, caller('ended', { from })],
    ] as const,
    { session: 's-well' },
  );
  for (const event of [...told(STORIES.missed, { session: 's-bad' }), ...well]) await world.told(event);
  await world.hear(); // the roster is read
  world.turn(6_000);
  await expect(world.hear()).rejects.toThrow('poison');
  expect((await world.rows()).map(({ session, stage }) => [session, stage])).toEqual([
    ['s-bad', 'live'],
    ['s-well', 'over'],
  ]);
  await world.calls.drain(); // nothing is due now
  await owner.query('drop function switchboard.refuse_poison cascade');
  world.turn(3_600_000);
  await world.calls.drain();
  expect((await world.rows()).map(({ stage }) => stage)).toEqual(['over', 'over']);
});

test('a number whose calls cannot be linked keeps no other number from its bearer', async () => {
  const world = await openWorld();
  const { owner } = world.database;
  const other = '+14155550178';
  const from = { number: other };
  const well = told(
    [
      [0, caller('setup', { from })],
      [1, rung('p-2', '1', 'ringing', { from })],
      [9, caller('ended', { from })],
    ] as const,
    { session: 's-well' },
  );
  await world.hear(...told(STORIES.missed, { session: 's-bad' }), ...well);
  world.turn(6_000);
  await world.hear();
  await owner.query(`
    create function switchboard.refuse_poison() returns trigger language plpgsql as $$ begin raise exception 'poison'; end $$;
    create trigger poison before update on switchboard.calls for each row when (new.other = '${ADA}') execute function switchboard.refuse_poison()`);
  const bearers = [
    await world.add('contact', { name: 'Ada', phones: [{ value: ADA }] }),
    await world.add('contact', { name: 'Bob', phones: [{ value: other }] }),
  ];
  await expect(world.hear()).rejects.toThrow('poison');
  const calls = await world.all('call');
  expect(calls.map(({ fields }) => [fields.session, fields.contact ?? null]).toSorted()).toEqual([
    ['s-bad', null],
    ['s-well', bearers[1]!.id],
  ]);
  await world.calls.drain(); // nothing is left to be done
  await owner.query('drop function switchboard.refuse_poison cascade');
});

test('a service that does not answer keeps no other call waiting', async () => {
  const world = await openWorld();
  await world.hear(told(STORIES.answered, { session: 's-silent' })[0]!);
  const answer = Promise.withResolvers<undefined>();
  const asked = Promise.withResolvers<void>();
  world.telephone.telephony.session = () => {
    asked.resolve();
    return answer.promise;
  };
  world.turn(180_000);
  world.calls.start();
  await asked.promise;
  for (const event of told(STORIES.missed, { session: 's-well' })) await world.told(event);
  world.turn(6_000);
  await expect
    .poll(async () => (await world.rows()).map(({ session, stage }) => [session, stage]))
    .toEqual([
      ['s-silent', 'live'],
      ['s-well', 'over'],
    ]);
  answer.resolve(undefined);
  await world.calls.stop();
  expect((await world.rows()).map(({ stage }) => stage)).toEqual(['over', 'over']);
});
