import { afterEach, beforeEach, expect, test } from 'vitest';
import { client } from './client.ts';
import { type Emulators, startEmulators } from './index.ts';

let on: Emulators;
const LIST = 'people.people.connections.list';
const CREATE = 'people.people.createContact';

beforeEach(async () => {
  on = await startEmulators({ gsuite: { accounts: [{ email: 'ada@example.com', rows: 20 }] } });
});
afterEach(() => on.close());

test('a fault strikes the calls it names and no other', async () => {
  const api = client(on.gsuite);
  on.gsuite.faults.add({ kind: 'rate', operation: LIST, nth: 2, times: 2, retryAfter: 7 });
  const statuses: number[] = [];
  for (let i = 0; i < 4; i++) statuses.push((await api.list()).status);
  expect(statuses).toEqual([200, 429, 429, 200]);
  expect(on.gsuite.faults.pending()).toEqual([]);
  expect(on.gsuite.counters.statuses).toEqual({ 200: 2, 429: 2 });
});

test('a 429 may say when to come back, or not', async () => {
  on.gsuite.faults.add({ kind: 'rate', retryAfter: 7 });
  on.gsuite.faults.add({ kind: 'rate', nth: 2 });
  expect((await client(on.gsuite).list()).headers.get('retry-after')).toBe('7');
  expect((await client(on.gsuite).list()).headers.get('retry-after')).toBeNull();
});

test('a 500 is not carried out', async () => {
  on.gsuite.faults.add({ kind: 'status', status: 500 });
  expect((await client(on.gsuite).create({})).body).toMatchObject({ error: { code: 500, status: 'INTERNAL' } });
  expect(on.gsuite.people().count()).toBe(20);
});

test.each([
  ['lost', 21],
  ['cut', 21],
  ['refused', 20],
] as const)('%s: the client gets no whole answer, and the contact is there or not', async (kind, count) => {
  on.gsuite.faults.add({ kind, operation: CREATE });
  await expect(client(on.gsuite).create({ names: [{ givenName: 'Unsure' }] })).rejects.toThrow();
  expect(on.gsuite.people().count()).toBe(count);
});

test('hang: carried out, and silence until the client gives up', async () => {
  on.gsuite.faults.add({ kind: 'hang' });
  const { accessToken } = on.gsuite.grant();
  const gone = fetch(`${on.gsuite.origin}v1/people:createContact?personFields=names`, {
    method: 'POST',
    headers: { authorization: `Bearer ${accessToken}`, 'content-type': 'application/json' },
    body: '{}',
    signal: AbortSignal.timeout(100),
  });
  await expect(gone).rejects.toThrow();
  expect(on.gsuite.people().count()).toBe(21);
});

test('malformed: an answer that is no JSON', async () => {
  on.gsuite.faults.add({ kind: 'malformed' });
  await expect(client(on.gsuite).list()).rejects.toThrow(SyntaxError);
});

test('revoked: the grant dies in mid-run', async () => {
  const api = client(on.gsuite);
  on.gsuite.faults.add({ kind: 'revoked', operation: LIST, nth: 2 });
  expect((await api.list()).status).toBe(200);
  expect((await api.list()).status).toBe(401);
  expect((await api.list()).status).toBe(401);
});

test('another process drives it over HTTP', async () => {
  const order = async (name: string, body: object = {}) => {
    const response = await fetch(`${on.gsuite.origin}_control/${name}`, { method: 'POST', body: JSON.stringify(body) });
    return { status: response.status, body: await response.json() };
  };
  const { body: added } = await order('people-add', { person: { names: [{ givenName: 'Remote' }] } });
  expect((await order('people-get', { resourceName: added.resourceName })).body.names[0].displayName).toBe('Remote');
  await order('people-edit', { resourceName: added.resourceName, person: { names: [{ givenName: 'Edited' }] } });
  expect((await order('people-touch', { count: 5 })).body.resourceNames).toHaveLength(5);
  await order('faults', { kind: 'rate', operation: LIST });
  const { body: granted } = await order('grant');
  const api = client(on.gsuite, granted.accessToken);
  expect((await api.list()).status).toBe(429);
  expect((await api.list()).status).toBe(200);
  expect((await order('counters')).body).toMatchObject({ calls: { [LIST]: 2 }, total: 2 });
  const before = (await order('state')).body;
  expect(before.accounts).toMatchObject([{ email: 'ada@example.com', people: 21 }]);
  expect((await order('clock', { turn: 3_600_000 })).body.now).toBeGreaterThanOrEqual(before.now + 3_600_000);
  expect((await api.list()).status).toBe(401);
  expect(await order('faults', { kind: 'plague' })).toMatchObject({
    status: 400,
    body: { error: expect.stringContaining('plague') },
  });
  expect((await order('dance')).status).toBe(404);
  expect(await (await fetch(`${on.gsuite.origin}_control/`)).json()).toContain('people-add');
});
