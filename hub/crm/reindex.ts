/**
 * Match keys and search words computed anew, after the workspace's region has changed or a release has other key rules: in batches,
 * each in a transaction of its own. What an older rule gave is not known any more, so the keys are walked first and those that no
 * longer follow from their record dropped; then the records, and what they lack is added. How far it came is kept.
 */

import { keyRules } from '#mappings/keys.ts';
import { lockShape } from '#store/custom-fields.ts';
import type { Tx } from '#store/database.ts';
import { addKeys, type KeyRow, keysFrom, missingKeys, removeKeys } from '#store/keys.ts';
import { lockAllNext, type RecordRow, readRecords } from '#store/records.ts';
import { getWorkspace, noteReindex, type Reindex } from '#store/workspaces.ts';
import { keyIdentity, keyRows } from './imprint.ts';
import type { Transactions } from './recompute.ts';
import { type Shape, shapeOf } from './shape.ts';

const KEYS = 200;
const RECORDS = 500;
const LOWEST = '00000000-0000-0000-0000-000000000000';

/** How many keys of records were dropped and added. */
export interface Reindexed {
  dropped: number;
  added: number;
}

/** By what a workspace's keys are to be made. */
export const indexedBy = (region: string): string => `${region} ${keyRules}`;

/** Works until every key is one that the region and the rules of now give; goes on where it was cut off. */
export async function reindex(within: Transactions, signal?: AbortSignal): Promise<Reindexed> {
  const total: Reindexed = { dropped: 0, added: 0 };
  for (;;) {
    signal?.throwIfAborted();
    const batch = await within(reindexBatch);
    if (batch === null) return total;
    total.dropped += batch.dropped;
    total.added += batch.added;
  }
}

/** Null when nothing is left to do. Nobody writes records meanwhile: those who do hold the shape. */
async function reindexBatch(tx: Tx): Promise<Reindexed | null> {
  await lockShape(tx, 'edit it');
  const workspace = await getWorkspace(tx);
  if (!workspace) return null;
  const by = indexedBy(workspace.region);
  if (workspace.indexed === by) return null;
  const place: Reindex = workspace.reindex?.by === by ? workspace.reindex : { by, walk: 'keys', from: '' };
  const shape = await shapeOf(tx);
  const { next, ...done } = place.walk === 'keys' ? await dropStale(tx, shape, place) : await addMissing(tx, shape, place);
  await noteReindex(tx, next === null ? { indexed: by, reindex: null } : { indexed: workspace.indexed, reindex: next });
  return done;
}

/** What was done, and where to go on; null at the end. */
type Step = Reindexed & { next: Reindex | null };

async function dropStale(tx: Tx, shape: Shape, place: Reindex): Promise<Step> {
  const { keys, next } = await keysFrom(tx, place.from, KEYS);
  const stale = await staleOf(tx, shape, keys);
  await removeKeys(tx, stale);
  return {
    dropped: stale.length,
    added: 0,
    next: next === null ? { ...place, walk: 'records', from: LOWEST } : { ...place, from: next },
  };
}

async function addMissing(tx: Tx, shape: Shape, place: Reindex): Promise<Step> {
  const records = await lockAllNext(tx, place.from, RECORDS);
  const missing = await missingKeys(
    tx,
    records.flatMap((record) => keysIn(shape, record)),
  );
  await addKeys(tx, missing);
  return {
    dropped: 0,
    added: missing.length,
    next: records.length < RECORDS ? null : { ...place, from: records.at(-1)!.id },
  };
}

async function staleOf(tx: Tx, shape: Shape, keys: readonly KeyRow[]): Promise<KeyRow[]> {
  const records = await readRecords(tx, [...new Set(keys.map((key) => key.record))]);
  const given = new Map(records.map((record) => [record.id, new Set(keysIn(shape, record).map(keyIdentity))]));
  return keys.filter((key) => !given.get(key.record)?.has(keyIdentity(key)));
}

const keysIn = (shape: Shape, { id, object, fields }: RecordRow): KeyRow[] => keyRows(shape.region, shape.of(object), id, fields);
