/**
 * Where budgets are kept that several processes share. Many are asked in one transaction; their rows are locked in the order of their
 * keys, so that two hubs never wait for each other.
 */
import type { Slot } from '#kit/allowance.ts';
import type { Store, Tx } from './database.ts';
import { type Budget, type Granted, grantAll, type State, type Wish } from './granting.ts';

/** A slot not given back within so long belonged to a process that died. */
const SLOT_LIFE = `interval '2 minutes'`;

export type Question = Wish | Slot;

/** Where the budgets are kept that several processes share. */
export interface Till {
  /** Grants wishes and takes slots back, all at one moment. An answer for each, in their order. */
  ask(questions: readonly Question[]): Promise<Granted[]>;
  /** Nothing is granted of a budget before then (ms since the epoch). */
  pause(key: string, until: number): Promise<void>;
}

const GIVEN_BACK: Granted = { taken: { granted: true }, extras: [] };

export function tillIn(store: Store): Till {
  return {
    ask: async (questions) => {
      const slots = questions.filter((one): one is Slot => 'id' in one);
      const wishes = questions.filter((one): one is Wish => !('id' in one));
      const granted = await store.installation(async (tx) => {
        const hurried = hasten(tx);
        const [, budgets] = await Promise.all([slots.length > 0 && giveBack(tx, slots), wishes.length > 0 && locked(tx, wishes)]);
        await hurried;
        if (!budgets) return [];
        const answers = grantAll(budgets, wishes);
        await keep(tx, budgets, answers);
        return answers;
      });
      const answers = new Map<Question, Granted>(wishes.map((wish, n) => [wish, granted[n]!]));
      return questions.map((one) => answers.get(one) ?? GIVEN_BACK);
    },
    pause: (key, until) =>
      store.installation(async (tx) => {
        await tx.run(
          `insert into budgets (key, state, paused) values ($1, '{}', $2)
           on conflict (key) do update set paused = greatest(budgets.paused, excluded.paused)`,
          [key, new Date(until)],
        );
      }),
  };
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

/**
 * How many slots of each are held. Those whose holder died are taken away, but for those that are just being given back: who does so waits
 * for our budgets next.
 */
async function heldSlots(tx: Tx, keys: readonly string[]): Promise<Map<string, number>> {
  const rows = await tx.query<{ key: string; n: number }>(
    `with now as (select clock_timestamp() as at),
       late as (select key, holder from slots where key = any($1) and until < (select at from now) for update skip locked),
       ended as (delete from slots s using late l where s.key = l.key and s.holder = l.holder)
     select key, count(*)::integer as n from slots where key = any($1) and until >= (select at from now) group by key`,
    [keys],
  );
  return new Map(rows.map(({ key, n }) => [key, n]));
}

async function keep(tx: Tx, budgets: ReadonlyMap<string, Budget>, answers: readonly Granted[]): Promise<void> {
  const slots = answers.flatMap(({ taken }) => (taken.granted && taken.slot ? [taken.slot] : []));
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
