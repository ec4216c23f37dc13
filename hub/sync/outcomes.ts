/**
 * How the items of a plan went: what was done against what was shown. What comes in is noted when its page is kept, rows that are gone
 * when they go; what goes outward when it is delivered, held or found to be owed no longer, in that transaction. A plan is done when none
 * of it is on its way any more.
 */
import type { Json } from '#kit/fields.ts';
import type { Tx } from '#store/database.ts';
import type { Flight } from '#store/flights.ts';
import {
  closeGone,
  closeInward,
  closeOutward,
  isLeft,
  itemsOfRows,
  noteOutcomes,
  openOutward,
  type PlanItem,
} from '#store/plans.ts';
import type { Env } from './env.ts';
import type { Reason } from './reasons.ts';

const AS_PLANNED = 'as planned';
const NOTHING_TO_DO = 'planned again: nothing to do';

/** The database refused the row; a person is asked. */
export const NOT_KEPT = 'not done: failed';

/** What an item of a plan says goes outward. */
export type Said = Pick<PlanItem, 'decision' | 'reason' | 'item'>;

/** What the service is told, as an item says it. */
export function telling({ row, remove, fields }: Pick<Flight, 'row' | 'remove' | 'fields'>): Said {
  return { decision: remove ? 'remove there' : row === undefined ? 'create there' : 'tell', reason: 'owed', item: { fields } };
}

/** A creation that waits for what it refers to. */
export const tellingLater: Said = { decision: 'create there', reason: 'awaited', item: {} };

/** A question instead, as an item says it. */
export const asking = (reason: Reason, question: { [name: string]: Json }): Said => ({
  decision: 'hold',
  reason,
  item: { question },
});

/** What became of what one row was owed. */
export interface Became {
  record: string;
  /** Null for a creation. */
  row: string | null;
  /** Null where nothing was owed any more. */
  said: Said | null;
  /** Why it was not done; null if it was. */
  because: Reason | null;
}

export async function noteOutward(env: Pick<Env, 'delivering'>, tx: Tx, became: readonly Became[]): Promise<void> {
  if (env.delivering === null || became.length === 0) return;
  const records = [...new Set(became.map((b) => b.record))];
  const open = Map.groupBy(await openOutward(tx, env.delivering, records), (item) => item.record);
  const outcomes = became.flatMap((one) => {
    const items = open.get(one.record) ?? [];
    // A creation has no row until it is there.
    const only = items.length === 1 && (items[0]!.row === null || one.row === null) ? items[0] : undefined;
    const item = items.find((i) => i.row === one.row) ?? only;
    return item ? [{ seq: item.seq, outcome: outcomeOf(item, one) }] : [];
  });
  await noteOutcomes(tx, env.delivering, outcomes);
}

function outcomeOf(planned: PlanItem, { record, said, because }: Became): string {
  // Sent without an answer, and then both sides agree: it had arrived.
  if (said === null) return planned.outcome === 'unsure' && because === 'in step' ? AS_PLANNED : `not done: ${because}`;
  const compared = verdict(planned, { record, ...said });
  if (because === null || (compared === AS_PLANNED && said.decision === 'hold')) return compared;
  if (because === 'unsure') return compared === AS_PLANNED ? because : compared;
  return `not done: ${because}`;
}

/** Rows of the plan being delivered have gone; `effect`: what that did to their records. */
export async function noteGone(
  env: Pick<Env, 'delivering'>,
  tx: Tx,
  gone: readonly { row: string; effect: string }[],
): Promise<void> {
  if (env.delivering === null || gone.length === 0) return;
  const effects = new Map(gone.map(({ row, effect }) => [row, effect]));
  const items = (await itemsOfRows(tx, env.delivering, [...effects.keys()])).filter(
    ({ decision, outcome }) => decision === 'gone' && outcome === null,
  );
  const outcomes = items.map(({ seq, row, item }) => {
    const effect = effects.get(row!)!;
    return { seq, outcome: item.effect === effect ? AS_PLANNED : `planned again: ${effect}` };
  });
  await noteOutcomes(tx, env.delivering, outcomes);
}

/** All pages of the plan are kept: rows that broke their fields were held, and of the others that have no outcome nothing was left to do. */
export const closeKept = (tx: Tx, plan: number): Promise<void> => closeInward(tx, plan, AS_PLANNED, NOTHING_TO_DO);

/**
 * What goes outward of the plan being delivered, and is not on its way any more, was not owed; a row that waits to go no longer was there
 * after all. True when that was the last of it.
 */
export async function closeDelivered(env: Env, tx: Tx, plan: number): Promise<boolean> {
  await closeOutward(tx, plan, NOTHING_TO_DO, env.sync.id);
  await closeGone(tx, plan, NOTHING_TO_DO, env.sync.id);
  return !(await isLeft(tx, plan, env.sync.id));
}

/** Another plan is executed: what is still on its way is in that one. */
export async function closeOvertaken(tx: Tx, plan: number, by: number): Promise<void> {
  await closeOutward(tx, plan, `planned again: plan ${by}`);
  await closeGone(tx, plan, `planned again: plan ${by}`);
}

type Compared = Pick<PlanItem, 'record' | 'decision' | 'item'>;

export function verdict(planned: Compared, done: Compared | undefined): string {
  if (!done) return NOTHING_TO_DO;
  const same =
    planned.decision === done.decision && planned.record === done.record && canonical(planned.item) === canonical(done.item);
  return same ? AS_PLANNED : `planned again: ${done.decision}`;
}

/** JSON with its names in order: what went through the database compares equal. */
function canonical(value: Json): string {
  return JSON.stringify(value, (_, v: Json) =>
    v !== null && typeof v === 'object' && !Array.isArray(v)
      ? Object.fromEntries(Object.entries(v).sort(([a], [b]) => (a < b ? -1 : 1)))
      : v,
  );
}
