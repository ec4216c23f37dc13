/** A mapping at the hub's side: translates pages in bulk, and answers what its codecs must know of other rows and records. */
import type { CrmCore, CrmRecord } from '#crm/core.ts';
import type { Field, Fields, Values } from '#kit/fields.ts';
import { checkValues } from '#kit/rows.ts';
import type { Row, Stream } from '#kit/stream.ts';
import { equal, isBlank } from '#kit/values.ts';
import { type Answer, type Find, saidIn, type Wanted } from '#mappings/answers.ts';
import {
  type FieldWanted,
  inward,
  type Mapped,
  matchKeys,
  newborn,
  outward,
  type RankedKey,
  type RuleProblem,
  type Stage,
  takesPart,
  trace,
  wantsIn,
  wantsOut,
} from '#mappings/apply.ts';
import { type Compiled, type CompiledRule, compile } from '#mappings/compile.ts';
import type { Mapping } from '#mappings/format.ts';
import { object as objectNamed } from '#mappings/objects.ts';
import type { Tx } from '#store/database.ts';
import { type Desk, newDesk } from './desk.ts';
import { findPlanKeys, linkedRecords, rowsOfRecords } from './known.ts';
import type { SettleRule } from './settle.ts';

/** A row through the mapping. */
export interface Translated {
  values: Values;
  resting: ReadonlySet<string>;
  problems: readonly RuleProblem[];
  /** Rows it refers to that have not come in yet. */
  unmet: readonly Unmet[];
  /** The mapping's `only` leaves it out. */
  outside: boolean;
  /** It is older than the history that was imported. */
  older?: true;
  name: string;
}

/** A record that a reference by name brings into being. */
export interface Related {
  /** `company:name:acme`: the same for everybody who means it. */
  key: string;
  id: string;
  object: string;
  name: string;
  fields: Values;
}

/** What a row or a record refers to without a counterpart: by its crm field, the id of a row of the stream, or of the record. */
export interface Unmet {
  field: string;
  stream: string;
  target: string;
  /** Of several with the same one is enough. */
  choice: string;
}

/** What a row comes to whatever others say. */
interface Prepared {
  mapped: Mapped;
  wanted: readonly FieldWanted[];
  keys: readonly RankedKey[];
}

/** A record through the mapping. */
export interface OutwardTranslated {
  values: Values;
  /** crm fields that are not told, for their rule's condition does not hold. */
  resting: ReadonlySet<string>;
  problems: readonly RuleProblem[];
  /** Records it refers to that have no row over there. */
  unmet: readonly Unmet[];
  outside: boolean;
}

/** A record, and the fields of its row where it has one: conditions look at both. */
export interface Told {
  record: CrmRecord;
  row?: Values | undefined;
}

export interface TranslationParts {
  mapping: Mapping;
  stream: Stream;
  crm: CrmCore;
  custom: Fields;
  region: string;
  object: string;
  /** Ids of rows that a row refers to are those of its connection. */
  connection: number;
  now(): number;
}

export class Translation {
  readonly rules: readonly SettleRule[];
  /** Is there a rule with a condition, which looks at both sides? */
  readonly conditional: boolean;
  private readonly compiled: Compiled;
  /** Inward rules that ask nothing. */
  private readonly alone: readonly CompiledRule[];
  private readonly formulaRules: readonly CompiledRule[];
  private readonly mappedFields: Fields;
  private readonly required: readonly string[];
  private readonly parts: TranslationParts;
  private readonly prepared = new WeakMap<Row, Prepared>();

  constructor(parts: TranslationParts) {
    this.parts = parts;
    this.compiled = compile(parts.mapping, { stream: parts.stream, custom: parts.custom, region: parts.region });
    this.rules = this.compiled.rules.map(settleRule);
    this.conditional = this.compiled.rules.some(({ when }) => when !== null);
    this.formulaRules = this.compiled.inward.flatMap((rule) => (rule.formula === null ? [] : [{ ...rule, when: null }]));
    this.alone = this.compiled.inward.flatMap((rule) => (rule.asksIn ? [] : [{ ...rule, when: null }]));
    this.mappedFields = Object.fromEntries(this.compiled.rules.map((rule) => [rule.crm, { ...rule.field, required: false }]));
    this.required = Object.entries(this.compiled.fields).flatMap(([name, field]) =>
      field.required && !field.readOnly ? [name] : [],
    );
  }

  /** Does beforehand what needs no answer: while the database writes the page before. */
  prepare(row: Row): Prepared {
    let made = this.prepared.get(row);
    if (made === undefined) {
      const { compiled } = this;
      made = {
        mapped: this.fitting(inward(compiled, row.fields, { now: 0 }, compiled.plain)),
        wanted: wantsIn(compiled, row.fields),
        keys: matchKeys(compiled, row.fields),
      };
      this.prepared.set(row, made);
    }
    return made;
  }

