/** Signing in at RingCentral: in a browser, by a JWT credential, and staying signed in. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { connectionRoutes } from '#api/connections.ts';
import { ringcentral } from '#connectors/ringcentral/index.ts';
import { keyringFrom, newKey } from '#credentials/keyring.ts';
import { createSeal } from '#credentials/seal.ts';
import { type Connections, openConnections } from '#hub/connections/connections.ts';
import { ROLES } from '#hub/permissions.ts';
import { createAllowance } from '#kit/allowance.ts';
import { TryLater } from '#kit/errors.ts';
import { sending, serve } from '#test/api/harness.ts';
import { testDatabase } from '#test/database.ts';
import { type Emulators, startEmulators } from '#test/emulators/index.ts';
import { createClock } from '#test/emulators/kit/clock.ts';

const database = await testDatabase();
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const { signal } = new AbortController();

let on: Emulators;
let connections: Connections;
let workspace: number;
beforeEach(async () => {
  workspace = await database.workspace();
  on = await startEmulators({ clock: createClock(Date.parse('2026-03-01T10:00:00Z')) });
  connections = openConnections({
    store: database.store,
    connectors: { ringcentral },
    hosts: on.hosts,
    publicUrl: () => 'http://127.0.0.1:8080',
    clientOf: () => ({ id: 'switchboard-demo', secret: 'demo-secret' }),
    seal: createSeal(keyringFrom([newKey('first')], 'the tests')),
    allowance: createAllowance(on.clock.now),
    now: on.clock.now,
    onConnected: async () => undefined,
  });
});
afterEach(() => on.close());

const tokenCalls = () => on.ringcentral.counters.calls['oauth.token'] ?? on.ringcentral.counters.calls.getToken ?? 0;
const check = (id: number) => connections.check(workspace, id, signal);
const statusOf = async (id: number) => (await connections.get(workspace, id)).status;

async function signIn(who = 'bob@example.com'): Promise<number> {
  const { url } = await connections.start({ workspace, connector: 'ringcentral', by: 'key 1', session: 'a browser' });
  expect(new URL(url).searchParams.has('scope')).toBe(false);
  const back = await on.ringcentral.consent(url, { account: who });
  return (await connections.finish(new URL(back).searchParams, 'a browser')).connection;
}

async function paste(who = 'bob', connection?: number) {
  return connections.paste({ workspace, connector: 'ringcentral', by: 'key 1', assertion: on.ringcentral.jwt(who), connection });
}

test('a browser signs in; the permissions are the app’s, and what it lacks is named by stream', async () => {
  const id = await signIn();
  expect(await connections.get(workspace, id)).toMatchObject({
    title: 'bob@example.com',
    missing: [],
    settings: { calls: 'own', extension: '102' },
  });
  on.ringcentral.setPermissions(['ReadAccounts', 'ReadMessages']);
  const again = await signIn();
  expect(again).toBe(id);
  expect((await connections.get(workspace, id)).missing.map(({ stream }) => stream).sort()).toEqual(['calls', 'contacts']);
});

test('an access token that ends is refreshed before it does, with the token that came last', async () => {
  const id = await signIn();
  for (let hours = 0; hours < 30; hours++) {
    on.clock.turn(HOUR - 4 * 60_000);
    expect((await check(id)).title).toBe('bob@example.com');
  }
});

test('a connection that nobody uses stays alive, without a call more than it needs', async () => {
  const id = await signIn();
  const before = tokenCalls();
  for (let hours = 0; hours < 21 * 24; hours += 6) {
    on.clock.turn(6 * HOUR);
    await connections.keepAlive();
  }
  expect(tokenCalls() - before).toBeLessThanOrEqual(10);
  expect((await check(id)).title).toBe('bob@example.com');
});

test('one that was left for longer than its refresh token lives is dead, and says so', async () => {
  const id = await signIn();
  on.clock.turn(8 * DAY);
  await expect(check(id)).rejects.toMatchObject({ next: 'reconnect' });
  expect(await statusOf(id)).toBe('paused');
});

describe('a JWT credential', () => {
  test('connects without a browser, as whoever made it, and by the API', async () => {
    const routes = connectionRoutes(connections);
    const permissions = new Set(ROLES.admin);
    const { url } = await serve(routes, async () => ({ workspace, by: 'key 1', permissions }));
    const jwt = on.ringcentral.jwt('ann');
    const answer = await fetch(`${url}/api/connections/assertion`, sending({ connector: 'ringcentral', assertion: ` ${jwt}\n` }));
    const body = await answer.json();
    expect([answer.status, body]).toEqual([
      200,
      { connection: expect.any(Number), title: 'ann@example.com', made: true, missing: [] },
    ]);
    expect(await connections.get(workspace, body.connection)).toMatchObject({ settings: { calls: 'company' } });
    const shown = await fetch(`${url}/api/connections/${body.connection}`, sending(undefined, 'GET'));
    expect(JSON.stringify(body) + (await shown.text())).not.toContain(jwt);
  });

  test('signs in again by itself when the refresh token died', async () => {
    const { connection } = await paste();
    on.clock.turn(30 * DAY);
    expect((await check(connection)).title).toBe('bob@example.com');
    on.ringcentral.revoke('bob');
    on.clock.turn(60_000);
    expect((await check(connection)).title).toBe('bob@example.com');
    expect(await statusOf(connection)).toBe('waiting');
  });

  test('that was revoked is dead, with the way to make another', async () => {
    const bad = connections.paste({ workspace, connector: 'ringcentral', by: 'key 1', assertion: 'no.such.credential' });
    await expect(bad).rejects.toMatchObject({ next: 'reconnect', advice: expect.stringContaining('JWT credential') });
  });

  test('revives a connection of the same account, and of no other', async () => {
    const { connection, made } = await paste();
    expect(made).toBe(true);
    expect(await paste('bob', connection)).toMatchObject({ connection, made: false });
    await expect(paste('ann', connection)).rejects.toThrow('The connection is for bob@example.com');
  });
});

test('within the penalty of the token endpoint nobody asks it again', async () => {
  const id = await signIn();
  on.clock.turn(2 * HOUR);
  const operation = Object.keys(on.ringcentral.counters.calls).find((name) => /token/i.test(name))!;
  on.ringcentral.faults.add({ kind: 'rate', retryAfter: 60, operation });
  const before = tokenCalls();
  for (const afterMs of [60_000, 40_000, 20_000]) {
    const error = await check(id).catch((error: unknown) => error);
    expect(error).toBeInstanceOf(TryLater);
    expect(error).toMatchObject({ afterMs });
    on.clock.turn(20_000);
  }
  expect(tokenCalls() - before).toBe(1);
  expect((await check(id)).title).toBe('bob@example.com');
});

test('disconnecting ends the session over there', async () => {
  // Nobody else here is connected as Cid: a session that serves others too is left alone.
  const id = await signIn('cid@example.com');
  expect(await connections.disconnect(workspace, id, 'key 1')).toMatchObject({ revoked: true });
});
