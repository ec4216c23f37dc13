/**
 * References order themselves. A row that refers to one which has not come in yet is parked as it was read, and settled from there as soon
 * as that one is here; a record that refers to one without a row over there is sent once it has one. No service is asked for it.
 */
import {
  type Awaited,
  comingRecords,
  forgetAwaited,
  parkRows,
  putAwaited,
  releaseRecords,
  releaseRows,
  unpark,
} from '#store/awaited.ts';
import type { Tx } from '#store/database.ts';
import { dissolveHeld } from '#store/held.ts';
import { markFor, wakeIntents } from '#store/intents.ts';
import type { Env } from './env.ts';
import type { Item, Waiting } from './item.ts';
import type { Unmet } from './translate.ts';

/** Notes which rows of the page wait; those that did before and do no longer are forgotten. */
export async function noteWaiting(env: Env, tx: Tx, items: readonly Item[], waiting: readonly Waiting[]): Promise<void> {
  if (env.sync.parked)
    await unpark(
      tx,
      env.sync.id,
      items.flatMap(({ row, decision }) => (decision === 'later' ? [] : [row])),
    );
  if (waiting.length === 0) return;
  env.sync.parked = true;
  if (waiting.some(({ awaits }) => awaits.some(({ stream }) => stream === env.sync.stream))) env.sync.awaited = true;
  await parkRows(tx, env.sync.id, waiting, new Date(env.now()));
  await putAwaited(
    tx,
    env.sync,
    'row',
    waiting.flatMap(({ awaits }) => awaits),
  );
}

/** Rows and records that are tied since this page: whoever waited for them goes on. */
export async function release(env: Env, tx: Tx, tied: readonly { row: string; record: string }[]): Promise<void> {
  if (!env.sync.awaited || tied.length === 0) return;
  const { connection, stream } = env.sync;
  const syncs = await releaseRows(
    tx,
    connection,
    stream,
    tied.map(({ row }) => row),
  );
  for (const id of syncs) env.woken.add(id);
  const records = await releaseRecords(
    tx,
    connection,
    stream,
    tied.map(({ record }) => record),
  );
  for (const [id, waiting] of Map.groupBy(records, ({ sync }) => sync)) {
    const ids = [...new Set(waiting.map(({ waits }) => waits))];
    await dissolveHeld(tx, id, ids, [], new Date(env.now()));
    await markFor(tx, id, ids);
    await wakeIntents(tx, id, ids);
    env.woken.add(id);
  }
}

/**
 * Which of the records that others refer to are on their way to this connection, by `stream record`. `planned`: or would be, once what
 * waits for its first preview is executed too.
 */
export async function comingTo(env: Env, tx: Tx, unmet: readonly Unmet[], planned: boolean): Promise<ReadonlySet<string>> {
  const coming = new Set<string>();
  for (const [stream, asked] of Map.groupBy(unmet, (one) => one.stream)) {
    const records = [...new Set(asked.map(({ target }) => target))];
    for (const record of await comingRecords(tx, env.sync.connection, stream, records, planned))
      coming.add(`${stream} ${record}`);
  }
  return coming;
}

/** Notes which records wait to be sent, or are held, for others to have a row. */
export async function noteUnsent(env: Env, tx: Tx, dealt: readonly { id: string; awaits: readonly Unmet[] }[]): Promise<void> {
  const waiting = dealt.filter(({ awaits }) => awaits.length > 0);
  if (waiting.length === 0) return;
  await forgetAwaited(
    tx,
    env.sync.id,
    'record',
    waiting.map(({ id }) => id),
  );
  const awaited = waiting.flatMap(({ id, awaits }) => awaits.map((one): Awaited => ({ ...one, waits: id })));
  await putAwaited(tx, env.sync, 'record', awaited);
}
