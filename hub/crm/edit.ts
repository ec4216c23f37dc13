/** What people do to one record: every value is checked, and every change is made on the version they saw. */
import { Fault } from '#hub/fault.ts';
import type { Json, Values } from '#kit/fields.ts';
import type { FieldProblem } from '#kit/stream.ts';
import { equal, isBlank } from '#kit/values.ts';
import { isObject, objectNames } from '#mappings/objects.ts';
import type { Tx } from '#store/database.ts';
import { uuidv7 } from '#store/ids.ts';
import { lockRecords, readRecords } from '#store/records.ts';
import type { Cause, Change, CrmRecord } from './core.ts';
import { archiveRecords, eraseRecords, restoreRecords } from './leave.ts';
import { allocationProblems } from './ledger/allocations.ts';
import { withTotals } from './ledger/edited.ts';
import { UUID } from './place.ts';
import { checkReferences } from './references.ts';
import { checkRecord, type ObjectShape, shapeOf } from './shape.ts';
import { changeRecords, createRecords, present } from './write.ts';

const NO_SUMS = (values: Values) => ({ values, problems: [] as FieldProblem[] });

/** Creates a record from given values. Throws `Fault` with every problem. */
export async function createOne(tx: Tx, object: string, given: Values, cause: Cause): Promise<CrmRecord> {
  const shape = (await shapeOf(tx)).of(knownObject(object));
  const said = present(given);
  const mistakes = [...closedFields(shape, said, {}), ...checkRecord(object, said, shape.custom)];
  const { values, problems: sums } = mistakes.length > 0 ? NO_SUMS(said) : await withTotals(tx, object, {}, said, said);
  const parts = mistakes.length > 0 ? [] : await allocationProblems(tx, object, {}, lowerRefs(shape, said));
  const problems = [...mistakes, ...sums, ...parts, ...(await checkReferences(tx, shape, said))];
  if (problems.length > 0) throw invalid(`The ${object} cannot be created`, problems);
  const id = uuidv7();
  await createRecords(tx, [{ id, object, fields: lowerRefs(shape, values) }], cause);
  return readOne(tx, id);
}

/** How given values change a record: `patch` leaves the other fields alone and blanks by null; `replace` blanks what is not given. */
export type Manner = 'patch' | 'replace';

/** Changes a record; nothing is written where nothing differs. Throws `Fault`. */
export async function changeOne(
  tx: Tx,
  id: string,
  expected: number,
  manner: Manner,
  given: Values,
  cause: Cause,
): Promise<CrmRecord> {
  const shapes = await shapeOf(tx);
  const record = await lockOne(tx, id, expected);
  if (record.mergedInto !== null)
    throw new Fault('conflict', `Record ${id} was merged into ${record.mergedInto}.`, 'Edit the record it was merged into.');
  if (record.archived !== null) throw new Fault('conflict', `Record ${id} is archived.`, 'Restore it first.');
  const shape = shapes.of(record.object);
  const said = manner === 'patch' ? patched(record.fields, given) : { ...closedOnes(shape, record.fields), ...present(given) };
  const touched = new Set([...Object.keys(given), ...(manner === 'replace' ? Object.keys(record.fields) : [])]);
  const mistakes = [
    ...closedFields(shape, given, record.fields),
    ...checkRecord(record.object, said, shape.custom).filter((problem) => touched.has(problem.path.split('/', 1)[0]!)),
  ];
  const { values: after, problems: sums } =
    mistakes.length > 0 ? NO_SUMS(said) : await withTotals(tx, record.object, record.fields, said, given);
  const parts = mistakes.length > 0 ? [] : await allocationProblems(tx, record.object, record.fields, lowerRefs(shape, said));
  const problems = [...mistakes, ...sums, ...parts, ...(await checkReferences(tx, shape, said, record.fields))];
  if (problems.length > 0) throw invalid(`The ${record.object} cannot be changed so`, problems);
  const changes = changesBetween(shape, record.fields, lowerRefs(shape, after), 'edited');
  if (Object.keys(changes).length === 0) return record;
  await changeRecords(tx, [{ id, object: record.object, expected: record.version, before: record.fields, changes }], cause);
  return readOne(tx, id);
}

export async function archiveOne(tx: Tx, id: string, expected: number | null, cause: Cause): Promise<CrmRecord> {
  await lockOne(tx, id, expected);
  await archiveRecords(tx, [id], cause);
  return readOne(tx, id);
}

export async function restoreOne(tx: Tx, id: string, expected: number | null, cause: Cause): Promise<CrmRecord> {
  await lockOne(tx, id, expected);
  await restoreRecords(tx, [id], cause);
  return readOne(tx, id);
}

