/**
 * What the services allow us, shared by all processes on this database. A process takes single units while it asks seldom, and
 * leases a second's worth while it asks often; what it did not use of a lease it gives back with its next question. Windows follow
 * the hub's clock, slots PostgreSQL's.
 */
import { randomUUID } from 'node:crypto';
import { type Allowance, slotsOf, type Taken } from '#kit/allowance.ts';
import type { Limit } from '#kit/connector.ts';
import type { Store, Tx } from './database.ts';
import { refund, type Spent, spend, type WindowKind, waitFor } from './spending.ts';

const LEASE_MS = 1_000;
const SLOT_WAIT_MS = 25;
/** A slot not given back within so long belonged to a process that died. */
const SLOT_LIFE = `interval '2 minutes'`;

/** Units granted to this process beyond what it asked for. */
interface Lease {
  left: number;
  size: number;
  begun: number;
}

type State = { readonly [kind in WindowKind]?: Spent };

/** A budget that is asked, or of which enough was leased before. */
interface Claim {
  key: string;
  limit: Limit;
  /** Of the lease, in this process. */
  name: string;
  /** Not to be asked: this lease has it. */
  leased?: Lease;
  /** An earlier lease, whose rest is given back. */
  former?: Lease;
  /** Units to lease beyond those that are wanted, where they are there. */
  extra: number;
}

