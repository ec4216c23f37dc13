/** Calls over HTTP: as they go, whose they are, notes, click-to-call, policies, the day's figure. */
import { beforeAll, expect, test } from 'vitest';
import { callPolicyRoutes } from '#api/call-policies.ts';
import { callRoutes } from '#api/calls.ts';
import type { Caller } from '#api/entry.ts';
import { placedCallRoutes } from '#api/placed-calls.ts';
import { ROLES, type Role } from '#hub/permissions.ts';
import { ADA, STORIES, told } from '#test/calls/stories.ts';
import { NOON, openWorld, type World } from '#test/calls/world.ts';
import { serve } from './harness.ts';

let world: World;
let url = '';

beforeAll(async () => {
  world = await openWorld();
  const stranger = await world.database.workspace('Another firm');
  const caller = (workspace: number, role: Role): Caller => ({ workspace, by: role, permissions: new Set(ROLES[role]) });
  const callers: { [key: string]: Caller } = {
    admin: caller(world.workspace, 'admin'),
    reader: caller(world.workspace, 'reader'),
    stranger: caller(stranger, 'admin'),
  };
  const { calls } = world;
  const served = await serve(
    [callRoutes, placedCallRoutes, callPolicyRoutes].flatMap((routes) => routes(calls)),
    async (key) => callers[key],
  );
  url = served.url;
  await world.hear(...told(STORIES.missed, { session: 'past', began: NOON - 60_000 }));
  world.turn(6_000);
  await world.calls.drain();
});

async function ask(method: string, path: string, body?: unknown, as = 'admin') {
  const headers = { authorization: `Bearer ${as}`, ...(body !== undefined && { 'content-type': 'application/json' }) };
  const answer = await fetch(url + path, { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) });
  const text = await answer.text();
  return { status: answer.status, body: text === '' ? null : JSON.parse(text) };
}

test('a call is told as it rings, as it is answered and as it ends', async () => {
  const abort = new AbortController();
  const answer = await fetch(`${url}/api/calls/live/events`, {
    headers: { authorization: 'Bearer reader' },
    signal: abort.signal,
  });
  let seen = '';
  const reading = (async () => {
    for await (const chunk of answer.body!) seen += Buffer.from(chunk).toString();
  })().catch(() => undefined);
  const events = told(STORIES.answered, { session: 'live' });
  await world.hear(events[0]!);
  await expect.poll(() => seen).toContain('"outcome":"ringing"');
  expect((await ask('GET', '/api/calls/live', undefined, 'reader')).body.items).toMatchObject([
    { session: 'live', stage: 'live' },
  ]);
  expect((await ask('GET', '/api/calls/live', undefined, 'stranger')).body.items).toEqual([]);
  await world.hear(...events.slice(1, 5));
  await expect.poll(() => seen).toContain('"outcome":"answered"');
  await world.hear(...events.slice(5));
  world.turn(6_000);
  await world.calls.drain();
  await expect.poll(() => seen).toContain('event: gone');
  abort.abort();
  await reading;
});

test('the period lists every call, and the queue those that wait for a person', async () => {
  const query = `connection=${world.connection}&since=2026-03-02T00:00:00Z&until=2026-03-03T00:00:00Z`;
  const first = await ask('GET', `/api/calls?${query}&limit=1`, undefined, 'reader');
  expect(first.body.items).toMatchObject([{ session: 'past', outcome: 'missed', question: 'unknown' }]);
  expect((await ask('GET', `/api/calls?${query}&after=${first.body.next}`)).body.items).toMatchObject([{ session: 'live' }]);
  const { items } = (await ask('GET', '/api/calls/unresolved')).body;
  expect(items.map((item: { session: string }) => item.session)).toEqual(['past', 'live']);
  expect(await ask('POST', `/api/calls/${items[0].id}/belongs`, { is: 'nobody' }, 'reader')).toMatchObject({ status: 403 });
  const ada = await world.add('contact', { givenName: 'Ada' });
  const answered = await ask('POST', `/api/calls/${items[0].id}/belongs`, { is: 'record', record: ada.id });
  expect(answered).toMatchObject({ status: 200, body: { fields: { contact: ada.id } } });
  const noted = await ask('POST', `/api/calls/${items[0].id}/notes`, { text: 'Call again.' });
  expect(noted.body.fields.notes).toBe('Call again.');
  const disposed = await ask('PUT', `/api/calls/${items[0].id}/disposition`, { disposition: 'call back' });
  expect(disposed.body.fields.disposition).toBe('call back');
  expect(await ask('PUT', `/api/calls/${items[0].id}/disposition`, { disposition: 'whatever' })).toMatchObject({ status: 422 });
  expect(await ask('POST', `/api/calls/${items[0].id}/notes`, { text: 'x' }, 'stranger')).toMatchObject({ status: 404 });
});

