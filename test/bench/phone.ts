/**
 * A month of calls through the real gate, the news and the call log of a hub that works by itself, while notifications are lost,
 * doubled, overtaken and late; judged by the truth about each call. Then calls in real time, for how soon each is in the CRM whole.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { createRecords } from '#crm/write.ts';
import { uuidv7 } from '#store/ids.ts';
import type { Truth } from '#test/emulators/ringcentral/call.ts';
import { numberOf } from '#test/emulators/ringcentral/month.ts';
import type { Paced } from './exchange.ts';
import { atLeast, atMost, type Bench } from './figure.ts';
import { judge } from './judge.ts';
import { openLine, type PhoneLine } from './line.ts';

const SEED = 20_261_125;
/** Calls in 30 days; of fewer calls the month is shorter, and as dense. */
const DENSE = 100_000;
const HOUR = 3_600_000;
const STORM = { lost: 0.02, doubled: 0.05, shuffled: true, late: 200, abreast: 32, seed: SEED };
const FAIR = { lost: 0, doubled: 0.05, shuffled: false, late: 0, abreast: 32, seed: SEED };
const PACE = { perSecond: 20, speed: 10 };
/** Promised: seconds from the event that ends a call to its record being complete. */
const SOON = 2;

export const phone: Bench = async ({ rows }, report) => {
  const line = await openLine();
  try {
    const contacts = await addContacts(line, Math.ceil(rows / 5));
    await line.exchange.requests(null);
    await line.exchange.weather(STORM);
    const truths = await playMonth(line, rows);
    const requests = await line.exchange.requests(null);
    const soon = await pace(line, Math.min(1_200, Math.max(200, Math.round(rows / 5))));
    const found = await line.found();
    const inLog = new Set(await line.exchange.logged(null));
    const judged = judge(
      [...truths, ...soon.truths],
      found,
      (number) => contacts.get(number) ?? null,
      (session) => inLog.has(session),
    );
    // Rounded down: nearly all is not all.
    report(atLeast('phone', 'completeness', Math.floor((judged.complete / judged.calls) * 10_000) / 100, 100));
    report(none('doubles', judged.doubles));
    report(none('wrong contact', judged.wrongContact));
    report(none('no contact', judged.noContact));
    report(none('wrong outcome', judged.wrongOutcome));
    report(atMost('phone', 'p95 s', soon.p95, SOON));
    report(atLeast('phone', 'of it until the gate has it, p95 s', soon.arrived));
    const logged = truths.filter(({ telephonySessionId }) => (found.get(telephonySessionId)?.records.length ?? 0) > 0).length;
    const calls = Object.values(requests).reduce((sum, n) => sum + n, 0);
    report(atLeast('phone', 'service calls per logged call', calls / logged));
    for (const text of judged.amiss) process.stderr.write(`${text}\n`);
    if (judged.amiss.length > 0) process.exitCode = 1;
  } finally {
    await line.close();
  }
};

const none = (figure: string, value: number) => ({ ...atLeast('phone', figure, value), floor: 0 });

/** Most who call are somebody's contact, some numbers are shared by two, some are a lead's, some nobody's. By number: the one contact. */
async function addContacts({ hub, workspace }: PhoneLine, customers: number): Promise<Map<string, string>> {
  const contacts = new Map<string, string>();
  const cause = { by: 'bench', at: new Date(hub.now()).toISOString() };
  for (let from = 0; from < customers; from += 1_000) {
    const some = Array.from({ length: Math.min(1_000, customers - from) }, (_, n) => from + n).flatMap((n) => {
      const number = numberOf(SEED, n);
      const made = (object: string, name: string) => ({
        ...{ id: uuidv7(), object },
        fields: { name, phones: [{ value: number, primary: true }] },
      });
      const luck = n % 10;
      if (luck === 9) return [];
      if (luck === 8) return [made('lead', `Lead ${n}`)];
      if (luck === 7) return [made('contact', `Share ${n} a`), made('contact', `Share ${n} b`)];
      const only = made('contact', `Caller ${n}`);
      contacts.set(number, only.id);
      return [only];
    });
    await hub.store.workspace(workspace, (tx) => createRecords(tx, some, cause));
  }
  return contacts;
}

