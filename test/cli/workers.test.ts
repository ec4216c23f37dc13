/** The processes that work for a hub: real ones, over the test's database and an emulated service. */
import { readFileSync } from 'node:fs';
import { expect, it, vi } from 'vitest';
import { testDatabase } from '#test/database.ts';
import { startEmulators } from '#test/emulators/index.ts';
import { start } from './process.ts';

const PATIENCE = { timeout: 30_000, interval: 50 };

it('a worker reads what is due, another takes its place when it dies, and none outlives the hub', {
  timeout: 90_000,
}, async () => {
  const database = await testDatabase();
  await using emulators = await running();
  const hub = start('hub/main.ts', [], {
    DATABASE_URL: database.url,
    PORT: '0',
    SWITCHBOARD_KEYS: `test:${'A'.repeat(43)}`,
    SWITCHBOARD_HOSTS: JSON.stringify(emulators.hosts),
    PAYPAL_CLIENT_ID: 'switchboard-demo',
    PAYPAL_CLIENT_SECRET: 'demo-secret',
    LOG_LEVEL: 'error',
  });
  const said = await hub.says('/api/keys');
  const api = apiOf(`http://127.0.0.1:${/listens on port (\d+)/.exec(said)![1]}`, /^ {4}(sb_\S+)$/m.exec(said)![1]!);

  await api('POST', '/api/connections/app', { connector: 'paypal' });
  const { items: syncs } = await api('GET', '/api/syncs');
  const { id } = syncs.find(({ stream }: { stream: string }) => stream === 'paypal.products');
  const { plan } = await api('POST', `/api/syncs/${id}/preview`);
  await vi.waitFor(async () => expect(await api('GET', `/api/plans/${plan}`)).toMatchObject({ state: 'ready' }), PATIENCE);
  const { run } = await api('POST', `/api/plans/${plan}/execute`);
  await vi.waitFor(async () => expect(await api('GET', `/api/runs/${run}`)).toMatchObject({ state: 'done' }), PATIENCE);

  // A worker that is killed amid its work keeps its lease for half a minute.
  const leased = () =>
    database.store.installation((tx) => tx.query('select id from syncs where lease_until > clock_timestamp()'));
  await vi.waitFor(async () => expect(await leased()).toEqual([]), PATIENCE);
  const [first] = await vi.waitFor(() => oneOf(hub.process.pid!), PATIENCE);
  process.kill(first!, 'SIGKILL');
  expect(await hub.says('another takes its place', 'stderr')).not.toContain('[secret]');
  const [second] = await vi.waitFor(() => oneOf(hub.process.pid!), PATIENCE);
  // The preview was read by the hub itself.
  const calls = async (): Promise<number> => {
    const counts: string[] = (await api('GET', '/metrics')).match(
      /^switchboard_service_call_seconds_count.*paypal.*products.*$/gm,
    );
    return counts.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
  };
  const previewed = await calls();
  const readAll = async (): Promise<void> => {
    const before = (await api('GET', `/api/syncs/${id}`)).succeeded;
    await api('POST', `/api/syncs/${id}/request`, { full: true });
    await vi.waitFor(async () => expect((await api('GET', `/api/syncs/${id}`)).succeeded).not.toBe(before), PATIENCE);
  };
  await readAll();
  await vi.waitFor(async () => expect(await calls()).toBeGreaterThan(previewed), PATIENCE);

  // What it has counted stays counted: a sum that falls is a new beginning to whoever reads it.
  const counted = await calls();
  process.kill(second!, 'SIGKILL');
  const [third] = await vi.waitFor(() => oneOf(hub.process.pid!, second), PATIENCE);
  await readAll();
  await vi.waitFor(async () => expect(await calls()).toBeGreaterThan(counted), PATIENCE);

  hub.process.kill('SIGKILL');
  await vi.waitFor(() => expect(() => process.kill(third!, 0)).toThrow(), PATIENCE);
});

async function running() {
  const emulators = await startEmulators();
  return { hosts: emulators.hosts, [Symbol.asyncDispose]: () => emulators.close() };
}

/** The children of a process, of which there is one, and not the one before it. */
function oneOf(pid: number, before?: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number);
  expect(children).toHaveLength(1);
  expect(children).not.toContain(before);
  return children;
}

function apiOf(url: string, key: string) {
  return async (method: string, path: string, body?: object) => {
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
    const response = await fetch(url + path, { method, headers, ...(body && { body: JSON.stringify(body) }) });
    const text = await response.text();
    expect(response.status, `${method} ${path}: ${text}`).toBeLessThan(300);
    return response.headers.get('content-type')?.includes('json') ? JSON.parse(text) : text;
  };
}