  /** Rows through the mapping, and the records their references bring into being. `ours`: fields of those rows' records, by row id. */
  async inward(
    tx: Tx,
    rows: readonly Row[],
    desk: Desk,
    ours?: ReadonlyMap<string, Values>,
  ): Promise<{ translated: Map<string, Translated>; related: Related[] }> {
    const wanted = rows.flatMap((row) => this.prepare(row).wanted);
    const { answers, related } = await this.answer(tx, wanted, desk);
    const now = this.parts.now();
    const translated = new Map<string, Translated>();
    for (const row of rows) {
      const { takes, problem } = takesPart(this.compiled, 'theirs', row.fields, now);
      const other = ours?.get(row.id);
      const circumstances = { answers, now, ...(other && { other }) };
      const rest = this.fitting(inward(this.compiled, row.fields, circumstances, this.compiled.circumstantial));
      const mapped = both(this.prepare(row).mapped, rest);
      const problems = problem === undefined ? mapped.problems : [...mapped.problems, { field: '', problem, value: null }];
      translated.set(row.id, {
        ...mapped,
        problems,
        unmet: unmetOf(this.prepare(row).wanted, answers),
        outside: !takes,
        name: this.compiled.object.nameOf(mapped.values),
      });
    }
    return { translated, related };
  }

  /** Values that the record's fields refuse rest, each with its problem; the others go on. */
  private fitting(mapped: Mapped): Mapped {
    const refused = checkValues(this.mappedFields, mapped.values);
    if (refused.length === 0) return mapped;
    const values = { ...mapped.values };
    const resting = new Set(mapped.resting);
    const problems = [...mapped.problems];
    for (const { path, found, allowed } of refused) {
      const field = path.split('/')[0]!;
      if (!resting.has(field))
        problems.push({ field, problem: `${path}: found ${found}, allowed ${allowed}`, value: values[field] ?? null });
      resting.add(field);
    }
    for (const field of resting) delete values[field];
    return { values, resting, problems };
  }

  /** Fields of the record to which another translation gives another value, as far as the row alone decides. */
  differing(row: Row, other: Translation): string[] {
    const [these, those] = [this.prepare(row).mapped.values, other.prepare(row).mapped.values];
    return this.compiled.plain.flatMap(({ crm, field }) => (equal(field, these[crm], those[crm]) ? [] : [crm]));
  }

  /** Required fields of the object that a record made of these values would lack. */
  lacking(values: Values): string[] {
    return this.required.filter((field) => isBlank(values[field]));
  }

  /** In their order. */
  async outward(tx: Tx, told: readonly Told[]): Promise<OutwardTranslated[]> {
    const wanted = told.map(({ record }) => wantsOut(this.compiled, record.fields));
    const { answers } = await this.answer(tx, wanted.flat(), newDesk());
    const now = this.parts.now();
    return told.map(({ record: { id, fields }, row }, at) => {
      const { takes } = takesPart(this.compiled, 'crm', fields, now);
      const { values, resting, problems } = outward(this.compiled, fields, {
        ...{ answers, now, self: id },
        ...(row && { other: row }),
      });
      const untold = problems.length === 0 ? resting : resting.difference(new Set(problems.map(({ field }) => field)));
      return { values, resting: untold, problems, unmet: unmetOf(wanted[at]!, answers), outside: !takes };
    });
  }

  /** What a row says of itself as far as it needs no other: by our fields, with what it says of those the CRM computes. */
  stated(row: Values): Values {
    const { values } = inward(this.compiled, row, { now: this.parts.now() }, this.alone);
    for (const { crm, theirs } of this.parts.mapping.states ?? []) if (!isBlank(row[theirs])) values[crm] = row[theirs]!;
    return values;
  }

  /** The values of formulas, for comparison with what they were. */
  formulas(row: Values): Values {
    return inward(this.compiled, row, { now: this.parts.now() }, this.formulaRules).values;
  }

  newborn(values: Values): Values {
    return newborn(this.compiled, values);
  }

  /** Keys by which a row may be recognised, by the mapping; its own mark is not one of them. */
  matchKeys(row: Row): readonly RankedKey[] {
    return this.prepare(row).keys;
  }

  /** The proper name of a record with these values; '' where it has none. An address that stands in for one is no name. */
  ownName(values: Values): string {
    return this.compiled.object.ownName(values);
  }

  fieldOf(crm: string): Field | undefined {
    return this.compiled.byCrm.get(crm)?.field ?? this.compiled.fields[crm];
  }

  /** Each step by which a row gave a field of a record its value. */
  async trace(tx: Tx, crm: string, row: Values, record: Values): Promise<Stage[]> {
    const rule = this.compiled.byCrm.get(crm);
    if (!rule) return [];
    const { answers } = await this.answer(tx, wantsIn(this.compiled, row), newDesk());
    return trace(rule, row, { answers, now: this.parts.now(), other: record });
  }

