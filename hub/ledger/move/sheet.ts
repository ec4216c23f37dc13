/** The sheet of a move: what is open in the books one leaves against what is open in those one moves to, to the cent. */
import type { CrmCore } from '#crm/core.ts';
import { amountIn, isMoney } from '#crm/ledger/amounts.ts';
import type { Tx } from '#store/database.ts';
import { linksAfter } from '#store/links.ts';
import { type Why, whyRecord } from '#sync/why.ts';
import type { Reader } from '../history/books.ts';
import { type Figures, figuresOf } from '../history/figures.ts';
import { type Pair, type Sheet, SheetWriting } from '../history/sheet.ts';
import { type Choice, documentsOf, isOpen, type MoveParts, type Moving, readersOf } from './documents.ts';

const SIZE = 500;

/** `there` is what one leaves, `here` what one moves to. What was never moved is named with what keeps it back. */
export async function moveSheet(parts: MoveParts, workspace: number, choice: Choice): Promise<Sheet> {
  const writing = new SheetWriting();
  for await (const moving of documentsOf(parts, workspace, choice))
    if (isOpen(moving.from.figures) || (moving.to !== undefined && isOpen(moving.to.figures)))
      writing.add(await pairOf(parts, workspace, choice, moving));
  for (const reader of await parts.store.workspace(workspace, (tx) => readersOf(parts, tx, choice.from, 'payment')))
    await moneyLeft(parts, workspace, reader, writing);
  return writing.sheet();
}

async function pairOf(parts: MoveParts, workspace: number, choice: Choice, { record, from, to }: Moving): Promise<Pair> {
  const pair = { stream: from.reader.sync.stream, row: from.row, record: record.id, there: from.figures };
  if (to === undefined) {
    const reason = await parts.store.workspace(workspace, (tx) => keptBack(parts, tx, record.id, choice.to));
    return { ...pair, here: null, reason };
  }
  return { ...pair, here: to.figures, reason: whyApart(from.figures, to.figures) };
}

function whyApart(there: Figures, here: Figures): string | null {
  if (!there.total.eq(here.total))
    return 'reckoned otherwise in the other books: where only the cents of tax differ, settling sets them right';
  if (there.balance === null || here.balance === null) return null;
  if (here.balance.gt(there.balance)) return 'what had settled a part of it is not noted in the other books yet';
  return here.balance.lt(there.balance)
    ? 'more of it is settled in the other books: as it should be, where money came in there'
    : null;
}

/** What keeps a record out of the other books: the most telling of what its syncs there say. */
async function keptBack(parts: MoveParts, tx: Tx, record: string, connection: number): Promise<string> {
  const said = (await whyRecord(tx, parts, record)).filter((why) => why.connection === connection);
  const telling = said.find(({ reason }) => reason !== 'outside') ?? said[0];
  return telling === undefined ? 'no stream there takes it' : sentenceOf(telling);
}

const sentenceOf = ({ reason, detail }: Why): string => (detail === null ? reason : `${reason}: ${detail}`);

/** Money that came and is allocated to nothing is owed to a customer too: it is no document, and is entered by hand. */
async function moneyLeft(
  { store, crm }: { store: MoveParts['store']; crm: CrmCore },
  workspace: number,
  { sync }: Reader,
  writing: SheetWriting,
): Promise<void> {
  for (let after: string | null = ''; after !== null; ) {
    const from: string = after;
    after = await store.workspace(workspace, async (tx) => {
      const links = await linksAfter(tx, sync.id, from, SIZE);
      const records = await crm.read(tx, [...new Set(links.map(({ record }) => record))]);
      for (const { row, record, state } of links) {
        const fields = records.get(record)?.fields;
        const left = isMoney(fields?.unapplied) ? amountIn(fields.unapplied, fields.unapplied.currency) : null;
        if (state !== 'live' || fields === undefined || left === null || left.eq(0)) continue;
        const there = { ...figuresOf('payment', { ...fields, amount: fields.unapplied! }), kind: 'allocated to nothing' };
        const reason = 'money that no invoice has had: enter it there by hand';
        writing.add({ stream: sync.stream, row, record, there: { ...there, balance: left }, here: null, reason });
      }
      return links.length < SIZE ? null : links.at(-1)!.row;
    });
  }
}
