/** What becomes of a delivery once it is stored: read, split among workspaces, parked, acted upon, read again. */
import { beforeEach, describe, expect, test } from 'vitest';
import { act } from '#hub/news/act.ts';
import { openNews } from '#hub/news/news.ts';
import type { Handlers, NewsParts } from '#hub/news/parts.ts';
import { readBatch } from '#hub/news/reader.ts';
import type { Row } from '#kit/stream.ts';
import type { CallEvent } from '#kit/telephony.ts';
import type { News } from '#kit/webhook.ts';
import { deliveryInbox, dropOldDeliveries } from '#store/deliveries.ts';
import { insertMapping } from '#store/mappings.ts';
import { insertSync } from '#store/syncs.ts';
import { MAPPING } from '#test/sync/world.ts';
import type { Arrival } from '#webhooks/inbox.ts';
import { bells, signed } from './bell.ts';
import { openWorld, SECRET } from './world.ts';

const calls: [workspace: number, connection: number, session: string][] = [];
let trouble: Error | undefined;
const world = await openWorld({
  async heard(tx, connection, events) {
    if (trouble !== undefined) throw trouble;
    const [here] = await tx.query<{ workspace: number; disk: string }>(
      `select current_setting('switchboard.workspace')::int as workspace, current_setting('synchronous_commit') as disk`,
    );
    expect(here!.disk).toBe('off');
    for (const { session } of events) calls.push([here!.workspace, connection, session]);
  },
});
const { hub, database } = world;
const { owner } = database;
const { look } = hub.news;

let account = '';
let n = 0;
beforeEach(async () => {
  account = `account ${++n}`;
  calls.length = 0;
  trouble = undefined;
  await owner.query(
    'truncate deliveries, deliveries_unread, deliveries_failed, news_waiting, news, news_parked, delivery_identities, touched',
  );
});

/** News that cannot be written down. */
function cyclic(of: string): News {
  const row: Row = { id: 'x', fields: {}, raw: {} };
  Object.assign(row, { raw: row });
  return { account: of, is: 'changed', stream: 'people', row };
}

const event = (session: string): CallEvent => ({ session, sequence: 1, at: 0, parties: [] });

/** A workspace whose connection of the account has a sync of `bell.people`. */
async function firm(): Promise<{ workspace: number; connection: number; sync: number }> {
  const workspace = await database.workspace();
  const connection = await world.connect(workspace, account);
  const sync = await database.store.workspace(workspace, async (tx) => {
    const body = JSON.parse(JSON.stringify(MAPPING));
    const mapping = await insertMapping(tx, { stream: 'bell.people', object: 'contact', name: 'x', body, by: 'test', note: '' });
    return insertSync(tx, {
      connection,
      stream: 'bell.people',
      object: 'contact',
      mapping: mapping.id,
      outward: false,
      every: 600_000,
    });
  });
  return { workspace, connection, sync };
}

/** The parts of a room of news beside the hub's. */
function partsOf(handlers: Handlers, ownerOf?: NewsParts['ownerOf']): NewsParts {
  return {
    ...{ store: database.store, engine: hub.engine, handlers, days: 30, now: Date.now, log: hub.log },
    webhooks: { bell: bells().bell!.webhooks! },
    disconnected: async () => '',
    secretsOf: async () => [SECRET],
    ...(ownerOf && { ownerOf }),
  };
}

const newsOf = (workspace: number) => look.news(workspace, { limit: 50 });
const count = async (table: string) => (await owner.query<{ n: number }>(`select count(*)::int as n from ${table}`)).rows[0]!.n;

