/** The demo's stage: the emulated services, a hub over them in a folder of its own, its API listening. `dev` uses it too. */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { routesOf } from '#api/routes.ts';
import { openServer } from '#api/server.ts';
import { readConfig } from '#hub/config.ts';
import { openLog } from '#hub/log.ts';
import { type Hub, openHub } from '#hub/open.ts';
import { demoApps } from '#test/emulators/apps.ts';
import { type Emulators, startEmulators } from '#test/emulators/index.ts';
import type { OrganisationPlan } from '#test/emulators/xero/organisation.ts';
import { generateLedger } from '#test/ledger/generate.ts';
import { XERO_REGIMES, xeroLedger } from '#test/ledger/xero.ts';

export interface Stage {
  emulators: Emulators;
  hub: Hub;
  /** Address of the API, and a key that may do everything. */
  url: string;
  key: string;
  workspace: number;
  /** A workspace of its own beside the first. */
  anotherFirm(name: string): Promise<{ workspace: number; key: string }>;
  close(): Promise<void>;
}

export interface StageOptions {
  rows: number;
  /** Kept between starts if given; else a folder that goes with the stage. */
  data?: string;
  port?: number;
  logLevel?: string;
}

export const ACCOUNT = 'ada@example.com';
/** Who works with the other suite. */
export const COLLEAGUE = 'bob@example.com';

/** Another firm, whose books go back three years. */
const ANTIQUES: OrganisationPlan = {
  name: 'Harbour Antiques Ltd',
  country: 'GB',
  base: 'GBP',
  currencies: { EUR: 1.17, USD: 1.27, AUD: 1.93 },
};
const THREE_YEARS = { rows: 150, seed: 3, currencies: ['GBP', 'EUR', 'USD', 'AUD'], regimes: XERO_REGIMES, plain: true };

export async function openStage(options: StageOptions): Promise<Stage> {
  const folder = options.data ?? mkdtempSync(join(tmpdir(), 'switchboard-demo-'));
  const emulators = await startEmulators({
    gsuite: { accounts: [{ email: ACCOUNT, rows: options.rows }] },
    office365: { accounts: [{ email: COLLEAGUE, title: 'Bob Brown' }] },
    xero: { organisations: [ANTIQUES], books: xeroLedger(generateLedger(THREE_YEARS)) },
  });
  const port = options.port ?? (await freePort());
  const config = readConfig({
    DATA: folder,
    PORT: String(port),
    SWITCHBOARD_HOSTS: JSON.stringify(emulators.hosts),
    ...demoApps(Object.keys(emulators.hosts)),
    LOG_LEVEL: options.logLevel ?? 'silent',
  });
  const log = openLog(config.logLevel);
  const hub = await openHub(config, log, { now: () => emulators.clock.now() }).catch(async (error: unknown) => {
    await emulators.close();
    throw error;
  });
  const server = openServer(routesOf(hub), {
    identify: (key) => hub.keys.identify(key),
    log,
    publicUrl: config.publicUrl,
    first: hub.gate.take,
  });
  await hub.news.ready();
  await server.listen(port);
  const key = (await hub.keys.first()) ?? (await hub.keys.create(1, { name: 'demo', role: 'operator' })).key;
  return {
    emulators,
    hub,
    url: `http://localhost:${port}`,
    key,
    workspace: 1,
    async anotherFirm(name) {
      const { id, key } = await hub.firms.found(name);
      return { workspace: id, key: key.key };
    },
    async close() {
      await server.close();
      await hub.close();
      await emulators.close();
      if (options.data === undefined) rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  const port = await new Promise<number>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : 0);
    });
  });
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** What a browser does with the link the API gave: follows it, allows, comes back with its cookie. */
export async function signIn(
  { emulators, url, key }: Pick<Stage, 'emulators' | 'url' | 'key'>,
  connector: 'gsuite' | 'office365' | 'ringcentral' | 'quickbooks' | 'xero' = 'gsuite',
  streams?: readonly string[],
): Promise<string> {
  const asked = await fetch(`${url}/api/connections`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ connector, ...(streams && { streams }) }),
  });
  const { url: link } = (await asked.json()) as { url: string };
  const off = await fetch(link, { redirect: 'manual' });
  const cookie = off.headers.get('set-cookie')?.split(';')[0] ?? '';
  const back = await emulators[connector].consent(off.headers.get('location') ?? '');
  const done = await fetch(back, { redirect: 'manual', headers: { cookie } });
  return done.text();
}
