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

export function sharedAllowance(store: Store, now: () => number): Allowance {
  const leases = new Map<string, Lease>();
  return {
    async take(key, limit, units, share) {
      const name = `${share} ${key}`;
      const at = now();
      const lease = leases.get(name);
      const current = lease !== undefined && at >= lease.begun && at < lease.begun + LEASE_MS;
      if (current && lease.left >= units && limit.atOnce === undefined) {
        lease.left -= units;
        return { granted: true };
      }
      leases.delete(name);
      // Asked again within the second: twice as much this time, up to a second's share of the minute. Where seconds are counted, what
      // was leased in one must not be used in the next.
      const extra =
        current && limit.atOnce === undefined && limit.perSecond === undefined
          ? Math.min(lease.size + units, ((limit.perMinute ?? 0) / 60) * share)
          : 0;
      const answer = await store.installation((tx) =>
        grant(tx, { key, limit, units, share, at, extra: Math.floor(extra), former: lease }),
      );
      if (answer.taken.granted) leases.set(name, { left: answer.extra, size: answer.extra + units, begun: at });
      return answer.taken;
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
  key: string;
  limit: Limit;
  units: number;
  share: number;
  at: number;
  /** Units to lease beyond `units`, where they are there. */
  extra: number;
  /** An earlier lease, whose rest is given back. */
  former: Lease | undefined;
}

async function grant(tx: Tx, wish: Wish): Promise<{ taken: Taken; extra: number }> {
  const { key, limit, units, share, at, former } = wish;
  const [{ state, paused }, held] = await looked(tx, key, limit.atOnce !== undefined);
  const windows = windowsOf(limit).map(({ kind, most }) => {
    const spent = state[kind] ?? [];
    return {
      kind,
      most: Math.max(most * share, units),
      spent: former === undefined ? spent : refund(kind, spent, former.begun, former.left),
    };
  });
  const wait = (n: number) => Math.max(0, ...windows.map(({ kind, most, spent }) => waitFor(kind, spent, at, n, most)));
  const waitMs = Math.max(wait(units), paused === null ? 0 : Date.parse(paused) - at);
  const free = limit.atOnce === undefined || held < slotsOf(limit.atOnce, share);
  const granted = waitMs <= 0 && free;
  const extra = granted && wait(units + wish.extra) === 0 ? wish.extra : 0;
  const slot = granted && limit.atOnce !== undefined ? { key, id: randomUUID() } : undefined;
  const spends = granted ? units + extra : 0;
  const spent = windows.length > 0 && (spends > 0 || (former?.left ?? 0) > 0);
  const next = spent && Object.fromEntries(windows.map(({ kind, spent }) => [kind, spend(kind, spent, at, spends)]));
  await Promise.all([
    next && tx.run('update budgets set state = $2 where key = $1', [key, JSON.stringify(next)]),
    slot && tx.run(`insert into slots (key, holder, until) values ($1, $2, clock_timestamp() + ${SLOT_LIFE})`, [key, slot.id]),
  ]);
  if (!granted) return { taken: { granted: false, waitMs: waitMs > 0 ? waitMs : SLOT_WAIT_MS }, extra: 0 };
  return { taken: slot === undefined ? { granted: true } : { granted: true, slot }, extra };
}

/** The budget, whose row is locked from here on, and how many slots are held: two askers cannot both find the last. */
async function looked(tx: Tx, key: string, slots: boolean): Promise<[{ state: State; paused: string | null }, number]> {
  const [, [row], held] = await Promise.all([
    hasten(tx),
    tx.query<{ state: State; paused: string | null }>(
      `insert into budgets (key, state) values ($1, '{}') on conflict (key) do update set key = excluded.key returning state, paused`,
      [key],
    ),
    slots ? heldSlots(tx, key) : 0,
  ]);
  return [row!, held];
}

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