/** Erases a record for good; tells of which object it was. */
export async function eraseOne(tx: Tx, id: string, expected: number, cause: Cause): Promise<string> {
  await shapeOf(tx);
  const { object } = await lockOne(tx, id, expected);
  await eraseRecords(tx, [id], cause);
  return object;
}

export async function readOne(tx: Tx, id: string): Promise<CrmRecord> {
  const record = UUID.test(id) ? (await readRecords(tx, [id]))[0] : undefined;
  if (record === undefined) throw missing(id);
  return record;
}

/** The record, locked; `expected` null takes it at whatever version it is. */
export async function lockOne(tx: Tx, id: string, expected: number | null): Promise<CrmRecord> {
  const record = UUID.test(id) ? (await lockRecords(tx, [id]))[0] : undefined;
  if (record === undefined) throw missing(id);
  if (expected !== null && record.version !== expected) throw moved(record, expected);
  return record;
}

export function knownObject(object: string): string {
  if (isObject(object)) return object;
  throw new Fault(
    'invalid',
    `The CRM has no object ${JSON.stringify(object.slice(0, 60))}.`,
    `It has ${objectNames.join(', ')}.`,
    [{ path: 'object', found: JSON.stringify(object.slice(0, 60)), allowed: objectNames.join(', ') }],
  );
}

export function missing(id: string): Fault {
  return new Fault(
    'missing',
    `There is no record ${JSON.stringify(id.slice(0, 60))} in this workspace.`,
    'Look it up by search or by its object.',
  );
}

export function moved(record: CrmRecord, expected: number): Fault {
  return new Fault(
    'precondition',
    `Record ${record.id} is at version ${record.version}; the change was made on version ${expected}.`,
    'Read the record again, look at what changed meanwhile, and repeat the change on its current version.',
  );
}

export function invalid(what: string, problems: readonly FieldProblem[]): Fault {
  return new Fault(
    'invalid',
    `${what}: ${problems.length} ${problems.length === 1 ? 'value is' : 'values are'} wrong.`,
    'Correct every value listed.',
    problems,
  );
}

/** Fields that change. What people write is taken as written: an address in capitals instead of small letters is a change. */
export function changesBetween(shape: ObjectShape, before: Values, after: Values, why: string): { [field: string]: Change } {
  const changes: { [field: string]: Change } = {};
  for (const field of new Set([...Object.keys(before), ...Object.keys(after)])) {
    if (shape.fields[field] === undefined || closed(shape, field)) continue;
    if (JSON.stringify(before[field]) === JSON.stringify(after[field])) continue;
    changes[field] = { from: before[field] ?? null, to: after[field] ?? null, why };
  }
  return changes;
}

function patched(before: Values, given: Values): Values {
  const after = { ...before };
  for (const [field, value] of Object.entries(given)) {
    if (isBlank(value)) delete after[field];
    else after[field] = value;
  }
  return after;
}

/** Fields nobody writes: computed ones, and custom ones that were archived. */
function closed(shape: ObjectShape, field: string): boolean {
  return shape.archived.has(field) || shape.fields[field]?.readOnly === true;
}

function closedOnes(shape: ObjectShape, values: Values): Values {
  return Object.fromEntries(Object.entries(values).filter(([field]) => closed(shape, field)));
}

/** Closed fields may be sent back as they were read, so that what was read can be replaced by itself. */
function closedFields(shape: ObjectShape, given: Values, before: Values): FieldProblem[] {
  return Object.keys(given)
    .filter(
      (field) =>
        Object.hasOwn(shape.fields, field) && closed(shape, field) && !equal(shape.fields[field]!, before[field], given[field]),
    )
    .map((field) => ({
      path: field,
      found: 'a value for a field that cannot be written',
      allowed: shape.archived.has(field) ? 'nothing: the field was archived' : 'nothing: the value is computed',
    }));
}

/** Ids are kept in lower case, as PostgreSQL writes them. */
function lowerRefs(shape: ObjectShape, values: Values): Values {
  const lowered = { ...values };
  for (const { field, part } of shape.refs) {
    const value = lowered[field];
    if (typeof value === 'string') lowered[field] = value.toLowerCase();
    else if (part !== undefined && Array.isArray(value)) lowered[field] = value.map((item) => lowerPart(item, part));
  }
  return lowered;
}

function lowerPart(item: Json, part: string): Json {
  if (item === null || typeof item !== 'object' || Array.isArray(item)) return item;
  const target = item[part];
  return typeof target === 'string' ? { ...item, [part]: target.toLowerCase() } : item;
}
