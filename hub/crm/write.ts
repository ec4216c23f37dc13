/** Creating and changing records in bulk, with all that hangs on them: keys, references, journal, intents. */

import type { Json, Values } from '#kit/fields.ts';
import { inTurns } from '#kit/turns.ts';
import { isBlank } from '#kit/values.ts';
import { markNumbers } from '#store/call-marks.ts';
import type { Tx } from '#store/database.ts';
import { mark, markComputed } from '#store/intents.ts';
import { type JournalEntry, type JournalHead, writeJournal } from '#store/journal.ts';
import { addKeys, type KeyRow, removeKeys } from '#store/keys.ts';
import { markAddresses } from '#store/participants.ts';
import { type ChangedRecord, insertRecords, lockRecords, type RecordRow, updateRecords } from '#store/records.ts';
import { addRefs, allocationsTo, insertRefs, type RefRow, removeRefs } from '#store/refs.ts';
import { dropStrangers } from '#store/strangers.ts';
import type { Cause, Change, Creation, Update } from './core.ts';
import { compute } from './formulas.ts';
import { difference, imprintOf, keyIdentity, nameOf, refIdentity } from './imprint.ts';
import { byTarget, derive, derivedFields, openBooks } from './ledger/books.ts';
import { keepPurses } from './ledger/purses.ts';
import { standingOf } from './ledger/standing.ts';
import { openCircle, type Regarded, regard, regardedFields } from './people/concerns.ts';
import { noteMet } from './people/met.ts';
import { type Shape, shapeOf } from './shape.ts';

/** Creates records. Statements: the shape, records, keys, references, journal, intents; those with nothing to say are not sent. */
export async function createRecords(tx: Tx, creations: readonly Creation[], cause: Cause): Promise<void> {
  if (creations.length === 0) return;
  const shape = await shapeOf(tx);
  const entries = creations.map(({ id, object, fields }) => ({ id, object, after: present(fields) }));
  const [books, circle] = await Promise.all([openBooks(tx, entries), openCircle(tx, entries)]);
  const born = entries.map((entry) => ({
    id: entry.id,
    object: entry.object,
    fields: compute(shape.of(entry.object), regard({ ...entry, after: derive(entry, books) }, circle)),
  }));
  const records = await inTurns(born, ({ id, object, fields }) => ({
    ...{ id, object, name: nameOf(shape.of(object), fields), fields: JSON.stringify(fields) },
  }));
  await Promise.all([
    insertRecords(tx, records, cause.at),
    writeJournal(
      tx,
      headOf(cause),
      born.map((record) => birthOf(record, cause)),
    ),
    addImprints(tx, shape, born, cause.at),
    mark(tx, creations, cause.sync),
  ]);
  await keepPurses(tx, born, cause.at, true);
  if (shape.strangers) await noteMet(tx, entries, circle, cause.at);
  await restate(tx, books.targets, cause);
}

async function addImprints(tx: Tx, shape: Shape, born: readonly Creation[], created: string): Promise<void> {
  const imprints = await inTurns(born, (record) => imprintOf(shape, { ...record, created }));
  const keys = imprints.flatMap((imprint) => imprint.keys);
  const refs = imprints.flatMap((imprint) => imprint.refs);
  await Promise.all([addKeys(tx, keys), insertRefs(tx, refs), tellCalls(tx, shape, keys), tellParticipants(tx, shape, keys)]);
}

/** Objects whose e-mail addresses say who takes part in something. */
const BEARERS = ['contact', 'lead', 'company', 'user'];

/** Meetings, mails and files are looked at again when a record gets an address that they name, and it is no stranger's any more. */
export async function tellParticipants(tx: Tx, { addressesNamed, strangers }: Shape, keys: readonly KeyRow[]): Promise<void> {
  if (!addressesNamed) return;
  const tokens = keys.flatMap(({ kind, object, token }) => (kind === 'email' && BEARERS.includes(object) ? [token] : []));
  await markAddresses(tx, tokens);
  if (strangers) await dropStrangers(tx, tokens);
}

/** Calls that wait for somebody are looked at again when a record gets their number. */
export async function tellCalls(tx: Tx, { callsWait }: Shape, keys: readonly KeyRow[]): Promise<void> {
  if (!callsWait) return;
  await markNumbers(
    tx,
    keys.flatMap(({ kind, object, token }) => (kind === 'phone' && object !== 'call' ? [token] : [])),
  );
}

