/** Compares a connection's books with the CRM, stream by stream, from what was read: the service is not asked. */
import type { CrmRecord } from '#crm/core.ts';
import type { Values } from '#kit/fields.ts';
import type { Store, Tx } from '#store/database.ts';
import { leftOutAfter } from '#store/left-out.ts';
import { type Link, linksAfter } from '#store/links.ts';
import type { SyncRow } from '#store/syncs.ts';
import { whyRow } from '#sync/why.ts';
import { type Book, type Reader, type ReaderParts, readerOf } from './books.ts';
import { figuresOf, MONEY_OBJECTS } from './figures.ts';
import { type Pair, type Sheet, SheetWriting } from './sheet.ts';

export interface ReconcileParts extends ReaderParts {
  store: Store;
}

const SIZE = 500;
/** Differences whose cause is looked up one by one. */
const MOST_ASKED = 200;

export async function reconcile(parts: ReconcileParts, workspace: number, books: readonly Book[]): Promise<Sheet> {
  const writing = new SheetWriting();
  const asking = { left: MOST_ASKED };
  for (const book of books) {
    if (!MONEY_OBJECTS.has(book.sync.object)) continue;
    const reader = await parts.store.workspace(workspace, (tx) => readerOf(parts, tx, book));
    await linked(parts, workspace, reader, writing, asking);
    await leftOut(parts, workspace, reader, writing);
  }
  return writing.sheet();
}

async function linked(
  { store, crm, streamOf }: ReconcileParts,
  workspace: number,
  { sync, stream, translation }: Reader,
  writing: SheetWriting,
  asking: { left: number },
): Promise<void> {
  for (let after: string | null = ''; after !== null; ) {
    const from: string = after;
    after = await store.workspace(workspace, async (tx) => {
      const links = await linksAfter(tx, sync.id, from, SIZE);
      const counted = links.filter(({ state }) => state !== 'gone');
      const records = await crm.read(tx, [...new Set(counted.map(({ record }) => record))]);
      for (const link of counted) {
        const pair = pairOf(sync, link, translation.stated(stream.toRow(link.raw).fields), records.get(link.record));
        const asked = pair.reason === null && differs(pair) && asking.left-- > 0;
        writing.add(asked ? { ...pair, reason: await causeOf(tx, { streamOf }, sync, pair) } : pair);
      }
      return links.length < SIZE ? null : links.at(-1)!.row;
    });
  }
}

/** A side that says nothing of what is left to pay is compared without it. */
function pairOf({ object, stream }: SyncRow, link: Link, stated: Values, record: CrmRecord | undefined): Pair {
  const there = figuresOf(object, stated);
  const severed = link.state === 'severed';
  const living = record !== undefined && record.archived === null && !severed ? record.fields : null;
  const { balance: _, ...others } = living ?? {};
  return {
    ...{ stream, row: link.row, record: link.record, there },
    here: living && figuresOf(object, there.balance === null ? others : living),
    reason: severed ? 'severed' : living === null ? 'archived' : null,
  };
}

async function leftOut({ store }: ReconcileParts, workspace: number, { sync }: Reader, writing: SheetWriting): Promise<void> {
  for (let after: string | null = ''; after !== null; ) {
    const from: string = after;
    const rows = await store.workspace(workspace, (tx) => leftOutAfter(tx, sync.id, from, SIZE));
    for (const { row, reason, stated } of rows) {
      const there = Object.keys(stated).length === 0 ? null : figuresOf(sync.object, stated);
      writing.add({ stream: sync.stream, row, record: null, there, here: null, reason });
    }
    after = rows.length < SIZE ? null : rows.at(-1)!.row;
  }
}

function differs({ there, here }: Pair): boolean {
  if (there === null || here === null) return true;
  if (there.status !== here.status || there.currency !== here.currency || there.month !== here.month) return true;
  if (!there.total.eq(here.total)) return true;
  return there.balance !== null && here.balance !== null && !there.balance.eq(here.balance);
}

/** What is known of a difference: why the two are not in step, else what the balances say. */
async function causeOf(
  tx: Tx,
  streams: Pick<ReconcileParts, 'streamOf'>,
  { id }: SyncRow,
  { stream, row, there, here }: Pair,
): Promise<string> {
  const why = (await whyRow(tx, streams, stream, row)).find(({ sync }) => sync === id);
  if (why !== undefined && why.reason !== 'in step') return why.reason;
  if (there?.balance && here?.balance && there.total.eq(here.total))
    return there.balance.lt(here.balance) ? 'something that settles it is not here' : 'more settles it here than there';
  return 'differs for no reason we know';
}
