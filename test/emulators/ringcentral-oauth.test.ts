import { createHash, randomBytes } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Emulators, startEmulators } from './index.ts';
import { createClock } from './kit/clock.ts';
import { codeOf, phone } from './phone.ts';
import type { Ringcentral } from './ringcentral/contract.ts';
import { RINGCENTRAL_RATES } from './ringcentral/rates.ts';

const REDIRECT = 'http://127.0.0.1:8080/oauth/callback';
const verifier = randomBytes(32).toString('base64url');
const BASIC = `Basic ${Buffer.from('switchboard-demo:demo-secret').toString('base64')}`;
let all: Emulators;
let on: Ringcentral;
beforeEach(async () => {
  all = await startEmulators({ clock: createClock(Date.parse('2026-03-01T10:00:00Z')) });
  on = all.ringcentral;
});
afterEach(() => all.close());

function authoriseUrl(more: { [name: string]: string } = {}): string {
  const params = new URLSearchParams({
    response_type: 'code',
    client_id: 'switchboard-demo',
    redirect_uri: REDIRECT,
    state: 's1',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    ...more,
  });
  return `${on.hosts.platform}restapi/oauth/authorize?${params}`;
}

async function token(form: { [name: string]: string }, authorization: string | undefined = BASIC) {
  const headers: { [name: string]: string } = authorization ? { authorization } : {};
  const address = `${on.hosts.platform}restapi/oauth/token`;
  const response = await fetch(address, { method: 'POST', headers, body: new URLSearchParams(form) });
  return { status: response.status, headers: response.headers, body: await response.json() };
}

async function codeFrom(url: string, decision = {}): Promise<string> {
  return new URL(await on.consent(url, decision)).searchParams.get('code') ?? '';
}

const exchange = (code: string, more = {}) =>
  token({ grant_type: 'authorization_code', code, redirect_uri: REDIRECT, code_verifier: verifier, ...more });

const refresh = (refresh_token: string, more = {}) => token({ grant_type: 'refresh_token', refresh_token, ...more });

const works = async (accessToken: string) => (await phone(on, accessToken).get('~/extension/~')).status === 200;

