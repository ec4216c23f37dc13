/** Records that leave the living, and come back. */
import type { Json, Values } from '#kit/fields.ts';
import type { Tx } from '#store/database.ts';
import { mark } from '#store/intents.ts';
import { type JournalAction, writeJournal } from '#store/journal.ts';
import { removeKeys } from '#store/keys.ts';
import { clearMerged, deleteRecords, lockForErasing, lockRecords, readRecords, setArchived } from '#store/records.ts';
import { forgetRefs, referrers, referrersBy, removeRefs } from '#store/refs.ts';
import type { Cause, Change, Update } from './core.ts';
import { imprintOf } from './imprint.ts';
import { derivedFields, targetsOf } from './ledger/books.ts';
import { dropPurses, keepPurses } from './ledger/purses.ts';
import { type ObjectShape, type RefField, shapeOf } from './shape.ts';
import { changeRecords, headOf, restate } from './write.ts';

/** Archives the living ones among the ids. */
export async function archiveRecords(tx: Tx, ids: readonly string[], cause: Cause): Promise<void> {
  await turn(tx, ids, true, cause);
}

/** Brings archived records back. One that was merged is a record of its own again; links and references stay with the survivor. */
export async function restoreRecords(tx: Tx, ids: readonly string[], cause: Cause): Promise<void> {
  await turn(tx, ids, false, cause);
}

async function turn(tx: Tx, ids: readonly string[], archived: boolean, cause: Cause): Promise<void> {
  if (ids.length === 0) return;
  const turned = archived
    ? await setArchived(tx, ids, true, cause.at)
    : await setArchived(tx, [...ids, ...(await wentWith(tx, ids))], false, cause.at);
  if (archived) turned.push(...(await goWith(tx, turned, cause.at)));
  await note(tx, turned, archived ? 'archive' : 'restore', cause);
  const money = turned.flatMap(({ id, object }) => (derivedFields(object).length > 0 ? [id] : []));
  if (money.length === 0) return;
  const records = await readRecords(tx, money);
  if (archived) await dropPurses(tx, records);
  else await keepPurses(tx, records, cause.at, false);
  await restate(tx, documentsOf(records), cause);
}

/** Occurrences of series that have gone go too. */
async function goWith(tx: Tx, gone: readonly { id: string; object: string }[], at: string): Promise<typeof gone> {
  const events = gone.flatMap(({ id, object }) => (object === 'event' ? [id] : []));
  const found = events.length === 0 ? [] : await referrersBy(tx, events, 'series');
  const occurrences = found.map(({ record }) => record);
  return occurrences.length === 0 ? [] : setArchived(tx, occurrences, true, at);
}

/** Occurrences that went with their series. */
async function wentWith(tx: Tx, series: readonly string[]): Promise<string[]> {
  const found = await referrersBy(tx, series, 'series');
  if (found.length === 0) return [];
  const known = await readRecords(tx, [...new Set(found.flatMap(({ record, target }) => [record, target]))]);
  const went = new Map(known.map(({ id, archived }) => [id, archived]));
  return found.flatMap(({ record, target }) => (went.get(record) === went.get(target) ? [record] : []));
}

/** Documents that stand otherwise when these come or go: those they name, and themselves. */
const documentsOf = (records: readonly { id: string; fields: Values }[]): string[] => [
  ...new Set(records.flatMap(({ id, fields }) => [id, ...targetsOf(fields)])),
];

/** Erases records for good, with their keys and references; fields that referred to them become blank. Journals stay. */
export async function eraseRecords(tx: Tx, ids: readonly string[], cause: Cause): Promise<void> {
  if (ids.length === 0) return;
  const shape = await shapeOf(tx);
  await lockForErasing(tx, ids);
  await repoint(tx, ids, null, 'what it referred to was erased', cause);
  const erased = await deleteRecords(tx, ids);
  if (erased.length === 0) return;
  const imprints = erased.map((record) => imprintOf(shape, record));
  await removeKeys(
    tx,
    imprints.flatMap((imprint) => imprint.keys),
  );
  await removeRefs(
    tx,
    imprints.flatMap((imprint) => imprint.refs),
  );
  await clearMerged(
    tx,
    erased.map((record) => record.id),
  );
  await note(tx, erased, 'delete', cause);
  await dropPurses(tx, erased);
  await restate(tx, documentsOf(erased.filter(({ object }) => derivedFields(object).length > 0)), cause);
}

async function note(
  tx: Tx,
  records: readonly { id: string; object: string }[],
  action: JournalAction,
  cause: Cause,
): Promise<void> {
  if (records.length === 0) return;
  await writeJournal(
    tx,
    headOf(cause),
    records.map(({ id }) => ({ record: id, row: cause.rows?.get(id) ?? null, side: 'ours', action, changes: null })),
  );
  await mark(tx, records, cause.sync);
}

/** How many referring records are changed by one round of statements. */
const ROUND = 500;

/**
 * Whoever refers to one of the targets refers to another record from now on, or to none. The targets themselves and those named in
 * `but` stay as they are.
 */
export async function repoint(
  tx: Tx,
  targets: readonly string[],
  to: string | null,
  why: string,
  cause: Cause,
  but: readonly string[] = [],
): Promise<void> {
  const shape = await shapeOf(tx);
  const from = new Set(targets);
  const left = new Set([...targets, ...but]);
  for (;;) {
    const ids = await referrers(tx, targets, ROUND);
    if (ids.length === 0) return;
    const records = await lockRecords(tx, ids);
    const updates = records.map((record): Update => {
      const changes = repointed(shape.of(record.object), record.fields, from, to, why);
      return { id: record.id, object: record.object, expected: record.version, before: record.fields, changes };
    });
    await changeRecords(
      tx,
      updates.filter((update) => !left.has(update.id)),
      cause,
    );
    await forgetRefs(tx, targets, ids);
  }
}

function repointed(
  shape: ObjectShape,
  fields: Update['before'],
  from: ReadonlySet<string>,
  to: string | null,
  why: string,
): Update['changes'] {
  const changes: { [field: string]: Change } = {};
  for (const ref of shape.refs) {
    const value = changes[ref.field]?.to ?? fields[ref.field];
    if (value === undefined) continue;
    const next = turned(ref, value, from, to);
    if (next !== value) changes[ref.field] = { from: fields[ref.field]!, to: next, why };
  }
  return changes;
}

/** The same value where nothing in it refers to `from`. */
function turned(ref: RefField, value: Json, from: ReadonlySet<string>, to: string | null): Json {
  if (ref.part === undefined) return typeof value === 'string' && from.has(value) ? to : value;
  if (!Array.isArray(value)) return value;
  let moved = false;
  const items = value.map((item) => {
    if (item === null || typeof item !== 'object' || Array.isArray(item)) return item;
    const target = item[ref.part!];
    if (typeof target !== 'string' || !from.has(target)) return item;
    moved = true;
    const { [ref.part!]: _, ...rest } = item;
    return to === null ? rest : { ...rest, [ref.part!]: to };
  });
  return moved ? items : value;
}
