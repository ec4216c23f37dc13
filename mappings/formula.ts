/**
 * Formulas and conditions: CEL over `row`, `record` and `now`, typed by the fields, exact in numbers and money, bounded in time.
 * Errors of the text are found when it is compiled, with their place and the names that exist; what goes wrong with a value is
 * told as a problem of that value and stops nothing.
 */
import {
  type ASTNode,
  TypeError as CelTypeError,
  Environment,
  EvaluationError,
  ParseError,
  type ParseResult,
} from '@marcbachmann/cel-js';
import type { Field, Fields, Json, Kind, Values } from '#kit/fields.ts';
import { checkValues } from '#kit/rows.ts';
import { declareNumbers, Exact, Money, Uncomputable } from './formula/exact.ts';
import { declareScope, extentOf, fill, hasBlank, type ScopeType } from './formula/scope.ts';
import { type Growth, growthOf, loopsOf, makeExact, offences, type Reads, readsOf } from './formula/tree.ts';

/** The fields a formula may read, by side. */
export interface Sides {
  row?: Fields;
  record?: Fields;
}

/** The values it is computed over. */
export interface Given {
  row?: Values;
  record?: Values;
  /** Milliseconds since 1970, from the context's clock. */
  now: number;
}

/** A value, blank being undefined; or why there is none. */
export type Computed = { value: Json | undefined; problem?: undefined } | { problem: string; value?: undefined };

export interface Formula {
  source: string;
  /** CEL's type of the result: string, Decimal, int, Money, bool, google.protobuf.Timestamp, list<…>, dyn … */
  type: string;
  reads: { row: readonly string[]; record: readonly string[] };
  compute(given: Given): Computed;
}

/** A formula that cannot be compiled. `at` and `end` are offsets in `source`. */
export class FormulaError extends Error {
  readonly source: string;
  readonly at: number;
  readonly end: number;
  constructor(problem: string, source: string, at: number, end: number) {
    super(problem);
    this.name = 'FormulaError';
    this.source = source;
    this.at = at;
    this.end = end;
  }
}

/** Is this a formula rather than a field's name? Formulas begin with `=`. */
export function isFormula(text: string): boolean {
  return text.startsWith('=');
}

const longest = 2_000;
/** Most items of a list a formula looks at, without and with nested loops: what keeps it within a fraction of a second. */
const mostItems = { plain: 1_000, nested: 100 };
/** Most characters that all texts of a formula together may come to, by the worst reckoning. */
const mostText = 64_000_000;

/** Compiles a formula, with or without its `=`. Throws FormulaError. With `gives` the result is of that field's kind. */
export function compileFormula(text: string, sides: Sides, gives?: Field): Formula {
  const source = (isFormula(text) ? text.slice(1) : text).trim();
  if (source.length > longest)
    throw new FormulaError(
      `a formula has ${longest} characters at most, this one ${source.length}`,
      source,
      longest,
      source.length,
    );
  const { env, types } = environmentOf(sides);
  const parsed = parse(env, source);
  makeExactRoot(parsed.ast, source);
  const reads: Reads = readsOf(parsed.ast, { row: new Set(), record: new Set() });
  const refused = offences(parsed.ast, (side, field) => blankSide(sides, side, field))[0];
  if (refused !== undefined) throw new FormulaError(refused.problem, source, refused.at, refused.end);
  const checked = parsed.check();
  if (!checked.valid) throw explained(checked.error, source, sides);
  const type = checked.type ?? 'dyn';
  if (gives !== undefined && !typeFits(type, gives)) {
    throw new FormulaError(
      `the formula gives ${typeTitle(type)}, and “${gives.title}” is ${gives.kind}${remedy(type, gives)}`,
      source,
      0,
      source.length,
    );
  }
  const names = { row: [...reads.row], record: [...reads.record] };
  const most = loopsOf(parsed.ast) > 1 ? mostItems.nested : mostItems.plain;
  const fits = gives && { value: { ...gives, required: false } };
  const work: Work = { parsed, types, reads: names, most, growth: growthOf(parsed.ast), gives, fits };
  return { source, type, reads: names, compute: (given) => compute(work, given) };
}

/** A compiled condition: true, false, or a problem. A blank condition is false. */
export type Condition = (given: Given) => { holds: boolean; problem?: string };