describe('News', () => {
  test('goes to every workspace that has linked its account, and to no other', async () => {
    const [one, two, other] = [await firm(), await firm(), { workspace: await database.workspace() }];
    const theirs = await world.connect(other.workspace, 'somebody else');
    await world.ring([
      { account, is: 'touched', stream: 'people', id: 'p1' },
      { account: 'somebody else', is: 'touched', stream: 'people', id: 'secret' },
    ]);
    await hub.news.drain();
    for (const { workspace, connection } of [one, two])
      expect(await newsOf(workspace)).toMatchObject([
        { connection, kind: 'touched', row: 'p1', state: 'done', outcome: 'the row is looked at' },
      ]);
    expect(await newsOf(other.workspace)).toMatchObject([{ connection: theirs, row: 'secret', outcome: 'nobody syncs it' }]);
    const { rows } = await owner.query('select workspace, sync, row, why from touched order by workspace');
    expect(rows).toEqual([one, two].map(({ workspace, sync }) => ({ workspace, sync, row: 'p1', why: 'webhook' })));
    expect([await count('deliveries_unread'), await count('news_waiting')]).toEqual([0, 0]);
  });

  test('that says the same again and again is said once, and counted', async () => {
    const { workspace } = await firm();
    for (let i = 0; i < 5; i++) await world.ring([{ account, is: 'touched', stream: 'people', id: `p${i % 2}` }]);
    await hub.news.drain();
    expect((await newsOf(workspace)).map(({ row, times }) => [row, times]).sort()).toEqual([
      ['p0', 3],
      ['p1', 2],
    ]);
  });

  test('of calls is handed over, in order within a call', async () => {
    const { workspace, connection } = await firm();
    await world.ring(['a', 'b', 'a', 'c'].map((session) => ({ account, is: 'call', event: event(session) })));
    await hub.news.drain();
    expect(calls.map(([, , session]) => session).sort()).toEqual(['a', 'a', 'b', 'c']);
    expect(calls[0]).toEqual([workspace, connection, expect.any(String)]);
    expect((await newsOf(workspace)).map(({ state, outcome }) => `${state} ${outcome}`)).toEqual(
      Array.from({ length: 4 }, () => 'done handled'),
    );
  });

  test('a deadlock is nobody’s failure: it is tried again, and counts as no attempt', async () => {
    const { workspace } = await firm();
    let deadlocks = 2;
    const parts = partsOf({
      async heard(tx) {
        if (deadlocks-- > 0) await tx.query(`do $$ begin raise exception 'deadlock detected' using errcode = '40P01'; end $$`);
      },
    });
    const waiting = () => owner.query('select attempts from news_waiting where workspace = $1', [workspace]);
    await world.ring([{ account, is: 'call', event: event('a') }]);
    await readBatch(parts, 'bell');
    await act(parts, workspace);
    expect(await newsOf(workspace)).toMatchObject([{ state: 'done', outcome: 'handled' }]);
    deadlocks = 1_000;
    await world.ring([{ account, is: 'call', event: event('b') }]);
    await readBatch(parts, 'bell');
    await expect(act(parts, workspace)).rejects.toThrow('deadlock detected');
    expect((await waiting()).rows).toEqual([{ attempts: 0 }]);
  });

  test('of calls is heard in the transaction that settles it: one that fails spoils no other', async () => {
    const { workspace } = await firm();
    const heard: string[] = [];
    const parts = partsOf({
      async heard(tx, _connection, events) {
        await tx.query('select 1');
        for (const { session } of events) {
          if (session === 'bad') throw new Error('not this one');
          heard.push(session);
        }
      },
    });
    await world.ring(['a', 'bad', 'b'].map((session) => ({ account, is: 'call', event: event(session) })));
    await readBatch(parts, 'bell');
    await act(parts, workspace);
    expect(heard).toEqual(['a', 'a', 'b']); // all together, then one by one
    expect((await newsOf(workspace)).map(({ state, outcome }) => `${state} ${outcome}`)).toEqual([
      'done handled',
      'waiting not this one',
      'done handled',
    ]);
  });

  test('of a subscription that ends is seen to beside the others: a slow service keeps no call from being heard', async () => {
    await firm();
    const heard: string[] = [];
    const slow = Promise.withResolvers<void>();
    const asked = Promise.withResolvers<void>();
    const room = openNews(
      partsOf({
        async heard(_tx, _connection, events) {
          heard.push(...events.map(({ session }) => session));
        },
        onExpiring() {
          asked.resolve();
          return slow.promise;
        },
      }),
    );
    room.start();
    await world.ring([{ account, is: 'expiring', subscription: 's' }]);
    await asked.promise;
    await world.ring([{ account, is: 'call', event: event('a') }]);
    await expect.poll(() => heard, { timeout: 5_000 }).toEqual(['a']);
    slow.resolve();
    await room.stop();
    expect((await owner.query('select from news_waiting')).rowCount).toBe(0);
  });

  test('that came to the address of a subscription is for its connection alone', async () => {
    const [one, two] = [await firm(), await firm()];
    const parts = partsOf({}, async (_connector, subscription) => (subscription === 'mine' ? one : undefined));
    const delivery = (subscription: string, id: string): Arrival => ({
      ...{ connector: 'bell', at: Date.now() },
      delivery: {
        method: 'POST',
        headers: {},
        query: '',
        subscription,
        body: Buffer.from(JSON.stringify({ news: [{ account, is: 'touched', stream: 'people', id }] })),
      },
    });
    await deliveryInbox(database.store).keep([delivery('mine', 'p1'), delivery('forgotten', 'p2')]);
    await readBatch(parts, 'bell');
    await hub.news.drain();
    expect((await newsOf(one.workspace)).map(({ row }) => row)).toEqual(['p2', 'p1']);
    expect((await newsOf(two.workspace)).map(({ row }) => row)).toEqual(['p2']);
  });

  test('that cannot be acted upon waits with its reason, spoils nothing else, and is tried again', async () => {
    const { workspace } = await firm();
    trouble = new Error('no room');
    await world.ring([
      { account, is: 'call', event: event('a') },
      { account, is: 'touched', stream: 'people', id: 'p1' },
    ]);
    await hub.news.drain();
    expect(await newsOf(workspace)).toMatchObject([
      { kind: 'touched', state: 'done' },
      { kind: 'call', state: 'waiting', outcome: 'no room' },
    ]);
    trouble = undefined;
    await owner.query('update news_waiting set ready = now()');
    await hub.news.drain();
    expect(calls).toHaveLength(1);
    expect(await newsOf(workspace)).toMatchObject([{ state: 'done' }, { state: 'done', outcome: 'handled' }]);
  });

  test('that fails eight times is given up, with its reason', async () => {
    const { workspace } = await firm();
    trouble = new Error('never');
    await world.ring([{ account, is: 'call', event: event('a') }]);
    for (let i = 0; i < 8; i++) {
      await hub.news.drain();
      await owner.query('update news_waiting set ready = now()');
    }
    expect(await newsOf(workspace)).toMatchObject([{ state: 'failed', outcome: 'never' }]);
  });

  test('nobody handles is kept as such', async () => {
    const { workspace } = await firm();
    await world.ring([{ account, is: 'expiring', subscription: 's1' }]);
    await hub.news.drain();
    expect(await newsOf(workspace)).toMatchObject([
      { body: 's1', state: 'ignored', outcome: 'nobody handles subscriptions that end' },
    ]);
  });

  test('that the access ended pauses the connection with the reason', async () => {
    const { workspace, connection } = await firm();
    await owner.query(
      `insert into grants (workspace, id, connector, sealed, created) values ($1, 1, 'bell', 'x', now() - interval '1 day')`,
      [workspace],
    );
    await owner.query('update connections set grant_id = 1 where workspace = $1', [workspace]);
    await world.ring([{ account, is: 'disconnected', reason: 'The app was removed.' }]);
    await hub.news.drain();
    const state = async () =>
      (await owner.query('select state, reason from connections where workspace = $1 and id = $2', [workspace, connection]))
        .rows[0];
    expect(await state()).toEqual({ state: 'paused', reason: 'The app was removed.' });
    expect(await newsOf(workspace)).toMatchObject([{ state: 'done', outcome: 'the connection is paused' }]);
    // Somebody signs in again, and then somebody has the old delivery read once more.
    await owner.query(`update connections set state = 'active', reason = null where workspace = $1`, [workspace]);
    await owner.query('update grants set created = now() where workspace = $1', [workspace]);
    await look.again({ failed: false, from: '2026-01-01T00:00:00Z' });
    await hub.news.drain();
    expect(await state()).toEqual({ state: 'active', reason: null });
    expect((await newsOf(workspace))[0]).toMatchObject({ outcome: 'somebody has signed in since' });
  });
});

