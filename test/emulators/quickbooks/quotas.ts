import type { Clock } from '../kit/clock.ts';
import { createWindow, type Quota } from '../kit/quota.ts';
import { throttled } from './faults.ts';

/** What a company and an app may ask; absent: as much as they like. */
export interface Quotas {
  /** Requests of a company in a minute. */
  requests?: Quota;
  /** Requests of a company in a second. */
  burst?: Quota;
  /** Batches of a company in a minute. */
  batches?: Quota;
}

/** QuickBooks' own limits. */
export const QUICKBOOKS_QUOTAS = {
  requests: { calls: 500, perMs: 60_000 },
  burst: { calls: 10, perMs: 1_000 },
  batches: { calls: 40, perMs: 60_000 },
} as const satisfies Quotas;

export type QuotaKeeper = ReturnType<typeof createQuotas>;

export function createQuotas(clock: Clock, first: Quotas) {
  let windows: { [name in keyof Quotas]?: ReturnType<typeof createWindow> } = {};
  const set = (quotas: Quotas) => {
    windows = {};
    for (const name of ['requests', 'burst', 'batches'] as const) {
      const quota = quotas[name];
      if (quota !== undefined) windows[name] = createWindow(clock, quota);
    }
  };
  set(first);
  return {
    set,
    /** Counts one request; throws the 429. */
    take(realm: string, isBatch: boolean): void {
      for (const name of ['requests', 'burst', ...(isBatch ? (['batches'] as const) : [])] as const) {
        if (windows[name]?.take(realm) === false) throw throttled();
      }
    },
  };
}