test('click-to-call needs its own permission, is answered with how it stands, and can be cancelled', async () => {
  const bea = await world.add('contact', { givenName: 'Bea', phones: [{ value: '+14155550002' }] });
  const wanted = { record: bea.id, from: '101', key: 'k1' };
  expect(await ask('POST', '/api/calls', wanted, 'reader')).toMatchObject({ status: 403 });
  const placed = await ask('POST', '/api/calls', wanted);
  expect(placed).toMatchObject({ status: 202, body: { state: 'ringing', called: '+14155550002', key: 'k1' } });
  expect(placed.body).not.toHaveProperty('service');
  const path = `/api/placed-calls/${placed.body.id}`;
  expect((await ask('GET', path, undefined, 'reader')).body.state).toBe('ringing');
  expect((await ask('GET', '/api/placed-calls')).body.items).toHaveLength(1);
  expect((await ask('POST', `${path}/cancel`)).body.state).toBe('cancelled');
  expect(await ask('GET', path, undefined, 'stranger')).toMatchObject({ status: 404 });
});

test('policies are said of the workspace and of a connection, hold at once, and are refused with every reason', async () => {
  expect((await ask('PUT', '/api/call-policies/0', { dueMinutes: 30, zone: 'Europe/Berlin' })).body.dueMinutes).toBe(30);
  const own = await ask('PUT', `/api/call-policies/${world.connection}`, { unknown: 'lead' });
  expect(own.body).toMatchObject({ unknown: 'lead', dueMinutes: 30, zone: 'Europe/Berlin' });
  expect((await ask('GET', '/api/call-policies')).body.items).toHaveLength(2);
  const wrong = await ask('PUT', '/api/call-policies/0', { unknown: 'perhaps', nothing: 1 });
  expect(wrong.status).toBe(422);
  expect(wrong.body.problems.map((problem: { path: string }) => problem.path)).toEqual(['unknown', 'nothing']);
  expect(await ask('PUT', '/api/call-policies/99999', {})).toMatchObject({ status: 404 });
  expect((await ask('DELETE', `/api/call-policies/${world.connection}`)).status).toBe(204);
  expect((await ask('GET', `/api/call-policies/${world.connection}`)).body.unknown).toBe('list');
});

test('a day is reconciled, and a past period read', async () => {
  const started = new Date(NOON).toISOString();
  world.telephone.tell('s-9', { direction: 'inbound', outcome: 'missed', started, from: ADA });
  const day = { connection: world.connection, day: '2026-03-02' };
  expect((await ask('POST', '/api/calls/reconcile', day)).body).toMatchObject({ total: 1, missing: ['s-9'], figure: 0 });
  expect(await ask('POST', '/api/calls/reconcile', day, 'reader')).toMatchObject({ status: 403 });
  const period = { connection: world.connection, since: '2026-03-01T00:00:00Z', until: '2026-03-03T00:00:00Z' };
  const begun = await ask('POST', '/api/call-backfills', period);
  expect(begun).toMatchObject({ status: 202, body: { state: 'running' } });
  await world.calls.drain();
  expect((await ask('GET', '/api/call-backfills')).body.items).toMatchObject([{ state: 'done', made: 1 }]);
  expect((await ask('POST', `/api/call-backfills/${begun.body.id}/stop`)).body.state).toBe('done');
  expect((await ask('POST', '/api/calls/reconcile', day)).body).toMatchObject({ total: 1, records: 1, figure: 100 });
});
