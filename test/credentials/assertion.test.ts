/** Signing in by an assertion that somebody pasted, and the proof an app gives of itself. */
import nock from 'nock';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { present } from '#credentials/assertion.ts';
import { renewal } from '#credentials/renewal.ts';
import { serviceOf } from '#credentials/service.ts';
import type { Tokens } from '#credentials/tokens.ts';
import { tokensFromJson, tokensToJson } from '#credentials/tokens.ts';
import { Reconnect, Refused, TryLater } from '#kit/errors.ts';
import { desk } from './desk.ts';

const NOW = Date.parse('2026-03-01T10:00:00Z');
const APP = { id: 'an-app_1.0~x', secret: 's-e_c.r~e:t' };
const assertion = { title: 'signed slip', docs: 'https://desk.example/slips' };
const service = serviceOf({ ...desk, auth: { ...desk.auth, client: 'basic', assertion } }, {});
const old: Tokens = {
  access: 'A1',
  refresh: 'R1',
  assertion: 'J1',
  scopes: ['a'],
  clientId: APP.id,
  issued: NOW,
  expires: NOW + 3_600_000,
};
const whole = { access_token: 'A2', token_type: 'bearer', expires_in: 3600, refresh_token: 'R2', scope: 'a b' };

const asking = (form: { [name: string]: string }) => nock('https://oauth2.googleapis.com').post('/token', form);
const byAssertion = () => asking({ grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion: 'J1' });
const byRefresh = () => asking({ grant_type: 'refresh_token', refresh_token: 'R1' });
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

test('an assertion gives tokens, which keep it; the app proves itself with id and secret as they are', async () => {
  const proof = Buffer.from(`${APP.id}:${APP.secret}`).toString('base64');
  byAssertion().matchHeader('authorization', `Basic ${proof}`).reply(200, whole);
  const tokens = await present(service, APP, 'J1', NOW);
  expect(tokens).toEqual({
    access: 'A2',
    refresh: 'R2',
    assertion: 'J1',
    scopes: ['a', 'b'],
    clientId: APP.id,
    issued: NOW,
    expires: NOW + 3_600_000,
  });
  expect(tokensFromJson(JSON.parse(JSON.stringify(tokensToJson(tokens))))).toEqual(tokens);
});

test('one that is refused says where another is made', async () => {
  byAssertion().reply(400, { error: 'invalid_grant', error_description: 'Token expired' });
  const error = await present(service, APP, 'J1', NOW).catch((error: unknown) => error);
  expect(error).toBeInstanceOf(Reconnect);
  expect((error as Reconnect).advice).toContain(assertion.docs);
});

test('a service that takes none says so', async () => {
  await expect(present(serviceOf(desk, {}), APP, 'J1', NOW)).rejects.toBeInstanceOf(Refused);
});

test('while the refresh token lives it is used, and the assertion kept', async () => {
  byRefresh().reply(200, whole);
  expect(await renewed(old)).toMatchObject({ access: 'A2', refresh: 'R2', assertion: 'J1' });
});

test('where it died, or there was none, the assertion signs in', async () => {
  byRefresh().reply(400, { error: 'invalid_grant' });
  byAssertion().reply(200, whole);
  expect(await renewed(old)).toMatchObject({ access: 'A2', assertion: 'J1' });
  const { refresh_token: _, ...without } = whole;
  byAssertion().reply(200, without);
  const { refresh: _none, ...bare } = old;
  expect(await renewed(bare)).toMatchObject({ access: 'A2', assertion: 'J1' });
});

test('a service that cannot answer now is not asked in another way', async () => {
  byRefresh().reply(503, 'busy');
  expect(await renewed(old).catch((error: unknown) => error)).toBeInstanceOf(TryLater);
});

test('a grant of another app is not signed in anew behind anybody’s back', async () => {
  expect(await renewed({ ...old, clientId: 'former' }).catch((error: unknown) => error)).toBeInstanceOf(Reconnect);
});
