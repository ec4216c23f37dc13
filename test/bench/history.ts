/**
 * A whole history: documents with their lines and payments, previewed, imported and reconciled. Calls to the service against the least
 * that could list them; how long the service's own quotas would make it take, by a clock that is turned instead of waited for.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { connectors, streamOf } from '#connectors/index.ts';
import { core } from '#crm/crm.ts';
import { openHistories } from '#hub/ledger/history/history.ts';
import { createAllowance } from '#kit/allowance.ts';
import type { Limit } from '#kit/connector.ts';
import { atLeast, atMost, type Bench, timed } from './figure.ts';
import { type Service, startService } from './service.ts';
import { type BenchHub, openBenchHub } from './stage.ts';

const BOOKS = 'xero';
/** The part of the budget that a preview, which is what reads, may use up (`hub/shares.ts`). */
const SHARE = 0.8;

export const history: Bench = async ({ rows }, report) => {
  const folder = mkdtempSync(join(tmpdir(), 'switchboard-history-'));
  const service = await startService(0);
  try {
    const seeded = await seed(service, rows);
    const hub = await openHub(service, folder);
    try {
      await service.order(BOOKS, 'counters-reset');
      const imported = await timed(() => bringIn(hub));
      if (!imported.result.agrees) throw new Error('the sheet does not agree: what was measured is no import');
      const calls = await callsOf(service);
      const least = seeded.reduce((all, { rows: n, page }) => all + Math.max(1, Math.ceil(n / page)), 0);
      report(atMost('history', `calls to the service for ${imported.result.rows} rows`, calls, least));
      report(atLeast('history', 'minutes inside the service’s quotas', await minutes(calls)));
      report(atLeast('history', 'rows/s, previewed, imported and reconciled', imported.result.rows / imported.seconds));
    } finally {
      await hub.close();
    }
  } finally {
    await service.close();
    rmSync(folder, { recursive: true, force: true });
  }
};

/** By a process of its own, whose memory is not the hub's. How many rows of each kind there are then, and go on a page. */
async function seed({ hosts }: Service, rows: number): Promise<{ rows: number; page: number }[]> {
  const script = new URL('./books.ts', import.meta.url).pathname;
  const { stdout } = await promisify(execFile)(process.execPath, [script, new URL(hosts[BOOKS]!.api!).origin, String(rows)]);
  return JSON.parse(stdout) as { rows: number; page: number }[];
}

async function openHub(service: Service, folder: string): Promise<BenchHub> {
  const { accessToken } = await service.order(BOOKS, 'grant');
  const parts = { data: folder, hosts: service.hosts, token: String(accessToken), connector: BOOKS } as const;
  const before = await openBenchHub(parts);
  const { chosen } = await connectors[BOOKS].accounts(before.context);
  await before.close();
  return openBenchHub({ ...parts, settings: { ...chosen[0]!.settings } });
}

async function bringIn({ store, engine, now, tenant }: BenchHub) {
  const { workspace, connection } = await tenant();
  const histories = openHistories({ store, engine, crm: core, streamOf, now, log: { error: () => undefined } });
  const { id } = await histories.begin({ workspace, by: 'bench' }, { connection });
  const goOn = () => histories.drain(workspace, id, (sync) => engine.drain(workspace, sync, 'bench'));
  const read = await goOn();
  if (read.state !== 'ready') throw new Error(`the import is ${read.state}: ${JSON.stringify(read.problem)}`);
  await histories.execute(workspace, id);
  await goOn();
  return histories.sheet(workspace, id);
}

async function callsOf(service: Service): Promise<number> {
  const { calls } = (await service.order(BOOKS, 'counters')) as { calls: { [operation: string]: number } };
  return Object.values(calls).reduce((all, n) => all + n, 0);
}

/** So many calls, one after the other, as soon as the budget allows each. */
async function minutes(calls: number): Promise<number> {
  const limit: Limit = connectors[BOOKS].limits.groups.accounting;
  let at = 0;
  const allowance = createAllowance(() => at);
  for (let n = 0; n < calls; ) {
    const taken = await allowance.take('accounting', limit, 1, SHARE);
    if (!taken.granted) at += taken.waitMs;
    else {
      if (taken.slot) await allowance.free(taken.slot);
      n += 1;
    }
  }
  return at / 60_000;
}
