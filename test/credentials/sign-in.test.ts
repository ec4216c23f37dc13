import { afterAll, expect, test } from 'vitest';
import { connectors } from '#connectors/index.ts';
import { keyringFrom, newKey } from '#credentials/keyring.ts';
import { createSeal } from '#credentials/seal.ts';
import { openConnections } from '#hub/connections/connections.ts';
import { streamsFor } from '#hub/connections/parts.ts';
import { Fault } from '#hub/fault.ts';
import type { Stream } from '#kit/stream.ts';
import { testDatabase } from '#test/database.ts';
import { CONTACTS, desk, EMAIL, KEYS, openDesk } from './desk.ts';

const database = await testDatabase();
const room = await openDesk(database.store);
const { on, connections, parts, told, signIn } = room;
afterAll(() => on.close());
const signal = new AbortController().signal;

const contacts: Stream = {
  title: 'Contacts',
  fields: {},
  shape: 1,
  deletions: 'never',
  timed: false,
  creates: { by: 'nothing' },
  batch: {},
  undo: { update: 'never', create: 'never', remove: 'never' },
  toRow: (raw) => ({ id: String(raw), fields: {}, raw }),
};

async function begin(workspace: number, more = {}) {
  const { url } = await connections.start({ workspace, connector: 'gsuite', by: 'key 1', session: 'mine', ...more });
  return url;
}
const params = (back: string) => new URL(back).searchParams;

test('an account is connected, told to the engine, and can be asked who it is', async () => {
  const workspace = await database.workspace();
  const back = await on.gsuite.consent(await begin(workspace, { returnTo: '/done?x=1' }));
  const arrival = await connections.finish(params(back), 'mine');
  expect(arrival).toMatchObject({ workspace, title: 'ada@example.com', made: true, missing: [], returnTo: '/done?x=1' });
  expect(told.at(-1)).toEqual({
    workspace,
    id: arrival.connection,
    connector: 'gsuite',
    account: expect.stringMatching(/^\d+$/),
    by: 'key 1',
  });
  expect(await connections.check(workspace, arrival.connection, signal)).toMatchObject({ title: 'ada@example.com' });
  expect(await connections.list(workspace, 0, 10)).toMatchObject([
    { title: 'ada@example.com', status: 'waiting', createdBy: 'key 1' },
  ]);
});

test('a state is used once, by the session that began, within ten minutes, and cannot be made up', async () => {
  const workspace = await database.workspace();
  const used = params(await on.gsuite.consent(await begin(workspace)));
  await connections.finish(used, 'mine');
  await expect(connections.finish(used, 'mine')).rejects.toMatchObject({
    kind: 'forbidden',
    message: expect.stringContaining('used already'),
  });

  const others = params(await on.gsuite.consent(await begin(workspace)));
  await expect(connections.finish(others, 'another')).rejects.toThrow('another browser');
  await expect(connections.finish(others, 'mine')).rejects.toThrow('used already');

  const without = params(await on.gsuite.consent(await begin(workspace)));
  await expect(connections.finish(without, undefined)).rejects.toThrow('another browser');

  const late = params(await on.gsuite.consent(await begin(workspace)));
  on.clock.turn(600_001);
  await expect(connections.finish(late, 'mine')).rejects.toThrow('longer than ten minutes');

  for (const forged of ['made up', '']) {
    await expect(connections.finish(new URLSearchParams({ state: forged, code: 'x' }), 'mine')).rejects.toBeInstanceOf(Fault);
  }
});

