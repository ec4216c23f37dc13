/** What the connector is lent in tests, at a host that answers what a test says. */

import { quickbooks } from '#connectors/quickbooks/index.ts';
import { createAllowance } from '#kit/allowance.ts';
import { makeCall } from '#kit/call.ts';
import type { Context } from '#kit/context.ts';
import type { Values } from '#kit/fields.ts';

export const HOST = 'http://quickbooks.test';
export const REALM = '9130350000010000';
export const NOW = Date.parse('2026-03-01T18:00:00Z');
export const TIME = '2026-03-01T10:00:00.000-08:00';
export const TOKEN = 'secret-token';

export interface Desk {
  ctx: Context;
  /** Waits that were asked for, ms. */
  waits: number[];
}

export function desk(settings: Values = {}, base: { readonly [api: string]: string } = { api: HOST }): Desk {
  const waits: number[] = [];
  let turned = 0;
  const now = () => NOW + turned;
  const { signal } = new AbortController();
  const { limits, explain } = quickbooks;
  const ctx: Context = {
    settings: { realm: REALM, currency: 'USD', timeZone: 'America/Los_Angeles', ...settings },
    base,
    clientId: 'a',
    signal,
    now,
    token: async () => TOKEN,
    call: makeCall({
      limits,
      allowance: createAllowance(now),
      counted: { app: 'a', account: 'a/b' },
      explain,
      signal,
      now,
      sleep: async (ms) => {
        waits.push(ms);
        turned += ms;
      },
    }),
  };
  return { ctx, waits };
}

export const path = (rest: string): string => `/v3/company/${REALM}/${rest}`;
