/** Custom fields: an admin adds, changes and archives them; values they hold are never thrown away. */
import { Fault } from '#hub/fault.ts';
import type { Field, Kind } from '#kit/fields.ts';
import type { FieldProblem } from '#kit/stream.ts';
import { FormulaError } from '#mappings/formula.ts';
import { fieldOf, object as objectNamed } from '#mappings/objects.ts';
import {
  type CustomFieldRow,
  insertCustomField,
  listCustomFields,
  lockCustomField,
  lockShape,
  updateCustomField,
} from '#store/custom-fields.ts';
import type { Tx } from '#store/database.ts';
import { invalid, knownObject } from './edit.ts';
import { compile, readableFields } from './formulas.ts';
import { forgetShape, shapeOf } from './shape.ts';

/** Kinds a custom field may have. */
export const customKinds = [
  'text',
  'number',
  'money',
  'date',
  'choice',
  'ref',
  'flag',
  'instant',
  'link',
] as const satisfies readonly Kind[];
export type CustomKind = (typeof customKinds)[number];

/** A custom field as an admin declares it. */
export interface CustomField {
  object: string;
  name: string;
  title: string;
  kind: CustomKind;
  required?: boolean;
  /** Longest text. Default 1,000. */
  max?: number;
  /** Of a choice. */
  options?: string[];
  /** Of a ref: the object referred to. */
  to?: string;
  /** CEL over `record`: the value is computed and cannot be written. */
  formula?: string;
}

/** A custom field as it stands. `pending`: records are still being computed by its formula. */
export interface KeptCustomField extends CustomField {
  archived: string | null;
  pending: boolean;
}

/** Computing starts before the first id. */
export const FIRST = '00000000-0000-0000-0000-000000000000';
const MOST = 200;
const LONGEST_TEXT = 100_000;
const NAME = /^[a-z][A-Za-z0-9]{0,39}$/;

export async function readCustomFields(tx: Tx, object: string | null): Promise<KeptCustomField[]> {
  if (object !== null) knownObject(object);
  return (await listCustomFields(tx, object)).map(kept);
}

/** Adds a field. Throws `Fault` with every problem. Records of the object are yet to be computed where it has a formula. */
export async function addCustomField(tx: Tx, custom: CustomField, at: string): Promise<KeptCustomField> {
  knownObject(custom.object);
  await lockShape(tx, 'edit it');
  const others = await listCustomFields(tx, custom.object);
  const problems = [...nameProblems(custom, others), ...(await problemsOf(tx, custom))];
  if (problems.length > 0) throw invalid('The custom field cannot be added', problems);
  const row: CustomFieldRow = {
    ...rowOf(custom),
    created: at,
    archived: null,
    pending: custom.formula === undefined ? null : FIRST,
  };
  if (!(await insertCustomField(tx, row))) throw taken(custom);
  forgetShape(tx);
  return kept(row);
}

/** What may change of a field: all but its name and kind. A choice may lose no option: records hold it. */
export type CustomFieldPatch = Partial<Pick<CustomField, 'title' | 'required' | 'max' | 'options' | 'formula'>>;

export async function changeCustomField(tx: Tx, object: string, name: string, patch: CustomFieldPatch): Promise<KeptCustomField> {
  const row = await lockOne(tx, object, name);
  const before = kept(row);
  const custom: CustomField = { ...declared(before), ...patch };
  const problems = [...patchProblems(before, patch), ...(await problemsOf(tx, custom))];
  if (problems.length > 0) throw invalid('The custom field cannot be changed so', problems);
  const pending = custom.formula === before.formula ? row.pending : FIRST;
  const after: CustomFieldRow = { ...rowOf(custom), created: row.created, archived: row.archived, pending };
  await updateCustomField(tx, after);
  forgetShape(tx);
  return kept(after);
}

/** Archives a field, or offers it again. Its values stay with the records, to be read and not written. */
export async function archiveCustomField(tx: Tx, object: string, name: string, at: string | null): Promise<KeptCustomField> {
  const row = await lockOne(tx, object, name);
  const pending = at === null && row.formula !== null ? FIRST : null;
  const after: CustomFieldRow = { ...row, archived: at, pending };
  await updateCustomField(tx, after);
  forgetShape(tx);
  return kept(after);
}

async function lockOne(tx: Tx, object: string, name: string): Promise<CustomFieldRow> {
  knownObject(object);
  await lockShape(tx, 'edit it');
  const row = await lockCustomField(tx, object, name);
  if (row !== undefined) return row;
  throw new Fault(
    'missing',
    `The object ${object} has no custom field ${JSON.stringify(name.slice(0, 60))}.`,
    'List the custom fields of the object.',
  );
}

function kept(row: CustomFieldRow): KeptCustomField {
  const { kind, title, required, max, options, to } = row.field;
  const custom: CustomField = { object: row.object, name: row.name, title, kind: kind as CustomKind };
  if (required === true) custom.required = true;
  if (max !== undefined) custom.max = max;
  if (options !== undefined) custom.options = [...options];
  if (to !== undefined) custom.to = to;
  if (row.formula !== null) custom.formula = row.formula;
  return { ...custom, archived: row.archived, pending: row.pending !== null };
}

function declared({ archived: _, pending: __, ...custom }: KeptCustomField): CustomField {
  return custom;
}

