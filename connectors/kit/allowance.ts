/**
 * What the services allow us, kept in one place for all who share it. A port: in memory for one process (here), in PostgreSQL
 * when several share a service's quota (`hub/store`).
 */
import type { Limit } from './connector.ts';

export interface Allowance {
  /**
   * Takes `units` of a budget, and a slot where the limit says `atOnce`. All or nothing: what is not granted uses up nothing.
   * `share` is the part of the budget this caller may use up (0 to 1): background work leaves the rest to people and webhooks.
   * `wider`: another budget that it counts against as well, without slots.
   */
  take(key: string, limit: Limit, units: number, share: number, wider?: Wider): Promise<Taken>;
  /** Gives a slot back. Slots of a process that died come back by themselves. */
  free(slot: Slot): Promise<void>;
  /** Nothing is granted from this budget before then (ms since the epoch): the service has said so. */
  pause(key: string, until: number): Promise<void>;
}

export type Taken = { granted: true; slot?: Slot } | { granted: false; waitMs: number };

/** The budget that others lie within: of an app, where the service counts its accounts together too. */
export interface Wider {
  key: string;
  limit: Limit;
}

export interface Slot {
  key: string;
  id: string;
}

const SECOND = 1_000;
const MINUTE = 60_000;
const DAY = 86_400_000;

/** Ask again after so long for a slot that somebody holds: nobody knows when it will be free. */
const SLOT_WAIT = 25;

/** A slot not given back within so long belonged to a call that will never end. */
const SLOT_LIFE = 600_000;

/** So much later (ms) than people whoever may use up nothing at all would be let in when a penalty ends: all come back at that moment. */
const PEOPLE_FIRST = 1_000;

/** Milliseconds until a budget that rests until then may be used again by whoever has this share of it. */
export function restOf(paused: number, at: number, share: number): number {
  return paused + (1 - share) * PEOPLE_FIRST - at;
}

/** An allowance for one process. Windows slide: what was taken counts for a whole minute or day, as services count. */
export function createAllowance(now: () => number): Allowance {
  const budgets = new Map<string, Budget>();
  let slots = 0;
  const budgetOf = (key: string): Budget => {
    let budget = budgets.get(key);
    if (budget === undefined)
      budgets.set(
        key,
        (budget = {
          second: createWindow(SECOND),
          minute: createWindow(MINUTE),
          day: createWindow(DAY),
          slots: new Map(),
          paused: 0,
        }),
      );
    return budget;
  };

  return {
    async take(key, limit, units, share, wider) {
      const budget = budgetOf(key);
      const at = now();
      const counts = [[budget, limit] as const, ...(wider === undefined ? [] : [[budgetOf(wider.key), wider.limit] as const])];
      const waitMs = Math.max(
        ...counts.map(([one, limit]) => waitFor(one, limit, at, units, share)),
        limit.atOnce === undefined ? 0 : slotWait(budget, at, slotsOf(limit.atOnce, share)),
      );
      if (waitMs > 0) return { granted: false, waitMs };
      for (const [one, limit] of counts) spend(one, limit, at, units);
      if (limit.atOnce === undefined) return { granted: true };
      const slot = { key, id: String(++slots) };
      budget.slots.set(slot.id, at + SLOT_LIFE);
      return { granted: true, slot };
    },
    async free({ key, id }) {
      budgets.get(key)?.slots.delete(id);
    },
    async pause(key, until) {
      const budget = budgetOf(key);
      budget.paused = Math.max(budget.paused, until);
    },
  };
}

interface Budget {
  second: Window;
  minute: Window;
  day: Window;
  /** When each slot comes back by itself. */
  slots: Map<string, number>;
  paused: number;
}

function waitFor(budget: Budget, limit: Limit, at: number, units: number, share: number): number {
  return Math.max(
    restOf(budget.paused, at, share),
    limit.perSecond === undefined ? 0 : budget.second.wait(at, units, most(limit.perSecond, share, units)),
    limit.perMinute === undefined ? 0 : budget.minute.wait(at, units, most(limit.perMinute, share, units)),
    limit.perDay === undefined ? 0 : budget.day.wait(at, units, most(limit.perDay, share, units)),
  );
}

function spend(budget: Budget, limit: Limit, at: number, units: number): void {
  if (limit.perSecond !== undefined) budget.second.add(at, units);
  if (limit.perMinute !== undefined) budget.minute.add(at, units);
  if (limit.perDay !== undefined) budget.day.add(at, units);
}

/** A call dearer than the caller's share is let through when nothing else was taken, else it would wait for ever. */
function most(limit: number, share: number, units: number): number {
  return Math.max(limit * share, units);
}

/** Of the slots too; but one is everybody's. */
export function slotsOf(atOnce: number, share: number): number {
  return Math.max(1, Math.floor(atOnce * share));
}

function slotWait({ slots }: Budget, at: number, atOnce: number): number {
  for (const [id, end] of slots) if (end <= at) slots.delete(id);
  return slots.size < atOnce ? 0 : SLOT_WAIT;
}

interface Window {
  /** Milliseconds until so many units fit under `most`; 0 now. */
  wait(at: number, units: number, most: number): number;
  add(at: number, units: number): void;
}

/** So many pieces a window is counted in: memory stays small however much is taken, and the count errs to the safe side. */
const PIECES = 240;

function createWindow(length: number): Window {
  const piece = length / PIECES;
  /** Units by piece, oldest first. A piece leaves the window a whole length after its end. */
  const taken: { ends: number; units: number }[] = [];
  let sum = 0;
  return {
    wait(at, units, most) {
      while (taken.length > 0 && taken[0]!.ends + length <= at) sum -= taken.shift()!.units;
      let left = sum + units - most;
      for (const one of taken) {
        if (left <= 0) break;
        left -= one.units;
        if (left <= 0) return one.ends + length - at;
      }
      return 0;
    },
    add(at, units) {
      const ends = (Math.floor(at / piece) + 1) * piece;
      const last = taken.at(-1);
      if (last !== undefined && last.ends >= ends) last.units += units;
      else taken.push({ ends, units });
      sum += units;
    },
  };
}