test('of two who come back with one state at the same time, one is served', async () => {
  const workspace = await database.workspace();
  const back = params(await on.gsuite.consent(await begin(workspace)));
  const ends = await Promise.allSettled([connections.finish(back, 'mine'), connections.finish(back, 'mine')]);
  expect(ends.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
});

test('a code of one sign-in is worth nothing in another: the challenge was another', async () => {
  const workspace = await database.workspace();
  const stolen = params(await on.gsuite.consent(await begin(workspace))).get('code')!;
  const mine = params(await on.gsuite.consent(await begin(workspace)));
  mine.set('code', stolen);
  await expect(connections.finish(mine, 'mine')).rejects.toMatchObject({ next: 'reconnect' });
});

test('a link belongs to the first browser that opens it', async () => {
  const workspace = await database.workspace();
  const { url } = await connections.start({ workspace, connector: 'gsuite', by: 'key 1' });
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:8080\/oauth\/start\?state=/);
  const state = new URL(url).searchParams.get('state')!;
  const { url: there, session } = await connections.open(state);
  expect(await connections.open(state, session)).toMatchObject({ session });
  await expect(connections.open(state, 'another')).rejects.toThrow('another browser');
  await expect(connections.open('made up')).rejects.toThrow('not known');
  const back = await on.gsuite.consent(there);
  expect(await connections.finish(params(back), session)).toMatchObject({ made: true });
});

test('the person’s no is a no, and leaves nothing behind', async () => {
  const workspace = await database.workspace();
  const back = await on.gsuite.consent(await begin(workspace), { deny: true });
  await expect(connections.finish(params(back), 'mine')).rejects.toMatchObject({
    next: 'refused',
    message: expect.stringContaining('access_denied'),
  });
  expect(await connections.list(workspace, 0, 10)).toEqual([]);
});

test('what was left unticked is named; without identity there is no connection', async () => {
  const workspace = await database.workspace();
  const back = await on.gsuite.consent(await begin(workspace), { scopes: ['openid', EMAIL] });
  const arrival = await connections.finish(params(back), 'mine');
  expect(arrival.missing).toEqual([{ stream: 'contacts', scopes: [CONTACTS] }]);
  expect(await connections.get(workspace, arrival.connection)).toMatchObject({
    status: 'limited',
    because: expect.stringContaining('Not allowed for contacts'),
  });
  const modest = { ...desk, auth: { ...desk.auth, scopes: { always: ['openid', EMAIL, 'more'], streams: {} } } };
  const strict = openConnections({ ...parts, connectors: { gsuite: modest } });
  const url = (await begin(workspace)).toString();
  await expect(strict.finish(params(await on.gsuite.consent(url)), 'mine')).rejects.toThrow('Not allowed at Desk: more');
});

test('streams may be chosen; one that is not there is refused', async () => {
  const workspace = await database.workspace();
  const chosen = openConnections({ ...parts, connectors: { gsuite: { ...desk, streams: { contacts } } } });
  const { url } = await chosen.start({ workspace, connector: 'gsuite', by: 'x', session: 's', streams: [] });
  expect(new URL(url).searchParams.get('scope')).toBe(`openid ${EMAIL}`);
  await expect(chosen.start({ workspace, connector: 'gsuite', by: 'x', streams: ['calls'] })).rejects.toMatchObject({
    problems: [{ path: 'streams', found: 'calls', allowed: 'contacts' }],
  });
});

test('a stream by choice is asked for when it is named, stays when somebody signs in anew, and is offered until then', async () => {
  const workspace = await database.workspace();
  const { gsuite } = connectors;
  const chosen = openConnections({ ...parts, connectors: { gsuite } });
  const who = { workspace, connector: 'gsuite', by: 'x', session: 's' };
  const signed = async (more = {}) => {
    const { url } = await chosen.start({ ...who, ...more });
    return chosen.finish(params(await on.gsuite.consent(url)), 's');
  };
  const { connection } = await signed();
  const plain = await chosen.get(workspace, connection);
  expect(plain.missing).toEqual([]);
  expect(plain.unused.map(({ stream }) => stream)).toContain('events');
  expect(Object.keys(streamsFor(gsuite, [...gsuite.auth.scopes.always, CONTACTS]))).toEqual(['contacts']);
  expect(await signed({ connection, streams: ['events'], settings: { invitations: 'all' } })).toMatchObject({ missing: [] });
  const { unused, settings } = await chosen.get(workspace, connection);
  expect(unused.map(({ stream }) => stream)).not.toContain('events');
  expect(settings).toEqual({ invitations: 'all' });
  const again = new URL((await chosen.start({ ...who, connection })).url).searchParams.get('scope');
  expect(again).toContain('auth/contacts');
  expect(again).toContain('auth/calendar.events');
  await expect(chosen.start({ ...who, settings: { invitations: 'some' } })).rejects.toMatchObject({
    problems: [{ path: 'invitations' }],
  });
  await chosen.disconnect(workspace, connection, 'x');
});

