/**
 * The reader of the inbox: one for each connector, across hubs. A batch is read in one transaction: what it says is kept for the
 * workspaces it is for, or parked, and its deliveries are unread no more. Killed before, nothing has happened; after, nothing is left.
 */
import { isDataError, type Tx } from '#store/database.ts';
import { type Addressed, addNews, ownersOf } from '#store/news.ts';
import { type Parked, parkNews, type Unaddressed } from '#store/parked.ts';
import { addFailed, asReader, dropUnread, takeUnread, type Unread } from '#store/unread.ts';
import type { NewsParts } from './parts.ts';
import { type Reading, readAll } from './reading.ts';

/** Deliveries read in one transaction. */
export const BATCH = 500;
const BATCH_BYTES = 4 * 1024 * 1024;

/** What a batch has brought. */
export interface Batch {
  /** Deliveries that were unread: 0 if none is left, or another hub reads this connector now. */
  size: number;
  /** For whom there is news. */
  workspaces: ReadonlySet<number>;
}

/** Reads what has waited longest. A batch the database refuses is read one by one, and the guilty delivery is kept as failed. */
export async function readBatch(parts: NewsParts, connector: string): Promise<Batch> {
  try {
    return await read(parts, connector, BATCH);
  } catch (error) {
    if (!isOfTheData(error)) throw error;
    return readOne(parts, connector);
  }
}

async function readOne(parts: NewsParts, connector: string): Promise<Batch> {
  try {
    return await read(parts, connector, 1);
  } catch (error) {
    if (!isOfTheData(error)) throw error;
    return read(parts, connector, 1, (error as Error).message);
  }
}

/** What would be so again, whenever it is tried: the database refuses the values, or our code stumbles over them. */
const isOfTheData = (error: unknown): boolean => isDataError(error) || error instanceof TypeError || error instanceof RangeError;

const NONE: Batch = { size: 0, workspaces: new Set() };

async function read(parts: NewsParts, connector: string, most: number, problem?: string): Promise<Batch> {
  const batch = await asReader(parts.store, connector, async (tx) => {
    const unread = await takeUnread(tx, connector, most, BATCH_BYTES);
    if (unread.length === 0) return undefined;
    const reading = problem === undefined ? readAll(parts.webhooks[connector]!, connector, unread) : refused(unread, problem);
    const { addressed, parked } = await address(parts, tx, connector, reading.said);
    await Promise.all([
      addNews(tx, addressed),
      parkNews(tx, parked),
      addFailed(tx, connector, reading.failed, new Date(parts.now())),
      dropUnread(
        tx,
        connector,
        unread.map(({ id }) => id),
      ),
    ]);
    return { unread, reading, addressed, parked };
  });
  if (batch === undefined) return NONE;
  const { unread, reading, addressed, parked } = batch;
  parts.count?.(connector, 'read', unread.length - reading.failed.length);
  if (reading.failed.length > 0) parts.count?.(connector, 'failed', reading.failed.length);
  if (parked.length > 0) parts.count?.(connector, 'parked', parked.length);
  for (const { id, problem } of reading.failed)
    parts.log.error({ connector, delivery: id, problem }, 'a delivery could not be read');
  return { size: unread.length, workspaces: new Set(addressed.map(({ workspace }) => workspace)) };
}

function refused(unread: readonly Unread[], problem: string): Reading {
  return { said: [], failed: unread.map(({ id, at }) => ({ id, at, problem: problem.slice(0, 500) })) };
}

/**
 * What came to a subscription's address is for its connection; what came to the app's, for each connection that links the account it
 * names. Where there is none it is parked.
 */
async function address(
  parts: NewsParts,
  tx: Tx,
  connector: string,
  said: readonly Unaddressed[],
): Promise<{ addressed: Addressed[]; parked: Parked[] }> {
  const subscriptions = [...new Set(said.flatMap(({ subscription }) => subscription ?? []))];
  const subscribers = new Map(
    await Promise.all(subscriptions.map(async (one) => [one, await parts.ownerOf?.(connector, one)] as const)),
  );
  const accounts = [...new Set(said.map(({ account }) => account))];
  const owners = Map.groupBy(accounts.length === 0 ? [] : await ownersOf(tx, connector, accounts), ({ account }) => account);
  const addressed: Addressed[] = [];
  const parked: Parked[] = [];
  for (const one of said) {
    const subscriber = one.subscription === undefined ? undefined : subscribers.get(one.subscription);
    const own = subscriber === undefined ? owners.get(one.account) : [subscriber];
    if (own === undefined) parked.push(one);
    else for (const { workspace, connection } of own) addressed.push({ ...one, workspace, connection });
  }
  return { addressed, parked };
}
