import { beforeAll, describe, expect, it } from 'vitest';
import { registry } from '#hub/metrics.ts';
import { start } from '#test/cli/process.ts';
import { openWorld } from '#test/webhooks/world.ts';

const world = await openWorld();
/** The process counts for other files too. */
const before = await registry.metrics();
const countIn = (metrics: string, name: string): number =>
  Number(
    metrics
      .split('\n')
      .find((line) => line.startsWith(name))
      ?.slice(name.length) ?? 0,
  );
const { hub, database } = world;
let workspace: number;
let connection: number;
const keys: { [role: string]: string } = {};

beforeAll(async () => {
  workspace = await database.workspace();
  connection = await world.connect(workspace, 'a');
  for (const role of ['operator', 'admin', 'reader'] as const)
    keys[role] = (await hub.keys.create(workspace, { name: role, role })).key;
  await world.ring([{ account: 'a', is: 'touched', stream: 'people', id: 'p1' }], 'good');
  await world.ring('{"news":', 'bad');
  await world.ring([{ account: 'b', is: 'touched', stream: 'people', id: 'p2' }], 'parked');
  await hub.news.drain();
});

// biome-ignore lint/suspicious/noExplicitAny: what the API answers is what the test is about
async function ask(path: string, role = 'operator', body?: object): Promise<{ status: number; body: any }> {
  const answer = await fetch(`${world.url}${path}`, {
    headers: { authorization: `Bearer ${keys[role]}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
  });
  return { status: answer.status, body: await answer.json() };
}

describe('Deliveries over the API', () => {
  it('are listed by connector, state and time, a page at a time', async () => {
    const all = await ask('/api/deliveries');
    expect(all.body.items.map((one: { identity: string; state: string }) => `${one.identity} ${one.state}`)).toEqual([
      'parked read',
      'bad failed',
      'good read',
    ]);
    const page = await ask('/api/deliveries?limit=1');
    expect([page.body.items.length, page.body.next]).toEqual([1, page.body.items[0].id]);
    expect((await ask(`/api/deliveries?limit=1&before=${page.body.next}`)).body.items[0].identity).toBe('bad');
    expect((await ask('/api/deliveries?state=failed')).body.items).toHaveLength(1);
    expect((await ask('/api/deliveries?connector=chime')).body.items).toEqual([]);
    expect((await ask('/api/deliveries?from=2999-01-01T00:00:00Z')).body.items).toEqual([]);
    expect((await ask('/api/deliveries?from=yesterday')).status).toBe(422);
  });

  it('are shown as they came', async () => {
    const { id } = (await ask('/api/deliveries?state=failed')).body.items[0];
    expect(await ask(`/api/deliveries/${id}`)).toMatchObject({
      status: 200,
      body: { identity: 'bad', text: '{"news":', headers: { 'bell-delivery': 'bad' }, problem: expect.stringContaining('JSON') },
    });
    expect((await ask('/api/deliveries/999999')).status).toBe(404);
  });

  it('are read again: one, those of a time, all that failed', async () => {
    const { id } = (await ask('/api/deliveries?state=failed')).body.items[0];
    expect(await ask(`/api/deliveries/${id}/replay`, 'operator', {})).toEqual({ status: 202, body: { deliveries: 1 } });
    expect((await ask(`/api/deliveries/${id}`)).body.state).toBe('unread');
    await hub.news.drain();
    expect((await ask('/api/deliveries/replay', 'operator', { failed: true })).body).toEqual({ deliveries: 1 });
    await hub.news.drain();
    expect((await ask('/api/deliveries/replay', 'operator', { from: '2026-01-01T00:00:00Z' })).body).toEqual({ deliveries: 3 });
    await hub.news.drain();
    expect((await ask('/api/deliveries/replay', 'operator', {})).status).toBe(422);
  });

  it('are the operator’s; news is the workspace’s own', async () => {
    for (const path of ['/api/deliveries', '/api/deliveries/1', '/api/deliveries/parked'])
      expect([path, (await ask(path, 'admin')).status]).toEqual([path, 403]);
    expect((await ask('/api/deliveries/replay', 'admin', { failed: true })).status).toBe(403);
    expect((await ask('/api/news', 'reader')).status).toBe(403);
    const news = await ask('/api/news', 'admin');
    expect(news.body.items.map((one: { row: string; connection: number }) => `${one.row} ${one.connection}`)).toEqual(
      Array.from({ length: 2 }, () => `p1 ${connection}`),
    );
    expect((await ask(`/api/news?connection=${connection + 1}`, 'admin')).body.items).toEqual([]);
  });

  it('that nobody is meant by are parked until somebody is', async () => {
    expect((await ask('/api/deliveries/parked')).body.items).toMatchObject([{ account: 'b' }, { account: 'b', row: 'p2' }]);
    expect((await ask('/api/deliveries/parked/claim', 'operator', { connector: 'bell', account: 'b' })).status).toBe(409);
    await world.connect(workspace, 'b');
    expect((await ask('/api/deliveries/parked/claim', 'operator', { connector: 'bell', account: 'b' })).body).toEqual({
      news: 2,
    });
    await hub.news.drain();
    expect((await ask('/api/news', 'admin')).body.items[0]).toMatchObject({ row: 'p2', state: 'done' });
  });

  it('are counted', async () => {
    const metrics = await (await fetch(`${world.url}/metrics`, { headers: { authorization: `Bearer ${keys.operator}` } })).text();
    const accepted = 'switchboard_webhook_requests_total{connector="bell",outcome="accepted",reason=""}';
    expect(countIn(metrics, accepted) - countIn(before, accepted)).toBe(3);
    expect(metrics).toMatch(/switchboard_webhook_deliveries_total\{connector="bell",what="failed"\} \d/);
    const parked = 'switchboard_webhook_deliveries_total{connector="bell",what="parked"}';
    expect(countIn(metrics, parked) - countIn(before, parked)).toBe(2);
  });
});

describe('Deliveries on the command line', () => {
  const cli = async (...args: string[]) => {
    const { code, stdout, stderr } = await start('hub/cli/main.ts', args, { DATABASE_URL: database.url }).ended;
    expect([code, stderr]).toEqual([0, '']);
    return stdout;
  };

  it('are listed, shown and read again', async () => {
    expect(await cli('deliveries', '--state', 'failed')).toMatch(/bell +failed +8 +bad/);
    const [{ id }] = JSON.parse(await cli('deliveries', '--state', 'failed', '--json'));
    expect(await cli('deliveries', 'show', String(id))).toMatch(/bell-delivery +bad[\s\S]*\{"news":/);
    expect(await cli('deliveries', 'replay', '--failed')).toMatch(/^1 will be read again/);
    expect(await cli('news', '--workspace', String(workspace))).toMatch(/touched +people +p1/);
  });
});
