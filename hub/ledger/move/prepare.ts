/** Makes ready for a move: reads the other books' tax codes, pairs those that open documents bear, and sets both sides' mappings. */
import type { CrmRecord } from '#crm/core.ts';
import type { Crm } from '#crm/crm.ts';
import { notItsLines } from '#crm/ledger/whole.ts';
import type { Json } from '#kit/fields.ts';
import { isBlank } from '#kit/values.ts';
import type { Mapping } from '#mappings/format.ts';
import { textOf } from '#mappings/objects/shape.ts';
import { getMapping } from '#store/mappings.ts';
import { getSync } from '#store/syncs.ts';
import type { Engine } from '#sync/engine.ts';
import { type Book, booksOf } from '../history/books.ts';
import type { Who } from '../parts.ts';
import { bothSides, type Choice, documentsOf, isOpen, type MoveParts, readersOf } from './documents.ts';
import { movingIn, movingOut } from './rules.ts';
import { codesOf, linkedIn, pairTaxes, type TaxPair, taxesOf } from './taxes.ts';

export interface PrepareParts extends MoveParts {
  crm: Crm;
  engine: Pick<Engine, 'preview' | 'execute' | 'drain' | 'saveMapping'>;
}

export interface Wish extends Choice {
  /** What lines are booked to in the other books that name no account. */
  account?: string | undefined;
  /** Tax code there → tax code in the other books, by name or code. */
  taxes?: { readonly [from: string]: string } | undefined;
}

export interface Prepared {
  taxes: TaxPair[];
  /** Open documents that stay, and why. */
  staying: { number: string; record: string; reason: string }[];
  /** Mappings that were set anew. */
  mappings: { stream: string; version: number }[];
  /** Syncs of the other books that have not been executed yet. */
  waiting: string[];
}

export async function prepare(parts: PrepareParts, who: Who, wish: Wish): Promise<Prepared> {
  const { store } = parts;
  const { workspace } = who;
  await store.workspace(workspace, (tx) => bothSides(parts, tx, wish));
  await readTaxes(parts, who, wish.to);
  const open: CrmRecord[] = [];
  for await (const { record, from, to } of documentsOf(parts, workspace, wish))
    if (isOpen(from.figures) && to === undefined) open.push(record);
  const taxes = await pair(parts, who, wish, open);
  await sayUntaxed(parts, who, open);
  const mappings = await setMappings(parts, who, wish);
  const books = await store.workspace(workspace, (tx) => booksOf(tx, wish.to));
  return {
    taxes,
    staying: open.flatMap(({ id, fields }) => {
      const reason = notItsLines(fields);
      return reason === null ? [] : [{ number: textOf(fields, 'number'), record: id, reason }];
    }),
    mappings,
    waiting: [...books.values()].flatMap(({ sync }) => (sync.state === 'waiting' ? [sync.stream] : [])),
  };
}

/** They are only read, and nothing can be said of them before. */
async function readTaxes({ store, engine, ...parts }: PrepareParts, { workspace, by }: Who, connection: number): Promise<void> {
  const readers = await store.workspace(workspace, (tx) => readersOf(parts, tx, connection, 'taxCode'));
  for (const { sync } of readers) {
    if (sync.state === 'waiting') {
      const begun = await engine.preview(workspace, sync.id, by);
      const problem = await begun.done;
      if (problem) throw problem;
      await engine.execute(workspace, begun.plan, by);
    }
    if ((await store.workspace(workspace, (tx) => getSync(tx, sync.id)))?.passes === 0)
      await engine.drain(workspace, sync.id, by);
  }
}

async function pair(parts: PrepareParts, who: Who, { to, taxes = {} }: Wish, open: readonly CrmRecord[]): Promise<TaxPair[]> {
  const { store, crm } = parts;
  const { pairs, merges } = await store.workspace(who.workspace, async (tx) => {
    const readers = await readersOf(parts, tx, to, 'taxCode');
    const used = [...(await crm.read(tx, [...new Set(open.flatMap(taxesOf))])).values()];
    const paired = await linkedIn(
      tx,
      readers,
      used.map(({ id }) => id),
    );
    return pairTaxes(used, await codesOf(tx, crm, readers), paired, taxes);
  });
  for (const { survivor, loser } of merges) {
    const now = await crm.get(who.workspace, survivor.id);
    await crm.merge(who, { survivor: survivor.id, expected: now.version, loser: loser.id, choices: {} });
  }
  return pairs;
}

/** That a document has no tax is said, where none of its lines names one: other books would give each line the tax of its account. */
async function sayUntaxed({ crm }: PrepareParts, who: Who, open: readonly CrmRecord[]): Promise<void> {
  for (const record of open) {
    const { taxMode, tax } = record.fields;
    if (!isBlank(taxMode) || taxesOf(record).length > 0 || !isNothing(tax)) continue;
    const { version } = await crm.get(who.workspace, record.id);
    await crm.change(who, record.id, version, 'patch', { taxMode: 'none' });
  }
}

const isNothing = (money: Json | undefined): boolean => isBlank(money) || Number((money as { amount: string }).amount) === 0;

async function setMappings(parts: PrepareParts, { workspace, by }: Who, wish: Wish): Promise<Prepared['mappings']> {
  const set: Prepared['mappings'] = [];
  const save = async ({ sync, mapping }: Book, wanted: Mapping): Promise<void> => {
    if (JSON.stringify(wanted) === JSON.stringify(mapping)) return;
    const { version } = (await parts.store.workspace(workspace, (tx) => getMapping(tx, sync.mapping)))!;
    const body = JSON.parse(JSON.stringify(wanted));
    const note = `moving from connection ${wish.from} to connection ${wish.to}`;
    const saved = await parts.engine.saveMapping(workspace, sync.mapping, version, body, by, note);
    set.push({ stream: sync.stream, version: saved.version });
  };
  const booksAt = (connection: number) => parts.store.workspace(workspace, (tx) => booksOf(tx, connection));
  const writable = ({ sync }: Book): boolean => parts.streamOf(sync.stream).push !== undefined;
  for (const book of (await booksAt(wish.from)).values()) if (writable(book)) await save(book, movingOut(book.mapping));
  for (const book of (await booksAt(wish.to)).values())
    if (writable(book)) await save(book, movingIn(book.mapping, wish.account));
  return set;
}