/** Compiles a condition, with or without its `=`. Throws FormulaError. */
export function compileCondition(text: string, sides: Sides): Condition & { reads: Formula['reads'] } {
  const formula = compileFormula(text, sides);
  if (formula.type !== 'bool' && formula.type !== 'dyn') {
    throw new FormulaError(
      `a condition is true or false, this gives ${typeTitle(formula.type)}`,
      formula.source,
      0,
      formula.source.length,
    );
  }
  const condition = (given: Given) => {
    const { value, problem } = formula.compute(given);
    return problem === undefined ? { holds: value === true } : { holds: false, problem };
  };
  return Object.assign(condition, { reads: formula.reads });
}

function blankSide(sides: Sides, side: string, name: string): boolean {
  const fields = side === 'row' ? sides.row : side === 'record' ? sides.record : undefined;
  return fields !== undefined && Object.hasOwn(fields, name) && hasBlank(fields[name]!.kind);
}

interface Prepared {
  env: Environment;
  types: { row?: ScopeType; record?: ScopeType };
}

const nothing: Fields = {};
/** Environments are dear and depend on the fields alone. */
const prepared = new WeakMap<Fields, WeakMap<Fields, Prepared>>();

function environmentOf({ row, record }: Sides): Prepared {
  let byRecord = prepared.get(row ?? nothing);
  if (byRecord === undefined) prepared.set(row ?? nothing, (byRecord = new WeakMap()));
  let found = byRecord.get(record ?? nothing);
  if (found === undefined) byRecord.set(record ?? nothing, (found = prepare(row, record)));
  return found;
}

function prepare(row: Fields | undefined, record: Fields | undefined): Prepared {
  const env = declareNumbers(
    new Environment({ limits: { maxAstNodes: 500, maxDepth: 32, maxListElements: 200, maxMapEntries: 200 } }),
  );
  const types: Prepared['types'] = {};
  env.registerVariable('now', 'google.protobuf.Timestamp');
  if (row !== undefined) {
    types.row = declareScope(env, 'Row', row);
    env.registerVariable('row', 'Row');
  }
  if (record !== undefined) {
    types.record = declareScope(env, 'Record', record);
    env.registerVariable('record', 'Record');
  }
  return { env, types };
}

function parse(env: Environment, source: string): ParseResult {
  try {
    return env.parse(source);
  } catch (error) {
    throw explained(error, source, {});
  }
}

/** A formula may be a bare literal, which has no parent to be replaced by. */
function makeExactRoot(root: ASTNode, source: string): void {
  if (root.op === 'value' && typeof root.args === 'number')
    (root as { args: unknown }).args = new Exact(source.slice(root.start, root.end));
  else makeExact(root, source);
}

function explained(error: unknown, source: string, sides: Sides): FormulaError {
  if (!(error instanceof ParseError || error instanceof CelTypeError || error instanceof EvaluationError)) {
    return new FormulaError(error instanceof Error ? error.message : String(error), source, 0, source.length);
  }
  const { start = 0, end = source.length } = error.range ?? {};
  return new FormulaError(error.summary + known(error.code, source, sides), source, start, end);
}

/** The names there are, for an error about one there is not. */
function known(code: string, source: string, sides: Sides): string {
  const names = [sides.row && 'row', sides.record && 'record', 'now'].filter((name) => name !== undefined);
  if (code === 'unknown_variable') return `; there are ${names.join(', ')}`;
  if (code !== 'no_such_key') return '';
  const parts = (['row', 'record'] as const).flatMap((side) =>
    sides[side] !== undefined && source.includes(side) ? [`${side} has ${Object.keys(sides[side]).join(', ')}`] : [],
  );
  return parts.length === 0 ? '' : `; ${parts.join('; ')}`;
}

interface Work {
  parsed: ParseResult;
  types: Prepared['types'];
  reads: Formula['reads'];
  most: number;
  growth: Growth;
  gives: Field | undefined;
  /** What it gives, as the one field of a declaration: what checks values takes. */
  fits: { value: Field } | undefined;
}

function compute({ parsed, types, reads, most, growth, gives, fits }: Work, given: Given): Computed {
  try {
    const context: { [name: string]: unknown } = { now: new Date(given.now) };
    if (types.row) context.row = fill(types.row, given.row ?? {}, reads.row, most);
    if (types.record) context.record = fill(types.record, given.record ?? {}, reads.record, most);
    expectRoom(growth, extentOf(given.row ?? {}, reads.row), extentOf(given.record ?? {}, reads.record));
    return { value: jsonOf(parsed(context), gives, fits) };
  } catch (error) {
    // All names are checked at compilation: a key that is missing now is a blank value, or an item a list does not have.
    if (error instanceof EvaluationError && (error.code === 'no_such_key' || error.code === 'index_out_of_bounds'))
      return { value: undefined };
    if (error instanceof EvaluationError) return { problem: error.summary };
    return { problem: error instanceof Error ? error.message : String(error) };
  }
}