test('of a stream by choice that was asked for, what was left unticked is named', async () => {
  const workspace = await database.workspace();
  const chosen = openConnections({ ...parts, connectors: { gsuite: connectors.gsuite } });
  const { url } = await chosen.start({ workspace, connector: 'gsuite', by: 'x', session: 's', streams: ['contacts', 'events'] });
  const back = await on.gsuite.consent(url, { account: 'grace@example.com', scopes: [CONTACTS] });
  const { missing, connection } = await chosen.finish(params(back), 's');
  await chosen.disconnect(workspace, connection, 'x');
  expect(missing).toMatchObject([{ stream: 'events', scopes: [expect.stringMatching('calendar.events'), expect.anything()] }]);
});

test.each(['https://evil.example/', '//evil.example', '/\\evil.example', 'done'])(
  'returnTo %s leads off the hub',
  async (returnTo) => {
    await expect(begin(await database.workspace(), { returnTo })).rejects.toMatchObject({ kind: 'invalid' });
  },
);

test('the same account again is the same connection, with its settings, and the former grant is forgotten', async () => {
  const workspace = await database.workspace();
  const id = await signIn(workspace);
  await database.owner.query(`update connections set settings = '{"folder":"a"}' where id = $1`, [id]);
  on.gsuite.revoke();
  await expect(connections.check(workspace, id, signal)).rejects.toMatchObject({ next: 'reconnect' });
  expect(await connections.get(workspace, id)).toMatchObject({ status: 'paused' });
  expect(await signIn(workspace)).toBe(id);
  expect(await connections.get(workspace, id)).toMatchObject({ status: 'waiting', settings: { folder: 'a' } });
  expect(await connections.check(workspace, id, signal)).toMatchObject({ title: 'ada@example.com' });
  const { rows } = await database.owner.query('select count(*)::int as n from grants where workspace = $1', [workspace]);
  expect(rows[0].n).toBe(1);
});

test('a connection signed in anew wants its own account', async () => {
  const workspace = await database.workspace();
  const connection = await signIn(workspace);
  const url = await begin(workspace, { connection });
  expect(new URL(url).searchParams.get('login_hint')).toBe('ada@example.com');
  const back = await on.gsuite.consent(url, { account: 'grace@example.com' });
  await expect(connections.finish(params(back), 'mine')).rejects.toMatchObject({
    kind: 'conflict',
    message: expect.stringContaining('signed in as grace'),
  });
  await expect(begin(await database.workspace(), { connection })).rejects.toMatchObject({ kind: 'missing' });
});

test('disconnecting ends the access at the service and keeps the connection for the day it comes back', async () => {
  const workspace = await database.workspace();
  const id = await signIn(workspace, 'grace@example.com');
  expect(await connections.disconnect(workspace, id, 'key 1')).toEqual({ revoked: true, note: '' });
  expect(await connections.get(workspace, id)).toMatchObject({
    status: 'disconnected',
    because: expect.stringContaining('key 1'),
  });
  await expect(connections.context(workspace, id, signal)).rejects.toMatchObject({ next: 'reconnect' });
  expect(await connections.disconnect(workspace, id, 'key 1')).toMatchObject({ revoked: false });
  expect(await signIn(workspace, 'grace@example.com')).toBe(id);
});

test('access that another workspace lives on is not ended', async () => {
  const [ours, theirs] = [await database.workspace(), await database.workspace()];
  const [id, other] = [await signIn(ours), await signIn(theirs)];
  expect(await connections.disconnect(ours, id, 'key 1')).toEqual({
    revoked: false,
    note: expect.stringContaining('another connection'),
  });
  expect(await connections.check(theirs, other, signal)).toMatchObject({ title: 'ada@example.com' });
});

