/**
 * What the services allow us, shared by all processes on this database. A process takes single units while it asks seldom, and
 * leases a second's worth while it asks often; what it did not use of a lease it gives back with its next question. What is asked at
 * one time goes in one transaction. Windows follow the hub's clock, slots PostgreSQL's.
 */
import type { Allowance } from '#kit/allowance.ts';
import type { Limit } from '#kit/connector.ts';
import type { Store } from './database.ts';
import type { Claim, Granted, State } from './granting.ts';
import { inRounds } from './rounds.ts';
import { type Question, type Till, tillIn } from './till.ts';

const LEASE_MS = 1_000;
/** Hubs' clocks differ by some tenths of a second: a rest that one of them was told ends no sooner for any of them. */
const CLOCKS_DIFFER_MS = 500;
/** Most questions in a transaction, whose budgets are locked meanwhile. */
const MOST = 100;

/** Units granted to this process beyond what it asked for. */
interface Lease {
  left: number;
  size: number;
  begun: number;
}

/** What is asked of a budget, or the lease that has it. */
interface Asked extends Claim {
  name: string;
  lease?: Lease;
}

export function sharedAllowance(store: Store, now: () => number): Allowance {
  return leasingFrom(tillIn(store), now);
}

/** One process of those that share a till. */
export function leasingFrom(till: Till, now: () => number): Allowance {
  const leases = new Map<string, Lease>();
  const ask = inRounds<Question, Granted>(MOST, (questions) => till.ask(questions));

  function claimOf(key: string, limit: Limit, units: number, share: number, at: number): Asked {
    const name = `${share} ${key}`;
    const lease = leases.get(name);
    const current = lease !== undefined && at >= lease.begun && at < lease.begun + LEASE_MS;
    if (current && lease.left >= units && limit.atOnce === undefined) return { key, limit, name, leased: true, lease, extra: 0 };
    leases.delete(name);
    // Asked again within the second: twice as much this time, up to a second's share of the minute. Where seconds are counted, what
    // was leased in one must not be used in the next.
    const more = current && limit.atOnce === undefined && limit.perSecond === undefined;
    const extra = more ? Math.floor(Math.min(lease.size + units, ((limit.perMinute ?? 0) / 60) * share)) : 0;
    return { key, limit, name, leased: false, extra, ...(lease && { former: lease }) };
  }

  return {
    async take(key, limit, units, share, wider) {
      const at = now();
      const claims = [claimOf(key, limit, units, share, at)];
      if (wider !== undefined) claims.push(claimOf(wider.key, wider.limit, units, share, at));
      for (const { lease } of claims) if (lease) lease.left -= units;
      if (claims.every(({ leased }) => leased)) return { granted: true };
      const { taken, extras } = await ask({ claims, units, share, at });
      for (const [n, { name, lease }] of claims.entries()) {
        if (lease && !taken.granted) lease.left += units;
        if (!lease && taken.granted) leases.set(name, { left: extras[n]!, size: extras[n]! + units, begun: at });
      }
      return taken;
    },
    free: async (slot) => void (await ask(slot)),
    async pause(key, until) {
      for (const name of leases.keys()) if (name.endsWith(` ${key}`)) leases.delete(name);
      await till.pause(key, until + CLOCKS_DIFFER_MS);
    },
  };
}

/** What was spent of budgets, by key, and until when one has to rest (ms since the epoch). Budgets nobody has used are absent. */
export async function readBudgets(
  store: Store,
  keys: readonly string[],
): Promise<Map<string, { state: State; paused: number | null }>> {
  const rows = await store.installation((tx) =>
    tx.query<{ key: string; state: State; paused: string | null }>('select key, state, paused from budgets where key = any($1)', [
      keys,
    ]),
  );
  return new Map(rows.map(({ key, state, paused }) => [key, { state, paused: paused === null ? null : Date.parse(paused) }]));
}
