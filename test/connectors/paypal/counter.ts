/** What a connector is lent, over an emulated PayPal or a server that answers as told; the tests' clock stands still until it is turned. */
import { paypal } from '#connectors/paypal/index.ts';
import { createAllowance } from '#kit/allowance.ts';
import { makeCall } from '#kit/call.ts';
import type { Context } from '#kit/context.ts';
import type { Values } from '#kit/fields.ts';
import { type Emulators, startEmulators } from '#test/emulators/index.ts';
import { createClock } from '#test/emulators/kit/clock.ts';
import type { PaypalOptions } from '#test/emulators/paypal/contract.ts';

export const NOW = Date.parse('2026-03-01T10:30:00Z');
export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;

export interface Lent {
  base: Context['base'];
  now?: () => number;
  turn?: (ms: number) => void;
  token?: Context['token'];
  settings?: Values;
  signal?: AbortSignal;
  timeout?: number;
}

export function contextOf({
  base,
  now = () => NOW,
  turn = () => undefined,
  token,
  settings = {},
  signal,
  timeout = 5_000,
}: Lent): Context {
  const own = signal ?? new AbortController().signal;
  return {
    ...{ settings, base, signal: own, now, clientId: 'switchboard-demo' },
    token: token ?? (async () => 'T1'),
    call: makeCall({
      limits: { ...paypal.limits, timeout },
      allowance: createAllowance(now),
      counted: { app: 'app', account: 'app/account' },
      explain: paypal.explain,
      signal: own,
      now,
      sleep: async (ms) => turn(ms),
    }),
  };
}

/** An emulated PayPal, and what its app is lent. */
export async function openCounter(
  options: Partial<PaypalOptions> = {},
  settings: Values = {},
  timeout?: number,
): Promise<{ on: Emulators; ctx: Context }> {
  const on = await startEmulators({ clock: createClock(NOW), paypal: options });
  let held = on.paypal.grant().accessToken;
  const { now, turn } = on.clock;
  const token = async (refused?: string) => {
    if (refused === held) held = on.paypal.grant().accessToken;
    return held;
  };
  return { on, ctx: contextOf({ base: on.hosts.paypal!, now, turn, token, settings, timeout }) };
}