describe('News for an account nobody has linked', () => {
  test('is parked, and claimed when somebody links it', async () => {
    await world.ring([
      { account, is: 'touched', stream: 'people', id: 'p1' },
      { account, is: 'call', event: event('a') },
    ]);
    await hub.news.drain();
    expect(await look.parked(undefined, 10)).toMatchObject([
      { account, kind: 'call' },
      { account, kind: 'touched', row: 'p1' },
    ]);
    await expect(look.claim('bell', account)).rejects.toMatchObject({ kind: 'conflict' });
    const { workspace, connection } = await firm();
    hub.news.start();
    hub.news.linked({ connector: 'bell', account });
    await expect.poll(async () => (await newsOf(workspace)).filter(({ state }) => state === 'done').length).toBe(2);
    await hub.news.stop();
    expect(await look.parked(undefined, 10)).toEqual([]);
    expect(calls).toEqual([[workspace, connection, 'a']]);
  });

  test('is claimed by an operator too, for each who has linked it', async () => {
    await world.ring([{ account, is: 'touched', stream: 'people', id: 'p1' }]);
    await hub.news.drain();
    const firms = [await firm(), await firm()];
    expect(await look.claim('bell', account)).toBe(1);
    await hub.news.drain();
    for (const { workspace } of firms) expect(await newsOf(workspace)).toMatchObject([{ state: 'done', row: 'p1' }]);
  });
});

