/** Click-to-call: at most once, said honestly, and attributed without guessing. */
import { describe, expect, test } from 'vitest';
import { Refused, TryLater } from '#kit/errors.ts';
import type { Placed } from '#kit/telephony.ts';
import { ADA, called, calling, told } from './stories.ts';
import { NOON, openWorld, type World } from './world.ts';

const { signal } = new AbortController();

async function ready(): Promise<{ world: World; ada: string; place(more?: object): ReturnType<World['calls']['place']> }> {
  const world = await openWorld();
  await world.hear(
    told([[0, calling('1', 'setup', { to: { number: '+14155559999' } })]], { session: 'first', began: NOON - 9e7 })[0]!,
  );
  const ada = await world.add('contact', {
    givenName: 'Ada',
    phones: [{ value: '+14155550001' }, { value: ADA, primary: true }],
  });
  return {
    world,
    ada: ada.id,
    place: (more = {}) => world.calls.place(world.who, { record: ada.id, from: '101', ...more }, signal),
  };
}

describe('placing', () => {
  test('rings the agent first, then the record’s primary number', async () => {
    const { world, place } = await ready();
    expect(await place()).toMatchObject({ state: 'ringing', calling: '+16505550101', called: ADA, said: 'InProgress' });
    expect(world.telephone.rung).toEqual([{ from: '+16505550101', to: ADA }]);
  });

  test('the session that follows belongs to the record it was placed from, though others share the number', async () => {
    const { world, ada, place } = await ready();
    await world.add('contact', { givenName: 'Bea', phones: [{ value: ADA }] });
    await place();
    world.turn(5_000);
    await world.hear(
      ...told(
        [
          [0, calling('1', 'setup')],
          [4, called('answered')],
          [30, called('ended')],
          [30, calling('1', 'ended')],
        ],
        {
          began: NOON + 5_000,
          more: { placed: true },
        },
      ),
    );
    const [call] = (await world.all('call')).filter(({ fields }) => fields.session === 's-1');
    expect(call!.fields).toMatchObject({ contact: ada, outcome: 'answered' });
    expect(await world.calls.placed(world.workspace, 1).catch(() => null)).not.toBeUndefined();
    const [placed] = await world.calls.placedList(world.workspace, null, 1);
    expect(placed).toMatchObject({ session: 's-1' });
  });

  test('the same key never rings twice, also when asked at the same moment', async () => {
    const { world, place } = await ready();
    const placed = await Promise.all([1, 2, 3].map(() => place({ key: 'click 7' })));
    expect(new Set(placed.map(({ id }) => id)).size).toBe(1);
    expect(world.telephone.rung).toHaveLength(1);
  });

  test('an answer that never came leaves it unsure, and it is not repeated', async () => {
    const { world, place } = await ready();
    world.telephone.placing = () => Promise.reject(new TryLater('no answer', 'Look.', 1_000, false));
    expect(await place({ key: 'k' })).toMatchObject({ state: 'unsure' });
    expect(await place({ key: 'k' })).toMatchObject({ state: 'unsure' });
    world.turn(120_000);
    await world.calls.drain();
    expect(world.telephone.rung).toHaveLength(1);
  });

  test('one that is cancelled while the service is asked about it stays cancelled', async () => {
    const { world, place } = await ready();
    const { id } = await place();
    const asked = Promise.withResolvers<void>();
    const answer = Promise.withResolvers<Placed>();
    world.telephone.telephony.placed = () => {
      asked.resolve();
      return answer.promise;
    };
    world.turn(5_000);
    const looking = world.calls.drain();
    await asked.promise;
    await world.calls.cancel(world.workspace, id, signal);
    answer.resolve({ id: 'r1', state: 'ringing', said: 'InProgress' });
    await looking;
    expect(await world.calls.placed(world.workspace, id)).toMatchObject({ state: 'cancelled', due: null });
  });

  test('what was certainly not sent has failed, with the reason', async () => {
    const { world, place } = await ready();
    world.telephone.placing = () => Promise.reject(new Refused('CMN-101', 'Correct the number.'));
    expect(await place()).toMatchObject({ state: 'failed', said: 'CMN-101. Correct the number.' });
  });

  test('a hub that dies in between leaves it unsure', async () => {
    const { world, place } = await ready();
    world.telephone.placing = () => new Promise(() => undefined);
    void place({ key: 'lost' });
    await expect.poll(() => world.telephone.rung.length).toBe(1);
    world.turn(61_000);
    await world.calls.drain();
    expect((await world.calls.placedList(world.workspace, null, 1))[0]).toMatchObject({ state: 'unsure' });
  });

  test('it is asked about until it is over, and can be cancelled before', async () => {
    const { world, place } = await ready();
    const { id } = await place();
    world.telephone.placed.set('r1', { id: 'r1', state: 'connected', said: 'Success' });
    world.turn(4_000);
    await world.calls.drain();
    expect(await world.calls.placed(world.workspace, id)).toMatchObject({ state: 'connected' });
    world.telephone.placed.clear();
    world.turn(31_000);
    await world.calls.drain();
    expect(await world.calls.placed(world.workspace, id)).toMatchObject({ state: 'over' });
    await expect(world.calls.cancel(world.workspace, id, signal)).rejects.toMatchObject({ kind: 'conflict' });
    const second = await place();
    expect(await world.calls.cancel(world.workspace, second.id, signal)).toMatchObject({ state: 'cancelled' });
  });

  test.each([
    ['a number the record does not have', { number: '+14155557777' }, 'invalid'],
    ['nobody to ring first', { from: undefined }, 'invalid'],
    ['an extension without a number', { from: '103' }, 'invalid'],
    ['another connection', { connection: 99_999 }, 'conflict'],
    ['a record that is not there', { record: '01890000-0000-7000-8000-000000000000' }, 'missing'],
  ])('refused, and nothing rings: %s', async (_, more, kind) => {
    const { world, place } = await ready();
    await expect(place(more)).rejects.toMatchObject({ kind });
    expect(world.telephone.rung).toEqual([]);
  });

  test('somebody who is not to be called is called only when it is meant', async () => {
    const { world, ada, place } = await ready();
    await world.change(ada, { doNotCall: true });
    await expect(place()).rejects.toMatchObject({ kind: 'conflict' });
    expect(await place({ anyway: true })).toMatchObject({ state: 'ringing' });
  });

  test('a user’s own extension rings first', async () => {
    const { world, place } = await ready();
    const bob = await world.add('user', { name: 'Bob', email: 'bob@firm.example' });
    expect(await place({ from: undefined, user: bob.id })).toMatchObject({ calling: '+16505550102', owner: bob.id });
  });
});
