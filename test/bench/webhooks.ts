/**
 * Signed deliveries accepted durably by one hub, whose reader works all the while; against the least that could do it in the same
 * process: bare node:http, the same HMAC, and a group-committed insert of the body into the same PostgreSQL.
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setPriority } from 'node:os';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { openServer } from '#api/server.ts';
import { openLog } from '#hub/log.ts';
import { openNews } from '#hub/news/news.ts';
import { BEHIND } from '#hub/workshop.ts';
import { isSigned } from '#kit/signature.ts';
import type { Store } from '#store/database.ts';
import { deliveryInbox } from '#store/deliveries.ts';
import { connectorsUnread } from '#store/unread.ts';
import { bells, signed } from '#test/webhooks/bell.ts';
import { openGate } from '#webhooks/gate.ts';
import { atLeast, atMost, type Bench, timed } from './figure.ts';
import { bareWorkspace } from './floor.ts';
import type { Load, Loaded } from './load.ts';
import { type BenchHub, openStage, type Stage } from './stage.ts';

const SECRET = 'clapper';
const SECONDS = 10;
const CONNECTIONS = 256;
/** What is promised, ms. */
const PATIENCE = { alone: 50, importing: 100 };

const BODY = JSON.stringify({
  news: [{ account: 'a', is: 'touched', stream: 'people', id: 'p1' }],
  note: 'what services say beside the point '.repeat(16),
});

export const webhooks: Bench = async ({ rows }, report) => {
  const stage = await openStage(rows);
  const gate = await openBenchGate(stage.hub);
  const bare = await openBare(stage.hub.store);
  try {
    await load({ url: bare.url, duration: 3 });
    const floor = await load({ url: bare.url, duration: SECONDS });
    await load({ url: gate.url, duration: 3 });
    const before = await gate.kept();
    const full = await load({ url: gate.url, duration: SECONDS });
    expectKept((await gate.kept()) - before, full);
    const rate = full.accepted / full.seconds;
    report(atLeast('webhooks', 'deliveries/s', rate, floor.accepted / floor.seconds));
    const left = await gate.unread();
    const reading = await timed(() => gate.read());
    if (left > 1_000) report(atLeast('webhooks', 'read and acted upon, deliveries/s', left / reading.seconds));
    const half = await watched(() => load({ url: gate.url, duration: SECONDS, rate: Math.round(rate / 2) }));
    report(
      atMost('webhooks', `p99 at half that rate, ms (median ${half.result.p50})`, Math.max(half.result.p99, 1), PATIENCE.alone),
    );
    report(atLeast('webhooks', 'of it the hub’s event loop, p99, ms', half.p99));
    await gate.read();
    const importing = importBeside(stage);
    const beside = await watched(() => load({ url: gate.url, duration: SECONDS, rate: Math.round(rate / 2) }));
    const seconds = await importing;
    const { p50, p99 } = beside.result;
    report(atMost('webhooks', `p99 beside an import, ms (median ${p50})`, Math.max(p99, 1), PATIENCE.importing));
    report(atLeast('webhooks', 'of it the hub’s event loop, p99, ms', beside.p99));
    report(atLeast('webhooks', 'that import, rows/s', rows / seconds));
  } finally {
    await gate.close();
    await bare.close();
    await stage.close();
  }
};