  /** Answers a page's questions, each once, in a constant number of statements per kind of question. */
  private async answer(
    tx: Tx,
    wanted: readonly Wanted[],
    desk: Desk,
  ): Promise<{ answers: Map<string, Answer>; related: Related[] }> {
    const answers = new Map<string, Answer>();
    const related: Related[] = [];
    const asked = new Map(wanted.map((w) => [w.key, w]));
    const kinds = Map.groupBy(asked.values(), (w) =>
      w.ask === 'find' ? `find ${w.object}` : w.ask === 'value' ? `value ${w.object}` : `${w.ask} ${w.stream}`,
    );
    for (const group of kinds.values()) {
      const first = group[0]!;
      if (first.ask === 'find') await this.findAll(tx, group as Find[], desk, answers, related);
      else if (first.ask === 'linked') await linkedAll(tx, this.parts.connection, first.stream, group, answers);
      else if (first.ask === 'row') await rowsAll(tx, this.parts.connection, first.stream, group, answers);
      else await this.valuesAll(tx, group, answers);
    }
    return { answers, related };
  }

  private async findAll(
    tx: Tx,
    group: readonly Find[],
    desk: Desk,
    answers: Map<string, Answer>,
    related: Related[],
  ): Promise<void> {
    const { object } = group[0]!;
    const keys = group.map((w) => w.match);
    const found = new Map<string, Set<string>>();
    const note = (hit: { kind: string; token: string; record: string }) => {
      const at = `${hit.kind} ${hit.token}`;
      found.set(at, (found.get(at) ?? new Set()).add(hit.record));
    };
    for (const hit of await this.parts.crm.find(tx, object, keys, 2)) note(hit);
    if (desk.plan !== null) for (const hit of await findPlanKeys(tx, desk.plan, object, keys)) note(hit);
    for (const want of group) {
      const ids = [...(found.get(`${want.match.kind} ${want.match.token}`) ?? [])];
      if (ids.length === 1) answers.set(want.key, ids[0]!);
      else if (ids.length > 1) answers.set(want.key, { several: ids.length });
      else if (want.create === null) answers.set(want.key, null);
      else {
        const key = `${object}:${want.match.kind}:${want.match.token}`;
        const id = desk.idFor(`ref:${key}`);
        answers.set(want.key, id);
        related.push({ key, id, object, name: objectNamed(object).nameOf(want.create), fields: want.create });
      }
    }
  }

  private async valuesAll(tx: Tx, group: readonly Wanted[], answers: Map<string, Answer>): Promise<void> {
    const asked = group.flatMap((w) => (w.ask === 'value' ? [w] : []));
    const records = await this.parts.crm.read(tx, [...new Set(asked.map((w) => w.record))]);
    for (const want of asked) {
      const record = records.get(want.record);
      const said = want.field === 'name' ? record?.name : record && saidIn(want.object, want.field, record.fields);
      answers.set(want.key, said || null);
    }
  }
}

/** Of two sets of rules over one row. */
function both(one: Mapped, other: Mapped): Mapped {
  return {
    values: { ...one.values, ...other.values },
    resting: one.resting.size === 0 ? other.resting : one.resting.union(other.resting),
    problems: one.problems.length === 0 ? other.problems : [...one.problems, ...other.problems],
  };
}

export const translation = (parts: TranslationParts): Translation => new Translation(parts);

/** References that nobody could answer, each once. */
function unmetOf(wanted: readonly FieldWanted[], answers: ReadonlyMap<string, Answer>): readonly Unmet[] {
  if (wanted.length === 0) return NONE_UNMET;
  const unmet = new Map<string, Unmet>();
  const met = new Set<string>();
  for (const want of wanted) {
    if (want.ask !== 'linked' && want.ask !== 'row') continue;
    const choice = want.choice ?? want.key;
    if (answers.get(want.key) !== null) met.add(`${want.crm} ${choice}`);
    const target = want.ask === 'linked' ? want.row : want.record;
    unmet.set(`${want.crm} ${want.key}`, { field: want.crm, stream: want.stream, target, choice });
  }
  const left = [...unmet.values()].filter(({ field, choice }) => !met.has(`${field} ${choice}`));
  return left.length === 0 ? NONE_UNMET : left;
}

const NONE_UNMET: readonly Unmet[] = [];

async function linkedAll(
  tx: Tx,
  connection: number,
  stream: string,
  group: readonly Wanted[],
  answers: Map<string, Answer>,
): Promise<void> {
  const asked = group.flatMap((w) => (w.ask === 'linked' ? [w] : []));
  const found = new Map(
    (
      await linkedRecords(
        tx,
        connection,
        stream,
        asked.map((w) => w.row),
      )
    ).map((l) => [l.row, l.record]),
  );
  for (const want of asked) answers.set(want.key, found.get(want.row) ?? null);
}

async function rowsAll(
  tx: Tx,
  connection: number,
  stream: string,
  group: readonly Wanted[],
  answers: Map<string, Answer>,
): Promise<void> {
  const asked = group.flatMap((w) => (w.ask === 'row' ? [w] : []));
  const found = new Map(
    (
      await rowsOfRecords(
        tx,
        connection,
        stream,
        asked.map((w) => w.record),
      )
    ).map((l) => [l.record, l.row]),
  );
  for (const want of asked) answers.set(want.key, found.get(want.record) ?? null);
}

const settleRule = ({ crm, field, theirs, theirsField, way, winner, blank }: CompiledRule): SettleRule => ({
  crm,
  field,
  theirs,
  theirsField,
  way,
  winner,
  blank,
});
