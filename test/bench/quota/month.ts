/**
 * A month of many organisations of Xero's and several hubs on one database, in simulated time: the budgets, the calls and the errors are
 * the hub's own, the referee is not. Hubs' clocks differ a little, and answers take as long as they take.
 */

import { restIfUsedUp } from '#connectors/xero/client.ts';
import { XeroFault } from '#connectors/xero/faults.ts';
import { xero } from '#connectors/xero/index.ts';
import { forWork, type Urgency } from '#hub/shares.ts';
import type { Allowance } from '#kit/allowance.ts';
import { makeCall } from '#kit/call.ts';
import type { Limits } from '#kit/connector.ts';
import type { Context } from '#kit/context.ts';
import { TryLater } from '#kit/errors.ts';
import { type Random, random } from '#test/emulators/kit/random.ts';
import { POLL_MS } from '#webhooks/schedule.ts';
import { createReferee, type Findings, type Referee, type ServiceLimits } from './referee.ts';
import { createTimeline, type Timeline } from './timeline.ts';
import { type Firm, firm, sizeOfWish, untilNext } from './traffic.ts';
import { createWaits, type Waits } from './waits.ts';

/** What Xero allows (developer.xero.com, guides/oauth2/limits). */
export const XERO: ServiceLimits = { minute: 60, day: 5_000, atOnce: 5, app: 10_000 };

export interface MonthOptions {
  /** Of each hub, by its clock. */
  hubs: readonly ((now: () => number) => Allowance)[];
  tenants: number;
  days: number;
  seed: number;
  /**
   * Tenants are simulated side by side, so far apart at most (ms): to the budget of the app they seem to be on hubs whose clocks differ.
   * The further, the more questions a database has at once.
   */
  stride: number;
  /** By number. Default uneven ones, of the seed. */
  firms?: (number: number) => Firm;
  service?: ServiceLimits;
  /** What the hubs keep to. Default what the connector says. */
  limits?: Limits;
}

export interface Month extends Findings {
  waits: Waits;
}

/** A Monday. */
const BEGIN = Date.parse('2026-03-02T00:00:00Z');
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** How much the hubs' clocks are ahead or behind, in turn: machines that keep to the time of the network. */
const ASKEW = [0, 60, -45, 25];

export async function month(options: MonthOptions): Promise<Month> {
  const { tenants, days, seed, service = XERO, limits = xero.limits } = options;
  const firms = options.firms ?? ((number) => firm(seed, number, days));
  const timeline = createTimeline(BEGIN, tenants, options.stride);
  const referee = createReferee(tenants, BEGIN, service, random(seed));
  const waits = createWaits();
  const hubs = options.hubs.map((open, n) => {
    const now = () => timeline.now() + ASKEW[n % ASKEW.length]!;
    return { now, allowance: open(now) };
  });
  for (let tenant = 0; tenant < tenants; tenant += 1) {
    const contexts = hubs.map(({ now, allowance }) => ({
      now,
      call: makeCall({
        limits,
        allowance,
        counted: { app: `xero/${seed}`, account: `xero/${seed}/${tenant}` },
        explain: xero.explain,
        signal: new AbortController().signal,
        now,
        sleep: (ms) => timeline.sleep(ms),
      }),
    }));
    const desk: Desk = { timeline, referee, waits, tenant, contexts, chance: random(seed * 104_729 + tenant) };
    timeline.begin(tenant, () => live(desk, firms(tenant), days));
  }
  await timeline.run(BEGIN + days * DAY);
  return { ...referee.findings(), waits };
}

/** All that concerns one organisation. */
interface Desk {
  timeline: Timeline;
  referee: Referee;
  waits: Waits;
  tenant: number;
  /** What each hub lends for its work. */
  contexts: readonly Pick<Context, 'now' | 'call'>[];
  chance: Random;
}

