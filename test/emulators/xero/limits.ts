import type { Clock } from '../kit/clock.ts';
import { tooMany } from './errors.ts';

/** What an organisation and app are allowed together; `app`: an app over all organisations. */
export interface Limits {
  minute?: number;
  day?: number;
  atOnce?: number;
  app?: number;
}

export const XERO_LIMITS: Limits = { minute: 60, day: 5_000, atOnce: 5, app: 10_000 };

const MINUTE = 60_000;
const DAY = 86_400_000;

export interface LimitKeeper {
  /** Counts a call; throws 429 where it is one too many. Gives the headers of the answer. */
  take(app: string, tenant: string): { readonly [name: string]: string };
  /** A call came in; what it gives is called when it is over. */
  enter(app: string, tenant: string): () => void;
  set(limits: Limits): void;
  /** Calls that were made although a penalty was running. */
  insidePenalty(): number;
}

/** Windows are fixed: they begin with the minute and the day of the clock. */
export function createLimits(clock: Clock, given: Limits): LimitKeeper {
  let limits = given;
  let insidePenalty = 0;
  const used = new Map<string, { window: number; calls: number; refused: boolean }>();
  const open = new Map<string, number>();

  function window(key: string, length: number): { calls: number; refused: boolean; left: number } {
    const at = Math.floor(clock.now() / length);
    let held = used.get(key);
    if (held?.window !== at) used.set(key, (held = { window: at, calls: 0, refused: false }));
    return Object.assign(held, { left: Math.ceil(((at + 1) * length - clock.now()) / 1000) });
  }

  return {
    take(app, tenant) {
      const windows = [
        { name: 'minute', most: limits.minute, header: 'x-minlimit-remaining', of: window(`m ${app} ${tenant}`, MINUTE) },
        { name: 'day', most: limits.day, header: 'x-daylimit-remaining', of: window(`d ${app} ${tenant}`, DAY) },
        { name: 'appminute', most: limits.app, header: 'x-appminlimit-remaining', of: window(`a ${app}`, MINUTE) },
      ] as const;
      if (limits.atOnce !== undefined && (open.get(`${app} ${tenant}`) ?? 0) > limits.atOnce) throw tooMany('concurrent');
      for (const { name, most, of } of windows) {
        if (most === undefined || of.calls < most) continue;
        if (of.refused) insidePenalty++;
        of.refused = true;
        throw tooMany(name, of.left);
      }
      const headers: { [name: string]: string } = {};
      for (const { most, header, of } of windows) {
        of.calls++;
        if (most !== undefined) headers[header] = String(most - of.calls);
      }
      return headers;
    },
    enter(app, tenant) {
      const key = `${app} ${tenant}`;
      open.set(key, (open.get(key) ?? 0) + 1);
      return () => void open.set(key, (open.get(key) ?? 1) - 1);
    },
    set(next) {
      limits = next;
    },
    insidePenalty: () => insidePenalty,
  };
}