export function sharedAllowance(store: Store, now: () => number): Allowance {
  const leases = new Map<string, Lease>();

  function claimOf(key: string, limit: Limit, units: number, share: number, at: number): Claim {
    const name = `${share} ${key}`;
    const lease = leases.get(name);
    const current = lease !== undefined && at >= lease.begun && at < lease.begun + LEASE_MS;
    if (current && lease.left >= units && limit.atOnce === undefined) return { key, limit, name, leased: lease, extra: 0 };
    leases.delete(name);
    // Asked again within the second: twice as much this time, up to a second's share of the minute. Where seconds are counted, what
    // was leased in one must not be used in the next.
    const more = current && limit.atOnce === undefined && limit.perSecond === undefined;
    const extra = more ? Math.floor(Math.min(lease.size + units, ((limit.perMinute ?? 0) / 60) * share)) : 0;
    return { key, limit, name, extra, ...(lease && { former: lease }) };
  }

  return {
    async take(key, limit, units, share, wider) {
      const at = now();
      const claims = [claimOf(key, limit, units, share, at)];
      if (wider !== undefined) claims.push(claimOf(wider.key, wider.limit, units, share, at));
      for (const { leased } of claims) if (leased) leased.left -= units;
      if (claims.every(({ leased }) => leased)) return { granted: true };
      const { taken, extras } = await store.installation((tx) => grant(tx, claims, { units, share, at }));
      for (const [n, { name, leased }] of claims.entries()) {
        if (leased && !taken.granted) leased.left += units;
        if (!leased && taken.granted) leases.set(name, { left: extras[n]!, size: extras[n]! + units, begun: at });
      }
      return taken;
    },
    free: ({ key, id }) =>
      store.installation(async (tx) => {
        await Promise.all([hasten(tx), tx.run('delete from slots where key = $1 and holder = $2', [key, id])]);
      }),
    async pause(key, until) {
      for (const name of leases.keys()) if (name.endsWith(` ${key}`)) leases.delete(name);
      await store.installation((tx) =>
        tx.run(
          `insert into budgets (key, state, paused) values ($1, '{}', $2)
           on conflict (key) do update set paused = greatest(budgets.paused, excluded.paused)`,
          [key, new Date(until)],
        ),
      );
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

interface Wish {
  units: number;
  share: number;
  at: number;
}

/** What a claim's budget comes to. */
interface Sight {
  waitMs: number;
  /** What is leased beyond, should it be granted. */
  extra: number;
  /** All slots that this share may have are taken. */
  full: boolean;
  /** The state that is kept when so many units are spent; undefined: nothing changes. */
  after(units: number): State | undefined;
}

/** All claims or none. What is leased beyond, by claim. */
async function grant(tx: Tx, claims: readonly Claim[], wish: Wish): Promise<{ taken: Taken; extras: number[] }> {
  const hurried = hasten(tx);
  const sights = await Promise.all(claims.map((claim) => (claim.leased ? rested(tx, claim, wish) : seen(tx, claim, wish))));
  await hurried;
  const waitMs = Math.max(...sights.map((sight) => sight.waitMs));
  const granted = waitMs <= 0 && !sights.some(({ full }) => full);
  const writes = claims.flatMap(({ key, limit }, n) => {
    const { after, extra } = sights[n]!;
    const state = after(granted ? wish.units + extra : 0);
    const slot = granted && limit.atOnce !== undefined ? { key, id: randomUUID() } : undefined;
    return [{ key, state, slot }];
  });
  await Promise.all(
    writes.flatMap(({ key, state, slot }) => [
      state && tx.run('update budgets set state = $2 where key = $1', [key, JSON.stringify(state)]),
      slot && tx.run(`insert into slots (key, holder, until) values ($1, $2, clock_timestamp() + ${SLOT_LIFE})`, [key, slot.id]),
    ]),
  );
  const slot = writes[0]!.slot;
  const taken: Taken = granted ? { granted, ...(slot && { slot }) } : { granted, waitMs: waitMs > 0 ? waitMs : SLOT_WAIT_MS };
  return { taken, extras: sights.map(({ extra }) => extra) };
}

/** A budget of which enough is leased: whether it has to rest. */
async function rested(tx: Tx, { key }: Claim, { at }: Wish): Promise<Sight> {
  const [row] = await tx.query<{ paused: string | null }>('select paused from budgets where key = $1', [key]);
  return { waitMs: restOf(row?.paused ?? null, at), extra: 0, full: false, after: () => undefined };
}

/** A budget that is asked. Its row is locked from here on: two askers cannot both find the last. */
async function seen(tx: Tx, { key, limit, former, extra: most }: Claim, { units, share, at }: Wish): Promise<Sight> {
  const [[row], held] = await Promise.all([
    tx.query<{ state: State; paused: string | null }>(
      `insert into budgets (key, state) values ($1, '{}') on conflict (key) do update set key = excluded.key returning state, paused`,
      [key],
    ),
    limit.atOnce === undefined ? 0 : heldSlots(tx, key),
  ]);
  const windows = windowsOf(limit).map(({ kind, most }) => {
    const spent = row!.state[kind] ?? [];
    const kept = former === undefined ? spent : refund(kind, spent, former.begun, former.left);
    return { kind, most: Math.max(most * share, units), spent: kept };
  });
  const wait = (n: number) => Math.max(0, ...windows.map(({ kind, most, spent }) => waitFor(kind, spent, at, n, most)));
  return {
    waitMs: Math.max(wait(units), restOf(row!.paused, at)),
    extra: wait(units + most) === 0 ? most : 0,
    full: limit.atOnce !== undefined && held >= slotsOf(limit.atOnce, share),
    after(spends) {
      if (windows.length === 0 || (spends === 0 && (former?.left ?? 0) === 0)) return undefined;
      return Object.fromEntries(windows.map(({ kind, spent }) => [kind, spend(kind, spent, at, spends)]));
    },
  };
}

const restOf = (paused: string | null, at: number): number => (paused === null ? 0 : Date.parse(paused) - at);

/** Those whose holder died are taken away. */
async function heldSlots(tx: Tx, key: string): Promise<number> {
  const [row] = await tx.query<{ n: number }>(
    `with now as (select clock_timestamp() as at), ended as (delete from slots where key = $1 and until < (select at from now))
     select count(*)::integer as n from slots where key = $1 and until >= (select at from now)`,
    [key],
  );
  return row!.n;
}

/**
 * The commit of this transaction waits for no disk. A crash of PostgreSQL forgets what was counted in its last 0.6 s at most, which is
 * within what connectors leave of each limit; each call would otherwise wait twice for the disk.
 */
const hasten = (tx: Tx): Promise<number> => tx.run(`select set_config('synchronous_commit', 'off', true)`);

function windowsOf({ perSecond, perMinute, perDay }: Limit): { kind: WindowKind; most: number }[] {
  return [
    ...(perSecond === undefined ? [] : [{ kind: 'second' as const, most: perSecond }]),
    ...(perMinute === undefined ? [] : [{ kind: 'minute' as const, most: perMinute }]),
    ...(perDay === undefined ? [] : [{ kind: 'day' as const, most: perDay }]),
  ];
}
