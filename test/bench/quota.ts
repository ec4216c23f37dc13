/** A month of a whole app's organisations on several hubs, judged by a referee who counts as the service does. Time is simulated. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDatabase } from '#store/database.ts';
import { atLeast, atMost, type Bench, timed } from './figure.ts';
import { type Month, month } from './quota/month.ts';

const HUBS = 4;
const SEED = 1;

export const quota: Bench = async ({ tenants, days }, report) => {
  const data = mkdtempSync(join(tmpdir(), 'switchboard-quota-'));
  const stores = await Promise.all(Array.from({ length: HUBS }, () => openDatabase({ data })));
  try {
    const { seconds, result } = await timed(() => month({ stores, tenants, days, seed: SEED }));
    const of = `${days} days, ${tenants} tenants, ${HUBS} hubs`;
    report(atLeast('quota', `calls in ${of}`, result.calls));
    for (const [figure, value] of never(result)) report(atMost('quota', figure, value, 0));
    const { most } = result;
    report(atMost('quota', 'most calls of a tenant in any minute', most.minute, 60));
    report(atMost('quota', 'most calls of a tenant in any day', most.day, 5_000));
    report(atMost('quota', 'most calls of a tenant at once', most.atOnce, 5));
    report(atMost('quota', 'most calls of all tenants in any minute', most.app, 10_000));
    report(atLeast('quota', 'calls refused, for another program had used the budget up', result.refused));
    for (const urgency of ['person', 'webhook', 'poll', 'backfill'] as const) {
      report(atLeast('quota', `calls for ${urgency}`, result.waits.count(urgency)));
      report(atLeast('quota', `ms waited for ${urgency}, median`, result.waits.quantile(urgency, 0.5)));
      report(atLeast('quota', `ms waited for ${urgency}, 95 %`, result.waits.quantile(urgency, 0.95)));
    }
    const statements = stores.reduce((all, store) => all + store.statements.count, 0);
    report(atLeast('quota', 'statements of SQL a call', statements / result.calls));
    report(atLeast('quota', 'simulated calls/s, each allowed by the database', result.calls / seconds));
  } finally {
    await Promise.all(stores.map((store) => store.close()));
    rmSync(data, { recursive: true, force: true });
  }
};

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
