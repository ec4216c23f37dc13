/** What rows that make no record say of themselves: remembered with the reason, where somebody reconciles. */
import type { Json, Values } from '#kit/fields.ts';
import type { Misfit } from '#kit/stream.ts';
import type { Tx } from '#store/database.ts';
import { dropLeftOut, type LeftOut, putLeftOut } from '#store/left-out.ts';
import type { Env } from './env.ts';
import type { Arrival, Item } from './item.ts';

/** Fields that say when a thing happened, the first that is there. */
const DAYS = ['issued', 'date', 'at'] as const;

/** The day a document or a payment is of; undefined where it does not say. */
export function dayOf(values: Values): string | undefined {
  for (const field of DAYS) {
    const value = values[field];
    if (typeof value === 'string' && /^\d{4}-\d\d-\d\d/.test(value)) return value.slice(0, 10);
  }
  return undefined;
}

/** Fields of money and what tells which document it is: all that a reconciliation needs. */
const KEPT = [
  ...['number', 'reference', 'transaction', 'kind', 'direction', 'stage', 'status', 'currency', ...DAYS],
  ...['total', 'amount', 'tax', 'balance', 'paid', 'credited'],
];

export function summaryOf(values: Values): { [field: string]: Json } {
  return Object.fromEntries(KEPT.flatMap((field) => (values[field] === undefined ? [] : [[field, values[field]!]])));
}

/** Notes rows of the page that made no record; those that have one now are no longer left out. */
export async function rememberLeftOut(
  env: Env,
  tx: Tx,
  arrivals: readonly Arrival[],
  misfits: readonly Misfit[],
  items: readonly Item[],
): Promise<void> {
  if (!env.sync.remembers) return;
  const rows = new Map(arrivals.map(({ row }) => [row.id, row]));
  const settled = items.filter(({ decision }) => decision !== 'later');
  const tied = settled.filter(({ link }) => link !== undefined);
  const left = settled.flatMap(({ row, link, decision, reason }): LeftOut[] => {
    const read = rows.get(row);
    if (link !== undefined || read === undefined || (decision === 'skip' && reason === 'gone')) return [];
    return [{ row, reason: reason ?? decision, stated: summaryOf(env.translation.stated(read.fields)) }];
  });
  const odd = misfits.map(({ id }): LeftOut => ({ row: id, reason: 'misfit', stated: {} }));
  await dropLeftOut(
    tx,
    env.sync.id,
    tied.map(({ row }) => row),
  );
  await putLeftOut(tx, env.sync.id, [...left, ...odd], new Date(env.now()));
}