/** Hour by hour: what happened in it is told in one burst, and the log tells it as late as it does. */
async function playMonth({ exchange, turn, quiet, hub }: PhoneLine, calls: number): Promise<Truth[]> {
  const truths: Truth[] = [];
  const { from } = await exchange.begin({ calls, dense: DENSE, customers: Math.ceil(calls / 5), seed: SEED });
  const until = from + (calls / DENSE) * 30 * 24 * HOUR;
  for (let at = from; at < until; at += HOUR) {
    await turn(at + HOUR - hub.now());
    truths.push(...(await exchange.playUntil(at + HOUR)));
    await quiet();
    await turn(6_000);
    await quiet();
    await turn(60_000);
    await quiet();
    progress(at + HOUR - from, until - from);
  }
  for (let n = 0; n < 4; n++) {
    await turn(HOUR / 4);
    await quiet();
  }
  return truths;
}

function progress(done: number, all: number): void {
  if (process.stderr.isTTY) process.stderr.write(`\r${Math.min(100, Math.floor((done / all) * 100))} % of the month\r`);
}

/** Calls in real time: how many seconds after the exchange has told the end each record says how and when it ended, 95 of 100. */
async function pace(line: PhoneLine, calls: number): Promise<{ truths: Truth[]; p95: number; arrived: number }> {
  const { exchange, quiet, turn } = line;
  await exchange.weather(FAIR);
  const watching = new AbortController();
  const seen = watchEnds(line, watching.signal);
  const told: Paced[] = await exchange.pace({ calls, ...PACE });
  await quiet();
  await delay(1_000);
  watching.abort();
  const ended = await seen;
  const waits = told.flatMap(({ ends }) =>
    Object.entries(ends).flatMap(([session, end]) => {
      const at = ended.get(session);
      return at === undefined ? [] : [Math.max(0, at.seen - end) / 1_000];
    }),
  );
  if (waits.length < calls / 2) throw new Error(`of ${calls} calls in real time the end of ${waits.length} was seen`);
  for (let n = 0; n < 4; n++) {
    await turn(HOUR / 4);
    await quiet();
  }
  const arrivals = await lastArrivals(line);
  const ways = told.flatMap(({ ends }) =>
    Object.entries(ends).map(([session, end]) => Math.max(0, (arrivals.get(session) ?? end) - end) / 1_000),
  );
  return { truths: told.flatMap(({ truths }) => truths), p95: p95Of(waits), arrived: p95Of(ways) };
}

const p95Of = (seconds: number[]): number => seconds.toSorted((a, b) => a - b)[Math.floor(seconds.length * 0.95)]!;

/** When the gate had the last event of each session, ms: before that the hub can know nothing. */
async function lastArrivals({ hub, workspace }: PhoneLine): Promise<Map<string, number>> {
  const rows = await hub.store.workspace(workspace, (tx) =>
    tx.query<{ session: string; at: string }>(
      `select body->>'session' as session, max(at) as at from news where kind = 'call' group by 1`,
    ),
  );
  return new Map(rows.map(({ session, at }) => [session, Date.parse(at)]));
}

/** When the database first showed the end that each session has now. */
async function watchEnds(
  { hub, workspace }: PhoneLine,
  signal: AbortSignal,
): Promise<Map<string, { ended: string; seen: number }>> {
  const ends = new Map<string, { ended: string; seen: number }>();
  while (!signal.aborted) {
    const rows = await hub.store.workspace(workspace, (tx) =>
      tx.query<{ session: string; ended: string }>(
        `select session, ended from calls where stage = 'live' and ended is not null and record is not null`,
      ),
    );
    const seen = hub.now();
    for (const { session, ended } of rows) if (ends.get(session)?.ended !== ended) ends.set(session, { ended, seen });
    await delay(50, undefined, { signal }).catch(() => undefined);
  }
  return ends;
}
