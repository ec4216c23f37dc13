/** A month of a whole app's organisations on several hubs, judged by a referee who counts as the service does. Time is simulated. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { leasingFrom, sharedAllowance } from '#store/budgets.ts';
import { openDatabase } from '#store/database.ts';
import { atLeast, atMost, type Bench, timed } from './figure.ts';
import { createDrawer } from './quota/drawer.ts';
import { type Month, month, XERO } from './quota/month.ts';

const HUBS = 4;
const SEED = 1;

export const quota: Bench = async ({ tenants, days, memory }, report) => {
  const where = await openHubs(memory);
  try {
    const { seconds, result } = await timed(() => month({ hubs: where.hubs, stride: where.stride, tenants, days, seed: SEED }));
    report(atLeast('quota', `calls in ${days} days, ${tenants} tenants, ${HUBS} hubs`, result.calls));
    for (const [figure, value] of never(result)) report(atMost('quota', figure, value, 0));
    const { most, waits } = result;
    report(atMost('quota', 'most calls of a tenant in any minute', most.minute, XERO.minute));
    report(atMost('quota', 'most calls of a tenant in any day', most.day, XERO.day));
    report(atMost('quota', 'most calls of a tenant at once', most.atOnce, XERO.atOnce));
    report(atMost('quota', 'most calls of all tenants in any minute', most.app, XERO.app));
    report(atLeast('quota', 'calls refused, for another program had used the budget up', result.refused));
    for (const urgency of ['person', 'webhook', 'poll', 'backfill'] as const) {
      report(atLeast('quota', `calls of a ${urgency}`, waits.count(urgency)));
      report(atLeast('quota', `ms that a ${urgency} waited, median`, waits.quantile(urgency, 0.5)));
      report(atLeast('quota', `ms that a ${urgency} waited, 95 %`, waits.quantile(urgency, 0.95)));
    }
    if (!memory) report(atLeast('quota', 'statements of SQL a call', where.statements() / result.calls));
    report(atLeast('quota', `simulated calls/s, shared in ${memory ? 'memory' : 'PostgreSQL'}`, result.calls / seconds));
  } finally {
    await where.close();
  }
};

/** Hubs that share a database, each with its own pool; or memory. */
async function openHubs(memory: boolean) {
  if (memory) {
    const drawer = createDrawer();
    const hub = (now: () => number) => leasingFrom(drawer, now);
    return { hubs: Array.from({ length: HUBS }, () => hub), stride: 1_000, statements: () => 0, close: async () => undefined };
  }
  const data = mkdtempSync(join(tmpdir(), 'switchboard-quota-'));
  const stores = await Promise.all(Array.from({ length: HUBS }, () => openDatabase({ data })));
  return {
    stride: 60_000,
    hubs: stores.map((store) => (now: () => number) => sharedAllowance(store, now)),
    statements: () => stores.reduce((all, store) => all + store.statements.count, 0),
    async close() {
      await Promise.all(stores.map((store) => store.close()));
      rmSync(data, { recursive: true, force: true });
    },
  };
}

/** What must not happen once. */
export function never({ beyondMinute, beyondDay, beyondAtOnce, beyondApp, insidePenalty, waits }: Month): [string, number][] {
  return [
    ['calls beyond a tenant’s minute', beyondMinute],
    ['calls beyond a tenant’s day', beyondDay],
    ['calls beyond a tenant’s 5 at once', beyondAtOnce],
    ['minutes beyond the app’s', beyondApp],
    ['calls inside a penalty', insidePenalty],
    ['backfills’ calls before a person’s who waited', waits.overtaken()],
  ];
}
