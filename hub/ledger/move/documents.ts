/** Documents of the books one moves from, each with what the books one moves to have of it. From what was read: no service is asked. */
import type { CrmRecord } from '#crm/core.ts';
import { Fault } from '#hub/fault.ts';
import type { Values } from '#kit/fields.ts';
import type { Store, Tx } from '#store/database.ts';
import { type Link, linksAfter, linksOfRecords } from '#store/links.ts';
import { booksOf, type Reader, type ReaderParts, readerOf } from '../history/books.ts';
import { type Figures, figuresOf } from '../history/figures.ts';

export interface MoveParts extends ReaderParts {
  store: Store;
}

export interface Choice {
  /** Connections. */
  from: number;
  to: number;
}

/** A document as one of the two has it. */
export interface Copy {
  reader: Reader;
  row: string;
  figures: Figures;
  stated: Values;
}

export interface Moving {
  record: CrmRecord;
  from: Copy;
  /** Undefined where the other books have none. */
  to: Copy | undefined;
}

const SIZE = 200;

/** Readers of a connection's streams of an object. */
export async function readersOf(parts: ReaderParts, tx: Tx, connection: number, object: string): Promise<Reader[]> {
  const readers: Reader[] = [];
  for (const book of (await booksOf(tx, connection)).values())
    if (book.sync.object === object) readers.push(await readerOf(parts, tx, book));
  return readers;
}

/** Both sides' readers of invoices and credit notes. Throws `Fault` where one keeps no books. */
export async function bothSides(parts: ReaderParts, tx: Tx, { from, to }: Choice): Promise<{ from: Reader[]; to: Reader[] }> {
  if (from === to)
    throw new Fault('invalid', 'Both are the same connection.', 'Name the books you leave, and those you move to.');
  const sides = { from: await readersOf(parts, tx, from, 'invoice'), to: await readersOf(parts, tx, to, 'invoice') };
  for (const [side, id] of Object.entries({ from, to }) as ['from' | 'to', number][])
    if (!sides[side].some(({ stream }) => stream.books))
      throw new Fault(
        'invalid',
        `Connection ${id} keeps no books.`,
        'Name two accounting services, as `connections` lists them.',
      );
  return sides;
}

/** All that stand in the books one leaves, and are records here. */
export async function* documentsOf(parts: MoveParts, workspace: number, choice: Choice): AsyncGenerator<Moving> {
  const { store, crm } = parts;
  const sides = await store.workspace(workspace, (tx) => bothSides(parts, tx, choice));
  for (const reader of sides.from) {
    for (let after: string | null = ''; after !== null; ) {
      const from: string = after;
      const { links, records, others } = await store.workspace(workspace, async (tx) => {
        const links = (await linksAfter(tx, reader.sync.id, from, SIZE)) as Link[];
        const ids = links.map(({ record }) => record);
        const others = new Map<string, Copy>();
        for (const other of sides.to)
          for (const link of await linksOfRecords(tx, other.sync.id, ids))
            if (link.state === 'live') others.set(link.record, copyOf(other, link));
        return { links, records: await crm.read(tx, ids), others };
      });
      for (const link of links) {
        const record = records.get(link.record);
        if (record === undefined || record.archived !== null || link.state !== 'live') continue;
        yield { record, from: copyOf(reader, link), to: others.get(link.record) };
      }
      after = links.length < SIZE ? null : links.at(-1)!.row;
    }
  }
}

function copyOf(reader: Reader, { row, raw }: Link): Copy {
  const stated = reader.translation.stated(reader.stream.toRow(raw).fields);
  return { reader, row, stated, figures: figuresOf(reader.sync.object, stated) };
}

/** Is something of it left to pay, or to use up? */
export const isOpen = ({ status, balance }: Figures): boolean =>
  (status === 'open' || status === 'partly paid') && balance !== null && !balance.eq(0);
