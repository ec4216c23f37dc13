/** An organisation with all that its connector is lent. */

import { xero as connector } from '#connectors/xero/index.ts';
import { createAllowance } from '#kit/allowance.ts';
import { makeCall } from '#kit/call.ts';
import type { Context } from '#kit/context.ts';
import type { Values } from '#kit/fields.ts';
import type { Draft, Row } from '#kit/stream.ts';
import { createClock } from '../../emulators/kit/clock.ts';
import type { Xero, XeroOptions } from '../../emulators/xero/contract.ts';
import { startXero } from '../../emulators/xero/emulator.ts';

export const NOW = Date.parse('2026-03-01T10:00:00Z');

export interface Bench {
  on: Xero;
  ctx: Context;
  close(): Promise<void>;
}

/** `limits`: keep to what the connector says the service allows. */
export async function openBench(
  options: XeroOptions = {},
  { limits = false, which = undefined as string | undefined } = {},
): Promise<Bench> {
  const clock = createClock(NOW);
  const on = await startXero({ ...options, clock });
  return { on, ctx: lentBy(on, on.hosts, { limits, ...(which !== undefined && { which }) }), close: () => on.close() };
}

export function lentBy(
  on: Xero,
  base: Context['base'],
  { limits = false, which = undefined as string | undefined } = {},
): Context {
  const { clock } = on;
  const { id: tenant, base: currency } = on.organisation(which);
  let tokens = on.grant();
  const { groups } = connector.limits;
  const free = { accounting: { per: 'account' }, identity: { per: 'app' } } as const;
  return {
    settings: { tenant, currency },
    base,
    clientId: 'switchboard-demo',
    signal: new AbortController().signal,
    now: clock.now,
    token: async (refused) => {
      if (refused === tokens.accessToken) tokens = on.grant();
      return tokens.accessToken;
    },
    call: makeCall({
      limits: { groups: limits ? groups : free, timeout: 1_000 },
      allowance: createAllowance(clock.now),
      counted: { app: 'app', account: `app/${tenant}` },
      explain: connector.explain,
      signal: new AbortController().signal,
      now: clock.now,
      sleep: async (ms) => clock.turn(ms),
    }),
  };
}

export function draft(fields: Values, row?: Row, key: string = crypto.randomUUID()): Draft {
  if (row === undefined) return { key, mark: crypto.randomUUID(), fields };
  return { key, mark: '', id: row.id, ...(row.version !== undefined && { version: row.version }), raw: row.raw, fields };
}