test('a workspace’s own app goes before the installation’s, and its secret is never seen again', async () => {
  const workspace = await database.workspace();
  expect(await connections.connectors(workspace)).toMatchObject([{ app: { of: 'installation', id: 'switchboard-demo' } }]);
  await connections.setApp(workspace, 'gsuite', { id: 'own-app', secret: 'own-secret' });
  expect(new URL(await begin(workspace)).searchParams.get('client_id')).toBe('own-app');
  const [view] = await connections.connectors(workspace);
  expect(view!.app).toEqual({ of: 'workspace', id: 'own-app' });
  const { rows } = await database.owner.query('select sealed from apps where workspace = $1', [workspace]);
  expect(JSON.stringify(rows)).not.toContain('own-secret');
  await connections.unsetApp(workspace, 'gsuite');
  await expect(connections.unsetApp(workspace, 'gsuite')).rejects.toMatchObject({ kind: 'missing' });
});

test('without an app, the error says how to set one', async () => {
  const bare = openConnections({ ...parts, clientOf: () => undefined });
  const asked = bare.start({ workspace: await database.workspace(), connector: 'gsuite', by: 'x' });
  await expect(asked).rejects.toMatchObject({
    advice: expect.stringMatching(/GSUITE_CLIENT_ID and GSUITE_CLIENT_SECRET.*README\.md/),
  });
  await expect(connections.start({ workspace: 1, connector: 'nothing', by: 'x' })).rejects.toMatchObject({ kind: 'missing' });
});

test('keys rotate while the hub runs: everything sealed opens with the new one alone', async () => {
  const workspace = await database.workspace();
  const id = await signIn(workspace);
  await connections.setApp(workspace, 'gsuite', { id: 'switchboard-demo', secret: 'demo-secret' });
  const back = await on.gsuite.consent(await begin(workspace));
  const fresh = newKey('second');
  const rotating = openConnections({ ...parts, seal: createSeal(keyringFrom([fresh, ...KEYS], 'the test')) });
  const { seen, renewed } = await rotating.reseal();
  expect(renewed).toBe(seen);
  expect(await rotating.reseal()).toEqual({ seen, renewed: 0 });
  const rotated = openConnections({ ...parts, seal: createSeal(keyringFrom([fresh], 'the test')) });
  expect(await rotated.check(workspace, id, signal)).toMatchObject({ title: 'ada@example.com' });
  expect(await rotated.finish(params(back), 'mine')).toMatchObject({ connection: id });
  await expect(connections.check(workspace, id, signal)).rejects.toMatchObject({
    message: expect.stringContaining('key "second"'),
  });
});

test('one workspace cannot reach the connections of another', async () => {
  const id = await signIn(await database.workspace());
  const stranger = await database.workspace();
  await expect(connections.get(stranger, id)).rejects.toMatchObject({ kind: 'missing' });
  await expect(connections.disconnect(stranger, id, 'key 1')).rejects.toMatchObject({ kind: 'missing' });
  await expect(connections.context(stranger, id, signal)).rejects.toMatchObject({ kind: 'missing' });
});

/** Those where somebody signs in; an app that does so as itself is told in client-credentials.test.ts. */
const people: { readonly [connector in Exclude<keyof typeof connectors, 'paypal'>]: string } = {
  gsuite: 'ada@example.com',
  office365: 'ada@contoso.example',
  quickbooks: 'Gardener’s World Ltd',
  ringcentral: 'ann@example.com',
  xero: 'Quayside Books Ltd',
};

test.each(Object.entries(people))('the shipped connector %s signs in and says whose account it is', async (connector, title) => {
  const shipped = openConnections({ ...parts, connectors });
  const workspace = await database.workspace();
  const { url } = await shipped.start({ workspace, connector, by: 'key 1', session: 'mine' });
  const arrival = await shipped.finish(params(await on.gsuite.consent(url)), 'mine');
  expect(arrival).toMatchObject({ connector, title, missing: [] });
  expect(await shipped.check(workspace, arrival.connection, signal)).toMatchObject({ title });
});
