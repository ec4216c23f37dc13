import { beforeAll, describe, expect, it } from 'vitest';
import { healthRoutes } from '#api/health.ts';
import { keyRoutes } from '#api/keys.ts';
import { type Keys, openKeys } from '#hub/keys.ts';
import { ping } from '#store/health.ts';
import { type TestDatabase, testDatabase } from '#test/database.ts';
import { type Served, sending, serve } from './harness.ts';

let database: TestDatabase;
let keys: Keys;
let served: Served;
let mine: number;
let theirs: number;

beforeAll(async () => {
  database = await testDatabase();
  keys = openKeys(database.store);
  served = await serve([...keyRoutes(keys), ...healthRoutes({ ping: () => ping(database.store) })], (key) => keys.identify(key));
});

const as = (key: string) => ({ authorization: `Bearer ${key}` });
const statusOf = async (path: string, key: string, method = 'GET') =>
  (await fetch(served.url + path, { method, headers: as(key) })).status;

describe('The first start', () => {
  it('makes a workspace and one key, however many hubs start at once', async () => {
    const made = await Promise.all([1, 2, 3, 4].map(() => keys.first()));
    const [first, ...others] = made.filter((key) => key !== undefined);
    expect(others).toEqual([]);
    expect(await statusOf('/api/keys', first!)).toBe(200);
    expect((await database.owner.query('select name from workspaces')).rows).toEqual([{ name: 'My firm' }]);
  });

  it('is over when there is a key', async () => {
    expect(await keys.first()).toBeUndefined();
  });
});

describe('A key', () => {
  beforeAll(async () => {
    mine = await database.workspace('Mine');
    theirs = await database.workspace('Theirs');
  });

  it('is shown once and kept as a hash', async () => {
    const { key: admin } = await keys.create(mine, { name: 'admin', role: 'admin' });
    const response = await fetch(`${served.url}/api/keys`, sending({ name: 'reader', role: 'reader' }, 'POST', as(admin)));
    const made = await response.json();
    expect([response.status, response.headers.get('location')]).toEqual([201, `/api/keys/${made.id}`]);
    expect(made.key).toMatch(/^sb_\d+_[\w-]{43}$/);
    const listed = await (await fetch(`${served.url}/api/keys`, { headers: as(admin) })).text();
    const kept = JSON.stringify((await database.owner.query('select * from api_keys')).rows);
    const secret = made.key.replace(/^sb_\d+_/, ''); // may hold underscores itself
    for (const text of [listed, kept]) expect(text).not.toContain(secret);
  });

  it('is made for a time to come only, and listed from any place', async () => {
    const { key: admin } = await keys.create(mine, { name: 'admin', role: 'admin' });
    for (const expires of ['2001-01-01T00:00:00Z', '0000-01-01T00:00:00Z'])
      expect(
        (await fetch(`${served.url}/api/keys`, sending({ name: 'late', role: 'reader', expires }, 'POST', as(admin)))).status,
      ).toBe(422);
    for (const after of ['2147483648', '99999999999']) expect(await statusOf(`/api/keys?after=${after}`, admin)).toBe(422);
    expect(await statusOf('/api/keys?after=2147483647', admin)).toBe(200);
  });

  it('notes its use', async () => {
    const { key, id } = await keys.create(mine, { name: 'used', role: 'admin' });
    await fetch(`${served.url}/api/keys`, { headers: as(key) });
    expect((await keys.list(mine, { after: id - 1, limit: 1 }))[0]?.used).toEqual(expect.any(String));
  });

  it('opens nothing once revoked, expired, or forged in any part', async () => {
    const { key, id } = await keys.create(mine, { name: 'to end', role: 'admin' });
    expect(await statusOf('/api/keys', key)).toBe(200);
    const last = key.at(-1) === 'A' ? 'B' : 'A';
    for (const forged of [
      key.replace(`sb_${id}_`, `sb_${id + 1}_`),
      key.slice(0, -1) + last,
      `${key}A`,
      'sb_1_',
      '',
      "sb_1_' or true --",
    ]) {
      expect(await statusOf('/api/keys', forged), forged).toBe(401);
    }
    expect(await statusOf(`/api/keys/${id}`, key, 'DELETE')).toBe(204);
    expect(await statusOf('/api/keys', key)).toBe(401);
    const { key: expired, id: old } = await keys.create(mine, { name: 'old', role: 'admin' });
    await database.owner.query(`update api_keys set expires = '2020-01-01T00:00:00Z' where id = $1`, [old]);
    expect(await statusOf('/api/keys', expired)).toBe(401);
  });

  it('may only what its role may, and hands out no more than it has', async () => {
    const { key: reader } = await keys.create(mine, { name: 'reader', role: 'reader' });
    const { key: admin } = await keys.create(mine, { name: 'admin', role: 'admin' });
    expect(await statusOf('/api/keys', reader)).toBe(403);
    expect(await statusOf('/metrics', admin)).toBe(403);
    const response = await fetch(`${served.url}/api/keys`, sending({ name: 'more', role: 'operator' }, 'POST', as(admin)));
    expect(response.status).toBe(403);
  });

  it('neither shows nor revokes the keys of another workspace', async () => {
    const { id } = await keys.create(theirs, { name: 'hidden', role: 'admin' });
    const { key } = await keys.create(mine, { name: 'admin', role: 'admin' });
    expect(await statusOf(`/api/keys/${id}`, key, 'DELETE')).toBe(404);
    expect(await (await fetch(`${served.url}/api/keys`, { headers: as(key) })).text()).not.toContain('hidden');
    expect((await keys.list(theirs, { after: 0, limit: 10 }))[0]?.revoked).toBeNull();
  });

  it('cannot be made for a workspace that is not there', async () => {
    await expect(keys.create(999_999, { name: 'x', role: 'reader' })).rejects.toMatchObject({ kind: 'missing' });
  });

  it('is listed page by page', async () => {
    const { key } = await keys.create(mine, { name: 'admin', role: 'admin' });
    const seen: number[] = [];
    for (let after: string | null = '0'; after !== null; ) {
      const response: Response = await fetch(`${served.url}/api/keys?limit=2&after=${after}`, { headers: as(key) });
      const page: { items: { id: number }[]; next: string | null } = await response.json();
      seen.push(...page.items.map((item) => item.id));
      after = page.next;
    }
    expect(seen).toEqual((await keys.list(mine, { after: 0, limit: 200 })).map((each) => each.id));
  });
});

describe('Whoever runs the hub', () => {
  it('sees whether it is alive and ready without a key, and its counters with one', async () => {
    expect((await fetch(`${served.url}/healthz`)).status).toBe(200);
    expect((await fetch(`${served.url}/readyz`)).status).toBe(200);
    const { key } = await keys.create(mine, { name: 'watch', role: 'operator' });
    const metrics = await (await fetch(`${served.url}/metrics`, { headers: as(key) })).text();
    expect(metrics).toContain('switchboard_api_request_seconds_count{method="GET",route="/healthz",status="200"}');
  });

  it('sees that it is not ready without its database', async () => {
    for (const ping of [() => Promise.reject(new Error('gone')), () => new Promise<never>(() => undefined)]) {
      const { url } = await serve(healthRoutes({ ping, patienceMs: 10 }));
      const response = await fetch(`${url}/readyz`);
      expect([response.status, (await response.json()).detail]).toEqual([503, 'The database does not answer.']);
    }
  });
});
