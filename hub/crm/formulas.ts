/** Custom fields whose values are computed from the record's other fields: on every write, and when the formula is edited. */
import type { Field, Fields, Values } from '#kit/fields.ts';
import { type Formula as Compiled, compileFormula, FormulaError } from '#mappings/formula.ts';

export interface Formula {
  name: string;
  compiled: Compiled;
}

/** A computed field as it is declared. */
export interface FormulaField {
  name: string;
  field: Field;
  text: string;
}

/**
 * Compiles the computed fields of an object. A stored formula that no longer compiles is left out, and the values it gave stay as
 * they are: records can be written all the same.
 */
export function formulasOf(fields: Fields, declared: readonly FormulaField[]): Formula[] {
  if (declared.length === 0) return [];
  const readable = readableFields(fields, new Set(declared.map((one) => one.name)));
  return declared.flatMap(({ name, field, text }) => {
    try {
      return [{ name, compiled: compile(text, readable, field) }];
    } catch (error) {
      if (error instanceof FormulaError) return [];
      throw error;
    }
  });
}

/** What formulas may read: every field but the computed ones, so that they need no order and make no ring. */
export function readableFields(fields: Fields, computed: ReadonlySet<string>): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => !computed.has(name)));
}

/** Compiles the formula of a custom field. Throws `FormulaError`. */
export function compile(text: string, readable: Fields, gives: Field): Compiled {
  const compiled = compileFormula(text, { record: readable }, gives);
  const now = /\bnow\b/.exec(compiled.source.replace(/"(\\.|[^"\\])*"|'(\\.|[^'\\])*'/g, (quoted) => ' '.repeat(quoted.length)));
  if (now === null) return compiled;
  const problem =
    'a stored value cannot follow the clock: the field is computed when its record is written, so it may not read now';
  throw new FormulaError(problem, compiled.source, now.index, now.index + 3);
}

/** The values with those computed from them. What cannot be computed (a division by zero) is blank. */
export function compute({ formulas }: { formulas: readonly Formula[] }, values: Values): Values {
  if (formulas.length === 0) return values;
  const whole = { ...values };
  for (const { name, compiled } of formulas) {
    const { value } = compiled.compute({ record: values, now: 0 });
    if (value === undefined) delete whole[name];
    else whole[name] = value;
  }
  return whole;
}
