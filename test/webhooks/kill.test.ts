/**
 * A hub is killed (SIGKILL) at random moments under webhook load and started again. Of the deliveries it answered 2xx none is lost:
 * each is kept once, is read, and what it says has been acted upon. GATE_KILLS sets how often (3), SEED repeats the moments of a run.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { testDatabase } from '#test/database.ts';
import { random } from '#test/emulators/kit/random.ts';
import { signed } from './bell.ts';

const KILLS = Number(process.env.GATE_KILLS ?? 3);
const SEED = Number(process.env.SEED ?? Date.now() % 1_000_000);
const SECRET = 'clapper';
const SENDERS = 24;
/** A hub works for so long at most, ms, before it is killed. */
const LIFE = 700;

const database = await testDatabase();
const running = new Set<ChildProcess>();
afterAll(() => {
  for (const child of running) child.kill('SIGKILL');
});

interface Living {
  port: number;
  kill(): Promise<void>;
}

async function startHub(): Promise<Living> {
  const file = fileURLToPath(new URL('hub-process.ts', import.meta.url));
  const child = fork(file, [database.url, SECRET], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  running.add(child);
  const exit = once(child, 'exit');
  const [{ port }] = (await once(child, 'message')) as [{ port: number }];
  return {
    port,
    async kill() {
      child.kill('SIGKILL');
      await exit;
      running.delete(child);
    },
  };
}

/** A service: sends what it has until it is taken, one after the other, as services do. */
class Sender {
  readonly accepted: string[] = [];
  private readonly name: string;
  private n = 0;
  private id: string | undefined;
  constructor(name: string) {
    this.name = name;
  }

  /** Until the hub is gone; or, `last`, until what it began is taken. */
  async send(port: number, until: () => boolean, last: boolean): Promise<void> {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    while (!until() && !(last && this.id === undefined)) {
      this.id ??= `${this.name}-${this.n++}`;
      const status = await ring(agent, port, this.id).catch(() => 0);
      if (status === 0) break;
      if (status !== 200) continue;
      this.accepted.push(this.id);
      this.id = undefined;
    }
    agent.destroy();
  }
}

function ring(agent: Agent, port: number, id: string): Promise<number> {
  const said = [
    { account: 'a', is: 'call', event: { session: id, sequence: 1, at: 0, parties: [] } },
    { account: 'a', is: 'touched', stream: 'people', id },
  ];
  const body = JSON.stringify({ news: said });
  return new Promise((resolve, reject) => {
    const options = {
      agent,
      port,
      host: '127.0.0.1',
      path: '/webhooks/bell',
      method: 'POST',
      headers: signed(SECRET, body, Date.now(), id),
    };
    const asked = request(options, (answer) => {
      answer.resume().on('end', () => resolve(answer.statusCode!));
      answer.on('error', reject);
    });
    asked.on('error', reject);
    asked.end(body);
  });
}

const count = async (query: string, values: unknown[] = []) =>
  (await database.owner.query<{ n: number }>(query, values)).rows[0]!.n;

test(`killed ${KILLS} times under load (SEED=${SEED}): no delivery that was accepted is lost`, {
  timeout: 60_000 + KILLS * 20_000,
}, async () => {
  const chance = random(SEED);
  const workspace = await database.workspace();
  await database.owner.query(`insert into connections (workspace, connector, account, title) values ($1, 'bell', 'a', 'A')`, [
    workspace,
  ]);
  await database.owner.query('create table public.rung (session text primary key, times integer not null default 1)');
  const senders = Array.from({ length: SENDERS }, (_, n) => new Sender(`s${n}`));
  for (let kills = 0; kills < KILLS; kills++) {
    const hub = await startHub();
    let dead = false;
    const load = Promise.all(senders.map((sender) => sender.send(hub.port, () => dead, false)));
    await delay(chance.below(LIFE));
    await hub.kill();
    dead = true;
    await load;
  }
  const hub = await startHub();
  await Promise.all(senders.map((sender) => sender.send(hub.port, () => false, true)));
  const left = () =>
    count('select (select count(*) from deliveries_unread)::int + (select count(*) from news_waiting)::int as n');
  // News that a dead hub had handed over is another's after two minutes; an operator who knows that it is dead need not wait.
  await database.owner.query('update news_waiting set ready = least(ready, now())');
  await expect.poll(left, { timeout: 30_000, interval: 50 }).toBe(0);
  await hub.kill();
  const accepted = senders.flatMap((sender) => sender.accepted);
  expect(accepted.length).toBeGreaterThan(0);
  expect(
    await count(
      'select count(*)::int as n from unnest($1::text[]) n (name) where not exists (select from deliveries where identity = n.name)',
      [accepted],
    ),
  ).toBe(0);
  expect(await count('select count(*)::int - count(distinct identity)::int as n from deliveries')).toBe(0);
  expect(
    await count(
      'select count(*)::int as n from unnest($1::text[]) n (name) where not exists (select from public.rung where session = n.name)',
      [accepted],
    ),
  ).toBe(0);
  expect(await count(`select count(*)::int as n from deliveries_failed`)).toBe(0);
  // What is noted in the transaction that settles it is noted once.
  expect(await count(`select count(*)::int - count(distinct row)::int as n from news where kind = 'touched'`)).toBe(0);
  expect(await count(`select count(*)::int as n from news where kind = 'touched' and row = any($1)`, [accepted])).toBe(
    accepted.length,
  );
});
