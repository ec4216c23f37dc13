import nock from 'nock';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { authorizeUrl, exchange, type Journey, newState, newVerifier, refresh, revoke } from '#credentials/oauth.ts';
import { missingScopes, scopesFor } from '#credentials/scopes.ts';
import { addressOf, baseOf, serviceOf } from '#credentials/service.ts';
import { isFresh, type Tokens } from '#credentials/tokens.ts';
import { Changed, Reconnect, Refused, TryLater } from '#kit/errors.ts';
import { APP, CONTACTS, desk, EMAIL } from './desk.ts';

const NOW = Date.parse('2026-03-01T10:00:00Z');
const service = serviceOf(desk, {});
const journey: Journey = { state: newState(), verifier: newVerifier(), redirectUri: 'http://127.0.0.1/back', scopes: ['a', 'b'] };
const old: Tokens = { access: 'A1', refresh: 'R1', scopes: ['a'], clientId: APP.id, issued: NOW, expires: NOW + 3_600_000 };
const back = (more: { [name: string]: string } = {}) => new URLSearchParams({ state: journey.state, code: 'C1', ...more });

const token = () => nock('https://oauth2.googleapis.com').post('/token');
const refreshed = () => refresh(service, APP, old, NOW);
const exchanged = (params = back()) => exchange(service, APP, journey, params, NOW);
const whole = { access_token: 'A2', token_type: 'Bearer', expires_in: 3600, refresh_token: 'R2', scope: 'a' };

beforeEach(() => nock.disableNetConnect());
afterEach(() => {
  nock.cleanAll();
  nock.enableNetConnect();
});

describe('the way there', () => {
  test('names the app, the scopes, the state and an S256 challenge, and never the verifier or the secret', async () => {
    const url = new URL(await authorizeUrl(service, APP, journey, 'ada@example.com'));
    expect(url.origin + url.pathname).toBe('https://accounts.google.com/o/oauth2/v2/auth');
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      response_type: 'code',
      client_id: APP.id,
      redirect_uri: journey.redirectUri,
      scope: 'a b',
      state: journey.state,
      access_type: 'offline',
      login_hint: 'ada@example.com',
      code_challenge_method: 'S256',
    });
    expect(url.href).not.toContain(journey.verifier);
    expect(url.href).not.toContain(APP.secret);
  });

  test('unencrypted addresses are for this machine only', () => {
    for (const host of ['http://127.0.0.1:9/', 'http://localhost:9/', 'http://[::1]:9/', 'https://proxy.example/']) {
      expect(addressOf({ connector: 'x', base: { a: host } }, { api: 'a', path: '/p' }).href).toBe(`${host}p`);
    }
    for (const host of ['http://10.0.0.1/', 'http://127.0.0.1.evil.example/', 'http://localhost.evil.example/']) {
      expect(() => addressOf({ connector: 'x', base: { a: host } }, { api: 'a', path: 'p' })).toThrow('not https');
    }
  });

  test('an override of an API the connector has not is said, not ignored', () => {
    expect(() => baseOf(desk, { gsuite: { poeple: 'http://127.0.0.1/' } })).toThrow(
      'found poeple; this connector has people, oauth',
    );
  });

  test('scopes are asked for by stream, and what was not granted is named by stream', () => {
    expect(scopesFor(desk.auth)).toEqual(['openid', EMAIL, CONTACTS]);
    expect(scopesFor(desk.auth, [])).toEqual(['openid', EMAIL]);
    expect(missingScopes(desk.auth, ['openid', EMAIL, CONTACTS])).toEqual([]);
    expect(missingScopes(desk.auth, ['openid'])).toEqual([{ scopes: [EMAIL] }, { stream: 'contacts', scopes: [CONTACTS] }]);
  });
});

describe('the way back', () => {
  test('code, verifier and secret buy tokens; an unreadable ID token does not matter', async () => {
    nock('https://oauth2.googleapis.com')
      .post('/token', {
        grant_type: 'authorization_code',
        code: 'C1',
        redirect_uri: journey.redirectUri,
        code_verifier: journey.verifier,
        client_id: APP.id,
        client_secret: APP.secret,
      })
      .reply(200, { ...whole, id_token: 'nonsense' });
    const tokens = await exchanged();
    expect(tokens).toEqual({
      access: 'A2',
      refresh: 'R2',
      scopes: ['a'],
      clientId: APP.id,
      issued: NOW,
      expires: NOW + 3_600_000,
    });
  });

  test('an answer without scope granted what was asked', async () => {
    token().reply(200, { ...whole, scope: undefined });
    expect((await exchanged()).scopes).toEqual(['a', 'b']);
  });

  test('tokens that end and cannot be refreshed are refused at once, not an hour later', async () => {
    token().reply(200, { ...whole, refresh_token: undefined });
    await expect(exchanged()).rejects.toMatchObject({ next: 'refused', advice: expect.stringContaining('security settings') });
  });

  test('an answer of another issuer is refused; the declared one and the overriding one are known', async () => {
    await expect(exchanged(back({ iss: 'https://evil.example' }))).rejects.toThrow('not from Desk');
    token().reply(200, whole);
    expect((await exchanged(back({ iss: 'https://accounts.google.com' }))).access).toBe('A2');
  });

  test.each([
    ['access_denied', Refused],
    ['admin_policy_enforced', Refused],
    ['org_internal', Refused],
    ['temporarily_unavailable', TryLater],
    ['something_new', Changed],
  ])('the person comes back with %s', async (error, kind) => {
    await expect(exchanged(new URLSearchParams({ state: journey.state, error }))).rejects.toBeInstanceOf(kind);
  });

  test('coming back without a code, or with another state, is no sign-in', async () => {
    await expect(exchanged(new URLSearchParams({ state: journey.state }))).rejects.toBeInstanceOf(Changed);
    await expect(exchanged(back({ state: 'another' }))).rejects.toThrow('state');
  });
});

