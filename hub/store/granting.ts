/** What is granted of budgets that several processes share, and what of them is left. Pure. */
import { randomUUID } from 'node:crypto';
import { restOf, slotsOf, type Taken } from '#kit/allowance.ts';
import type { Limit } from '#kit/connector.ts';
import { refund, type Spent, spend, type WindowKind, waitFor } from './spending.ts';

const SLOT_WAIT_MS = 25;

/** One budget of a wish. */
export interface Claim {
  key: string;
  limit: Limit;
  /** Enough was leased before: only whether it has to rest is asked. */
  leased: boolean;
  /** What is left of an earlier lease, and was granted at `begun`: it is given back. */
  former?: { left: number; begun: number };
  /** Units to lease beyond those that are wanted, where they are there. */
  extra: number;
}

/** All claims or none. */
export interface Wish {
  claims: readonly Claim[];
  units: number;
  share: number;
  at: number;
}

/** `extras`: what is leased beyond, by claim. */
export interface Granted {
  taken: Taken;
  extras: readonly number[];
}

export type State = { readonly [kind in WindowKind]?: Spent };

/** A budget while nobody else has it. */
export interface Budget {
  state: State;
  changed: boolean;
  /** Nothing is granted before then. */
  paused: number;
  held: number;
}

/** Grants what it can, to whoever may use up the larger share first. An answer for each, in their order. */
export function grantAll(budgets: ReadonlyMap<string, Budget>, wishes: readonly Wish[]): Granted[] {
  const urgent = wishes.toSorted((a, b) => b.share - a.share);
  const answers = new Map(urgent.map((wish) => [wish, grant(budgets, wish)]));
  return wishes.map((wish) => answers.get(wish)!);
}

function grant(budgets: ReadonlyMap<string, Budget>, { claims, units, share, at }: Wish): Granted {
  const sights = claims.map((claim) => see(budgets.get(claim.key)!, claim, units, share, at));
  const waitMs = Math.max(...sights.map((sight) => sight.waitMs));
  const granted = waitMs <= 0 && !sights.some(({ full }) => full);
  for (const { spends, extra } of sights) spends(granted ? units + extra : 0);
  const slotted = granted && claims.find(({ limit }) => limit.atOnce !== undefined);
  if (slotted) budgets.get(slotted.key)!.held += 1;
  const slot = slotted ? { slot: { key: slotted.key, id: randomUUID() } } : {};
  const taken: Taken = granted ? { granted, ...slot } : { granted, waitMs: waitMs > 0 ? waitMs : SLOT_WAIT_MS };
  return { taken, extras: sights.map(({ extra }) => extra) };
}

/** What a claim's budget comes to; `spends` takes so many units of it, and what is given back is back in any case. */
function see(budget: Budget, { limit, leased, former, extra: most }: Claim, units: number, share: number, at: number) {
  const rests = restOf(budget.paused, at, share);
  if (leased) return { waitMs: rests, extra: 0, full: false, spends: () => undefined };
  const windows = windowsOf(limit).map(({ kind, most }) => {
    const spent = budget.state[kind] ?? [];
    const kept = former === undefined ? spent : refund(kind, spent, former.begun, former.left);
    return { kind, most: Math.max(most * share, units), spent: kept };
  });
  const wait = (n: number) => Math.max(0, ...windows.map(({ kind, most, spent }) => waitFor(kind, spent, at, n, most)));
  return {
    waitMs: Math.max(wait(units), rests),
    extra: most > 0 && wait(units + most) === 0 ? most : 0,
    full: limit.atOnce !== undefined && budget.held >= slotsOf(limit.atOnce, share),
    spends(n: number) {
      if (windows.length === 0 || (n === 0 && (former?.left ?? 0) === 0)) return;
      budget.state = Object.fromEntries(windows.map(({ kind, spent }) => [kind, spend(kind, spent, at, n)]));
      budget.changed = true;
    },
  };
}

function windowsOf({ perSecond, perMinute, perDay }: Limit): { kind: WindowKind; most: number }[] {
  return [
    ...(perSecond === undefined ? [] : [{ kind: 'second' as const, most: perSecond }]),
    ...(perMinute === undefined ? [] : [{ kind: 'minute' as const, most: perMinute }]),
    ...(perDay === undefined ? [] : [{ kind: 'day' as const, most: perDay }]),
  ];
}
