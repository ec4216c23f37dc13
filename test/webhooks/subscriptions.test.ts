/** What a service promised, through its life: asked for, renewed, dropped, refused, ended; and through the deaths of hubs. */
import { describe, expect, test } from 'vitest';
import { reseal } from '#credentials/reseal.ts';
import { createSeal } from '#credentials/seal.ts';
import { subscriptionRegister, wantSubscription } from '#store/subscriptions.ts';
import { vaultsOf } from '#store/vaults.ts';
import type { Register } from '#webhooks/register.ts';
import { POLL_MS, renewalOf, TOLD_POLL_MS } from '#webhooks/schedule.ts';
import { openRoom, type Room, SEAL } from './room.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const promised = ({ calling }: Room) => [...calling.living.values()];

/** Those whose address still is somebody's: what calls another is refused by the gate. */
async function reaching(room: Room): Promise<string[]> {
  const urls = promised(room).map(({ url }) => url);
  const owners = await Promise.all(urls.map((url) => room.register.byAddress('memory', url.split('/').at(-1)!)));
  return urls.filter((_, at) => owners[at] !== undefined);
}

test('three thousand invented addresses at once are few questions, and the one that is somebody’s is known among them', async () => {
  const room = await openRoom();
  await room.begin();
  await room.attendDue();
  const known = room.greeted[0]!.address;
  const invented = Array.from({ length: 3_000 }, (_, n) => String(n).padStart(43, 'x'));
  const { statements } = room.database.store;
  const before = statements.count;
  const owners = await Promise.all([...invented, known].map((address) => room.register.byAddress('memory', address)));
  expect(statements.count - before).toBeLessThanOrEqual(5);
  expect(owners.flatMap((owner, at) => (owner === undefined ? [] : [at]))).toEqual([3_000]);
});

test('is asked for, and its address is known when the service greets it within the call', async () => {
  const room = await openRoom();
  await room.begin();
  expect(await room.attendDue()).toBe(true);
  expect(room.greeted).toEqual([{ address: expect.stringMatching(/^[\w-]{43}$/), known: true }]);
  const [one] = promised(room);
  expect(one).toMatchObject({ url: `${room.publicUrl()}/webhooks/memory/${room.greeted[0]!.address}`, streams: ['people'] });
  expect(await room.kept()).toMatchObject({ state: 'live', id: one!.id, problem: null, streams: ['people'] });
  expect(await room.subscriptions.ownerOf('memory', room.greeted[0]!.address)).toEqual({ ...room.ref, secrets: [one!.secret] });
  expect(await room.subscriptions.ownerOf('other', room.greeted[0]!.address)).toBeUndefined();
  // Of a stream it tells of, less is polled; what changed before it lived is pulled now.
  expect(await room.syncRow()).toMatchObject({ every: TOLD_POLL_MS });
  expect(Date.parse((await room.syncRow()).pull_due!)).toBeLessThanOrEqual(room.now());
  // The secret is in no column as it stands.
  const { rows } = await room.database.owner.query<{ text: string }>('select s::text as text from subscriptions s');
  expect(rows.filter(({ text }) => text.includes(one!.secret))).toEqual([]);
});

test('is renewed before it ends, at its own time, and looked at every hour', async () => {
  const room = await openRoom();
  await room.subscriptions.attend(room.ref);
  const { id, expires } = promised(room)[0]!;
  room.turn(HOUR + 10 * MINUTE);
  await room.attendDue();
  expect(room.calling.asked).toEqual(['POST /subscriptions', 'GET /subscriptions/:id']);
  const { address } = room.greeted[0]!;
  const due = renewalOf(address, expires - 7 * DAY, expires);
  room.turn(Math.floor(due) - room.now() - MINUTE);
  await room.attendDue();
  expect(room.calling.asked.filter((one) => one.startsWith('PUT'))).toEqual([]);
  room.turn(2 * MINUTE);
  await room.subscriptions.attend(room.ref);
  expect(room.calling.asked.filter((one) => one.startsWith('PUT'))).toHaveLength(1);
  expect(promised(room)).toMatchObject([{ id }]);
  expect(promised(room)[0]!.expires).toBeGreaterThan(expires + 2 * DAY);
  expect(Date.parse((await room.kept()).expires!)).toBe(promised(room)[0]!.expires);
});

