import type { Clock } from '../kit/clock.ts';
import { createWindow } from '../kit/quota.ts';

/** PayPal publishes no numbers: calls a minute of an app, and what the 429 says of waiting. */
export interface RateRule {
  perMinute?: number;
  /** Seconds; absent: the answer has no such header, as is often so. */
  retryAfter?: number;
}

export type Rates = ReturnType<typeof createRates>;

export function createRates(clock: Clock, first: RateRule) {
  let rule = first;
  let window = made(first);
  function made({ perMinute }: RateRule) {
    return perMinute === undefined ? undefined : createWindow(clock, { calls: perMinute, perMs: 60_000 });
  }
  return {
    take: (clientId: string): boolean => window?.take(clientId) ?? true,
    retryAfter: () => rule.retryAfter,
    set: (next: RateRule) => {
      rule = next;
      window = made(next);
    },
  };
}
