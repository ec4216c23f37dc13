/** The emulated Microsoft 365 with somebody signed in, and what a connector is lent. */
import { office365 } from '#connectors/office365/index.ts';
import { createAllowance } from '#kit/allowance.ts';
import { makeCall } from '#kit/call.ts';
import type { Context } from '#kit/context.ts';
import type { Values } from '#kit/fields.ts';
import type { Cursor, Row, Stream } from '#kit/stream.ts';
import { createClock } from '#test/emulators/kit/clock.ts';
import { openTraffic } from '#test/emulators/kit/traffic.ts';
import type { Office365, Office365Options } from '#test/emulators/office365/contract.ts';
import { startOffice365 } from '#test/emulators/office365/emulator.ts';

export const NOW = Date.parse('2026-03-01T10:00:00Z');

export interface Desk {
  on: Office365;
  ctx: Context;
  turn(ms: number): void;
  close(): Promise<void>;
}

export async function openDesk(options: Omit<Office365Options, 'clock' | 'traffic'> = {}, traffic?: string): Promise<Desk> {
  const clock = createClock(NOW);
  const log = openTraffic(traffic);
  const on = await startOffice365({ ...options, clock, traffic: log });
  let { accessToken } = on.grant();
  const token = async (refused?: string) => {
    if (refused === accessToken) ({ accessToken } = on.grant());
    return accessToken;
  };
  const ctx = contextOf(on.hosts, clock.now, clock.turn, token);
  return {
    on,
    ctx,
    turn: clock.turn,
    close: async () => {
      await on.close();
      log?.close();
    },
  };
}

export function contextOf(
  base: Context['base'],
  now: () => number,
  turn: (ms: number) => void,
  token: Context['token'] = async () => 'secret token',
): Context {
  const { signal } = new AbortController();
  return {
    settings: {},
    ...{ base, signal, now, clientId: 'app', token },
    call: makeCall({
      limits: { ...office365.limits, timeout: 2_000 },
      allowance: createAllowance(now),
      counted: { app: 'app', account: 'app/account' },
      explain: office365.explain,
      ...{ signal, now },
      sleep: async (ms) => turn(ms),
    }),
  };
}

export interface Pass {
  rows: Row[];
  gone: string[];
  problems: string[];
  next: Cursor;
  lost?: string;
}

/** All pages of a pass. */
export async function passOf(stream: Stream, ctx: Context, since: Cursor | null = null): Promise<Pass> {
  const pass: Pass = { rows: [], gone: [], problems: [], next: since };
  for await (const page of stream.pull!(ctx, since)) {
    if ('lost' in page) return { ...pass, lost: page.lost };
    pass.rows.push(...page.rows);
    pass.gone.push(...page.gone);
    pass.problems.push(...page.misfits.flatMap(({ problems }) => problems.map(({ path }) => path)));
    pass.next = page.next;
  }
  return pass;
}

export const draft = (fields: Values, row?: Row, key = 'key') => ({
  ...{ key, mark: `mark of ${key}`, fields },
  ...(row && { id: row.id, raw: row.raw, ...(row.version !== undefined && { version: row.version }) }),
});
