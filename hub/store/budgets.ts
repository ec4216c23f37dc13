/**
 * What the services allow us, shared by all processes on this database. A process takes single units while it asks seldom, and
 * leases a second's worth while it asks often; what it did not use of a lease it gives back with its next question. Windows follow
 * the hub's clock, slots PostgreSQL's.
 */
import { randomUUID } from 'node:crypto';
import type { Allowance, Slot, Taken } from '#kit/allowance.ts';
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
      store.installation(async (tx) => void (await tx.run('delete from slots where key = $1 and holder = $2', [key, id]))),
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
  const [row] = await tx.query<{ state: State; paused: string | null }>(
    `insert into budgets (key, state) values ($1, '{}') on conflict (key) do update set key = excluded.key returning state, paused`,
    [key],
  );
  const windows = windowsOf(limit).map(({ kind, most }) => {
    const spent = row!.state[kind] ?? [];
    return {
      kind,
      most: Math.max(most * share, units),
      spent: former === undefined ? spent : refund(kind, spent, former.begun, former.left),
    };
  });
  const wait = (n: number) => Math.max(0, ...windows.map(({ kind, most, spent }) => waitFor(kind, spent, at, n, most)));
  const waitMs = Math.max(wait(units), row!.paused === null ? 0 : Date.parse(row!.paused) - at);
  const slot = waitMs > 0 || limit.atOnce === undefined ? undefined : await slotFor(tx, key, limit.atOnce);
  const granted = waitMs <= 0 && (limit.atOnce === undefined || slot !== undefined);
  const extra = granted && wait(units + wish.extra) === 0 ? wish.extra : 0;
  const spends = granted ? units + extra : 0;
  if (windows.length > 0 && (spends > 0 || (former?.left ?? 0) > 0)) {
    const state = Object.fromEntries(windows.map(({ kind, spent }) => [kind, spend(kind, spent, at, spends)]));
    await tx.run('update budgets set state = $2 where key = $1', [key, JSON.stringify(state)]);
  }
  if (!granted) return { taken: { granted: false, waitMs: waitMs > 0 ? waitMs : SLOT_WAIT_MS }, extra: 0 };
  return { taken: slot === undefined ? { granted: true } : { granted: true, slot }, extra };
}

function windowsOf({ perSecond, perMinute, perDay }: Limit): { kind: WindowKind; most: number }[] {
  return [
    ...(perSecond === undefined ? [] : [{ kind: 'second' as const, most: perSecond }]),
    ...(perMinute === undefined ? [] : [{ kind: 'minute' as const, most: perMinute }]),
    ...(perDay === undefined ? [] : [{ kind: 'day' as const, most: perDay }]),
  ];
}

/** A free slot, if there is one. The budget's row is locked, so two askers cannot both find the last. */
async function slotFor(tx: Tx, key: string, atOnce: number): Promise<Slot | undefined> {
  await tx.run('delete from slots where key = $1 and until < clock_timestamp()', [key]);
  const id = randomUUID();
  const n = await tx.run(
    `insert into slots (key, holder, until) select $1, $2, clock_timestamp() + ${SLOT_LIFE}
     where (select count(*) from slots where key = $1) < $3`,
    [key, id, atOnce],
  );
  return n > 0 ? { key, id } : undefined;
}