async function live(desk: Desk, firm: Firm, days: number): Promise<void> {
  const { timeline, chance } = desk;
  const { spawn, sleep } = timeline;
  for (let stream = 0; stream < firm.streams; stream += 1) spawn(() => looks(desk));
  spawn(() =>
    again(
      desk,
      firm.east,
      firm.told,
      folded(() => work(desk, 'webhook', 1 + Number(chance.oneIn(10)))),
    ),
  );
  spawn(() => again(desk, firm.east, firm.done, () => work(desk, 'person', sizeOfWish(chance))));
  const { imports, script } = firm;
  if (imports) {
    spawn(async () => {
      await sleep(imports.day * DAY);
      await work(desk, 'backfill', imports.calls);
    });
  }
  // Once, when something has changed in all books, everything is read again by all at one moment, each stream by itself.
  for (let stream = 0; stream < firm.streams; stream += 1) {
    spawn(async () => {
      await sleep((days / 3) * DAY + 9 * HOUR);
      await work(desk, 'backfill', 12 + chance.below(40));
    });
  }
  if (script) spawn(() => again(desk, firm.east, script.aDay, () => another(desk, script.calls)));
}

/** A stream that is looked at as often as the hub does. */
async function looks(desk: Desk): Promise<void> {
  const { sleep } = desk.timeline;
  await sleep(desk.chance.below(POLL_MS));
  for (;;) {
    await work(desk, 'poll', desk.chance.oneIn(40) ? 2 : 1);
    await sleep(POLL_MS);
  }
}

async function again({ timeline, chance }: Desk, east: number, aDay: number, what: () => Promise<void>): Promise<void> {
  for (;;) {
    await timeline.sleep(untilNext(chance, timeline.now(), east, aDay));
    timeline.spawn(what);
  }
}

/** What webhooks tell of while one is being read is read with it. */
function folded(read: () => Promise<void>): () => Promise<void> {
  let reading = false;
  return async () => {
    if (reading) return;
    reading = true;
    await read();
    reading = false;
  };
}

/** So many calls, one after the other; where the hub has no patience left, another one goes on when it was told to. */
async function work(desk: Desk, urgency: Urgency, calls: number): Promise<void> {
  const { timeline, chance, contexts, waits, tenant } = desk;
  let hub = contexts[chance.below(contexts.length)]!;
  for (let n = 0; n < calls; ) {
    const wait = waits.ask(tenant, urgency, timeline.now());
    for (let done = false; !done; ) {
      try {
        const { call } = forWork(hub as Context, urgency);
        await call({ name: 'simulated', group: 'accounting' }, (_signal, rest) => send(desk, wait.granted, rest), {
          repeatable: true,
        });
        done = true;
        n += 1;
      } catch (error) {
        if (!(error instanceof TryLater)) throw error;
        await timeline.sleep(error.afterMs);
        hub = contexts[chance.below(contexts.length)]!;
      }
    }
  }
}

/** One request over a network to the service and back. */
async function send(desk: Desk, granted: (at: number) => void, rest: (ms: number) => void): Promise<void> {
  const { timeline, referee, tenant, chance } = desk;
  const { now, sleep } = timeline;
  const sent = now();
  granted(sent);
  await sleep(transit(chance));
  const verdict = referee.arrive(tenant, now(), sent);
  if ('limit' in verdict) {
    const refused = now();
    referee.leave(tenant, true);
    await sleep(transit(chance));
    referee.heard(tenant, verdict, refused, now());
    const { limit, retryAfter } = verdict;
    throw new XeroFault(429, undefined, { limit, ...(retryAfter !== undefined && { retryAfter: String(retryAfter) }) });
  }
  await sleep(120 + chance.below(chance.oneIn(8) ? 3_000 : 700));
  referee.leave(tenant, true);
  await sleep(transit(chance));
  restIfUsedUp({ minute: String(verdict.minute), day: String(verdict.day) }, rest);
}

/** Milliseconds; now and then a packet has to be sent again. */
function transit(chance: Random): number {
  return chance.oneIn(200) ? 200 + chance.below(1_800) : 10 + chance.below(60);
}

/** Another program of the firm's, which keeps to no limit. */
async function another({ timeline, referee, tenant, chance }: Desk, calls: number): Promise<void> {
  for (let n = 0; n < calls; n += 1) {
    const verdict = referee.arrive(tenant, timeline.now());
    await timeline.sleep(150 + chance.below(800));
    referee.leave(tenant, false);
    if ('limit' in verdict) await timeline.sleep((verdict.retryAfter ?? 1) * 1_000);
  }
}
