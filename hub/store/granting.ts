/**
 * Many budgets asked in one transaction. Their rows are locked in the order of their keys, so that two hubs never wait for each other;
 * whoever may use up the larger share goes first.
 */
import { randomUUID } from 'node:crypto';
import { type Slot, slotsOf, type Taken } from '#kit/allowance.ts';
import type { Limit } from '#kit/connector.ts';
import type { Store, Tx } from './database.ts';
import { refund, type Spent, spend, type WindowKind, waitFor } from './spending.ts';

const SLOT_WAIT_MS = 25;
/** A slot not given back within so long belonged to a process that died. */
const SLOT_LIFE = `interval '2 minutes'`;

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

/** A budget while its row is locked. */
interface Budget {
  state: State;
  changed: boolean;
  /** Nothing is granted before then. */
  paused: number;
  held: number;
}

const NOTHING: Granted = { taken: { granted: false, waitMs: 0 }, extras: [] };

/** Wishes are granted and slots given back, in one transaction. An answer for each, in their order. */
export async function grantAll(store: Store, questions: readonly (Wish | Slot)[]): Promise<Granted[]> {
  const slots = questions.filter((one): one is Slot => 'id' in one);
  const wishes = questions.filter((one): one is Wish => !('id' in one)).sort((a, b) => b.share - a.share);
  const granted = await store.installation(async (tx) => {
    const hurried = hasten(tx);
    const [, budgets] = await Promise.all([slots.length > 0 && giveBack(tx, slots), wishes.length > 0 && locked(tx, wishes)]);
    await hurried;
    if (!budgets) return [];
    const answers = wishes.map((wish) => grant(budgets, wish));
    await keep(
      tx,
      budgets,
      answers.flatMap(({ taken }) => (taken.granted && taken.slot ? [taken.slot] : [])),
    );
    return answers;
  });
  const answers = new Map<Wish | Slot, Granted>(wishes.map((wish, n) => [wish, granted[n]!]));
  return questions.map((one) => answers.get(one) ?? NOTHING);
}

/**
 * The commit of this transaction waits for no disk. A crash of PostgreSQL forgets what was counted in its last 0.6 s at most, which is
 * within what connectors leave of each limit; each call would otherwise wait twice for the disk.
 */
const hasten = (tx: Tx): Promise<number> => tx.run(`select set_config('synchronous_commit', 'off', true)`);

const giveBack = (tx: Tx, slots: readonly Slot[]): Promise<number> =>
  tx.run('delete from slots s using unnest($1::text[], $2::uuid[]) n (key, holder) where s.key = n.key and s.holder = n.holder', [
    slots.map(({ key }) => key),
    slots.map(({ id }) => id),
  ]);

/** Slots are counted after the rows were locked: two askers cannot both find the last. */
async function locked(tx: Tx, wishes: readonly Wish[]): Promise<Map<string, Budget>> {
  const claims = wishes.flatMap((wish) => wish.claims);
  const keys = [...new Set(claims.map(({ key }) => key))];
  const slotted = [...new Set(claims.flatMap(({ key, limit }) => (limit.atOnce === undefined ? [] : [key])))];
  const look = () => Promise.all([lock(tx, keys), slotted.length > 0 ? heldSlots(tx, slotted) : new Map<string, number>()]);
  let [rows, held] = await look();
  if (rows.length < keys.length) {
    await begin(tx, keys);
    [rows, held] = await look();
  }
  return new Map(
    rows.map(({ key, state, paused }) => [
      key,
      { state, changed: false, paused: paused === null ? 0 : Date.parse(paused), held: held.get(key) ?? 0 },
    ]),
  );
}

interface Row {
  key: string;
  state: State;
  paused: string | null;
}

const lock = (tx: Tx, keys: readonly string[]): Promise<Row[]> =>
  tx.query('select key, state, paused from budgets where key = any($1) order by key for update', [keys]);

const begin = (tx: Tx, keys: readonly string[]): Promise<number> =>
  tx.run(
    `insert into budgets (key, state) select key, '{}' from unnest($1::text[]) n (key) order by key on conflict (key) do nothing`,
    [keys],
  );

/** How many slots of each are held. Those whose holder died are taken away. */
async function heldSlots(tx: Tx, keys: readonly string[]): Promise<Map<string, number>> {
  const rows = await tx.query<{ key: string; n: number }>(
    `with now as (select clock_timestamp() as at), ended as (delete from slots where key = any($1) and until < (select at from now))
     select key, count(*)::integer as n from slots where key = any($1) and until >= (select at from now) group by key`,
    [keys],
  );
  return new Map(rows.map(({ key, n }) => [key, n]));
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
  const rests = budget.paused - at;
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

async function keep(tx: Tx, budgets: ReadonlyMap<string, Budget>, slots: readonly Slot[]): Promise<void> {
  const changed = [...budgets].filter(([, budget]) => budget.changed);
  await Promise.all([
    changed.length > 0 &&
      tx.run('update budgets b set state = n.state from unnest($1::text[], $2::json[]) n (key, state) where b.key = n.key', [
        changed.map(([key]) => key),
        changed.map(([, { state }]) => JSON.stringify(state)),
      ]),
    slots.length > 0 &&
      tx.run(
        `insert into slots (key, holder, until)
         select key, holder, clock_timestamp() + ${SLOT_LIFE} from unnest($1::text[], $2::uuid[]) n (key, holder)`,
        [slots.map(({ key }) => key), slots.map(({ id }) => id)],
      ),
  ]);
}

function windowsOf({ perSecond, perMinute, perDay }: Limit): { kind: WindowKind; most: number }[] {
  return [
    ...(perSecond === undefined ? [] : [{ kind: 'second' as const, most: perSecond }]),
    ...(perMinute === undefined ? [] : [{ kind: 'minute' as const, most: perMinute }]),
    ...(perDay === undefined ? [] : [{ kind: 'day' as const, most: perDay }]),
  ];
}