/** A creation from a row says only which: the kept row and the mapping version tell the rest. */
function birthOf({ id, fields }: { id: string; fields: Values }, cause: Cause): JournalEntry {
  const row = cause.rows?.get(id) ?? null;
  const changes = row === null ? JSON.stringify(asCreated(fields)) : null;
  return { record: id, row, side: 'ours', action: 'create', changes };
}

/**
 * Changes records, each at most once, and answers the ids whose version was no longer the expected one; the others are written.
 * An update without a change is no change.
 */
export async function changeRecords(tx: Tx, updates: readonly Update[], cause: Cause): Promise<string[]> {
  if (updates.length === 0) return [];
  const shape = await shapeOf(tx);
  const entries = updates.map(({ id, object, before, changes }) => ({ id, object, before, after: changed(before, changes) }));
  const [books, circle] = await Promise.all([openBooks(tx, entries), openCircle(tx, entries)]);
  const drafts = updates.flatMap((update, at) => {
    const entry = entries[at]!;
    return draftOf(shape, update, regard({ ...entry, after: derive(entry, books) }, circle), cause.at) ?? [];
  });
  const refused = await writeDrafts(tx, shape, drafts, cause);
  if (shape.strangers) await noteMet(tx, entries, circle, cause.at);
  await restate(tx, books.targets, cause);
  return refused;
}

/** Invoices and credit notes to which something is allocated otherwise than before stand as follows from it. */
export async function restate(tx: Tx, documents: readonly string[], cause: Cause): Promise<void> {
  if (documents.length === 0) return;
  const shape = await shapeOf(tx);
  const records = (await lockRecords(tx, documents)).filter(({ object }) => object === 'invoice');
  const allocating = byTarget(await allocationsTo(tx, documents));
  const drafts = records.flatMap(({ id, object, version, fields }) => {
    const update: Update = { id, object, expected: version, before: fields, changes: {} };
    const after = { ...fields };
    for (const field of derivedFields(object)) delete after[field];
    return draftOf(shape, update, { ...after, ...standingOf(id, after, allocating.get(id) ?? []) }, cause.at) ?? [];
  });
  await writeDrafts(tx, shape, drafts, cause);
}

/** Meetings, mails and files concern whom their addresses lead to now; answers how many changed. */
export async function regardAnew(tx: Tx, records: readonly RecordRow[], cause: Cause): Promise<number> {
  const shape = await shapeOf(tx);
  const entries = records.map(({ id, object, fields }): Regarded => ({ id, object, before: fields, after: fields, anew: true }));
  const circle = await openCircle(tx, entries);
  const drafts = records.flatMap(({ id, object, version, fields }, at) => {
    const update: Update = { id, object, expected: version, before: fields, changes: {} };
    return draftOf(shape, update, regard(entries[at]!, circle), cause.at) ?? [];
  });
  await writeDrafts(tx, shape, drafts, cause);
  if (shape.strangers) await noteMet(tx, entries, circle, cause.at);
  return drafts.length;
}

async function writeDrafts(tx: Tx, shape: Shape, drafts: readonly Draft[], cause: Cause): Promise<string[]> {
  if (drafts.length === 0) return [];
  const inOrder = [...drafts].sort((a, b) => (a.row.id < b.row.id ? -1 : 1));
  const written = new Map(
    (
      await updateRecords(
        tx,
        inOrder.map((draft) => draft.row),
        cause.at,
      )
    ).map(({ id, created }) => [id, created]),
  );
  const done = inOrder.filter((draft) => written.has(draft.row.id));
  const moves = done.map(({ update, after }) => ({
    id: update.id,
    object: update.object,
    before: update.before,
    after,
    created: written.get(update.id)!,
  }));
  const entries = done.map(
    ({ update, changes }): JournalEntry => ({
      record: update.id,
      row: cause.rows?.get(update.id) ?? null,
      side: 'ours',
      action: 'update',
      changes: JSON.stringify(changes),
    }),
  );
  await Promise.all([
    moveImprints(tx, shape, moves),
    writeJournal(tx, headOf(cause), entries),
    markWritten(tx, done, cause.sync),
  ]);
  const after = done.map((draft) => ({ id: draft.update.id, object: draft.update.object, fields: draft.after }));
  await keepPurses(tx, after, cause.at, false);
  return inOrder.filter((draft) => !written.has(draft.row.id)).map((draft) => draft.row.id);
}