describe('a refresh', () => {
  test('keeps the refresh token where the service gives no new one, and takes a new one', async () => {
    token().reply(200, { access_token: 'A2', token_type: 'Bearer', expires_in: 3600 });
    expect(await refreshed()).toMatchObject({ access: 'A2', refresh: 'R1', scopes: ['a'] });
    token().reply(200, whole);
    expect(await refreshed()).toMatchObject({ access: 'A2', refresh: 'R2' });
  });

  test.each([
    [400, { error: 'invalid_grant', error_description: 'Token has been expired or revoked.' }, Reconnect],
    [401, { error: 'invalid_client' }, Refused],
    [400, { error: 'unauthorized_client' }, Refused],
    [400, { error: 'unsupported_grant_type' }, Changed],
    [400, 'what?', Changed],
    [404, '<html>', Changed],
    [302, '', Changed],
    [200, '{"access_tok', Changed],
    [200, { token_type: 'Bearer' }, Changed],
    [200, { ...whole, token_type: 'mac' }, Changed],
    [500, { error: 'invalid_grant' }, TryLater],
    [503, '<html>', TryLater],
    [429, {}, TryLater],
  ])('answered with %i %j', async (status, body, kind) => {
    token().reply(status, body);
    await expect(refreshed()).rejects.toBeInstanceOf(kind);
  });

  test('says when to come back, in seconds or as a date', async () => {
    token().reply(429, {}, { 'retry-after': '7' });
    await expect(refreshed()).rejects.toMatchObject({ afterMs: 7000, notSent: true });
    token().reply(503, {}, { 'retry-after': new Date(NOW + 9000).toUTCString() });
    await expect(refreshed()).rejects.toMatchObject({ afterMs: 9000, notSent: false });
  });

  test('without an answer it is tried later', async () => {
    token().replyWithError(Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }));
    await expect(refreshed()).rejects.toMatchObject({ next: 'later', notSent: true });
    token().replyWithError(Object.assign(new Error('reset'), { code: 'ECONNRESET' }));
    await expect(refreshed()).rejects.toMatchObject({ next: 'later', notSent: false });
  });

  test('another app cannot refresh, and a grant without a refresh token is at its end', async () => {
    await expect(refresh(service, { ...APP, id: 'other' }, old, NOW)).rejects.toThrow('given to client id switchboard-demo');
    await expect(refresh(service, APP, { ...old, refresh: undefined }, NOW)).rejects.toBeInstanceOf(Reconnect);
  });

  test('no message bears a token or a secret', async () => {
    for (const body of [{ error: 'invalid_grant' }, 'what?']) {
      token().reply(400, body);
      const error: Error = await refreshed().then(
        () => expect.unreachable(),
        (thrown) => thrown,
      );
      for (const secret of ['A1', 'R1', APP.secret]) expect(`${error.message} ${JSON.stringify(error)}`).not.toContain(secret);
    }
  });
});

test('a revocation of what had ended before is well', async () => {
  const revocation = () => nock('https://oauth2.googleapis.com').post('/revoke');
  revocation().reply(200);
  expect(await revoke(service, APP, old, NOW)).toBe(true);
  revocation().reply(400, { error: 'invalid_token' });
  expect(await revoke(service, APP, old, NOW)).toBe(true);
  revocation().reply(503);
  await expect(revoke(service, APP, old, NOW)).rejects.toBeInstanceOf(TryLater);
  expect(await revoke({ ...service, auth: { ...service.auth, revoke: undefined } }, APP, old, NOW)).toBe(false);
});

test('a token is fresh until five minutes, or a fifth of its life, before its end', () => {
  expect([0, 3_299_999, 3_300_000].map((ms) => isFresh(old, NOW + ms))).toEqual([true, true, false]);
  const short = { ...old, expires: NOW + 60_000 };
  expect([0, 47_999, 48_000].map((ms) => isFresh(short, NOW + ms))).toEqual([true, true, false]);
  expect(isFresh({ ...old, expires: undefined }, NOW * 2)).toBe(true);
});
