/** Computing records anew after a formula was added or edited: in batches, in order of id, each in a transaction of its own. */
import { listCustomFields, lockShape, setPending } from '#store/custom-fields.ts';
import type { Tx } from '#store/database.ts';
import { lockNext } from '#store/records.ts';
import type { Update } from './core.ts';
import { compute } from './formulas.ts';
import { shapeOf } from './shape.ts';
import { changeRecords } from './write.ts';

const BATCH = 1_000;

/** Transactions of the workspace, one after the other. */
export type Transactions = <T>(work: (tx: Tx) => Promise<T>) => Promise<T>;

/**
 * Computes the records of an object until none holds what an older formula gave. What was begun and cut off is gone on with: how
 * far it came is kept with the fields. Answers how many records changed.
 */
export async function recompute(within: Transactions, object: string, now: () => number, signal?: AbortSignal): Promise<number> {
  let changed = 0;
  for (;;) {
    signal?.throwIfAborted();
    const batch = await within((tx) => recomputeBatch(tx, object, new Date(now()).toISOString()));
    if (batch === null) return changed;
    changed += batch;
  }
}

/** How many records changed, or null when nothing is pending. */
async function recomputeBatch(tx: Tx, object: string, at: string): Promise<number | null> {
  await lockShape(tx, 'edit it');
  const pending = (await listCustomFields(tx, object)).flatMap((row) => row.pending ?? []);
  if (pending.length === 0) return null;
  const shape = (await shapeOf(tx)).of(object);
  const records = await lockNext(tx, object, pending.sort()[0]!, BATCH);
  const updates = records.flatMap((record): Update[] => {
    const after = compute(shape, record.fields);
    const differs = shape.formulas.some(({ name }) => JSON.stringify(after[name]) !== JSON.stringify(record.fields[name]));
    return differs ? [{ id: record.id, object, expected: record.version, before: record.fields, changes: {} }] : [];
  });
  await changeRecords(tx, updates, { by: 'formula', at });
  await setPending(tx, object, records.length < BATCH ? null : records.at(-1)!.id);
  return updates.length;
}
