import type { Clock } from './clock.ts';

/** So many calls within any stretch of `perMs` milliseconds. */
export interface Quota {
  calls: number;
  perMs: number;
}

/** A sliding window per key (account, app): the calls of the last `perMs` count, those refused do not. */
export interface Window {
  /** Takes one call; false when the quota is used up. */
  take(key: string): boolean;
  /** Forgets what was used. */
  clear(): void;
}

export function createWindow(clock: Clock, quota: Quota): Window {
  const taken = new Map<string, number[]>();
  return {
    take: (key) => {
      const now = clock.now();
      const times = (taken.get(key) ?? []).filter((at) => at > now - quota.perMs);
      taken.set(key, times);
      if (times.length >= quota.calls) return false;
      times.push(now);
      return true;
    },
    clear: () => taken.clear(),
  };
}
