/** A mapping made ready to work: names resolved, codecs built, formulas compiled. What `check.ts` would refuse is refused here. */
import type { Field, Fields, Json, Values } from '#kit/fields.ts';
import { checkMapping } from './check.ts';
import { asks } from './codecs/asking.ts';
import type { Step } from './codecs/step.ts';
import { stepsOf } from './codecs.ts';
import type { Mapping, MatchRule, Rule, Winner } from './format.ts';
import { type Condition, compileCondition, compileFormula, type Formula, isFormula } from './formula.ts';
import type { KeyKind } from './objects/shape.ts';
import { type CrmObject, fieldOf, fieldsOf, object as objectNamed } from './objects.ts';
import type { Finding } from './parse.ts';
import { matchKind, type Sides, streamFields, wayOf } from './sides.ts';

/** One line of a mapping, ready. */
export interface CompiledRule {
  /** As written, and its place. */
  rule: Rule;
  index: number;
  crm: string;
  /** The object's field. */
  field: Field;
  /** The stream's field and its declaration; null for a formula. */
  theirs: string | null;
  theirsField: Field | null;
  /** Fields of the row it reads. */
  reads: readonly string[];
  way: 'both' | 'in' | 'out';
  winner: Winner;
  blank: 'keep' | 'erase';
  default?: Json;
  formula: Formula | null;
  when: Condition | null;
  /** Inward, and outward. */
  steps: readonly Step[];
  back: readonly Step[];
  /** Does a step ask for answers? */
  asksIn: boolean;
  asksOut: boolean;
  /** Outward value of a field that is derived where it is not stored: the whole name of a person. */
  derive: ((record: Values) => Json | undefined) | null;
}

export interface CompiledMatch {
  kind: KeyKind;
  theirs: string;
  /** Of a list, the part of its items that is asked. */
  part: string;
  rank: number;
  strong: boolean;
}

export interface Compiled {
  mapping: Mapping;
  object: CrmObject;
  /** All fields of the object, the workspace's own included. */
  fields: Fields;
  region: string;
  rules: readonly CompiledRule[];
  byCrm: ReadonlyMap<string, CompiledRule>;
  inward: readonly CompiledRule[];
  /** Of the inward rules, those that depend on the row alone, and the others. */
  plain: readonly CompiledRule[];
  circumstantial: readonly CompiledRule[];
  outward: readonly CompiledRule[];
  asksIn: readonly CompiledRule[];
  asksOut: readonly CompiledRule[];
  defaults: readonly CompiledRule[];
  match: readonly CompiledMatch[];
  only: { theirs: Condition | null; crm: Condition | null };
}

/** A mapping that cannot be compiled, with all that is wrong with it. */
export class MappingError extends Error {
  readonly findings: readonly Finding[];
  constructor(mapping: Mapping, findings: readonly Finding[]) {
    super(
      `The mapping ${mapping.from} → ${mapping.to} has ${findings.length} error${findings.length === 1 ? '' : 's'}: ${findings.map((f) => `${f.path}: ${f.found}; allowed: ${f.allowed}`).join(' · ')}`,
    );
    this.name = 'MappingError';
    this.findings = findings;
  }
}

/** Compiles a mapping. Throws MappingError with every error; warnings do not matter here. */
export function compile(mapping: Mapping, sides: Sides): Compiled {
  const errors = checkMapping(mapping, sides).filter((finding) => finding.severity === 'error');
  if (errors.length > 0) throw new MappingError(mapping, errors);
  const object = objectNamed(mapping.to);
  const fields = fieldsOf(mapping.to, sides.custom);
  const theirs = streamFields(sides);
  const region = sides.region ?? 'US';
  const rules = mapping.fields.map((rule, index) => compileRule(rule, index, mapping, { object, fields, theirs, region }));
  const inward = rules.filter((rule) => rule.way !== 'out');
  return {
    mapping,
    object,
    fields,
    region,
    rules,
    byCrm: new Map(rules.map((rule) => [rule.crm, rule])),
    inward,
    plain: inward.filter(dependsOnRowAlone),
    circumstantial: inward.filter((rule) => !dependsOnRowAlone(rule)),
    outward: rules.filter((rule) => rule.way !== 'in' && rule.theirs !== null),
    asksIn: rules.filter((rule) => rule.way !== 'out' && rule.theirs !== null && rule.asksIn),
    asksOut: rules.filter((rule) => rule.way !== 'in' && rule.theirs !== null && rule.asksOut),
    defaults: rules.filter((rule) => rule.default !== undefined && rule.default !== null),
    match: mapping.match.map((match, rank) => compileMatch(match, rank, object, theirs)),
    only: {
      theirs: mapping.only?.theirs === undefined ? null : compileCondition(mapping.only.theirs, { row: theirs }),
      crm: mapping.only?.crm === undefined ? null : compileCondition(mapping.only.crm, { record: fields }),
    },
  };
}

const dependsOnRowAlone = (rule: CompiledRule): boolean => rule.formula === null && rule.when === null && !rule.asksIn;

interface Around {
  object: CrmObject;
  fields: Fields;
  theirs: Fields;
  region: string;
}

function compileRule(rule: Rule, index: number, mapping: Mapping, { object, fields, theirs, region }: Around): CompiledRule {
  const field = fieldOf(fields, rule.crm)!;
  const formula = isFormula(rule.theirs)
    ? compileFormula(rule.theirs, { row: theirs }, rule.via === undefined ? field : undefined)
    : null;
  const theirsField = formula === null ? fieldOf(theirs, rule.theirs)! : null;
  const way = wayOf(rule, theirsField ?? undefined, field);
  const steps = stepsOf(rule.via, { region }, theirsField ?? undefined);
  const back = steps.toReversed();
  const compiled: CompiledRule = {
    rule,
    index,
    crm: rule.crm,
    field,
    theirs: formula === null ? rule.theirs : null,
    theirsField,
    reads: formula === null ? [rule.theirs] : formula.reads.row,
    way,
    winner: rule.winner ?? mapping.winner,
    blank: rule.blank ?? 'erase',
    formula,
    when: rule.when === undefined ? null : compileCondition(rule.when, { row: theirs, record: fields }),
    steps,
    back,
    asksIn: steps.some((step) => asks(step, 'in')),
    asksOut: steps.some((step) => asks(step, 'out')),
    derive: way === 'out' && rule.crm === 'name' ? (record) => object.nameOf(record) : null,
  };
  if (rule.default !== undefined) compiled.default = rule.default;
  return compiled;
}

function compileMatch(match: MatchRule, rank: number, object: CrmObject, theirs: Fields): CompiledMatch {
  return {
    kind: matchKind(object, match.crm)!,
    theirs: match.theirs,
    part: fieldOf(theirs, match.theirs)?.identity ?? 'value',
    rank,
    strong: match.strength === 'strong',
  };
}
