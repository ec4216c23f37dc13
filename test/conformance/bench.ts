/** A stream with all it is lent, against an emulated service. */
import { randomUUID } from 'node:crypto';
import { createAllowance } from '#kit/allowance.ts';
import { makeCall } from '#kit/call.ts';
import type { Connector } from '#kit/connector.ts';
import type { Context } from '#kit/context.ts';
import type { Values } from '#kit/fields.ts';
import type { Cursor, Draft, Known, Misfit, Row, Stream } from '#kit/stream.ts';
import type { World } from './world.ts';

export interface Bench {
  ctx: Context;
  /** Ends what goes on in `ctx`. */
  abort: AbortController;
  /** Everything of a full pass, or since a cursor; or so many pages of it. */
  read(since?: Cursor | null, known?: Known, pages?: number): Promise<Reading>;
  push(drafts: readonly Draft[]): Promise<Awaited<ReturnType<NonNullable<Stream['push']>>>>;
}

export interface Reading {
  rows: Row[];
  same: string[];
  gone: string[];
  misfits: Misfit[];
  /** The cursor of each page. */
  cursors: Cursor[];
  lasts: boolean[];
  /** How many rows there were at the end of each page. */
  ends: number[];
  lost?: string;
}

export interface BenchOptions {
  base?: World['base'];
  /** Longest a call may take, ms. */
  timeout?: number;
}

export function createBench(
  connector: Connector,
  stream: Stream,
  world: World,
  { base = world.base, timeout = 30_000 }: BenchOptions = {},
): Bench {
  const abort = new AbortController();
  const ctx: Context = {
    settings: world.settings ?? {},
    base,
    signal: abort.signal,
    now: world.now,
    clientId: 'app',
    token: world.token,
    call: makeCall({
      limits: { groups: timeless(connector.limits.groups), timeout },
      allowance: createAllowance(world.now),
      counted: { app: 'app', account: 'app/account' },
      explain: connector.explain,
      signal: abort.signal,
      now: world.now,
      // The tests' clock stands still: a wait is a turn of it.
      sleep: async (ms) => world.turn(ms),
    }),
  };
  return {
    ctx,
    abort,
    read: (since = null, known, pages = Number.POSITIVE_INFINITY) => readAll(stream, ctx, since, pages, known),
    push: (drafts) => stream.push!(ctx, drafts),
  };
}

/** The tests' clock stands still, so no minute would ever pass: what a minute allows is proven in kit/call.test.ts. */
function timeless(groups: Connector['limits']['groups']): Connector['limits']['groups'] {
  return Object.fromEntries(
    Object.entries(groups).map(([group, { perSecond: _second, perMinute: _minute, perDay: _day, ...rest }]) => [group, rest]),
  );
}

async function readAll(stream: Stream, ctx: Context, since: Cursor | null, pages: number, known?: Known): Promise<Reading> {
  const reading: Reading = { rows: [], same: [], gone: [], misfits: [], cursors: [], lasts: [], ends: [] };
  for await (const page of stream.pull!(ctx, since, known)) {
    if ('lost' in page) {
      reading.lost = page.lost;
      break;
    }
    reading.rows.push(...page.rows);
    reading.same.push(...(page.same ?? []));
    reading.gone.push(...page.gone);
    reading.misfits.push(...page.misfits);
    reading.cursors.push(page.next);
    reading.lasts.push(page.last);
    reading.ends.push(reading.rows.length);
    if (reading.lasts.length >= pages) break;
  }
  return reading;
}

/** A draft of a change to a row, or of a new one. */
export function draftOf(fields: Values, row?: Row, mark: string = randomUUID()): Draft {
  return row === undefined
    ? { key: randomUUID(), mark, fields }
    : { key: randomUUID(), mark, id: row.id, version: row.version, raw: row.raw, fields };
}
