/**
 * What webhooks say of rows. A row they bring is taken only where its stream's times can be compared and it is newer than its link;
 * everything else is a hint to look: at the row where the stream gives single rows, at whatever is new where it does not.
 */
import type { Row } from '#kit/stream.ts';
import type { Tx } from '#store/database.ts';
import { linkHeads } from '#store/links.ts';
import { addDepartures, touch, touchArrived } from '#store/passes.ts';
import { hearOf, lockSyncOf, wake } from '#store/syncs.ts';
import type { Parts } from './parts.ts';

/** Of one stream, in the order in which it was said. */
export interface Heard {
  connection: number;
  /** Full name: `<connector>.<stream>`. */
  stream: string;
  news: readonly RowNews[];
}

export type RowNews =
  | { is: 'changed'; row: Row }
  | { is: 'gone'; id: string }
  /** Without an id: something in the stream is new. */
  | { is: 'touched'; id?: string };

export async function hear(parts: Parts, tx: Tx, { connection, stream: name, news }: Heard): Promise<string[]> {
  // The row of the sync before anything else, as every page does: so none waits for the other's.
  const sync = await lockSyncOf(tx, connection, name);
  if (sync === undefined) return news.map(() => 'nobody syncs it');
  const stream = parts.streamOf(name);
  const now = new Date(parts.now());
  const gone = news.flatMap((one) => (one.is === 'gone' ? [one.id] : []));
  const ids = news.flatMap((one) => (one.is === 'changed' ? [one.row.id] : one.id === undefined ? [] : [one.id]));
  const anew = news.some((one) => one.is === 'touched' && one.id === undefined);
  if (stream.fetch) {
    const brought = stream.timed
      ? news.flatMap((one) => (one.is === 'changed' && one.row.time !== undefined ? [one.row] : []))
      : [];
    const whole = new Map(brought.map((row) => [row.id, row]));
    // Of a row that was spoken of several times nobody knows which was last: it is fetched.
    for (const [id, all] of Map.groupBy(ids, (one) => one)) if (all.length > 1) whole.delete(id);
    await touchArrived(tx, sync.id, [...whole.values()], now, 'webhook');
    await touch(
      tx,
      sync.id,
      ids.filter((id) => !whole.has(id)),
      now,
      'webhook',
    );
  } else if (gone.length > 0) {
    const linked = await linkHeads(tx, sync.id, gone);
    const living = linked.filter((link) => link.state === 'live' || link.state === 'dormant').map((link) => link.row);
    await addDepartures(tx, sync.id, living, 'told');
  }
  if (anew || (!stream.fetch && ids.length > gone.length)) await hearOf(tx, sync.id, now);
  else await wake(tx, [sync.id], now);
  return news.map((one) => outcomeOf(one, stream.fetch !== undefined));
}

function outcomeOf(news: RowNews, fetched: boolean): string {
  if (news.is === 'touched' && news.id === undefined) return 'the stream is pulled';
  if (fetched) return 'the row is looked at';
  return news.is === 'gone' ? 'noted as gone' : 'the stream is pulled';
}
