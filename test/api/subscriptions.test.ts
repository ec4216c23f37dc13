/** Subscriptions, gaps and cases over HTTP; and a disconnection, which ends what was promised. */
import { beforeAll, expect, test } from 'vitest';
import { caseRoutes } from '#api/cases.ts';
import { connectionRoutes } from '#api/connections.ts';
import type { Caller } from '#api/entry.ts';
import { subscriptionRoutes } from '#api/subscriptions.ts';
import { ROLES } from '#hub/permissions.ts';
import { ANY_ROW, heard } from '#store/gaps.ts';
import { connectionsOf, openRoom, type Room } from '#test/webhooks/room.ts';
import { sending, serve } from './harness.ts';

let room: Room;
let url: string;

beforeAll(async () => {
  room = await openRoom();
  const { workspace, engine, subscriptions, database } = room;
  const connections = connectionsOf(room);
  const caller = (of: number, role: 'admin' | 'reader'): Caller => ({
    workspace: of,
    by: role,
    permissions: new Set(ROLES[role]),
  });
  const callers: { [key: string]: Caller } = {
    full: caller(workspace, 'admin'),
    reader: caller(workspace, 'reader'),
    stranger: caller(await database.workspace(), 'admin'),
  };
  const routes = [...connectionRoutes(connections), ...subscriptionRoutes(connections, subscriptions), ...caseRoutes(engine)];
  ({ url } = await serve(routes, async (key) => callers[key]));
  room.service.add({ givenName: 'Ada', emails: [{ value: 'ada@example.com' }] });
  await room.begin();
});

async function ask(method: string, path: string, { as = 'full', body }: { as?: string; body?: object } = {}) {
  const authorization = `Bearer ${as}`;
  const answer = await fetch(
    url + path,
    body ? sending(body, method, { authorization }) : { method, headers: { authorization } },
  );
  const text = await answer.text();
  return { status: answer.status, text, body: text === '' ? null : JSON.parse(text) };
}

test('how it stands is shown, asked for anew, and its secret exchanged; no answer bears address or secret', async () => {
  const path = `/api/connections/${room.ref.connection}`;
  const seen = [await ask('GET', `${path}/subscription`)];
  expect(seen[0]).toMatchObject({ status: 200, body: { state: 'wanted', id: null, problem: null } });
  seen.push(await ask('POST', `${path}/subscription/attend`));
  expect(seen[1]).toMatchObject({ status: 200, body: { state: 'live', streams: ['people'], drops: 0 } });
  seen.push(await ask('POST', `${path}/subscription/rotate`));
  expect(seen[2]).toMatchObject({ status: 202, body: { rotating: true } });
  seen.push(await ask('GET', path), await ask('GET', '/api/connections'));
  expect(seen[3]!.body).toMatchObject({ subscription: { state: 'live' } });
  expect(seen[4]!.body.items[0]).toMatchObject({ subscription: { state: 'live' } });
  const { secret } = [...room.calling.living.values()][0]!;
  for (const { text } of seen) for (const hidden of [secret, room.greeted[0]!.address]) expect(text).not.toContain(hidden);
});

test('only who may manages them, and nobody those of another firm', async () => {
  const path = `/api/connections/${room.ref.connection}/subscription`;
  expect((await ask('GET', path, { as: 'reader' })).status).toBe(200);
  for (const act of ['attend', 'rotate']) {
    expect((await ask('POST', `${path}/${act}`, { as: 'reader' })).status).toBe(403);
    expect((await ask('POST', `${path}/${act}`, { as: 'stranger' })).status).toBe(404);
  }
  expect((await ask('GET', `/api/connections/${room.ref.connection}/gaps`, { as: 'stranger' })).status).toBe(404);
});

test('what webhooks told is counted by stream and day', async () => {
  room.turn(60_000);
  await room.run();
  await room.database.store.workspace(room.workspace, (tx) => heard(tx, room.sync, [ANY_ROW], new Date(room.now())));
  room.service.add({ givenName: 'Grace', emails: [{ value: 'grace@example.com' }] });
  await room.run();
  const { body } = await ask('GET', `/api/connections/${room.ref.connection}/gaps?days=2`, { as: 'reader' });
  expect(body.items).toEqual([{ stream: 'memory.people', day: expect.stringMatching(/^\d{4}-\d\d-\d\d$/), told: 1, found: 0 }]);
});

test('a case is made, listed, exported and replayed, by who may export', async () => {
  const row = room.service.living()[0]!.id;
  const body = { sync: room.sync, rows: [row] };
  expect((await ask('POST', '/api/cases', { as: 'reader', body })).status).toBe(403);
  const made = await ask('POST', '/api/cases', { body });
  expect(made.status).toBe(201);
  const path = `/api/cases/${made.body.id}`;
  expect((await ask('GET', '/api/cases')).body.items).toMatchObject([
    { id: made.body.id, kind: 'asked', rows: 1, problem: null },
  ]);
  expect((await ask('GET', '/api/cases?sync=999')).body.items).toEqual([]);
  expect((await ask('GET', path)).body).toMatchObject({ case: 1, stream: 'memory.people', plan: { items: [{ row }] } });
  expect((await ask('POST', `${path}/replay`)).body).toEqual({ same: true, differences: [] });
  expect((await ask('GET', path, { as: 'reader' })).status).toBe(403);
  expect((await ask('GET', path, { as: 'stranger' })).status).toBe(404);
  expect((await ask('POST', '/api/cases', { body: { sync: room.sync, rows: [] } })).status).toBe(422);
});

test('a disconnection ends it, and says where the service did not', async () => {
  const { connection } = room.ref;
  room.calling.busy = 1;
  const answer = await ask('DELETE', `/api/connections/${connection}`);
  expect(answer.body.note).toContain('could not be ended there (busy); what it still sends is refused here.');
  expect((await ask('GET', `/api/connections/${connection}/subscription`)).status).toBe(404);
  expect((await ask('GET', `/api/connections/${connection}`)).body).toMatchObject({ subscription: null, status: 'disconnected' });
  expect(await room.subscriptions.ownerOf('memory', room.greeted[0]!.address)).toBeUndefined();
});