/** A first import by a worker, as `npm start` has one. Seconds. */
async function importBeside({ parts }: Stage): Promise<number> {
  const script = new URL('import-process.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, [...process.execArgv, script, JSON.stringify(parts)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  setPriority(child.pid!, BEHIND);
  return Number(await lastWords(child));
}

/** How long this process kept others waiting meanwhile, ms: what it owes to itself, and not to the machine's other processes. */
async function watched<T>(work: () => Promise<T>): Promise<{ result: T; p99: number }> {
  const delays = monitorEventLoopDelay({ resolution: 1 });
  delays.enable();
  const result = await work();
  delays.disable();
  return { result, p99: delays.percentile(99) / 1e6 };
}

/** A figure about deliveries that are not there is none. */
function expectKept(kept: number, { accepted, failed }: Loaded): void {
  if (failed > 0) throw new Error(`${failed} deliveries were not accepted`);
  // Those under way when the load ended were kept, and nobody heard of it.
  if (kept < accepted || kept > accepted + CONNECTIONS) throw new Error(`${accepted} were accepted, ${kept} are kept`);
}

interface BenchGate {
  url: string;
  kept(): Promise<number>;
  unread(): Promise<number>;
  /** Resolves when everything is read. */
  read(): Promise<void>;
  close(): Promise<void>;
}

async function openBenchGate({ store, engine, now }: BenchHub): Promise<BenchGate> {
  const { bell } = bells();
  const workspace = await bareWorkspace(store);
  await store.workspace(workspace, (tx) =>
    tx.run(`insert into connections (workspace, connector, account, title) values ($1, 'bell', 'a', 'A')`, [workspace]),
  );
  const log = openLog('silent');
  const news = openNews({
    ...{ store, engine, now, log, days: 30, handlers: {} },
    webhooks: { bell: bell!.webhooks! },
    disconnected: async () => '',
    secretsOf: async () => [SECRET],
  });
  const gate = openGate({
    webhooksOf: (name) => (name === 'bell' ? bell!.webhooks : undefined),
    secretsOf: async () => [SECRET],
    inbox: deliveryInbox(store),
    now,
    woken: (connectors) => news.wake(connectors),
  });
  await news.ready();
  news.start();
  const server = openServer([], { identify: async () => undefined, log, first: gate.take });
  const { port } = await server.listen(0, '127.0.0.1');
  const count = (table: string) =>
    store.installation(async (tx) => (await tx.query<{ n: number }>(`select count(*)::int as n from ${table}`))[0]!.n);
  return {
    url: `http://127.0.0.1:${port}/webhooks/bell`,
    kept: () => count('deliveries'),
    unread: () => count('deliveries_unread'),
    async read() {
      while ((await store.installation((tx) => connectorsUnread(tx, ['bell']))).length > 0) await delay(20);
    },
    async close() {
      await server.close(0);
      await gate.idle();
      await news.stop();
    },
  };
}

/** The floor: nothing is looked at but the signature, and nothing kept but the body. */
async function openBare(store: Store): Promise<{ url: string; close(): Promise<void> }> {
  let waiting: { body: Buffer; kept(): void }[] = [];
  let running = false;
  const commit = async (): Promise<void> => {
    running = true;
    while (waiting.length > 0) {
      const group = waiting;
      waiting = [];
      const bodies = Buffer.concat(group.map(({ body }) => body));
      let at = 1;
      const starts = group.map(({ body }) => (at += body.length) - body.length);
      await store.installation((tx) =>
        tx.run(
          `insert into deliveries (at, connector, method, query, headers, body)
           select now(), 'bare', 'POST', '', '{}', substring($1::bytea from start for size) from unnest($2::int[], $3::int[]) n (start, size)`,
          [bodies, starts, group.map(({ body }) => body.length)],
        ),
      );
      for (const { kept } of group) kept();
    }
    running = false;
  };
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const body = Buffer.concat(parts);
      const { 'bell-timestamp': seconds, 'bell-signature': signature } = request.headers;
      const genuine = isSigned(String(signature), [SECRET], [`${seconds}.`, body], { encoding: 'hex', prefix: 'v1=' });
      const kept = () => response.writeHead(genuine ? 200 : 401, { 'content-length': 0 }).end();
      if (!genuine) return kept();
      waiting.push({ body, kept });
      if (!running) void commit();
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    async close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

async function load(wish: Pick<Load, 'url' | 'duration' | 'rate'>): Promise<Loaded> {
  const whole: Load = {
    connections: CONNECTIONS,
    headers: { ...signed(SECRET, BODY), 'bell-delivery': '[<id>]' },
    body: BODY,
    ...wish,
  };
  const script = new URL('load.ts', import.meta.url).pathname;
  return JSON.parse(
    await lastWords(spawn(process.execPath, [script, JSON.stringify(whole)], { stdio: ['ignore', 'pipe', 'inherit'] })),
  );
}

async function lastWords(child: ChildProcessByStdio<null, Readable, null>): Promise<string> {
  let said = '';
  child.stdout.on('data', (text) => {
    said += text;
  });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`${child.spawnargs.at(-2)} ended with ${code}`);
  return said;
}
