/** People met whom nobody knows, over HTTP. */
import { expect, test } from 'vitest';
import type { Caller } from '#api/entry.ts';
import { strangerRoutes } from '#api/strangers.ts';
import { openStrangers } from '#crm/people/strangers.ts';
import { ROLES, type Role } from '#hub/permissions.ts';
import { testCrm } from '#test/crm/crm.ts';
import { sending, serve } from './harness.ts';

const { crm, database, clock } = await testCrm();
const workspace = await database.workspace();
const marked: number[] = [];
const strangers = openStrangers({
  store: database.store,
  now: () => clock.now,
  marked: (of) => marked.push(of),
  edited: async () => undefined,
});
const caller = (role: Role): Caller => ({ workspace, by: role, permissions: new Set(ROLES[role]) });
const callers: { [key: string]: Caller } = { admin: caller('admin'), editor: caller('editor'), reader: caller('reader') };
const { url } = await serve(strangerRoutes(strangers), async (key) => callers[key]);

async function ask(key: string, path: string, body?: unknown, method = 'POST') {
  const authorization = `Bearer ${key}`;
  const request = body === undefined ? { headers: { authorization } } : sending(body, method, { authorization });
  const answer = await fetch(`${url}/api/strangers${path}`, request);
  return { status: answer.status, location: answer.headers.get('location'), body: await answer.json() };
}

test('an admin switches it on; whoever may write decides, and whoever may read looks', async () => {
  await crm.add({ workspace, by: 'me' }, 'event', {
    title: 'Review',
    start: { local: '2026-03-02T10:00:00', zone: 'Europe/Berlin' },
    attendees: [{ address: 'Ada@x.example', name: 'Ada' }, { address: 'bob@x.example' }],
  });
  expect((await ask('reader', '/policy')).body).toEqual({ policy: 'off' });
  expect((await ask('editor', '/policy', { policy: 'review' }, 'PUT')).status).toBe(403);
  expect((await ask('admin', '/policy', { policy: 'always' }, 'PUT')).status).toBe(422);
  expect(await ask('admin', '/policy', { policy: 'review' }, 'PUT')).toMatchObject({ status: 200, body: { policy: 'review' } });
  expect(marked).toEqual([workspace]);
  await crm.relink(workspace);
  const listed = await ask('reader', '?limit=1');
  expect(listed.body.items).toEqual([{ address: 'bob@x.example', name: '', times: 1, last: '2026-03-02T09:00:00.000Z' }]);
  expect((await ask('reader', `?after=${encodeURIComponent(listed.body.next)}`)).body).toMatchObject({
    items: [{ address: 'ada@x.example', name: 'Ada' }],
    next: null,
  });
  expect((await ask('reader', '/accept', { address: 'ada@x.example' })).status).toBe(403);
  const accepted = await ask('editor', '/accept', { address: 'ada@x.example', fields: { jobTitle: 'Countess' } });
  expect(accepted).toMatchObject({ status: 201, location: `/api/records/${accepted.body.id}`, body: { name: 'Ada' } });
  expect((await ask('editor', '/accept', { address: 'ada@x.example' })).status).toBe(409);
  expect((await ask('editor', '/accept', { address: 'nobody' })).body.problems).toMatchObject([{ path: 'address' }]);
  expect((await ask('editor', '/dismiss', { addresses: ['bob@x.example'] })).body).toEqual({ dismissed: ['bob@x.example'] });
  expect((await ask('reader', '')).body).toEqual({ items: [], next: null });
});

test.each([
  { last: '1 Jan 2026 (noon)', address: 'a@x.example' },
  { last: '2026-03-02T09:00:00.000Z', address: 'a\u0000@x.example' },
  { last: '2026-03-02T09:00:00.000Z', address: '\ud800@x.example' },
  { last: '+275760-09-13T00:00:00.000Z', address: 'a@x.example' },
])('a place that is none of ours is refused: %o', async (place) => {
  const after = Buffer.from(JSON.stringify(place)).toString('base64url');
  expect(await ask('reader', `?after=${after}`)).toMatchObject({ status: 422, body: { problems: [{ path: 'after' }] } });
});
