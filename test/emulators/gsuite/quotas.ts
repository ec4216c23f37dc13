import type { Clock } from '../kit/clock.ts';
import { createWindow, type Quota } from '../kit/quota.ts';
import { ClassicError, type QuotaWords, quotaExceeded } from './errors.ts';

export type QuotaClass = 'criticalReads' | 'criticalWrites' | 'fullSyncs' | 'calendar' | 'tasks' | 'directory' | 'drive';

/** What the account may do per quota class; a class that is absent has no limit. */
export type Quotas = { readonly [name in QuotaClass]?: Quota };

/** How a 429 names each class. */
export const QUOTA_WORDS: { readonly [name in Exclude<QuotaClass, 'calendar' | 'tasks' | 'directory' | 'drive'>]: QuotaWords } = {
  criticalReads: {
    title: 'Critical read requests (Contact and Profile Reads)',
    limit: 'CriticalReadsPerMinutePerProjectPerUser',
    metric: 'critical_read_requests',
  },
  criticalWrites: {
    title: 'Critical write requests (Contact and Profile Writes)',
    limit: 'CriticalWritesPerMinutePerProjectPerUser',
    metric: 'critical_write_requests',
  },
  fullSyncs: {
    title: 'Full sync requests',
    limit: 'FullSyncsPerMinutePerProjectPerUser',
    metric: 'full_sync_requests',
  },
};

/**
 * Ninety critical reads a minute and user are reported; the number of writes and full syncs is not published. Calendar's is (600 since
 * May 2026).
 */
export const GOOGLE_QUOTAS = {
  criticalReads: { calls: 90, perMs: 60_000 },
  criticalWrites: { calls: 90, perMs: 60_000 },
  fullSyncs: { calls: 10, perMs: 60_000 },
  calendar: { calls: 600, perMs: 60_000 },
  tasks: { calls: 50_000, perMs: 86_400_000 },
};

/** The quotas of all accounts; taking more than there is throws the 429. */
export function createQuotas(clock: Clock, first: Quotas) {
  let windows: { [name: string]: ReturnType<typeof createWindow> } = {};
  const set = (quotas: Quotas) => {
    windows = Object.fromEntries(Object.entries(quotas).map(([name, quota]) => [name, createWindow(clock, quota)]));
  };
  set(first);
  return {
    set,
    take: (name: QuotaClass, account: string) => {
      if (windows[name]?.take(account) !== false) return;
      if (name === 'calendar' || name === 'directory' || name === 'drive')
        throw new ClassicError(403, 'userRateLimitExceeded', 'User Rate Limit Exceeded', 'usageLimits');
      if (name === 'tasks') throw new ClassicError(403, 'quotaExceeded', 'Quota Exceeded', 'usageLimits');
      throw quotaExceeded(QUOTA_WORDS[name]);
    },
  };
}

export type QuotaKeeper = ReturnType<typeof createQuotas>;
