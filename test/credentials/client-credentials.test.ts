/** Signing in as the app itself, over HTTP that answers as told. */
import nock from 'nock';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { enter } from '#credentials/client-credentials.ts';
import { createFreshness } from '#credentials/freshness.ts';
import { keyringFrom, newKey } from '#credentials/keyring.ts';
import { renewal } from '#credentials/renewal.ts';
import { createSeal } from '#credentials/seal.ts';
import { personalServiceOf, serviceOf } from '#credentials/service.ts';
import { type Tokens, tokensToJson } from '#credentials/tokens.ts';
import { openConnections } from '#hub/connections/connections.ts';
import type { ClientCredentials, Connector } from '#kit/connector.ts';
import { Reconnect, Refused, TryLater } from '#kit/errors.ts';
import { getConnection } from '#store/connections.ts';
import { grantSafe, insertGrant } from '#store/grants.ts';
import { testDatabase } from '#test/database.ts';
import { desk, openDesk } from './desk.ts';

const NOW = Date.parse('2026-03-01T10:00:00Z');
const APP = { id: 'an-app_1.0~x', secret: 's-e_c.r~e:t' };
const HOST = 'https://till.example';
const auth: ClientCredentials = {
  kind: 'client-credentials',
  token: { api: 'rest', path: 'v1/oauth2/token' },
  scopes: { always: [], streams: { sales: ['sales/read'] } },
  client: 'basic',
};
const till: Connector & { auth: ClientCredentials } = {
  ...desk,
  name: 'gsuite',
  title: 'Till',
  base: { rest: HOST },
  auth,
  settings: { seller: { kind: 'text', title: 'Seller', max: 13 } },
  async check(ctx) {
    const id = await ctx.call({ name: 'whoami', group: 'reads' }, async () => `${ctx.clientId}/${ctx.settings.seller ?? 'own'}`);
    return { id, title: id };
  },
};
const service = serviceOf(till, {});
const old: Tokens = { access: 'A1', scopes: ['a'], clientId: APP.id, issued: NOW, expires: NOW + 3_600_000 };
const whole = { access_token: 'A2', token_type: 'Bearer', expires_in: 31_668, scope: 'sales/read openid', nonce: 'n' };

const asking = () => nock(HOST).post('/v1/oauth2/token', { grant_type: 'client_credentials' });
const renewed = (tokens: Tokens) =>
  renewal(
    service,
    APP,
    tokens,
    () => NOW,
    (send) => send(),
  );

beforeEach(() => nock.disableNetConnect());
afterEach(() => {
  const left = nock.pendingMocks();
  nock.cleanAll();
  nock.enableNetConnect();
  expect(left).toEqual([]);
});

test('the app proves itself with id and secret as they are, and its token lives as long as the answer says', async () => {
  const proof = Buffer.from(`${APP.id}:${APP.secret}`).toString('base64');
  asking().matchHeader('authorization', `Basic ${proof}`).reply(200, whole);
  expect(await enter(service, APP, NOW)).toEqual({
    access: 'A2',
    scopes: ['sales/read', 'openid'],
    clientId: APP.id,
    issued: NOW,
    expires: NOW + 31_668_000,
  });
});

test('a new token is got as the first was; an app that was exchanged is not used behind anybody’s back', async () => {
  asking().reply(200, whole);
  expect(await renewed(old)).toMatchObject({ access: 'A2' });
  const error = await renewed({ ...old, clientId: 'former' }).catch((error: unknown) => error);
  expect(error).toBeInstanceOf(Reconnect);
  expect((error as Reconnect).advice).toContain('--again');
});

test('an app that is not known any more is dead when renewed, and refused at the first sign-in', async () => {
  const no = { error: 'invalid_client', error_description: 'Client Authentication failed' };
  asking().reply(401, no);
  await expect(enter(service, APP, NOW)).rejects.toBeInstanceOf(Refused);
  asking().reply(401, no);
  await expect(renewed(old)).rejects.toBeInstanceOf(Reconnect);
  asking().reply(503, 'busy');
  await expect(renewed(old)).rejects.toBeInstanceOf(TryLater);
});

test('nobody signs in to it in a browser', () => {
  expect(() => personalServiceOf(till, {})).toThrow(Refused);
});

test('however many ask at once, one token is fetched, and kept sealed', async () => {
  const { store, workspace: make } = await testDatabase();
  const workspace = await make();
  const seal = createSeal(keyringFrom([newKey('first')], 'the tests'));
  const place = { kind: 'grant', connector: 'gsuite', workspace } as const;
  const sealed = await seal.close(place, tokensToJson({ ...old, expires: NOW - 1 }));
  const grant = await store.workspace(workspace, (tx) => insertGrant(tx, { connector: 'gsuite', sealed, expires: NOW - 1 }));
  const refresh = (_ref: object, _name: string, tokens: Tokens) => renewed(tokens);
  const two = [1, 2].map(() => createFreshness({ safe: grantSafe(store), seal, now: () => NOW, refresh }));
  asking().once().reply(200, whole);
  const all = await Promise.all(Array.from({ length: 40 }, (_, n) => two[n % 2]!.tokens({ workspace, grant })));
  expect(new Set(all.map(({ access }) => access))).toEqual(new Set(['A2']));
});

test('an account is connected as the app, with its settings; a dead app pauses it with the reason, and connecting again revives it', async () => {
  const database = await testDatabase();
  const workspace = await database.workspace();
  nock.enableNetConnect('127.0.0.1');
  const { parts, on } = await openDesk(database.store);
  const connections = openConnections({ ...parts, hosts: {}, connectors: { gsuite: till }, clientOf: () => APP });
  const entry = { workspace, connector: 'gsuite', by: 'key 1' };
  asking().reply(200, whole);
  const made = await connections.enter({ ...entry, settings: { seller: 'S1' } });
  expect(made).toMatchObject({ title: `${APP.id}/S1`, made: true, missing: [] });
  const id = made.connection;
  expect((await connections.get(workspace, id)).settings).toEqual({ seller: 'S1' });

  await expect(connections.enter({ ...entry, settings: { color: 'red' } })).rejects.toMatchObject({ kind: 'invalid' });
  await expect(connections.start(entry)).rejects.toBeInstanceOf(Refused);

  on.clock.turn(9 * 3_600_000);
  asking().reply(401, { error: 'invalid_client' });
  const { signal } = new AbortController();
  await expect(connections.check(workspace, id, signal)).rejects.toBeInstanceOf(Reconnect);
  const row = await database.store.workspace(workspace, (tx) => getConnection(tx, id));
  expect(row).toMatchObject({ state: 'paused', reason: expect.stringContaining('client secret') });

  asking().reply(200, { ...whole, access_token: 'A3' });
  expect(await connections.enter({ ...entry, connection: id })).toMatchObject({ connection: id, made: false });
  expect((await connections.get(workspace, id)).settings).toEqual({ seller: 'S1' });
  expect((await connections.check(workspace, id, signal)).title).toBe(`${APP.id}/S1`);
  expect(await connections.disconnect(workspace, id, 'key 1')).toMatchObject({ revoked: false });
  await on.close();
});