test('one that the service forgot before its renewal is found out by the refusal, and made anew', async () => {
  const room = await openRoom();
  await room.subscriptions.attend(room.ref);
  room.calling.living.clear();
  room.turn(4 * DAY);
  await room.attendDue();
  expect(room.calling.asked).toEqual(
    ['POST', 'PUT', 'GET', 'POST'].map((method, n) => `${method} /subscriptions${n % 3 ? '/:id' : ''}`),
  );
  expect(await room.kept()).toMatchObject({ state: 'live', problem: null, failures: 0, drops: 1 });
});

test('a renewal that fails is tried again until the end, and then it is made anew', async () => {
  const room = await openRoom();
  await room.subscriptions.attend(room.ref);
  for (let tried = 1; tried <= 4; tried += 1) {
    room.calling.busy = 1;
    room.turn(tried === 1 ? 4 * DAY : HOUR + 15 * MINUTE);
    expect(await room.attendDue()).toBe(true);
    expect(await room.kept()).toMatchObject({ state: 'live', failures: tried, problem: { message: 'busy' } });
  }
  room.calling.busy = 0;
  room.turn(4 * DAY);
  await room.attendDue();
  expect(await room.kept()).toMatchObject({
    state: 'live',
    failures: 0,
    dropped: { reason: expect.stringContaining('it ended on') },
  });
});

test('at a service that cannot renew it is ended and made anew: before it ends, and for another secret', async () => {
  const room = await openRoom({ renews: false });
  await room.subscriptions.attend(room.ref);
  const first = promised(room)[0]!;
  room.turn(4 * DAY);
  await room.attendDue();
  const second = promised(room)[0]!;
  expect([promised(room).length, second.url === first.url]).toEqual([1, false]);
  expect(await room.kept()).toMatchObject({ state: 'live', drops: 0 });
  await room.subscriptions.rotate(room.ref);
  room.turn(MINUTE);
  await room.attendDue();
  expect(promised(room)).toHaveLength(1);
  expect([first.secret, second.secret]).not.toContain(promised(room)[0]!.secret);
  expect(await room.kept()).toMatchObject({ rotating: false });
});

test('each has its own time, between 4/10 and half of its life before the end', () => {
  const times = Array.from({ length: 200 }, (_, n) => renewalOf(`address ${n}`, 0, 1_000));
  expect(times).toEqual(times.map((_, n) => renewalOf(`address ${n}`, 0, 1_000)));
  expect(Math.min(...times)).toBeGreaterThanOrEqual(400);
  expect(Math.max(...times)).toBeLessThanOrEqual(500);
  expect(new Set(times).size).toBeGreaterThan(190);
});

describe('dropped', () => {
  test.each<[string, (room: Room) => void, string]>([
    [
      'by a service that stopped calling',
      (room) => void (promised(room)[0]!.dropped = 'Blacklisted: too slow'),
      'Blacklisted: too slow',
    ],
    ['by a service that forgot it', (room) => room.calling.living.clear(), 'the service no longer knows it'],
  ])('%s: made anew under another address, and everything since is pulled', async (_, drop, reason) => {
    const room = await openRoom();
    await room.begin();
    await room.subscriptions.attend(room.ref);
    await room.engine.drain(room.workspace, room.sync, 'test');
    expect(Date.parse((await room.syncRow()).pull_due!)).toBeGreaterThan(room.now());
    const { address: former } = room.greeted[0]!;
    drop(room);
    room.turn(HOUR + 10 * MINUTE);
    await room.attendDue();
    expect(await room.kept()).toMatchObject({ state: 'live', drops: 1, dropped: { reason } });
    expect(promised(room)).toHaveLength(1);
    expect(promised(room)[0]!.url).not.toContain(former);
    expect(await room.subscriptions.ownerOf('memory', former)).toBeUndefined();
    expect(Date.parse((await room.syncRow()).pull_due!)).toBeLessThanOrEqual(room.now());
  });

  test('while the service cannot be asked to promise again: polled as without', async () => {
    const room = await openRoom();
    await room.subscriptions.attend(room.ref);
    room.turn(8 * DAY);
    room.calling.living.clear();
    room.calling.busy = 2;
    await room.subscriptions.attend(room.ref);
    expect(await room.kept()).toMatchObject({ state: 'wanted', problem: { message: 'busy' }, failures: 1 });
    expect(await room.syncRow()).toMatchObject({ every: POLL_MS });
    room.calling.busy = 0;
    room.turn(2 * MINUTE);
    await room.attendDue();
    expect(await room.kept()).toMatchObject({ state: 'live', problem: null, failures: 0 });
    expect(await room.syncRow()).toMatchObject({ every: TOLD_POLL_MS });
  });
});

