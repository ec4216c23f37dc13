/** A Google account in a whole hub: what its calendar pushes arrives, what is changed here is changed there, and channels are kept alive. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { routesOf } from '#api/routes.ts';
import { openServer } from '#api/server.ts';
import type { CrmRecord } from '#crm/core.ts';
import { readConfig } from '#hub/config.ts';
import { openLog } from '#hub/log.ts';
import { type Hub, openHub } from '#hub/open.ts';
import { listSyncs } from '#store/syncs.ts';
import { testDatabase } from '#test/database.ts';
import { type Emulators, startEmulators } from '#test/emulators/index.ts';

const DAY = 86_400_000;
const at = (time: string) => ({ dateTime: time, timeZone: 'Europe/London' });

let on: Emulators;
let hub: Hub;
let workspace: number;
let connection: number;
let close: () => Promise<void>;

beforeAll(async () => {
  const database = await testDatabase();
  workspace = await database.workspace();
  on = await startEmulators({ gsuite: { accounts: [{ email: 'ada@example.com', zone: 'Europe/London' }] } });
  const config = readConfig({
    SWITCHBOARD_KEYS: `test:${'A'.repeat(43)}`,
    SWITCHBOARD_HOSTS: JSON.stringify(on.hosts),
    GSUITE_CLIENT_ID: 'switchboard-demo',
    GSUITE_CLIENT_SECRET: 'demo-secret',
  });
  const log = openLog('silent');
  hub = await openHub(config, log, { store: Promise.resolve(database.store), now: on.clock.now });
  await hub.news.ready();
  const server = openServer(routesOf(hub), { identify: (key) => hub.keys.identify(key), log, first: hub.gate.take });
  const { port } = await server.listen(0, '127.0.0.1');
  hub.publicUrl = `http://127.0.0.1:${port}`;
  close = async () => {
    await server.close(0);
    await hub.connections.idle();
    await hub.close();
    await on.close();
  };
  connection = await signIn(['contacts']);
});
afterAll(() => close());

async function signIn(streams: string[], again?: number): Promise<number> {
  const { url } = await hub.connections.start({
    ...{ workspace, connector: 'gsuite', by: 'test', session: 'browser', streams, connection: again },
  });
  const back = await on.gsuite.consent(url);
  return (await hub.connections.finish(new URL(back).searchParams, 'browser')).connection;
}

const syncs = () => hub.store.workspace(workspace, listSyncs);
const eventsSync = async () => (await syncs()).find(({ stream }) => stream === 'gsuite.events')!.id;
const attend = () => hub.subscriptions.attend({ workspace, connection });

/** What was pushed is heard, and everything due is read and written. */
async function settle(): Promise<void> {
  await on.gsuite.channels.settled();
  await hub.news.drain();
  await hub.engine.drain(workspace, await eventsSync(), 'test');
  await on.gsuite.channels.settled();
  await hub.news.drain();
  await hub.engine.drain(workspace, await eventsSync(), 'test');
}

async function events(): Promise<CrmRecord[]> {
  return (await hub.crm.list(workspace, 'event', { after: null, limit: 100 })).items;
}

test('a connection made for contacts has no events until somebody asks for them, and then keeps both', async () => {
  expect((await syncs()).map(({ stream }) => stream)).toEqual(['gsuite.contacts']);
  await attend();
  expect(on.gsuite.channels.list()).toEqual([]);
  expect(await hub.connections.list(workspace, 0, 1)).toMatchObject([{ subscription: null, missing: [], status: 'waiting' }]);
  expect(await signIn(['events'], connection)).toBe(connection);
  expect((await syncs()).map(({ stream }) => stream).sort()).toEqual(['gsuite.contacts', 'gsuite.events']);
});

