/** The streams of a connection as its history is imported: their syncs, mappings, and how their rows are read. */
import type { CrmCore } from '#crm/core.ts';
import { Fault } from '#hub/fault.ts';
import type { Stream } from '#kit/stream.ts';
import type { Mapping } from '#mappings/format.ts';
import { keptMapping } from '#mappings/parse.ts';
import type { Tx } from '#store/database.ts';
import { getMapping, getVersion } from '#store/mappings.ts';
import { listSyncs, type SyncRow } from '#store/syncs.ts';
import { type Translation, translation } from '#sync/translate.ts';

export interface Book {
  sync: SyncRow;
  mapping: Mapping;
}

/** By full name of the stream. Throws `Fault` where the connection has none. */
export async function booksOf(tx: Tx, connection: number): Promise<Map<string, Book>> {
  const syncs = (await listSyncs(tx)).filter((sync) => sync.connection === connection);
  if (syncs.length === 0)
    throw new Fault(
      'missing',
      `connection ${connection} has no streams that are kept in step`,
      'List the connections, and choose one.',
    );
  const books = new Map<string, Book>();
  for (const sync of syncs) {
    const row = (await getMapping(tx, sync.mapping))!;
    const version = (await getVersion(tx, row.id, row.version))!;
    books.set(sync.stream, { sync, mapping: keptMapping(version.body) });
  }
  return books;
}

export interface ReaderParts {
  crm: CrmCore;
  streamOf(name: string): Stream;
  now(): number;
}

/** A book's rows by our fields. */
export interface Reader extends Book {
  stream: Stream;
  translation: Translation;
}

export async function readerOf({ crm, streamOf, now }: ReaderParts, tx: Tx, book: Book): Promise<Reader> {
  const { sync, mapping } = book;
  const { object, connection } = sync;
  const { custom, region } = await crm.about(tx, object);
  const stream = streamOf(sync.stream);
  return { ...book, stream, translation: translation({ mapping, stream, crm, custom, region, object, connection, now }) };
}