test('a consent given leads back with a code that buys tokens once, within a minute', async () => {
  const back = new URL(await on.consent(authoriseUrl(), { account: 'bob@example.com' }));
  expect(back.searchParams.get('state')).toBe('s1');
  const code = back.searchParams.get('code') ?? '';
  const { status, body } = await exchange(code);
  expect(status).toBe(200);
  expect(body).toMatchObject({
    token_type: 'bearer',
    ...{ expires_in: 3600, refresh_token_expires_in: 604_800, owner_id: String(on.company.find('bob')?.id) },
  });
  expect((await phone(on, body.access_token).get('~/extension/~')).body).toMatchObject({ name: 'Bob Baker' });
  expect(await exchange(code)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
  const late = await codeFrom(authoriseUrl());
  on.clock.turn(60_000);
  expect(await exchange(late)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
});

test('a wrong verifier, secret or redirect address buys nothing; a public client needs PKCE and no secret', async () => {
  const code = await codeFrom(authoriseUrl());
  expect((await exchange(code, { code_verifier: 'x'.repeat(43) })).body.error).toBe('invalid_grant');
  expect((await exchange(code, { redirect_uri: `${REDIRECT}/other` })).body.error).toBe('invalid_grant');
  const wrong = `Basic ${Buffer.from('switchboard-demo:guess').toString('base64')}`;
  expect(await token({ grant_type: 'refresh_token', refresh_token: 'x' }, wrong)).toMatchObject({
    status: 401,
    body: { error: 'invalid_client' },
  });
  const mobile = await codeFrom(authoriseUrl({ client_id: 'switchboard-device' }));
  const form = { grant_type: 'authorization_code', code: mobile, redirect_uri: REDIRECT, client_id: 'switchboard-device' };
  expect((await token(form, '')).body.error).toBe('invalid_grant');
  expect((await token({ ...form, code_verifier: verifier }, '')).status).toBe(200);
  const denied = new URL(await on.consent(authoriseUrl(), { deny: true }));
  expect(denied.searchParams.get('error')).toBe('access_denied');
});

test('a refresh kills the old access token and gives the same pair again until ten seconds after its first use', async () => {
  const first = on.grant();
  const next = await refresh(first.refreshToken ?? '');
  expect(await works(first.accessToken)).toBe(false);
  on.clock.turn(30_000);
  const again = await refresh(first.refreshToken ?? '');
  expect(again.body.access_token).toBe(next.body.access_token);
  expect(again.body.refresh_token).toBe(next.body.refresh_token);
  expect(await works(next.body.access_token)).toBe(true);
  on.clock.turn(9_999);
  expect((await refresh(first.refreshToken ?? '')).status).toBe(200);
  on.clock.turn(1);
  expect(await refresh(first.refreshToken ?? '')).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
  expect((await refresh(next.body.refresh_token)).status).toBe(200);
});

test('a lost answer can be asked for again for an hour at most, a refresh token lives seven days', async () => {
  const first = on.grant();
  await refresh(first.refreshToken ?? '');
  on.clock.turn(3_600_000);
  expect((await refresh(first.refreshToken ?? '')).status).toBe(400);
  const second = on.grant();
  on.clock.turn(7 * 24 * 3_600_000);
  expect((await refresh(second.refreshToken ?? '')).body.error).toBe('invalid_grant');
});

test('an expired access token is OAU-128, a strange one OAU-129', async () => {
  const { accessToken } = on.grant();
  on.clock.turn(3_600_000);
  expect(codeOf(await phone(on, accessToken).get('~'))).toBe('OAU-128');
  expect(codeOf(await phone(on, 'nonsense').get('~'))).toBe('OAU-129');
  const short = await refresh(on.grant().refreshToken ?? '', { access_token_ttl: '-1' });
  expect(short.body.expires_in).toBe(600);
});

test('revoking ends the session and no other; the sixth session ends the first', async () => {
  const [one, two] = [on.grant(), on.grant()];
  const form = new URLSearchParams({ token: one.refreshToken ?? '' });
  const address = `${on.hosts.platform}restapi/oauth/revoke`;
  expect((await fetch(address, { method: 'POST', headers: { authorization: BASIC }, body: form })).status).toBe(200);
  expect([await works(one.accessToken), await works(two.accessToken)]).toEqual([false, true]);
  for (let i = 0; i < 5; i++) on.grant();
  expect(await works(two.accessToken)).toBe(false);
});

test('a JWT credential signs its user in', async () => {
  const assertion = on.jwt('cid');
  const grant_type = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
  const { body } = await token({ grant_type, assertion });
  expect((await phone(on, body.access_token).get('~/extension/~')).body).toMatchObject({ name: 'Cid Cooper' });
  expect((await token({ grant_type, assertion: 'a.b.c' })).body.error).toBe('invalid_grant');
});

test('each group has its limit, told in the headers; whoever exceeds it waits, and every call meanwhile begins the wait anew', async () => {
  on.setRates(RINGCENTRAL_RATES);
  const api = phone(on);
  const first = await api.get('~/call-log');
  expect(first.headers.get('x-rate-limit-group')).toBe('heavy');
  expect([first.headers.get('x-rate-limit-limit'), first.headers.get('x-rate-limit-remaining')]).toEqual(['10', '9']);
  expect(first.headers.get('x-rate-limit-window')).toBe('60');
  for (let i = 0; i < 9; i++) expect((await api.get('~/call-log')).status).toBe(200);
  const refused = await api.get('~/call-log');
  expect([refused.status, codeOf(refused), refused.headers.get('retry-after')]).toEqual([429, 'CMN-301', '60']);
  on.clock.turn(59_000);
  expect((await api.get('~/call-log')).status).toBe(429);
  on.clock.turn(59_000);
  expect((await api.get('~/call-log')).status).toBe(429);
  on.clock.turn(60_000);
  expect((await api.get('~/call-log')).status).toBe(200);
  expect((await api.get('~/extension/~')).status).toBe(200);
  expect((await phone(on, on.grant('bob').accessToken).get('~/extension/~/call-log')).status).toBe(200);
});

test('five calls a minute at the token endpoint, refreshing included', async () => {
  on.setRates(RINGCENTRAL_RATES);
  let { refreshToken = '' } = on.grant();
  for (let i = 0; i < 5; i++) refreshToken = (await refresh(refreshToken)).body.refresh_token;
  expect((await refresh(refreshToken)).status).toBe(429);
  on.clock.turn(60_000);
  expect((await refresh(refreshToken)).status).toBe(200);
});
