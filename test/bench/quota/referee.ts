/**
 * The service, as it counts: of each organisation so many calls a minute and a day, in windows that begin when the service pleases, so
 * many at once, and so many a minute of the whole app. It knows nothing of the hub's own counting.
 *
 * Beside that it judges: what the hub alone sent within any minute or day, wherever that begins, which is the stricter count; and
 * what was sent although the hub had heard that it has to wait.
 */
import type { Random } from '#test/emulators/kit/random.ts';
import { createTrail, type Trail } from './trail.ts';

export interface ServiceLimits {
  minute: number;
  day: number;
  atOnce: number;
  /** A minute, of all organisations together. */
  app: number;
}

/** As the service says no. */
export interface Refusal {
  limit: 'minute' | 'day' | 'concurrent' | 'appminute';
  /** Whole seconds; absent where there are too many at once. */
  retryAfter?: number;
}

/** What is left of each. */
export interface Left {
  minute: number;
  day: number;
}

export interface Findings {
  calls: number;
  /** Calls of the hub that were one too many in the minute, or the day, before them. */
  beyondMinute: number;
  beyondDay: number;
  beyondAtOnce: number;
  /** Seconds whose minute had too many of all organisations. */
  beyondApp: number;
  /** What the hub was refused, for whatever reason. */
  refused: number;
  insidePenalty: number;
  /** The most that were counted. */
  most: { minute: number; day: number; atOnce: number; app: number };
}

export interface Referee {
  /** A call comes in. `sent`: when the hub let it go; absent: another program of the firm sent it. */
  arrive(tenant: number, at: number, sent?: number): Refusal | Left;
  /** It is answered. */
  leave(tenant: number, mine: boolean): void;
  /** The hub has heard that it was refused: from then on it knows. `refused`: when the service said so. */
  heard(tenant: number, refusal: Refusal, refused: number, at: number): void;
  findings(): Findings;
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const DAY = 1_440 * MINUTE;

interface Window {
  nth: number;
  calls: number;
}

interface Tenant {
  /** When its windows begin, after the minute and the day of the clock. */
  phase: { minute: number; day: number };
  minute: Window;
  day: Window;
  open: number;
  own: { minute: Trail; day: Trail; open: number };
  penalty: Penalty;
}

interface Penalty {
  heard: number;
  until: number;
}

const NONE: Penalty = { heard: Number.POSITIVE_INFINITY, until: 0 };

export function createReferee(tenants: number, begin: number, limits: ServiceLimits, chance: Random): Referee {
  const all: Tenant[] = Array.from({ length: tenants }, () => ({
    phase: { minute: chance.below(MINUTE), day: chance.below(DAY) },
    minute: { nth: 0, calls: 0 },
    day: { nth: 0, calls: 0 },
    open: 0,
    own: { minute: createTrail(MINUTE), day: createTrail(DAY), open: 0 },
    penalty: NONE,
  }));
  const app = { minutes: new Map<number, number>(), seconds: [] as number[], penalty: NONE };
  const most = { minute: 0, day: 0, atOnce: 0, app: 0 };
  const found = { calls: 0, beyondMinute: 0, beyondDay: 0, beyondAtOnce: 0, refused: 0, insidePenalty: 0 };

  function judge(tenant: Tenant, at: number, sent: number): void {
    const minute = tenant.own.minute.add(at);
    const day = tenant.own.day.add(at);
    tenant.own.open += 1;
    found.calls += 1;
    if (minute > limits.minute) found.beyondMinute += 1;
    if (day > limits.day) found.beyondDay += 1;
    if (tenant.own.open > limits.atOnce) found.beyondAtOnce += 1;
    if ([tenant.penalty, app.penalty].some(({ heard, until }) => sent > heard && at < until)) found.insidePenalty += 1;
    most.minute = Math.max(most.minute, minute);
    most.day = Math.max(most.day, day);
    most.atOnce = Math.max(most.atOnce, tenant.own.open);
    const second = Math.floor((at - begin) / SECOND);
    app.seconds[second] = (app.seconds[second] ?? 0) + 1;
  }

  return {
    arrive(which, at, sent) {
      const tenant = all[which]!;
      tenant.open += 1;
      if (sent !== undefined) judge(tenant, at, sent);
      const minute = windowAt(tenant.minute, MINUTE, at - tenant.phase.minute);
      const day = windowAt(tenant.day, DAY, at - tenant.phase.day);
      const whole = Math.floor(at / MINUTE);
      const together = app.minutes.get(whole) ?? 0;
      const refusal = refusalOf([
        tenant.open > limits.atOnce && { limit: 'concurrent' },
        minute.calls >= limits.minute && { limit: 'minute', retryAfter: rest(MINUTE, at - tenant.phase.minute) },
        day.calls >= limits.day && { limit: 'day', retryAfter: rest(DAY, at - tenant.phase.day) },
        together >= limits.app && { limit: 'appminute', retryAfter: rest(MINUTE, at) },
      ]);
      if (refusal !== undefined) {
        if (sent !== undefined) found.refused += 1;
        return refusal;
      }
      minute.calls += 1;
      day.calls += 1;
      app.minutes.set(whole, together + 1);
      if (app.minutes.size > 200) app.minutes.delete(app.minutes.keys().next().value!);
      return { minute: limits.minute - minute.calls, day: limits.day - day.calls };
    },
    leave(which, mine) {
      const tenant = all[which]!;
      tenant.open -= 1;
      if (mine) tenant.own.open -= 1;
    },
    heard(which, { limit, retryAfter }, refused, at) {
      if (retryAfter === undefined) return;
      const holder = limit === 'appminute' ? app : all[which]!;
      const until = refused + retryAfter * SECOND;
      const running = holder.penalty.until > at;
      if (running && holder.penalty.until >= until) return;
      holder.penalty = { heard: running ? Math.min(holder.penalty.heard, at) : at, until };
    },
    findings: () => {
      const together = minutesOf(app.seconds);
      for (const n of together) most.app = Math.max(most.app, n);
      return { ...found, beyondApp: together.filter((n) => n > limits.app).length, most };
    },
  };
}

function refusalOf(reasons: readonly (Refusal | false)[]): Refusal | undefined {
  return reasons.find((one) => one !== false);
}

function windowAt(window: Window, length: number, at: number): Window {
  const nth = Math.floor(at / length);
  if (nth !== window.nth) Object.assign(window, { nth, calls: 0 });
  return window;
}

/** Seconds until a window ends, as the service says them. */
function rest(length: number, at: number): number {
  return Math.ceil((length - (((at % length) + length) % length)) / SECOND);
}

/** The sum of each sixty seconds on end. */
function minutesOf(seconds: readonly number[]): number[] {
  const sums: number[] = [];
  let sum = 0;
  for (let n = 0; n < seconds.length; n += 1) {
    sum += (seconds[n] ?? 0) - (n >= 60 ? (seconds[n - 60] ?? 0) : 0);
    sums.push(sum);
  }
  return sums;
}