/** Throws before texts are made that would fill the memory: a hub serves many firms. */
function expectRoom(growth: Growth, ...extents: readonly { longest: number; items: number }[]): void {
  const longest = Math.max(growth.longest, ...extents.map((extent) => extent.longest));
  const items = Math.max(growth.items, ...extents.map((extent) => extent.items));
  if (longest * growth.texts * (growth.texts * items) ** growth.deep <= mostText) return;
  throw new Uncomputable('this could make too long a text: look at shorter texts, or at fewer items of a list');
}

/** A result as JSON of the field's kind; '' and [] are blank. */
function jsonOf(value: unknown, gives: Field | undefined, fits: { value: Field } | undefined): Json | undefined {
  const json = plain(value, gives?.kind === 'text' ? 'text' : 'number');
  if (json === undefined || json === null || json === '' || (Array.isArray(json) && json.length === 0)) return undefined;
  const misfit = fits && checkValues(fits, { value: json })[0];
  if (gives?.kind === 'ref' && !(typeof json === 'string' && RECORD.test(json)))
    throw new Uncomputable(`the formula gave ${JSON.stringify(json).slice(0, 80)}, and “${gives.title}” is the id of a record`);
  if (gives !== undefined && misfit !== undefined)
    throw new Uncomputable(`the formula gave ${misfit.found}, and “${gives.title}” is ${gives.kind}: ${misfit.allowed}`);
  return json;
}

function plain(value: unknown, decimals: 'text' | 'number'): Json | undefined {
  if (value === null || value === undefined) return undefined;
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'bigint') return decimals === 'text' ? value.toString() : inRange(Number(value));
  if (value instanceof Exact) return decimals === 'text' ? value.toFixed() : inRange(value.toNumber());
  if (typeof value === 'number') return decimals === 'text' ? String(value) : inRange(value);
  if (value instanceof Money) return { amount: value.amount.toFixed(), currency: value.currency };
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.flatMap((part) => plain(part, decimals) ?? []);
  if (value instanceof Map) return object(value.entries(), decimals);
  if (typeof value === 'object' && !('seconds' in value)) return object(Object.entries(value), decimals);
  throw new Uncomputable('the formula gave a duration or a type, which no field holds');
}

function inRange(value: number): number {
  if (!Number.isFinite(value)) throw new Uncomputable('the result is too large');
  return value;
}

function object(entries: Iterable<[unknown, unknown]>, decimals: 'text' | 'number'): Json {
  const made: { [name: string]: Json } = {};
  for (const [name, part] of entries) {
    const json = plain(part, decimals);
    if (json !== undefined) made[String(name)] = json;
  }
  return made;
}

const texts = new Set(['text', 'email', 'phone', 'link', 'choice', 'ref', 'date']);
const RECORD = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;

/** Can a result of this type be a value of the field? */
function typeFits(type: string, { kind }: Field): boolean {
  if (type === 'dyn' || kind === 'json') return true;
  if (type === 'string') return texts.has(kind);
  if (type === 'Decimal' || type === 'int' || type === 'uint' || type === 'double') return kind === 'number' || kind === 'text';
  if (type === 'bool') return kind === 'flag';
  if (type === 'Money') return kind === 'money';
  if (type === 'google.protobuf.Timestamp') return kind === 'instant';
  if (type.startsWith('list')) return kind === 'list' || kind === 'lines';
  if (type.startsWith('map')) return kind === 'zoned';
  return false;
}

/** The kind of field that a result of this type is; json where that is known only when it is computed. */
export function kindOf(type: string): Kind {
  if (type.startsWith('list')) return 'list';
  return KINDS[type] ?? 'json';
}

const KINDS: { readonly [type: string]: Kind } = {
  string: 'text',
  Decimal: 'number',
  int: 'number',
  uint: 'number',
  double: 'number',
  bool: 'flag',
  Money: 'money',
  'google.protobuf.Timestamp': 'instant',
};

const titles: { readonly [type: string]: string } = {
  string: 'a text',
  Decimal: 'a number',
  int: 'a number',
  bool: 'yes or no',
  Money: 'money',
  'google.protobuf.Timestamp': 'an instant',
};

function typeTitle(type: string): string {
  return titles[type] ?? (type.startsWith('list') ? 'a list' : `a value of type ${type}`);
}

function remedy(type: string, { kind }: Field): string {
  if (kind === 'money') return '; money(12.5, "EUR") makes money of a number';
  if (kind === 'number' && type === 'Money') return '; .amount is the number of money';
  if (kind === 'text') return '; string(…) makes text';
  return '';
}
