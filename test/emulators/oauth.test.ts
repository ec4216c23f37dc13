import { createHash, randomBytes } from 'node:crypto';
import { createLocalJWKSet, jwtVerify } from 'jose';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { client } from './client.ts';
import { type Emulators, startEmulators } from './index.ts';
import { createClock } from './kit/clock.ts';

let on: Emulators;
const REDIRECT = 'http://127.0.0.1:8080/callback';
const CONTACTS = 'https://www.googleapis.com/auth/contacts';
const EMAIL = 'https://www.googleapis.com/auth/userinfo.email';

beforeEach(async () => {
  on = await startEmulators({
    clock: createClock(Date.parse('2026-03-01T10:00:00Z')),
    gsuite: { accounts: [{ email: 'ada@example.com' }, { email: 'grace@example.com' }] },
  });
});
afterEach(() => on.close());

const verifier = randomBytes(32).toString('base64url');

function authoriseUrl(more: { [name: string]: string } = {}): string {
  const params = new URLSearchParams({
    response_type: 'code',
    client_id: 'switchboard-demo',
    redirect_uri: REDIRECT,
    scope: `${CONTACTS} openid email`,
    state: 's1',
    access_type: 'offline',
    prompt: 'consent',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    ...more,
  });
  return `${on.gsuite.hosts.accounts}o/oauth2/v2/auth?${params}`;
}

async function post(path: string, form: { [name: string]: string }) {
  const response = await fetch(`${on.gsuite.hosts.oauth}${path}`, { method: 'POST', body: new URLSearchParams(form) });
  return { status: response.status, body: await response.json() };
}

const app = { client_id: 'switchboard-demo', client_secret: 'demo-secret' };

async function codeFrom(url: string, decision = {}): Promise<string> {
  return new URL(await on.gsuite.consent(url, decision)).searchParams.get('code') ?? '';
}

const exchange = (code: string, more = {}) =>
  post('token', { grant_type: 'authorization_code', code, redirect_uri: REDIRECT, code_verifier: verifier, ...app, ...more });

