import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { registry } from '#hub/metrics.ts';
import { deliveryInbox } from '#store/deliveries.ts';
import { rawAnswer } from '#test/api/harness.ts';
import { type Gate, openGate } from '#webhooks/gate.ts';
import type { Arrival, Inbox } from '#webhooks/inbox.ts';
import { together } from '#webhooks/together.ts';
import { bells, signed } from './bell.ts';
import { type Answered, OLD_SECRET, openWorld, SECRET, sendTo } from './world.ts';

const world = await openWorld();
const { owner } = world.database;

/** A gate with an inbox of its own. */
async function gateOver(
  inbox: Inbox,
  patience?: number,
): Promise<{ gate: Gate; port: number; ring(id: string): Promise<Answered> }> {
  const { bell } = bells();
  const gate = openGate({
    webhooksOf: (name) => (name === 'bell' ? bell!.webhooks : undefined),
    secretsOf: async () => [SECRET],
    inbox,
    now: Date.now,
    ...(patience === undefined ? {} : { patience }),
  });
  const server = createServer((request, response) => void gate.take(request, response)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  afterAll(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  const ring = (id: string) => sendTo(port, '/webhooks/bell', { headers: signed(SECRET, id, Date.now(), id), body: id });
  return { gate, port, ring };
}

/** Keeps in memory; `refuse` says what cannot be kept. */
function memory(refuse: (arrival: Arrival) => boolean = () => false): Inbox & { kept: string[]; groups: number[] } {
  const kept: string[] = [];
  const groups: number[] = [];
  return {
    kept,
    groups,
    async keep(arrivals) {
      groups.push(arrivals.length);
      await new Promise((turn) => setImmediate(turn));
      if (arrivals.some(refuse)) throw new Error('refused');
      return arrivals.map(({ identity }) => (kept.includes(identity!) ? false : kept.push(identity!) > 0));
    },
  };
}

const arrival = (identity: string, at: number): Arrival => ({
  ...{ connector: 'bell', identity, at },
  delivery: { method: 'POST', headers: {}, query: '', body: Buffer.from('x') },
});

async function counted(outcome: string, reason = ''): Promise<number> {
  const metric = await registry.getSingleMetric('switchboard_webhook_requests_total')!.get();
  const found = metric.values.find(
    ({ labels }) => labels.outcome === outcome && labels.reason === reason && labels.connector === 'bell',
  );
  return found?.value ?? 0;
}

describe('A genuine delivery', () => {
  test('is stored as it came, without what proves it, and answered with next to nothing', async () => {
    const body = '{ "news": [],\n"x": 1.0, "x": "\\u00e9" }';
    const headers: { [name: string]: string } = {
      ...signed(SECRET, body, Date.now(), 'whole'),
      authorization: 'Bearer x',
      'bell-note': `it is ${SECRET}!`,
    };
    const answered = await world.send(`/webhooks/bell?token=${SECRET}&a=%20b`, { headers, body });
    expect(answered).toMatchObject({ status: 200, body: '' });
    expect(Object.keys(answered.headers).sort()).toEqual(['connection', 'content-length', 'date']);
    const { rows } = await owner.query(`select * from deliveries where identity = 'whole'`);
    expect(rows).toMatchObject([{ connector: 'bell', method: 'POST', query: 'token=[secret]&a=%20b' }]);
    expect(rows[0].body.toString()).toBe(body);
    expect(rows[0].headers).toEqual({
      'content-type': 'application/json',
      'bell-timestamp': headers['bell-timestamp'],
      'bell-signature': headers['bell-signature'],
      'bell-delivery': 'whole',
      'bell-note': 'it is [secret]!',
    });
  });

  test('is taken with either secret of a rotation, and with no third', async () => {
    for (const [secret, status] of [
      [SECRET, 200],
      [OLD_SECRET, 200],
      ['another', 401],
    ] as const) {
      const sent = await world.send('/webhooks/bell', { headers: signed(secret, '{}'), body: '{}' });
      expect([secret, sent.status]).toEqual([secret, status]);
    }
  });

  test('a thousand times at once is one, and each sender is told 2xx', async () => {
    const before = [await world.kept(), await counted('again')];
    const answers = await Promise.all(Array.from({ length: 1_000 }, () => world.ring([], 'the same')));
    expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
    expect(await world.kept()).toBe(before[0]! + 1);
    expect(await counted('again')).toBe(before[1]! + 999);
    expect((await world.ring([], 'the same')).status).toBe(200);
    expect(await world.kept()).toBe(before[0]! + 1);
  });

  test('that nothing identifies is kept each time', async () => {
    const before = await world.kept();
    await Promise.all(Array.from({ length: 20 }, () => world.ring([])));
    expect(await world.kept()).toBe(before + 20);
  });

  test('of an empty body, and of a megabyte to the byte, is stored', async () => {
    for (const [id, body] of Object.entries({ empty: '', large: 'x'.repeat(1024 * 1024) })) {
      expect((await world.send('/webhooks/bell', { headers: signed(SECRET, body, Date.now(), id), body })).status).toBe(200);
      const { rows } = await owner.query('select length(body) as n from deliveries where identity = $1', [id]);
      expect(rows).toEqual([{ n: body.length }]);
    }
  });

  test('with an identity nobody can print is still one', async () => {
    const before = await world.kept();
    const id = 'é'.repeat(300);
    const body = '{"news":[]}';
    const headers = signed(SECRET, body, Date.now(), Buffer.from(id).toString('latin1'));
    for (let n = 0; n < 2; n++) expect((await world.send('/webhooks/bell', { headers, body })).status).toBe(200);
    expect(await world.kept()).toBe(before + 1);
  });
});

describe('A greeting', () => {
  test('by GET is answered at once and never stored', async () => {
    const before = await world.kept();
    const answered = await world.send('/webhooks/bell?challenge=abc%3Cb%3E', { method: 'GET' });
    expect(answered).toMatchObject({ status: 200, body: 'abc<b>' });
    expect(answered.headers).toMatchObject({ 'content-type': 'text/plain', 'x-content-type-options': 'nosniff' });
    expect(await world.kept()).toBe(before);
  });

  test('with a token to be given back is answered in less than a kilobyte, headers included', async () => {
    const token = 'c4'.repeat(180);
    const raw = await rawAnswer(
      world.port,
      `POST /webhooks/bell HTTP/1.1\r\nHost: x\r\nValidation-Token: ${token}\r\nContent-Type: application/json\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`,
    );
    expect(raw).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(raw.toLowerCase()).toContain(`validation-token: ${token}\r\n`);
    expect(raw.length).toBeLessThan(1_024);
  });

  test('that cannot be said in a header is no reason to fall', async () => {
    const { bell } = bells();
    const odd = {
      ...bell!.webhooks!,
      verify: () => ({ is: 'greeting', answer: { status: 200, headers: { x: 'a\nb' }, body: '' } }) as const,
    };
    const gate = openGate({ webhooksOf: () => odd, secretsOf: async () => [], inbox: memory(), now: Date.now });
    const server = createServer((request, response) => void gate.take(request, response)).listen(0);
    await once(server, 'listening');
    expect((await sendTo((server.address() as AddressInfo).port, '/webhooks/bell', {})).status).toBe(503);
    server.close();
  });
});

describe('Where it cannot be stored', () => {
  test('nothing is: 503, with when to try again', async () => {
    const { ring } = await gateOver({ keep: () => Promise.reject(new Error('no database')) });
    const answers = await Promise.all(Array.from({ length: 50 }, (_, n) => ring(`n${n}`)));
    expect(new Set(answers.map(({ status, headers }) => `${status} ${headers['retry-after']}`))).toEqual(new Set(['503 5']));
  });

  test('the rest of its group is: one by one', async () => {
    const inbox = memory(({ identity }) => identity === 'n7');
    const woken: string[] = [];
    const group = together(inbox, (connectors) => void woken.push(...connectors));
    const arrivals = Array.from({ length: 30 }, (_, n) => arrival(`n${n}`, Date.now()));
    const results = await Promise.allSettled(arrivals.map((one) => group.keep(one)));
    expect(results.map(({ status }) => status).indexOf('rejected')).toBe(7);
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(29);
    expect(inbox.kept).toHaveLength(29);
    expect(inbox.groups).toEqual([30, ...Array.from({ length: 30 }, () => 1)]);
    expect(woken).toHaveLength(29);
  });

  test('three in a row are the store: it is not asked once more for each of those that wait', async () => {
    const inbox = memory(() => true);
    const group = together(inbox, () => undefined);
    const results = await Promise.allSettled(Array.from({ length: 30 }, (_, n) => group.keep(arrival(`n${n}`, Date.now()))));
    expect(results.every(({ status }) => status === 'rejected')).toBe(true);
    expect(inbox.groups).toEqual([30, 1, 1, 1]);
  });

  test('a commit that PostgreSQL refuses leaves nothing behind, and the others of its group stand', async () => {
    await owner.query(`
      create function refuse_poison() returns trigger language plpgsql as $$ begin raise exception 'poison'; end $$;
      create constraint trigger poison after insert on deliveries_rest deferrable initially deferred for each row execute function refuse_poison();
      create table keys_before as select key from delivery_identities`);
    // Beyond the days that are made: into the rest, whose commit is refused.
    const far = Date.now() + 4 * 86_400_000;
    const kept = deliveryInbox(world.database.store);
    await expect(kept.keep([arrival('good', Date.now()), arrival('bad', far)])).rejects.toThrow('poison');
    expect((await owner.query(`select from deliveries where identity in ('good', 'bad')`)).rowCount).toBe(0);
    expect((await owner.query('select from delivery_identities where key not in (select key from keys_before)')).rowCount).toBe(
      0,
    );
    expect(await kept.keep([arrival('good', Date.now())])).toEqual([true]);
    await owner.query('drop table keys_before; drop function refuse_poison cascade');
  });

  test('a store that does not answer is not waited for: 503 when the patience of services is over', async () => {
    const { ring } = await gateOver({ keep: () => new Promise(() => undefined) }, 50);
    expect(await ring('x')).toMatchObject({ status: 503, headers: { 'retry-after': '5' } });
  });

  test('what nobody can tell the secret of waits too', async () => {
    const { bell } = bells();
    const gate = openGate({
      webhooksOf: () => bell!.webhooks,
      secretsOf: () => Promise.reject(new Error('no database')),
      inbox: memory(),
      now: Date.now,
    });
    const server = createServer((request, response) => void gate.take(request, response)).listen(0);
    await once(server, 'listening');
    expect((await sendTo((server.address() as AddressInfo).port, '/webhooks/bell', {})).status).toBe(503);
    server.close();
  });
});

describe('A source of forged requests', () => {
  test('is told to stop after so many, and a genuine delivery from the same address never is', async () => {
    const { port, ring } = await gateOver(memory());
    const forged = () => sendTo(port, '/webhooks/bell', { headers: signed('wrong', 'x'), body: 'x' });
    const statuses: number[] = [];
    for (let n = 0; n < 24; n++) {
      statuses.push(...(await Promise.all(Array.from({ length: 50 }, forged))).map(({ status }) => status));
      expect((await ring(`between ${n}`)).status).toBe(200);
    }
    expect(statuses.slice(0, 1_000)).toEqual(Array.from({ length: 1_000 }, () => 401));
    expect(statuses.at(-1)).toBe(429);
    const burst = await Promise.all(Array.from({ length: 500 }, (_, n) => ring(`burst ${n}`)));
    expect(burst.filter(({ status }) => status !== 200)).toEqual([]);
  });
});

describe('Connections', () => {
  /** Each takes a descriptor of the server's process, and one of the other's. */
  const DESCRIPTORS = Number(openFiles());
  const skipped = DESCRIPTORS < 10_500 ? ` (skipped: this machine allows a process ${DESCRIPTORS} open files)` : '';
  test.skipIf(skipped !== '')(`ten thousand that say nothing keep nobody out${skipped}`, async () => {
    const { port, ring } = await gateOver(memory());
    const child = fork(fileURLToPath(new URL('idlers.ts', import.meta.url)), [String(port), '10000']);
    try {
      expect((await once(child, 'message'))[0]).toEqual({ standing: 10_000 });
      const answers = await Promise.all(Array.from({ length: 100 }, (_, n) => ring(`n${n}`)));
      expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
      child.send('still?');
      expect((await once(child, 'message'))[0]).toEqual({ standing: 10_000 });
    } finally {
      child.kill();
    }
  });

  test('a body that comes drop by drop is given up', async () => {
    const { port } = await gateOver(memory(), 100);
    const raw = await rawAnswer(
      port,
      'POST /webhooks/bell HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\nabc',
    );
    expect(raw).toMatch(/^HTTP\/1\.1 408 /);
  });

  test('one that breaks in the middle of a body leaves nothing', async () => {
    const inbox = memory();
    const { port, gate, ring } = await gateOver(inbox);
    const socket = connect(port, '127.0.0.1');
    const headers = Object.entries(signed(SECRET, 'x'.repeat(100), Date.now(), 'cut')).map(
      ([name, value]) => `${name}: ${value}\r\n`,
    );
    socket.write(`POST /webhooks/bell HTTP/1.1\r\nHost: x\r\n${headers.join('')}Content-Length: 100\r\n\r\n${'x'.repeat(50)}`);
    await once(socket, 'connect');
    socket.destroy();
    await once(socket, 'close');
    await ring('after');
    await gate.idle();
    expect(inbox.kept).toEqual(['after']);
  });
});

/** How many files a process may open; node has raised its own limit to the hard one. */
function openFiles(): string | number {
  const { userLimits } = process.report.getReport() as unknown as { userLimits: { open_files: { hard: string | number } } };
  const { hard } = userLimits.open_files;
  return hard === 'unlimited' ? Number.POSITIVE_INFINITY : hard;
}
