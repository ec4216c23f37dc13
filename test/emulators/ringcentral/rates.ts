import type { Clock } from '../kit/clock.ts';
import { createWindow } from '../kit/quota.ts';
import { ApiError } from './errors.ts';

export type RateGroup = 'Light' | 'Medium' | 'Heavy' | 'Auth';

/** Calls a minute by group, per user and app; a group that is absent has no limit and sends no headers. */
export type Rates = { readonly [group in RateGroup]?: number };

/** RingCentral's usual limits. */
export const RINGCENTRAL_RATES = { Light: 50, Medium: 40, Heavy: 10, Auth: 5 } as const satisfies Rates;

/** Seconds: the window, and the penalty for those who exceed it. */
const WINDOW = 60;

export type RateKeeper = ReturnType<typeof createRates>;

/**
 * The limits of every user and app. Whoever exceeds one is shut out of the group for a minute, and each call that comes
 * meanwhile begins that minute anew.
 */
export function createRates(clock: Clock, first: Rates) {
  let limits = first;
  let windows = new Map<RateGroup, ReturnType<typeof createWindow>>();
  const penalties = new Map<string, number>();
  const set = (rates: Rates) => {
    limits = rates;
    penalties.clear();
    windows = new Map();
    for (const group of ['Light', 'Medium', 'Heavy', 'Auth'] as const) {
      const calls = rates[group];
      if (calls !== undefined) windows.set(group, createWindow(clock, { calls, perMs: WINDOW * 1000 }));
    }
  };
  set(first);

  function headers(group: RateGroup, key: string): { readonly [name: string]: string } {
    const [limit, window] = [limits[group], windows.get(group)];
    if (limit === undefined || window === undefined) return {};
    return {
      'x-rate-limit-group': group.toLowerCase(),
      'x-rate-limit-limit': String(limit),
      'x-rate-limit-remaining': String(Math.max(0, window.left(key))),
      'x-rate-limit-window': String(WINDOW),
    };
  }

  return {
    set,
    /** Counts one call; gives the headers of its answer, throws the 429. `key` names user and app. */
    take(group: RateGroup, key: string): { readonly [name: string]: string } {
      const window = windows.get(group);
      if (window === undefined) return {};
      const of = `${group} ${key}`;
      const punished = (penalties.get(of) ?? 0) > clock.now();
      if (punished || !window.take(key)) {
        penalties.set(of, clock.now() + WINDOW * 1000);
        throw new ApiError(
          429,
          { errorCode: 'CMN-301', message: 'Request rate exceeded' },
          { headers: { ...headers(group, key), 'x-rate-limit-remaining': '0', 'retry-after': String(WINDOW) } },
        );
      }
      return headers(group, key);
    },
  };
}
