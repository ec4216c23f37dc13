/** A hub that works by itself, with the emulated telephone company connected to it, both on one clock that can be turned. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { openServer } from '#api/server.ts';
import { readConfig } from '#hub/config.ts';
import { openLog } from '#hub/log.ts';
import { type Hub, openHub } from '#hub/open.ts';
import { listSyncs } from '#store/syncs.ts';
import { type Exchange, startExchange } from './exchange.ts';
import type { Found } from './judge.ts';

export interface PhoneLine {
  hub: Hub;
  exchange: Exchange;
  workspace: number;
  /** Turns both clocks. */
  turn(ms: number): Promise<void>;
  /** Resolves when nothing is on its way, unread, waiting or due any more. */
  quiet(): Promise<void>;
  /** What became of each telephony session. */
  found(): Promise<Map<string, Found>>;
  close(): Promise<void>;
}

const WORKSPACE = 1;
const CONNECTOR = 'ringcentral';
const STREAMS = ['calls', 'messages', 'extensions'];

export async function openLine(): Promise<PhoneLine> {
  const folder = mkdtempSync(join(tmpdir(), 'switchboard-bench-'));
  const exchange = await startExchange();
  let shift = 0;
  const now = (): number => Date.now() + shift;
  const log = openLog(process.env.LOG_LEVEL ?? 'silent');
  const config = readConfig({
    DATA: folder,
    SWITCHBOARD_HOSTS: JSON.stringify({ [CONNECTOR]: exchange.hosts }),
    RINGCENTRAL_CLIENT_ID: 'switchboard-demo',
    RINGCENTRAL_CLIENT_SECRET: 'demo-secret',
  });
  const hub = await openHub(config, log, { now });
  await hub.news.ready();
  const server = openServer([], { identify: async () => undefined, log, first: hub.gate.take });
  const { port } = await server.listen(0, '127.0.0.1');
  hub.publicUrl = `http://127.0.0.1:${port}`;
  await connect(hub, await exchange.jwt(null));
  hub.start();
  const line: PhoneLine = {
    ...{ hub, exchange, workspace: WORKSPACE },
    async turn(ms) {
      await exchange.turn(ms);
      shift += ms;
    },
    async quiet() {
      await exchange.settled(null);
      // Whoever has taken something due may be about to ask for something else.
      for (let still = 0; still < 3; still = (await open(hub, now())) > 0 ? 0 : still + 1) await delay(50);
    },
    found: () => foundIn(hub),
    async close() {
      await server.close(0);
      await hub.close();
      await exchange.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  await line.quiet();
  return line;
}

async function connect(hub: Hub, assertion: string): Promise<void> {
  await hub.connections.paste({ workspace: WORKSPACE, connector: CONNECTOR, by: 'bench', assertion });
  for (const { id, stream } of await hub.store.workspace(WORKSPACE, listSyncs)) {
    if (!STREAMS.some((name) => stream === `${CONNECTOR}.${name}`)) continue;
    const { plan, done } = await hub.engine.preview(WORKSPACE, id, 'bench');
    const problem = await done;
    if (problem) throw problem;
    await hub.engine.execute(WORKSPACE, plan, 'bench');
  }
}

/** How much is unread, waits to be acted upon, or is due now. */
function open(hub: Hub, now: number): Promise<number> {
  return hub.store.installation(async (tx) => {
    const rows = await tx.query<{ n: number }>(
      `select (select count(*) from (select from deliveries_unread limit 1) u)
         + (select count(*) from (select from news_waiting limit 1) w)
         + (select count(*) from (select from calls where due <= $1 limit 1) c)
         + (select count(*) from (select from call_marks limit 1) m)
         + (select count(*) from call_rosters where due <= $1)
         + (select count(*) from syncs where state = 'on' and due <= $1) as n`,
      [new Date(now)],
    );
    return Number(rows[0]!.n);
  });
}

const PAGE = 5_000;

async function foundIn({ store }: Hub): Promise<Map<string, Found>> {
  const found = new Map<string, Found>();
  for (let after = ''; ; ) {
    const rows = await store.workspace(WORKSPACE, (tx) =>
      tx.query<{ session: string; logged: boolean; excluded: string | null }>(
        'select session, logged is not null as logged, excluded from calls where session > $1 order by session limit $2',
        [after, PAGE],
      ),
    );
    for (const { session, logged, excluded } of rows) found.set(session, { records: [], logged, excluded });
    if (rows.length < PAGE) break;
    after = rows.at(-1)!.session;
  }
  for (let after = '00000000-0000-0000-0000-000000000000'; ; ) {
    const rows = await store.workspace(WORKSPACE, (tx) =>
      tx.query<{ id: string; fields: { [name: string]: string } }>(
        `select id, fields from records where object = 'call' and archived is null and id > $1 order by id limit $2`,
        [after, PAGE],
      ),
    );
    for (const { fields } of rows) {
      const { session = '', direction = null, outcome = null, contact = null, ended } = fields;
      const known = found.get(session) ?? { records: [], logged: false, excluded: null };
      const record = { direction, outcome, contact, ended: ended !== undefined };
      found.set(session, { ...known, records: [...known.records, record] });
    }
    if (rows.length < PAGE) return found;
    after = rows.at(-1)!.id;
  }
}