describe('A delivery that cannot be read', () => {
  const bad: { [what: string]: string | Uint8Array } = {
    'no JSON': 'hello',
    'no news': '{}',
    'a bell that is cracked': '{"news":[{"account":"","is":"touched","stream":"people"}]}',
    'a row that has no name': '{"news":[{"account":"a","is":"touched","stream":"people","id":"a\\u0000b"}]}',
    'no UTF-8': Buffer.from([0x7b, 0xff, 0xfe]),
    'deep JSON': '['.repeat(500_000),
    empty: '',
  };

  test('is kept as failed with its reason, and the rest goes on', async () => {
    const { workspace } = await firm();
    await world.ring([{ account, is: 'touched', stream: 'people', id: 'before' }]);
    for (const [id, body] of Object.entries(bad))
      expect((await world.send('/webhooks/bell', { headers: signed(SECRET, body, Date.now(), id), body })).status).toBe(200);
    await world.ring([{ account, is: 'touched', stream: 'people', id: 'after' }]);
    await hub.news.drain();
    expect((await newsOf(workspace)).map(({ row }) => row)).toEqual(['after', 'before']);
    const failed = await look.deliveries({ state: 'failed', limit: 50 });
    expect(failed.map(({ identity }) => identity).sort()).toEqual(Object.keys(bad).sort());
    expect(failed.filter(({ problem }) => !problem)).toEqual([]);
    expect(await look.deliveries({ state: 'read', limit: 50 })).toHaveLength(2);
  });

  test('because our own code stumbles over it is kept as failed too', async () => {
    await world.ring([{ account, is: 'touched', stream: 'people', id: 'p1' }], 'stumbles');
    await world.ring([{ account, is: 'touched', stream: 'people', id: 'p2' }], 'does not');
    const parts = partsOf({});
    const { parse } = parts.webhooks.bell!;
    let asked = 0;
    const odd = { ...parts, ownerOf: async () => undefined, count: () => undefined };
    // The first of a batch, and alone: `said` that is no text.
    odd.webhooks = {
      bell: {
        ...parts.webhooks.bell!,
        parse: (delivery) => (delivery.headers['bell-delivery'] === 'stumbles' && ++asked ? [cyclic(account)] : parse(delivery)),
      },
    };
    while ((await readBatch(odd, 'bell')).size > 0);
    expect(asked).toBeGreaterThan(1);
    expect(await look.deliveries({ state: 'failed', limit: 5 })).toMatchObject([
      { identity: 'stumbles', problem: expect.stringContaining('circular') },
    ]);
    expect(await look.deliveries({ state: 'read', limit: 5 })).toMatchObject([{ identity: 'does not' }]);
  });

  test('is read again when somebody says so: one, those of a time, all that failed', async () => {
    await world.ring('{"news":[', 'x');
    await world.ring('{"news":[]}', 'y');
    await hub.news.drain();
    const [failed] = await look.deliveries({ state: 'failed', limit: 5 });
    expect(await look.again({ id: failed!.id })).toBe(1);
    expect((await look.delivery(failed!.id)).state).toBe('unread');
    await hub.news.drain();
    expect((await look.delivery(failed!.id)).state).toBe('failed');
    expect(await look.again({ failed: true })).toBe(1);
    expect(await look.again({ failed: true })).toBe(0);
    await hub.news.drain();
    expect(await look.again({ failed: false, from: failed!.at, connector: 'bell' })).toBe(2);
    expect(await look.again({ failed: false, from: new Date(Date.now() + 60_000).toISOString() })).toBe(0);
    await hub.news.drain();
    await expect(look.again({ id: 999_999 })).rejects.toMatchObject({ kind: 'missing' });
    await expect(look.delivery(999_999)).rejects.toMatchObject({ kind: 'missing' });
  });
});