describe('events', () => {
  beforeAll(async () => {
    on.gsuite.agenda().add({ id: 'kept1', summary: 'Before', start: at('2026-03-02T10:00:00'), end: at('2026-03-02T11:00:00') });
    await attend();
    const sync = await eventsSync();
    const { plan, done } = await hub.engine.preview(workspace, sync, 'test');
    const problem = await done;
    if (problem) throw problem;
    await hub.engine.execute(workspace, plan, 'test');
    await settle();
  });

  test('are imported, and a channel stands for each calendar and one for their list', async () => {
    expect(await events()).toMatchObject([{ fields: { title: 'Before', uid: 'kept1@google.com' } }]);
    expect(on.gsuite.channels.list().map(({ resourceUri }) => resourceUri.replace(/^.*\/v3/, ''))).toEqual([
      '/users/me/calendarList?alt=json',
      '/calendars/ada%40example.com/events?alt=json',
    ]);
    const [view] = await hub.connections.list(workspace, 0, 1);
    expect(view!.subscription).toMatchObject({ state: 'live', streams: ['events'] });
  });

  test('what happens in the calendar is pushed, and read', async () => {
    const agenda = on.gsuite.agenda();
    agenda.add({ id: 'new1', summary: 'Pushed', start: { date: '2026-03-03' }, end: { date: '2026-03-04' } });
    agenda.edit('kept1', { summary: 'After' });
    await settle();
    expect((await events()).map(({ fields }) => fields.title).sort()).toEqual(['After', 'Pushed']);
    agenda.delete('new1');
    await settle();
    expect((await events()).map(({ fields }) => fields.title)).toEqual(['After']);
  });

  test('what is changed here is changed there, without a mail, and comes back as no change', async () => {
    on.gsuite.agenda().edit('kept1', { attendees: [{ email: 'guest@else.example' }] });
    await settle();
    const [event] = await events();
    const end = { local: '2026-03-02T12:30:00', zone: 'Europe/London' };
    await hub.crm.change({ workspace, by: 'test' }, event!.id, event!.version, 'patch', { end, location: 'Quay' });
    await settle();
    expect(on.gsuite.agenda().get('kept1')).toMatchObject({
      ...{ location: 'Quay', end: { dateTime: '2026-03-02T12:30:00Z' }, attendees: [{ email: 'guest@else.example' }] },
    });
    const writes = on.gsuite.counters.calls['calendar.events.patch'];
    await settle();
    expect(on.gsuite.counters.calls['calendar.events.patch']).toBe(writes);
    expect(on.gsuite.agenda().mails()).toEqual([]);
  });

  test('a message with another token is refused, and tells nothing', async () => {
    const { address, id } = on.gsuite.channels.list()[0]!;
    const send = (token?: string) =>
      fetch(address, {
        method: 'POST',
        headers: {
          ...{ 'x-goog-channel-id': id, 'x-goog-resource-state': 'exists', 'x-goog-message-number': '900' },
          ...(token !== undefined && { 'x-goog-channel-token': token }),
        },
      });
    expect((await send()).status).toBe(401);
    expect((await send('guessed')).status).toBe(401);
    expect((await fetch(address.slice(0, -3), { method: 'POST' })).status).toBe(404);
  });

  test('channels are replaced at half their life, and the former ones stopped', async () => {
    const before = on.gsuite.channels.list();
    on.clock.turn(4 * DAY);
    await attend();
    const after = on.gsuite.channels.list();
    expect(after).toHaveLength(2);
    expect(after.every(({ id }) => before.every((one) => one.id !== id))).toBe(true);
    expect(Math.min(...after.map(({ expires }) => expires))).toBeGreaterThan(on.clock.now() + 6 * DAY);
    on.gsuite.agenda().edit('kept1', { summary: 'Still pushed' });
    await settle();
    expect((await events()).map(({ fields }) => fields.title)).toEqual(['Still pushed']);
  });

  test('a day without messages and with a forgotten token is caught up with, deletions too', async () => {
    on.gsuite.channels.silence(true);
    const agenda = on.gsuite.agenda();
    agenda.add({ id: 'quiet1', summary: 'Unheard', start: { date: '2026-03-05' }, end: { date: '2026-03-06' } });
    agenda.delete('kept1');
    on.gsuite.expireSyncTokens();
    on.clock.turn(DAY);
    const sync = await eventsSync();
    for (let n = 0; n < 3; n++) {
      await hub.engine.drain(workspace, sync, 'test');
      on.clock.turn(DAY);
    }
    expect((await events()).map(({ fields }) => fields.title)).toEqual(['Unheard']);
    on.gsuite.channels.silence(false);
  });

  test('files that are used besides have a channel of their own, and what happens to them is pushed', async () => {
    await signIn(['files'], connection);
    const sync = (await syncs()).find(({ stream }) => stream === 'gsuite.files')!.id;
    const { plan, done } = await hub.engine.preview(workspace, sync, 'test');
    const problem = await done;
    if (problem) throw problem;
    await hub.engine.execute(workspace, plan, 'test');
    await hub.engine.drain(workspace, sync, 'test');
    await attend();
    const drive = on.gsuite.channels.list().find(({ resourceUri }) => resourceUri.includes('/drive/'))!;
    expect(drive.expires).toBeGreaterThan(on.clock.now() + 6 * DAY);
    on.gsuite.drive().add({ name: 'Offer.pdf', mimeType: 'application/pdf' });
    await on.gsuite.channels.settled();
    await hub.news.drain();
    await hub.engine.drain(workspace, sync, 'test');
    const { items } = await hub.crm.list(workspace, 'file', { after: null, limit: 10 });
    expect(items).toMatchObject([{ fields: { name: 'Offer.pdf', mime: 'application/pdf' } }]);
  });

  test('where somebody disconnects, Google calls no more', async () => {
    await attend();
    expect(on.gsuite.channels.list()).toHaveLength(3);
    await hub.connections.disconnect(workspace, connection, 'test');
    expect(on.gsuite.channels.list()).toEqual([]);
  });
});
