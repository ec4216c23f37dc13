/**
 * A compiled mapping at work: pure, a row to the record's values and back. What depends on other rows and records is asked for
 * first (`wantsIn`, `wantsOut`), answered by the hub for a whole page, and handed in as `answers`.
 */
import type { Field, Json, Values } from '#kit/fields.ts';
import { type Answers, answersTo, noAnswers, type Wanted } from './answers.ts';
import { askThrough } from './codecs/asking.ts';
import { Missing, Unfit } from './codecs/step.ts';
import type { Compiled, CompiledRule } from './compile.ts';
import { type Key, keyOf } from './keys.ts';

/** A value that a rule could not translate: its field rests, the others go on. */
export interface RuleProblem {
  /** The crm field of the rule. */
  field: string;
  problem: string;
  /** What could not be translated. */
  value: Json;
  /** It refers to something without a counterpart, which may get one yet. */
  missing?: true;
}

/** What a mapping makes of one side. */
export interface Mapped {
  /** Inward by crm field, outward by theirs field. Blank is absent. */
  values: Values;
  /** crm fields whose rule rests: its `when` is false, or its value could not be made. Absent there means nothing. */
  resting: ReadonlySet<string>;
  problems: readonly RuleProblem[];
}

/** What a translation is given besides the values. */
export interface Circumstances {
  answers?: Answers;
  /** Milliseconds since 1970, from the context's clock. */
  now: number;
  /** The other side, where there is one: `when` may look at it. */
  other?: Values;
  /** The record's id, on the way out. */
  self?: string;
}

const noneResting: ReadonlySet<string> = new Set();
const noProblems: readonly RuleProblem[] = [];

/** The record's values that the row's stand for; with `rules` only theirs. */
export function inward(
  compiled: Compiled,
  row: Values,
  { answers = noAnswers, now, other }: Circumstances,
  rules = compiled.inward,
): Mapped {
  const values: Values = {};
  let resting: Set<string> | undefined;
  let problems: RuleProblem[] | undefined;
  for (const rule of rules) {
    try {
      if (rule.when !== null && !holds(rule, row, other, now)) (resting ??= new Set()).add(rule.crm);
      else {
        const value = rule.formula === null ? throughIn(rule, row[rule.theirs!], answers) : computed(rule, row, now, answers);
        if (!blank(value)) values[rule.crm] = fitted(rule.field, value!, (part) => part !== undefined);
      }
    } catch (error) {
      if (!(error instanceof Unfit)) throw error;
      (resting ??= new Set()).add(rule.crm);
      (problems ??= []).push({
        field: rule.crm,
        problem: error.message,
        value: (rule.theirs === null ? null : row[rule.theirs]) ?? null,
        ...(error instanceof Missing && { missing: true }),
      });
    }
  }
  return { values, resting: resting ?? noneResting, problems: problems ?? noProblems };
}

/** The row's values that the record's stand for; only rules that go outward. */
export function outward(
  compiled: Compiled,
  record: Values,
  { answers: given = noAnswers, now, other, self }: Circumstances,
): Mapped {
  const answers = self === undefined ? given : answersTo(self, given);
  const values: Values = {};
  let resting: Set<string> | undefined;
  let problems: RuleProblem[] | undefined;
  for (const rule of compiled.outward) {
    const ours = rule.derive === null ? record[rule.crm] : rule.derive(record);
    try {
      if (rule.when !== null && !holds(rule, other, record, now)) (resting ??= new Set()).add(rule.crm);
      else {
        const value = throughOut(rule, ours, answers);
        if (!blank(value))
          values[rule.theirs!] = fitted(rule.theirsField!, value!, (part) => part !== undefined && !part.readOnly);
      }
    } catch (error) {
      if (!(error instanceof Unfit)) throw error;
      (resting ??= new Set()).add(rule.crm);
      (problems ??= []).push({
        field: rule.crm,
        problem: error.message,
        value: ours ?? null,
        ...(error instanceof Missing && { missing: true }),
      });
    }
  }
  return { values, resting: resting ?? noneResting, problems: problems ?? noProblems };
}

/** Values for a record that is created: defaults stand in for blanks. */
export function newborn(compiled: Compiled, values: Values): Values {
  if (compiled.defaults.length === 0) return values;
  const born = { ...values };
  for (const rule of compiled.defaults) if (blank(born[rule.crm])) born[rule.crm] = rule.default!;
  return born;
}

/** What must be known before rows are translated inward. Questions with the same key are the same. */
export function wantsIn(compiled: Compiled, row: Values): FieldWanted[] {
  return compiled.asksIn.flatMap(({ crm, steps, theirs }) => wantedFor(crm, askThrough(steps, 'in', row[theirs!])));
}

/** What must be known before records are translated outward. */
export function wantsOut(compiled: Compiled, record: Values): FieldWanted[] {
  return compiled.asksOut.flatMap(({ crm, back }) => wantedFor(crm, askThrough(back, 'out', record[crm])));
}

/** A question, and the crm field whose rule asks it. */
export type FieldWanted = Wanted & { crm: string };