test('a public URL at which nobody greets: refused with the reason, polled meanwhile, asked again later', async () => {
  const room = await openRoom();
  const right = room.publicUrl();
  room.setPublicUrl('http://127.0.0.1:9');
  await room.subscriptions.attend(room.ref);
  expect(await room.kept()).toMatchObject({
    state: 'refused',
    problem: { message: 'the address http://127.0.0.1:9/webhooks/memory/… does not answer', advice: 'Look at the public URL.' },
  });
  expect(promised(room)).toEqual([]);
  expect(await room.syncRow()).toMatchObject({ every: POLL_MS });
  expect(await room.attendDue()).toBe(false);
  expect(room.calling.asked).toEqual(['POST /subscriptions']);
  room.setPublicUrl(right);
  room.turn(HOUR);
  await room.attendDue();
  expect(await room.kept()).toMatchObject({ state: 'live', problem: null });
  // One that is live under a public URL that has changed is ended and made anew.
  const other = right.replace('127.0.0.1', 'localhost');
  room.setPublicUrl(other);
  room.turn(HOUR + 10 * MINUTE);
  await room.attendDue();
  expect(promised(room).map(({ url }) => new URL(url).origin)).toEqual([other]);
});

test('a secret is exchanged: both are believed until the service has the new one, and for an hour more', async () => {
  const room = await openRoom();
  await room.subscriptions.attend(room.ref);
  const { address } = room.greeted[0]!;
  const [former] = promised(room).map(({ secret }) => secret);
  const live = async () => (await room.subscriptions.ownerOf('memory', address))!.secrets;
  expect(await live()).toEqual([former]);
  await room.subscriptions.rotate(room.ref);
  const [newest] = await live();
  expect(await live()).toEqual([newest, former]);
  expect(promised(room)[0]!.secret).toBe(former);
  expect(await room.kept()).toMatchObject({ rotating: true, state: 'live' });
  room.turn(MINUTE);
  await room.attendDue();
  expect(promised(room)).toMatchObject([{ secret: newest }]);
  expect(await live()).toEqual([newest, former]);
  room.turn(HOUR + 10 * MINUTE);
  expect(await live()).toEqual([newest]);
  await room.attendDue();
  expect((await room.register.byAddress('memory', address))!.secrets).toEqual([{ secret: newest }]);
});

test('streams that rest are not told of: without any it ends, and begins anew with one', async () => {
  const room = await openRoom();
  await room.begin();
  await room.subscriptions.attend(room.ref);
  await room.engine.pause(room.workspace, room.sync, 'a rest');
  await room.attendDue();
  expect(promised(room)).toEqual([]);
  expect(await room.kept()).toMatchObject({ state: 'wanted', id: null });
  await room.engine.resume(room.workspace, room.sync);
  await room.attendDue();
  expect(promised(room)).toHaveLength(1);
});

test('ends when its connection does, whatever the service says to that', async () => {
  const room = await openRoom();
  await room.subscriptions.attend(room.ref);
  expect(await room.subscriptions.leave(room.ref)).toBe('');
  expect(promised(room)).toEqual([]);
  const other = await openRoom();
  await other.subscriptions.attend(other.ref);
  other.calling.busy = 1;
  expect(await other.subscriptions.leave(other.ref)).toContain('could not be ended there (busy)');
});

test('connections that were there before are found, once', async () => {
  const room = await openRoom();
  const { owner } = room.database;
  await owner.query('delete from subscriptions where workspace = $1', [room.workspace]);
  await owner.query('update connections set grant_id = 1 where workspace = $1', [room.workspace]);
  expect(await room.register.enrol(['memory'], room.now())).toBe(1);
  expect(await room.register.enrol(['memory'], room.now())).toBe(0);
  expect(await room.register.enrol(['other'], room.now())).toBe(0);
});