test('a consent given leads back with a code that buys tokens once', async () => {
  const back = new URL(await on.gsuite.consent(authoriseUrl()));
  expect(back.searchParams.get('state')).toBe('s1');
  const code = back.searchParams.get('code') ?? '';
  const { status, body } = await exchange(code);
  expect(status).toBe(200);
  expect(body).toMatchObject({ expires_in: 3599, token_type: 'Bearer', scope: `${CONTACTS} openid ${EMAIL}` });
  expect(body.refresh_token).toMatch(/^1\/\/0/);
  const jwks = await (await fetch(`${on.gsuite.hosts.www}oauth2/v3/certs`)).json();
  const { payload } = await jwtVerify(body.id_token, createLocalJWKSet(jwks), { currentDate: new Date(on.clock.now()) });
  expect(payload).toMatchObject({ iss: 'https://accounts.google.com', aud: 'switchboard-demo', email: 'ada@example.com' });
  const who = await fetch(`${on.gsuite.hosts.www}oauth2/v2/userinfo`, {
    headers: { authorization: `Bearer ${body.access_token}` },
  });
  expect(await who.json()).toMatchObject({ id: payload.sub, email: 'ada@example.com' });
  expect(await exchange(code)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
});

test('a code dies after ten minutes', async () => {
  const code = await codeFrom(authoriseUrl());
  on.clock.turn(600_000);
  expect(await exchange(code)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
});

test('a wrong verifier, redirect address or secret buys nothing', async () => {
  const code = await codeFrom(authoriseUrl());
  expect(await exchange(code, { code_verifier: 'x'.repeat(43) })).toMatchObject({
    status: 400,
    body: { error: 'invalid_grant' },
  });
  expect(await exchange(code, { redirect_uri: `${REDIRECT}/other` })).toMatchObject({
    status: 400,
    body: { error: 'redirect_uri_mismatch' },
  });
  expect(await exchange(code, { client_secret: 'guess' })).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
  expect((await exchange(code)).status).toBe(200);
});

test('the login hint chooses the account, ticks choose the scopes, deny leads back with an error', async () => {
  const code = await codeFrom(authoriseUrl({ login_hint: 'grace@example.com' }), { scopes: [] });
  const { body } = await exchange(code);
  expect(body.scope).toBe(`openid ${EMAIL}`);
  const listed = await client(on.gsuite, body.access_token).list();
  expect(listed.status).toBe(403);
  expect(listed.headers.get('www-authenticate')).toContain('insufficient_scope');
  expect(JSON.stringify(listed.body)).toContain('ACCESS_TOKEN_SCOPE_INSUFFICIENT');
  const denied = new URL(await on.gsuite.consent(authoriseUrl(), { deny: true }));
  expect(denied.searchParams.get('error')).toBe('access_denied');
  expect(denied.searchParams.get('state')).toBe('s1');
});

test('an unknown app, address or scope gets a page, not a redirect', async () => {
  await expect(on.gsuite.consent(authoriseUrl({ client_id: 'nobody' }))).rejects.toThrow('401: invalid_client');
  await expect(on.gsuite.consent(authoriseUrl({ redirect_uri: 'https://evil.example/' }))).rejects.toThrow(
    'redirect_uri_mismatch',
  );
  await expect(on.gsuite.consent(authoriseUrl({ scope: 'everything' }))).rejects.toThrow('invalid_scope');
});

test('without prompt=consent the refresh token comes only the first time', async () => {
  const first = await exchange(await codeFrom(authoriseUrl({ prompt: 'select_account' })));
  const second = await exchange(await codeFrom(authoriseUrl({ prompt: 'select_account' })));
  expect(first.body.refresh_token).toBeDefined();
  expect(second.body.refresh_token).toBeUndefined();
});

test('access tokens expire by the clock, a refresh gives another and keeps the refresh token', async () => {
  const { accessToken, refreshToken = '' } = on.gsuite.grant();
  expect((await client(on.gsuite, accessToken).list()).status).toBe(200);
  on.clock.turn(3_599_000);
  expect((await client(on.gsuite, accessToken).list()).status).toBe(401);
  const refreshed = await post('token', { grant_type: 'refresh_token', refresh_token: refreshToken, ...app });
  expect(refreshed.status).toBe(200);
  expect(refreshed.body.refresh_token).toBeUndefined();
  expect((await client(on.gsuite, refreshed.body.access_token).list()).status).toBe(200);
  on.clock.turn(183 * 24 * 3_600_000);
  expect(await post('token', { grant_type: 'refresh_token', refresh_token: refreshToken, ...app })).toEqual({
    status: 400,
    body: { error: 'invalid_grant', error_description: 'Token has been expired or revoked.' },
  });
});

test('a revocation ends access and refresh tokens alike', async () => {
  const { accessToken, refreshToken = '' } = on.gsuite.grant();
  expect((await post('revoke', { token: refreshToken })).status).toBe(200);
  expect((await client(on.gsuite, accessToken).list()).status).toBe(401);
  expect((await post('token', { grant_type: 'refresh_token', refresh_token: refreshToken, ...app })).body.error).toBe(
    'invalid_grant',
  );
  expect((await post('revoke', { token: refreshToken })).status).toBe(400);
});

test('of more than a hundred live refresh tokens the oldest dies', async () => {
  const first = on.gsuite.grant();
  for (let i = 0; i < 100; i++) on.gsuite.grant();
  const { body } = await post('token', { grant_type: 'refresh_token', refresh_token: first.refreshToken ?? '', ...app });
  expect(body.error).toBe('invalid_grant');
});

test('where refresh tokens rotate, the old one dies', async () => {
  const rotating = await startEmulators({ gsuite: { rotates: true } });
  const { refreshToken = '' } = rotating.gsuite.grant();
  const refresh = async (token: string) => {
    const form = new URLSearchParams({ grant_type: 'refresh_token', refresh_token: token, ...app });
    return (await fetch(`${rotating.gsuite.origin}token`, { method: 'POST', body: form })).json();
  };
  const next = await refresh(refreshToken);
  expect(next.refresh_token).not.toBe(refreshToken);
  expect((await refresh(refreshToken)).error).toBe('invalid_grant');
  expect((await refresh(next.refresh_token)).access_token).toBeDefined();
  await rotating.close();
});