/** Services are told of what changed; of computed fields alone only those that a mapping tells them. */
async function markWritten(tx: Tx, done: readonly Draft[], but: number | undefined): Promise<void> {
  const computed = ({ update, changes }: Draft): boolean => {
    const derived = foundFields(update.object);
    return derived.length > 0 && Object.keys(changes).every((field) => derived.includes(field));
  };
  const [some, others] = [done.filter(computed), done.filter((draft) => !computed(draft))];
  await mark(
    tx,
    others.map(({ update }) => update),
    but,
  );
  for (const [object, drafts] of Map.groupBy(some, ({ update }) => update.object))
    await markComputed(
      tx,
      drafts.map(({ update }) => update),
      foundFields(object),
      but,
    );
}

/** Fields that follow from others, of this record or of those around it. */
const foundFields = (object: string): readonly string[] => [...derivedFields(object), ...regardedFields(object)];

interface Draft {
  update: Update;
  after: Values;
  /** Those asked for, and those of computed fields that follow. */
  changes: { [field: string]: Change };
  row: ChangedRecord;
}

/** `plain`: the values as they shall be, but for the workspace's formulas. */
function draftOf(shape: Shape, update: Update, plain: Values, at: string): Draft | null {
  const of = shape.of(update.object);
  const after = compute(of, plain);
  const changes = { ...update.changes };
  const follow = (field: string, why: string) => {
    const from = update.before[field] ?? null;
    const to = after[field] ?? null;
    if (JSON.stringify(from) !== JSON.stringify(to)) changes[field] = { from, to, why };
    else delete changes[field];
  };
  for (const field of foundFields(update.object)) follow(field, changes[field]?.why ?? 'derived');
  for (const { name } of of.formulas) follow(name, 'formula');
  const changed = Object.keys(changes);
  if (changed.length === 0) return null;
  const times = Object.fromEntries(changed.map((field) => [field, at]));
  return {
    update,
    after,
    changes,
    row: {
      id: update.id,
      expected: update.expected,
      name: nameOf(of, after),
      fields: JSON.stringify(after),
      times: JSON.stringify(times),
    },
  };
}

function changed(before: Values, changes: Update['changes']): Values {
  const after = { ...before };
  for (const [field, { to }] of Object.entries(changes)) {
    if (isBlank(to)) delete after[field];
    else after[field] = to;
  }
  return after;
}

/** A record whose values moved from one state to another. */
export interface Move {
  id: string;
  object: string;
  before: Values;
  after: Values;
  created: string;
}

/** Touches only the keys and references that differ. */
async function moveImprints(tx: Tx, shape: Shape, moves: readonly Move[]): Promise<void> {
  const keys: { gone: KeyRow[]; come: KeyRow[] } = { gone: [], come: [] };
  const settled: KeyRow[] = [];
  const refs: { gone: RefRow[]; come: RefRow[] } = { gone: [], come: [] };
  for (const { id, object, before, after, created } of moves) {
    const old = imprintOf(shape, { id, object, fields: before, created });
    const now = imprintOf(shape, { id, object, fields: after, created });
    const keyMoves = difference(old.keys, now.keys, keyIdentity);
    const refMoves = difference(old.refs, now.refs, refIdentity);
    keys.gone.push(...keyMoves.gone);
    keys.come.push(...keyMoves.come);
    refs.gone.push(...refMoves.gone);
    refs.come.push(...refMoves.come);
    // What a person did before they had a company is their company's from now on; what they did for a former one stays there.
    if (object === 'contact' && before.company === undefined && after.company !== undefined) settled.push(...now.keys);
  }
  await removeKeys(tx, keys.gone);
  await addKeys(tx, keys.come);
  await tellCalls(tx, shape, keys.come);
  await tellParticipants(tx, shape, [...keys.come, ...settled]);
  await removeRefs(tx, refs.gone);
  await addRefs(tx, refs.come);
}

/** Values without blanks: blank is stored as absent. */
export function present(values: Values): Values {
  const kept: Values = {};
  for (const field in values) if (!isBlank(values[field])) kept[field] = values[field]!;
  return kept;
}

function asCreated(fields: Values): { [field: string]: Change } {
  return Object.fromEntries(
    Object.entries(fields).map(([field, to]): [string, Change] => [field, { from: null as Json, to, why: 'created' }]),
  );
}

export function headOf(cause: Cause): JournalHead {
  return { at: cause.at, by: cause.by, run: cause.run, sync: cause.sync, mappingVersion: cause.mappingVersion };
}