function fieldOfCustom({ kind, title, required, max, options, to, formula }: CustomField): Field {
  const field: Field = { kind, title };
  if (required === true) field.required = true;
  if (kind === 'text' || max !== undefined) field.max = max ?? 1_000;
  if (options !== undefined) field.options = options;
  if (to !== undefined) field.to = to;
  if (formula !== undefined) field.readOnly = true;
  return field;
}

function rowOf(custom: CustomField): Pick<CustomFieldRow, 'object' | 'name' | 'field' | 'formula'> {
  return { object: custom.object, name: custom.name, field: fieldOfCustom(custom), formula: custom.formula ?? null };
}

function nameProblems({ object, name }: CustomField, others: readonly CustomFieldRow[]): FieldProblem[] {
  const problem = (found: string, allowed: string): FieldProblem[] => [{ path: 'name', found, allowed }];
  const shown = JSON.stringify(name.slice(0, 60));
  if (!NAME.test(name) || name in {}) return problem(shown, 'a small letter, then letters and digits, 40 at most');
  if (fieldOf(objectNamed(object).fields, name) !== undefined)
    return problem(`${shown}, a standard field of ${object}`, 'a name of its own');
  if (others.some((other) => other.name === name)) throw taken({ object, name });
  if (others.length >= MOST)
    return [
      { path: 'object', found: `${object} with ${others.length} custom fields`, allowed: `${MOST} custom fields of an object` },
    ];
  return [];
}

function taken({ object, name }: Pick<CustomField, 'object' | 'name'>): Fault {
  return new Fault(
    'conflict',
    `The object ${object} has a custom field ${name} already.`,
    'Change that one, offer it again if it is archived, or choose another name.',
  );
}

/** Everything wrong with a field but its name. */
async function problemsOf(tx: Tx, custom: CustomField): Promise<FieldProblem[]> {
  const { kind, title, max, options, to } = custom;
  const problems: FieldProblem[] = [];
  const wrong = (path: string, found: string, allowed: string): void => {
    problems.push({ path, found, allowed });
  };
  if (title.trim() === '' || title.length > 200) wrong('title', `${title.length} characters`, '1 to 200 characters');
  if (max !== undefined && kind !== 'text') wrong('max', `a length for a ${kind}`, 'a length for a text only');
  if (max !== undefined && !(Number.isInteger(max) && max >= 1 && max <= LONGEST_TEXT))
    wrong('max', String(max), `a whole number from 1 to ${LONGEST_TEXT}`);
  if (kind === 'choice') {
    if (options === undefined || options.length === 0 || options.length > 500)
      wrong('options', `${options?.length ?? 0} options`, '1 to 500 options');
    else if (new Set(options).size < options.length) wrong('options', 'an option twice', 'each option once');
    for (const [at, option] of (options ?? []).entries()) {
      if (option.trim() === '' || option.length > 200 || !storable(option))
        wrong(`options/${at}`, JSON.stringify(option.slice(0, 60)), 'a text of 1 to 200 characters');
    }
  } else if (options !== undefined) wrong('options', `options for a ${kind}`, 'options for a choice only');
  if (kind === 'ref' && to === undefined) wrong('to', 'nothing', 'the object referred to');
  if (kind !== 'ref' && to !== undefined) wrong('to', `an object for a ${kind}`, 'an object for a ref only');
  if (kind === 'ref' && to !== undefined) knownObject(to);
  if (custom.formula !== undefined) problems.push(...(await formulaProblems(tx, custom, custom.formula)));
  return problems;
}

/** PostgreSQL takes no NUL in texts, and no half of a surrogate pair. */
function storable(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0');
}

async function formulaProblems(tx: Tx, custom: CustomField, formula: string): Promise<FieldProblem[]> {
  if (custom.required === true) return [{ path: 'required', found: 'required', allowed: 'a computed field is never required' }];
  if (!storable(formula)) return [{ path: 'formula', found: 'a character that cannot be kept', allowed: 'CEL' }];
  const others = await listCustomFields(tx, custom.object);
  const shape = (await shapeOf(tx)).of(custom.object);
  const computed = new Set([custom.name, ...others.filter((other) => other.formula !== null).map((other) => other.name)]);
  try {
    compile(formula, readableFields(shape.fields, computed), fieldOfCustom(custom));
    return [];
  } catch (error) {
    if (!(error instanceof FormulaError)) throw error;
    return [
      {
        path: 'formula',
        found: `${JSON.stringify(error.source.slice(error.at, error.end))} at ${error.at}`,
        allowed: error.message,
      },
    ];
  }
}

function patchProblems(before: KeptCustomField, patch: CustomFieldPatch): FieldProblem[] {
  const problems: FieldProblem[] = [];
  const lost = (patch.options === undefined ? [] : (before.options ?? [])).filter((option) => !patch.options!.includes(option));
  if (lost.length > 0)
    problems.push({
      path: 'options',
      found: `options without ${lost.join(', ')}`,
      allowed: 'the options there are, and further ones',
    });
  if (patch.max !== undefined && before.max !== undefined && patch.max < before.max) {
    problems.push({ path: 'max', found: String(patch.max), allowed: `${before.max} or more: records may hold such texts` });
  }
  if (patch.formula !== undefined && before.formula === undefined) {
    problems.push({
      path: 'formula',
      found: 'a formula for a field that people write',
      allowed: 'a formula for a field that was added with one',
    });
  }
  return problems;
}
