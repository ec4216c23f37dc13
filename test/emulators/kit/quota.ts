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
  /** How many calls the quota still has. */
  left(key: string): number;
  /** Forgets what was used. */
  clear(): void;
}

export function createWindow(clock: Clock, quota: Quota): Window {
  const taken = new Map<string, number[]>();
  const timesOf = (key: string): number[] => {
    const since = clock.now() - quota.perMs;
    const times = (taken.get(key) ?? []).filter((at) => at > since);
    taken.set(key, times);
    return times;
  };
  return {
    take: (key) => {
      const times = timesOf(key);
      if (times.length >= quota.calls) return false;
      times.push(clock.now());
      return true;
    },
    left: (key) => quota.calls - timesOf(key).length,
    clear: () => taken.clear(),
  };
}