describe('The reader', () => {
  test('is woken by the commit: what comes is acted upon without waiting for a look', async () => {
    const { workspace } = await firm();
    hub.news.start();
    await world.ring([{ account, is: 'call', event: event('now') }]);
    await expect.poll(() => calls.length, { interval: 5 }).toBe(1);
    await hub.news.stop();
    expect(calls[0]![0]).toBe(workspace);
  });

  test('takes no more than some megabytes at once, and one larger delivery alone', async () => {
    const said = (id: number) =>
      JSON.stringify({ news: [{ account, is: 'touched', stream: 'people', id: `p${id}` }], pad: 'x'.repeat(900_000) });
    for (let i = 0; i < 8; i++) await world.ring(said(i));
    const sizes: number[] = [];
    for (let size = -1; size !== 0; sizes.push(size)) size = (await readBatch(partsOf({}), 'bell')).size;
    expect(sizes).toEqual([5, 3, 0]);
  });

  test('finds what another hub has stored, and news that another has left', async () => {
    const { workspace } = await firm();
    await world.ring([{ account, is: 'call', event: event('a') }]);
    await owner.query(
      `insert into news_waiting (workspace, at, delivery, connector, connection, kind, stream, row, ready)
       values ($1, now(), 1, 'bell', 1, 'touched', 'people', 'left', now() - interval '1 s')`,
      [workspace],
    );
    hub.news.start();
    await expect.poll(async () => (await newsOf(workspace)).filter(({ state }) => state === 'done').length).toBe(2);
    await hub.news.stop();
  });
});

describe('Days', () => {
  const days = async () => {
    const { rows } = await owner.query<{ name: string }>(
      `select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid where c.relname ~ '\\d$' order by 1`,
    );
    return rows.map(({ name }) => name);
  };
  const day = (ahead: number) => new Date(Date.now() + ahead * 86_400_000).toISOString().slice(0, 10).replaceAll('-', '_');

  test('are made ahead, each hour', async () => {
    hub.news.start();
    await expect
      .poll(days)
      .toEqual(expect.arrayContaining(['deliveries', 'news'].flatMap((of) => [0, 1, 2].map((n) => `${of}_${day(n)}`))));
    await hub.news.stop();
    await world.ring([]);
    expect(await count('deliveries_rest')).toBe(0);
  });

  test('are dropped when they are old, but not while something in them is unread', async () => {
    await owner.query(`create table deliveries_2020_01_01 partition of deliveries for values from ('2020-01-01') to ('2020-01-02');
      insert into deliveries (at, connector, method, query, headers, body) values ('2020-01-01', 'bell', 'POST', '', '{}', '');
      insert into deliveries_unread (connector, delivery, at) select connector, id, at from deliveries;
      insert into delivery_identities (key, at) values (gen_random_uuid(), now() - interval '9 days'), (gen_random_uuid(), now() - interval '7 days')`);
    const now = new Date();
    const drop = () => database.store.installation((tx) => dropOldDeliveries(tx, new Date(now.getTime() - 30 * 86_400_000), now));
    expect(await drop()).toBe(0);
    expect(await count('delivery_identities')).toBe(1);
    await hub.news.drain();
    expect(await drop()).toBe(1);
    expect(await days()).not.toContain('deliveries_2020_01_01');
    expect(await days()).toContain(`deliveries_${day(0)}`);
    await expect(database.store.installation((tx) => dropOldDeliveries(tx, now, now))).rejects.toThrow('an hour at least');
  });
});
