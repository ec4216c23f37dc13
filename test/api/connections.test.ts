import { afterAll, expect, test } from 'vitest';
import { connectionRoutes } from '#api/connections.ts';
import type { Caller } from '#api/entry.ts';
import { oauthRoutes } from '#api/oauth.ts';
import type { Route } from '#api/route.ts';
import { openConnections } from '#hub/connections/connections.ts';
import { ROLES } from '#hub/permissions.ts';
import { openDesk } from '#test/credentials/desk.ts';
import { testDatabase } from '#test/database.ts';
import { answerConsent } from '#test/emulators/kit/consenting.ts';
import { asFull, sending, serve } from './harness.ts';

const database = await testDatabase();
const workspace = await database.workspace();
let home = '';
const { on, parts } = await openDesk(database.store);
afterAll(() => on.close());
const connections = openConnections({ ...parts, publicUrl: () => home });
const routes: Route[] = [...connectionRoutes(connections), ...oauthRoutes(connections)];
const callers: { [key: string]: Caller } = {
  full: { workspace, by: 'key 1', permissions: new Set(ROLES.admin) },
  reader: { workspace, by: 'key 2', permissions: new Set(ROLES.reader) },
};
const { url } = await serve(routes, async (key) => callers[key]);
home = url;

const get = (path: string) => fetch(url + path, { headers: asFull });

/** What a browser does with a link: follows it, answers the consent page, comes back with its cookie. */
async function browse(link: string, decision = {}, keepCookie = true): Promise<Response> {
  const off = await fetch(link, { redirect: 'manual' });
  expect(off.status).toBe(302);
  const cookie = off.headers.get('set-cookie')!;
  expect(cookie).toMatch(/HttpOnly; SameSite=Lax/);
  const back = await answerConsent(off.headers.get('location')!, decision);
  return fetch(back, { redirect: 'manual', headers: keepCookie ? { cookie: cookie.split(';')[0]! } : {} });
}

async function link(more = {}): Promise<string> {
  const answer = await fetch(`${url}/api/connections`, sending({ connector: 'gsuite', ...more }));
  expect(answer.status).toBe(200);
  return (await answer.json()).url;
}

test('an account is connected through a browser, listed, asked, and disconnected; no answer bears a secret', async () => {
  const seen: string[] = [];
  const done = await browse(await link());
  expect(done.status).toBe(200);
  seen.push(await done.text());
  expect(seen[0]).toContain('ada@example.com is connected');
  expect(done.headers.get('cache-control')).toBe('no-store');
  const listed = await get('/api/connections');
  seen.push(await listed.clone().text());
  const { items } = await listed.json();
  expect(items).toMatchObject([{ title: 'ada@example.com', status: 'waiting', createdBy: 'key 1' }]);
  const path = `/api/connections/${items[0].id}`;
  for (const more of ['', '/health']) {
    const answer = await get(path + more);
    expect(answer.status).toBe(200);
    seen.push(await answer.text());
  }
  const ended = await fetch(url + path, { method: 'DELETE', headers: asFull });
  expect(await ended.json()).toEqual({ revoked: true, note: '' });
  expect((await get(`${path}/health`)).status).toBe(409);
  for (const text of seen) expect(text).not.toMatch(/ya29|1\/\/0|demo-secret|eyJ/);
});

test('a person is led back to where they came from', async () => {
  const done = await browse(await link({ returnTo: '/settings' }));
  expect([done.status, done.headers.get('location')]).toEqual([303, '/settings']);
});

test('an answer that another browser brings is refused, readably', async () => {
  const refused = await browse(await link(), {}, false);
  expect(refused.status).toBe(403);
  expect(refused.headers.get('content-type')).toContain('text/html');
  expect(await refused.text()).toContain('begun in another browser');
});

test('the person’s no is shown, and so is a link that is worth nothing; what comes in is not trusted as HTML', async () => {
  const denied = await browse(await link(), { deny: true });
  expect(denied.status).toBe(422);
  expect(await denied.text()).toContain('access_denied');
  const forged = await fetch(`${url}/oauth/callback?state=x&error=${encodeURIComponent('<script>')}&unknown=1`);
  expect(forged.status).toBe(403);
  expect(await forged.text()).not.toContain('<script>');
  expect((await fetch(`${url}/oauth/start?state=x`)).status).toBe(403);
});

test('a connection is signed in anew and stays what it was', async () => {
  await browse(await link());
  const { items } = await (await get('/api/connections')).json();
  const again = await fetch(`${url}/api/connections/${items[0].id}/reconnect`, sending({}));
  const done = await browse((await again.json()).url);
  expect(await done.text()).toContain(`connected again (gsuite, connection ${items[0].id})`);
});

test('a workspace’s own app is set and unset, and its secret is not shown', async () => {
  const put = await fetch(`${url}/api/connectors/gsuite/app`, sending({ clientId: 'own', clientSecret: 'hidden-away' }, 'PUT'));
  expect(put.status).toBe(204);
  const listed = await (await get('/api/connectors')).text();
  expect(listed).toContain('"id":"own"');
  expect(listed).not.toContain('hidden-away');
  const path = `${url}/api/connectors/gsuite/app`;
  expect((await fetch(path, { method: 'DELETE', headers: asFull })).status).toBe(204);
  expect((await fetch(path, { method: 'DELETE', headers: asFull })).status).toBe(404);
});

test('who may only read may not connect; what is not there is 404; a bad wish is named', async () => {
  const reader = { authorization: 'Bearer reader', 'content-type': 'application/json' };
  const asked = await fetch(`${url}/api/connections`, { method: 'POST', headers: reader, body: '{"connector":"gsuite"}' });
  expect(asked.status).toBe(403);
  expect((await fetch(`${url}/api/connections`, { headers: reader })).status).toBe(200);
  expect((await get('/api/connections/999999')).status).toBe(404);
  expect((await fetch(`${url}/api/connections`, sending({ connector: 'nothing' }))).status).toBe(404);
  const bad = await fetch(`${url}/api/connections`, sending({ connector: 'gsuite', returnTo: 'https://evil.example' }));
  expect([bad.status, (await bad.json()).problems[0].path]).toEqual([422, 'returnTo']);
});
