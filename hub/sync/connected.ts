/** What a new connection begins with: a sync for each stream that has a default mapping, waiting for its first preview. */
import type { Stream } from '#kit/stream.ts';
import type { Mapping } from '#mappings/format.ts';
import { getConnection } from '#store/connections.ts';
import type { Tx } from '#store/database.ts';
import { insertMapping } from '#store/mappings.ts';
import { insertSync, listSyncs, type SyncRow } from '#store/syncs.ts';
import { POLL_MS } from '#webhooks/schedule.ts';
import { toJson, writes } from './edit-mapping.ts';
import { mayShare } from './owner.ts';

export interface ConnectedParts {
  streamOf(name: string): Stream;
  /** What an account is read for that has allowed these scopes. */
  streamsOf(connector: string, scopes: readonly string[]): { readonly [name: string]: Stream };
  defaultMapping(stream: string): Mapping | undefined;
}

/** Of a connection that comes back only what is new since. */
export async function connected(
  parts: ConnectedParts,
  tx: Tx,
  { id, connector, by }: { id: number; connector: string; by: string },
): Promise<void> {
  const syncs = await listSyncs(tx);
  const scopes = (await getConnection(tx, id))?.scopes ?? [];
  const own = new Set(syncs.flatMap(({ connection, stream }) => (connection === id ? [stream] : [])));
  const kept = await keptElsewhere(parts, tx, syncs, id);
  for (const [name, stream] of Object.entries(parts.streamsOf(connector, scopes))) {
    const full = `${connector}.${name}`;
    const shipped = parts.defaultMapping(full);
    if (!shipped || own.has(full)) continue;
    const second = stream.books === true && kept.has(shipped.to) && !mayShare(shipped, stream);
    const body = second ? reading(shipped) : shipped;
    const mapping = await insertMapping(tx, {
      ...{ stream: full, object: body.to, body: toJson(body), by },
      ...(second ? { name: 'reading', note: ONLY_READ } : { name: 'default', note: 'as shipped' }),
    });
    const outward = writes(body, stream);
    await insertSync(tx, { connection: id, stream: full, object: body.to, mapping: mapping.id, outward, every: POLL_MS });
  }
}

const ONLY_READ = 'as shipped, but creates nothing over there: what is made here goes into the books that were connected before';

const reading = (mapping: Mapping): Mapping => ({
  ...mapping,
  create: mapping.create === 'both' || mapping.create === 'crm' ? 'crm' : 'none',
});

/** Objects that are written into the books of another connection, which is not disconnected. */
async function keptElsewhere(
  parts: ConnectedParts,
  tx: Tx,
  syncs: readonly SyncRow[],
  here: number,
): Promise<ReadonlySet<string>> {
  const books = syncs.filter(
    ({ connection, stream, outward }) => connection !== here && outward && parts.streamOf(stream).books === true,
  );
  const kept = new Set<string>();
  for (const [id, some] of Map.groupBy(books, ({ connection }) => connection)) {
    const connection = await getConnection(tx, id);
    const left = connection?.state === 'paused' && connection.grant_id === null;
    if (!left) for (const { object } of some) kept.add(object);
  }
  return kept;
}
