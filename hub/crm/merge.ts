/**
 * Merging two records that are one. The survivor keeps its values, takes the loser's where it has none, the union of lists, and
 * what the person chose; links, references and open questions become its own; the loser is archived and says into what.
 */
import { Fault } from '#hub/fault.ts';
import type { Json, Values } from '#kit/fields.ts';
import { mergeList } from '#mappings/merge.ts';
import type { Tx } from '#store/database.ts';
import { mark, unmark } from '#store/intents.ts';
import { writeJournal } from '#store/journal.ts';
import { moveLinks, moveQuestions } from '#store/merges.ts';
import { lockRecords, setMerged } from '#store/records.ts';
import { oneWriter } from '#store/syncs.ts';
import type { Cause, CrmRecord } from './core.ts';
import { changesBetween, invalid, missing, moved, readOne } from './edit.ts';
import { imprintOf } from './imprint.ts';
import { repoint } from './leave.ts';
import { derivedFields, targetsOf } from './ledger/books.ts';
import { dropPurses } from './ledger/purses.ts';
import { UUID } from './place.ts';
import { type ObjectShape, shapeOf } from './shape.ts';
import { changeRecords, headOf, restate, tellCalls, tellParticipants } from './write.ts';

export interface Merge {
  survivor: string;
  /** The survivor's version the choice was made on. */
  expected: number;
  loser: string;
  /** The loser's version, where the person saw it. */
  loserExpected?: number;
  /** field → whose value stays. Unnamed fields follow the rule above. */
  choices: { [field: string]: 'survivor' | 'loser' };
}

/** Merges, and answers the survivor. Throws `Fault`. */
export async function mergeRecords(tx: Tx, merge: Merge, cause: Cause): Promise<CrmRecord> {
  await oneWriter(tx); // a page under way would write the loser's links as it read them
  const shapes = await shapeOf(tx);
  const [survivor, loser] = await lockBoth(tx, merge);
  const shape = shapes.of(survivor.object);
  checkChoices(shape, merge.choices);
  await repoint(tx, [loser.id], survivor.id, `merged from ${loser.id}`, cause, [survivor.id]);
  const after = mergedValues(shape, survivor, loser, merge.choices);
  const changes = changesBetween(shape, survivor.fields, after, `merged from ${loser.id}`);
  await changeRecords(
    tx,
    [{ id: survivor.id, object: survivor.object, expected: survivor.version, before: survivor.fields, changes }],
    cause,
  );
  await moveLinks(tx, loser.id, survivor.id);
  await moveQuestions(tx, loser.id, survivor.id, cause.at, cause.by);
  const { keys } = imprintOf(shapes, loser); // shared by both before: whoever was meant, it is one now
  await tellCalls(tx, shapes, keys);
  await tellParticipants(tx, shapes, keys);
  await setMerged(tx, loser.id, survivor.id, cause.at);
  await dropPurses(tx, [loser]);
  await restate(tx, derivedFields(loser.object).length === 0 ? [] : targetsOf(loser.fields), cause); // what the loser had settled, it settles no more
  await unmark(tx, loser.id);
  await mark(tx, [survivor], cause.sync);
  const entry = (record: string, field: string, to: string) => ({
    record,
    row: null,
    side: 'ours' as const,
    action: 'merge' as const,
    changes: JSON.stringify({ [field]: { from: null, to, why: 'merged' } }),
  });
  await writeJournal(tx, headOf(cause), [entry(survivor.id, 'mergedFrom', loser.id), entry(loser.id, 'mergedInto', survivor.id)]);
  return readOne(tx, survivor.id);
}

async function lockBoth(tx: Tx, merge: Merge): Promise<[CrmRecord, CrmRecord]> {
  if (merge.survivor === merge.loser) {
    throw invalid('A record cannot be merged into itself', [
      { path: 'loser', found: 'the survivor', allowed: 'id of another record' },
    ]);
  }
  const found = await lockRecords(
    tx,
    [merge.survivor, merge.loser].filter((id) => UUID.test(id)),
  );
  const [survivor, loser] = [merge.survivor, merge.loser].map((id) => {
    const record = found.find((one) => one.id === id);
    if (record === undefined) throw missing(id);
    if (record.archived !== null)
      throw new Fault('conflict', `Record ${id} is archived.`, 'Restore it first: only living records are merged.');
    return record;
  }) as [CrmRecord, CrmRecord];
  if (survivor.version !== merge.expected) throw moved(survivor, merge.expected);
  if (merge.loserExpected !== undefined && loser.version !== merge.loserExpected) throw moved(loser, merge.loserExpected);
  if (survivor.object !== loser.object) {
    const allowed = `id of a ${survivor.object}`;
    throw invalid(`A ${loser.object} cannot be merged into a ${survivor.object}`, [
      { path: 'loser', found: `id of a ${loser.object}`, allowed },
    ]);
  }
  return [survivor, loser];
}

function checkChoices(shape: ObjectShape, choices: Merge['choices']): void {
  const problems = Object.keys(choices)
    .filter((field) => !Object.hasOwn(shape.fields, field))
    .map((field) => ({
      path: `choices/${field}`,
      found: `a field that a ${shape.object.name} does not have`,
      allowed: Object.keys(shape.fields).join(', '),
    }));
  if (problems.length > 0) throw invalid('The choices cannot be followed', problems);
}

/** Pure. References of either to the other would become references to itself, and are left out. */
function mergedValues(shape: ObjectShape, survivor: CrmRecord, loser: CrmRecord, choices: Merge['choices']): Values {
  const own = new Set([survivor.id, loser.id]);
  const after: Values = {};
  for (const [field, declared] of Object.entries(shape.fields)) {
    const [ours, theirs] = [survivor.fields[field], loser.fields[field]];
    let value: Json | undefined;
    if (choices[field] === 'survivor') value = ours;
    else if (choices[field] === 'loser') value = theirs;
    else if (ours === undefined || theirs === undefined) value = ours ?? theirs;
    else value = declared.kind === 'list' ? mergeList(declared, [], ours, theirs).merged : ours;
    if (declared.kind === 'ref' && typeof value === 'string' && own.has(value)) value = undefined;
    if (value !== undefined) after[field] = value;
  }
  return after;
}