const wantedFor = (crm: string, wanted: readonly Wanted[]): FieldWanted[] => wanted.map((one) => ({ ...one, crm }));

/** Does the row or the record take part (`only`)? A condition that cannot be computed says no, and why. */
export function takesPart(
  compiled: Compiled,
  side: 'theirs' | 'crm',
  values: Values,
  now: number,
): { takes: boolean; problem?: string } {
  const condition = compiled.only[side];
  if (condition === null) return taking;
  const { holds: takes, problem } = condition(side === 'theirs' ? { row: values, now } : { record: values, now });
  return problem === undefined ? { takes } : { takes, problem };
}

const taking = { takes: true };

/** A key by which a stranger may be recognised. */
export interface RankedKey extends Key {
  /** Place of its rule in the mapping's `match`: 0 is the strongest. */
  rank: number;
  strong: boolean;
}

/** The keys of a row, by the mapping's `match`, each once. */
export function matchKeys(compiled: Compiled, row: Values): RankedKey[] {
  const keys: RankedKey[] = [];
  for (const match of compiled.match) {
    for (const text of textsOf(row[match.theirs], match.part)) {
      const key = keyOf(match.kind, text, compiled.region);
      if (key !== null && !keys.some((known) => known.kind === key.kind && known.token === key.token)) {
        keys.push({ ...key, rank: match.rank, strong: match.strong });
      }
    }
  }
  return keys;
}

/** One step of a value's way through a rule. */
export interface Stage {
  step: string;
  value: Json;
}

/** How a rule made its value of a row: each step with what it gave; the last may be the problem. */
export function trace(rule: CompiledRule, row: Values, { answers = noAnswers, now, other }: Circumstances): Stage[] {
  if (rule.when !== null && !rule.when({ row, record: other ?? {}, now }).holds)
    return [{ step: `when ${rule.rule.when}`, value: false }];
  const stages: Stage[] = [];
  let value: Json | undefined;
  if (rule.formula === null) {
    value = row[rule.theirs!];
    stages.push({ step: `row.${rule.theirs}`, value: value ?? null });
  } else {
    const result = rule.formula.compute({ row, now });
    stages.push({ step: rule.rule.theirs, value: result.problem ?? result.value ?? null });
    if (result.problem !== undefined) return stages;
    value = result.value;
  }
  for (const step of rule.steps) {
    try {
      value = blank(value) ? step.blankIn : step.in(value!, answers);
      stages.push({ step: step.name, value: value ?? null });
    } catch (error) {
      if (!(error instanceof Unfit)) throw error;
      stages.push({ step: step.name, value: error.message });
      return stages;
    }
  }
  return stages;
}

function holds(rule: CompiledRule, row: Values | undefined, record: Values | undefined, now: number): boolean {
  const { holds: is, problem } = rule.when!({ row: row ?? {}, record: record ?? {}, now });
  if (problem !== undefined) throw new Unfit(`when ${rule.rule.when}: ${problem}`);
  return is;
}

function computed(rule: CompiledRule, row: Values, now: number, answers: Answers): Json | undefined {
  const result = rule.formula!.compute({ row, now });
  if (result.problem !== undefined) throw new Unfit(`${rule.rule.theirs}: ${result.problem}`);
  return throughIn(rule, result.value, answers);
}

function throughIn(rule: CompiledRule, theirs: Json | undefined, answers: Answers): Json | undefined {
  let value = theirs;
  for (const step of rule.steps) value = blank(value) ? step.blankIn : step.in(value!, answers);
  return value;
}

function throughOut(rule: CompiledRule, ours: Json | undefined, answers: Answers): Json | undefined {
  let value = ours;
  for (const step of rule.back) value = blank(value) ? step.blankOut : step.out(value!, answers);
  return blank(value) ? undefined : value;
}

/** Items with the parts that the other side takes, theirs too: `check.ts` has named the loss. The same value where nothing is left out. */
function fitted(field: Field, value: Json, takes: (part: Field | undefined) => boolean): Json {
  const { of } = field;
  if (of === undefined || !Array.isArray(value)) return value;
  const items = value.map((item) => {
    if (!isItem(item)) return item;
    const kept: { [part: string]: Json } = {};
    let same = true;
    for (const part in item) {
      const declared = Object.hasOwn(of, part) ? of[part] : undefined;
      if (takes(declared)) kept[part] = fitted(declared!, item[part]!, takes);
      same &&= kept[part] === item[part] && part in kept;
    }
    return same ? item : kept;
  });
  return items.every((item, at) => item === value[at]) ? value : items;
}

function isItem(item: Json): item is { [part: string]: Json } {
  return item !== null && typeof item === 'object' && !Array.isArray(item);
}

function textsOf(value: Json | undefined, part: string): string[] {
  if (typeof value === 'string') return value === '' ? [] : [value];
  if (!Array.isArray(value)) return [];
  return value.flatMap((item) => {
    const text = item !== null && typeof item === 'object' && !Array.isArray(item) ? item[part] : item;
    return typeof text === 'string' && text !== '' ? [text] : [];
  });
}

function blank(value: Json | undefined): boolean {
  return value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0);
}