test('an account that comes back has it looked at now, and keeps it', async () => {
  const room = await openRoom();
  await room.subscriptions.attend(room.ref);
  const { id } = await room.kept();
  expect(await room.attendDue()).toBe(false);
  await room.database.store.workspace(room.workspace, (tx) =>
    wantSubscription(tx, SEAL, { workspace: room.workspace, id: room.ref.connection, connector: 'memory' }, new Date(room.now())),
  );
  expect(await room.attendDue()).toBe(true);
  expect(room.calling.asked).toEqual(['POST /subscriptions', 'GET /subscriptions/:id']);
  expect(await room.kept()).toMatchObject({ state: 'live', id });
});

test('secrets are sealed again with a new key, and open with it alone', async () => {
  const room = await openRoom();
  await room.subscriptions.attend(room.ref);
  const { store } = room.database;
  const newKey = { id: 'new', bytes: new Uint8Array(32).fill(8) };
  const both = createSeal({ keys: [newKey, { id: 'test', bytes: new Uint8Array(32).fill(7) }] });
  for (const vault of vaultsOf(store, room.workspace)) await reseal(vault, both);
  const kept = await subscriptionRegister(store, createSeal({ keys: [newKey] })).read(room.ref);
  expect(kept!.secrets).toEqual([{ secret: promised(room)[0]!.secret }]);
  await expect(room.register.read(room.ref)).rejects.toThrow('sealed with key "new"');
});

test('several hubs at the same moment ask once', async () => {
  const room = await openRoom();
  const hubs = [room.subscriptions, room.hub(), room.hub(), room.hub()];
  const attended = await Promise.all(hubs.map((hub) => hub.attend(room.ref)));
  expect(attended.filter(Boolean).length).toBeGreaterThan(0);
  expect(room.calling.asked.filter((one) => one === 'POST /subscriptions')).toHaveLength(1);
  expect(promised(room)).toHaveLength(1);
});

describe.each([
  ['that can be asked what calls an address', true],
  ['that cannot', false],
])('at a service %s', (_, finds) => {
  test('a creation whose answer was lost leaves one that reaches us', async () => {
    const room = await openRoom({ finds });
    room.calling.loseAnswers = 1;
    await room.subscriptions.attend(room.ref);
    expect(await room.kept()).toMatchObject({ state: 'asking', problem: { message: 'no answer came' } });
    room.turn(2 * MINUTE);
    await room.attendDue();
    expect(await room.kept()).toMatchObject({ state: 'live', problem: null });
    expect(await reaching(room)).toHaveLength(1);
    expect(promised(room)).toHaveLength(finds ? 1 : 2);
  });

  test('a hub that dies between any two steps leaves one that reaches us', async () => {
    const kinds: ((room: Room) => Promise<void>)[] = [
      async () => undefined, // being made
      async (room) => {
        await room.subscriptions.attend(room.ref);
        promised(room)[0]!.dropped = 'Blacklisted';
      },
      async (room) => {
        await room.subscriptions.attend(room.ref);
        await room.subscriptions.rotate(room.ref);
      },
    ];
    for (const before of kinds) {
      for (let deadly = 1; ; deadly += 1) {
        const room = await openRoom({ finds });
        await before(room);
        room.turn(MINUTE);
        const dying = room.hub((register) => mortal(register, deadly));
        const died = await dying.attend(room.ref).then(
          () => false,
          () => true,
        );
        await room.lapse();
        room.turn(2 * HOUR);
        await room.attendDue();
        expect(await room.kept()).toMatchObject({ state: 'live', rotating: false });
        expect(await reaching(room)).toHaveLength(1);
        expect(
          await room.register.byAddress('memory', new URL((await reaching(room))[0]!).pathname.split('/').at(-1)!),
        ).toMatchObject(room.ref);
        if (!died) break;
      }
    }
  });
});

/** Dies at its nth note: odd ones before it is kept, even ones just after. */
function mortal(register: Register, deadly: number): Register {
  let dead = false;
  let noted = 0;
  const die = (): never => {
    dead = true;
    throw new Error('killed');
  };
  return {
    ...register,
    async note(kept, change) {
      if (dead || (noted += 1) === deadly) die();
      const held = await register.note(kept, change);
      return (noted += 1) === deadly ? die() : held;
    },
    release: async (kept) => (dead ? die() : register.release(kept)),
  };
}
