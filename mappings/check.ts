/** Everything that is wrong or lossy about an edited mapping, at once: with its place, what was found, what is allowed, what to do. */
import type { Field, Fields, Json } from '#kit/fields.ts';
import { checkValues } from '#kit/rows.ts';
import { checkUse, lossesOf, usesOf } from './codecs.ts';
import type { Mapping, Rule } from './format.ts';
import { compileCondition, compileFormula, FormulaError, isFormula, kindOf } from './formula.ts';
import { lossOf, misfitOf } from './meeting.ts';
import { type CrmObject, fieldOf, fieldsOf, isObject, object as objectNamed, objectNames } from './objects.ts';
import type { Finding } from './parse.ts';
import { matchKind, type Sides, streamFields, wayOf } from './sides.ts';

/** All findings, errors and warnings, in the order of the mapping. `sides` null: the stream is not known. */
export function checkMapping(mapping: Mapping, sides: Sides | null): Finding[] {
  const findings: Finding[] = [];
  if (sides === null) {
    findings.push(error('from', mapping.from, 'a stream of a connector', 'Choose one of the streams that the connections have.'));
  }
  if (!isObject(mapping.to)) {
    findings.push(error('to', mapping.to, objectNames.join(', '), 'Choose one of the CRM’s objects.'));
  }
  if (sides === null || !isObject(mapping.to)) return findings;
  new Check(mapping, sides, findings).run();
  return findings;
}

function error(path: string, found: string, allowed: string, advice: string): Finding {
  return { severity: 'error', path, found, allowed, advice };
}

class Check {
  readonly mapping: Mapping;
  readonly sides: Sides;
  readonly findings: Finding[];
  readonly object: CrmObject;
  readonly fields: Fields;
  readonly theirs: Fields;

  constructor(mapping: Mapping, sides: Sides, findings: Finding[]) {
    this.mapping = mapping;
    this.sides = sides;
    this.findings = findings;
    this.object = objectNamed(mapping.to);
    this.fields = fieldsOf(mapping.to, sides.custom);
    this.theirs = streamFields(sides);
  }

  run(): void {
    this.winner('winner', this.mapping.winner);
    this.matching();
    this.condition('only/theirs', this.mapping.only?.theirs, { row: this.theirs });
    this.condition('only/crm', this.mapping.only?.crm, { record: this.fields });
    for (const [index, rule] of this.mapping.fields.entries()) this.rule(rule, `fields/${index}`);
    for (const [index, { crm, theirs }] of (this.mapping.states ?? []).entries()) this.statement(crm, theirs, `states/${index}`);
    this.writers();
    this.required();
  }

  error(path: string, found: string, allowed: string, advice: string): void {
    this.findings.push(error(path, found, allowed, advice));
  }

  warn(path: string, found: string, allowed: string, advice: string): void {
    this.findings.push({ severity: 'warning', path, found, allowed, advice });
  }

  private winner(path: string, winner: string | undefined): void {
    if (winner !== 'newest' || this.sides.stream.timed) return;
    this.error(
      path,
      'newest',
      'crm, theirs, ask',
      `${this.mapping.from} does not say when a row last changed, so the newer side cannot be known.`,
    );
  }

  private matching(): void {
    const ways = ['name', ...new Set(this.object.keys.filter((key) => key.kind !== 'word').map((key) => key.kind))];
    // A thing that stands in one account only has no counterpart that somebody else could have made.
    if (this.mapping.match.length === 0 && this.mapping.create !== 'none' && !this.sides.stream.once) {
      this.error(
        'match',
        'no way to recognise strangers',
        ways.join(', '),
        'Name at least one key, or create nothing: without one, people who exist on both sides are doubled.',
      );
    }
    this.mapping.match.forEach((match, index) => {
      if (matchKind(this.object, match.crm) === null) {
        this.error(`match/${index}/crm`, match.crm, ways.join(', '), `A ${this.mapping.to} is not looked up by ${match.crm}.`);
      }
      if (match.crm === 'name' && match.strength !== 'strong' && this.mapping.match.length === 1) {
        this.warn(`match/${index}`, 'name alone', 'email, phone or a number too', 'Two people may bear one name.');
      }
      const theirs = fieldOf(this.theirs, match.theirs);
      if (theirs === undefined) this.unknown(`match/${index}/theirs`, match.theirs, this.theirs, this.mapping.from);
      else if (theirs.kind === 'list' && theirs.identity === undefined) {
        this.error(
          `match/${index}/theirs`,
          match.theirs,
          'a text, or a list whose items have an identity',
          'Match by another field.',
        );
      }
    });
  }

  private rule(rule: Rule, path: string): void {
    const ours = fieldOf(this.fields, rule.crm);
    if (ours === undefined) this.unknown(`${path}/crm`, rule.crm, this.fields, this.mapping.to);
    this.winner(`${path}/winner`, rule.winner);
    this.condition(`${path}/when`, rule.when, { row: this.theirs, record: this.fields });
    if (isFormula(rule.theirs)) return this.formulaRule(rule, path, ours);
    const theirs = fieldOf(this.theirs, rule.theirs);
    if (theirs === undefined) return this.unknown(`${path}/theirs`, rule.theirs, this.theirs, this.mapping.from);
    const way = wayOf(rule, theirs, ours);
    if (way !== 'in' && theirs.readOnly) {
      this.error(`${path}/way`, way, 'in', `${this.mapping.from} does not let “${theirs.title}” be written.`);
    }
    const through = this.codecs(rule, path, theirs);
    if (ours !== undefined) this.writable(rule, path, ours, way);
    if (ours !== undefined && through !== null) this.meeting(rule, path, through, ours, way);
  }

  private formulaRule(rule: Rule, path: string, ours: Field | undefined): void {
    if (rule.way !== undefined && rule.way !== 'in') {
      this.error(`${path}/way`, rule.way, 'in', 'A formula goes one way. Map a field for the other, or leave the way out.');
    }
    if (ours !== undefined) this.writable(rule, path, ours, 'in');
    try {
      const { type } = compileFormula(rule.theirs, { row: this.theirs }, rule.via === undefined ? ours : undefined);
      if (rule.via !== undefined) this.formulaThrough(rule, path, { kind: kindOf(type), title: rule.theirs }, ours);
    } catch (problem) {
      this.formulaError(`${path}/theirs`, problem);
    }
  }

  private formulaThrough(rule: Rule, path: string, given: Field, ours: Field | undefined): void {
    const through = this.codecs(rule, path, given);
    if (ours !== undefined && through !== null) this.meeting(rule, path, through, ours, 'in');
  }

  private writable(rule: Rule, path: string, ours: Field, way: string): void {
    if (way !== 'out' && ours.readOnly) {
      this.error(`${path}/crm`, rule.crm, 'a field that can be written, or way: out', `“${ours.title}” is computed by the CRM.`);
    }
    if (rule.default !== undefined) this.standIn(rule.default, `${path}/default`, ours);
    if (way === 'out' && rule.default !== undefined) {
      this.warn(
        `${path}/default`,
        JSON.stringify(rule.default),
        'nothing',
        'A default serves records created from rows; this rule only goes out.',
      );
    }
  }

  /** What stands in for a blank is written as it is: it must fit the field. */
  private standIn(value: Json, path: string, ours: Field): void {
    for (const problem of checkValues({ value: { ...ours, required: false } }, { value }))
      this.error(path, problem.found, problem.allowed, `“${ours.title}” would refuse it.`);
  }

  /** The field that the codecs make of theirs; null after an error. */
  private codecs(rule: Rule, path: string, theirs: Field): Field | null {
    let field = theirs;
    const uses = usesOf(rule.via);
    for (const [index, use] of uses.entries()) {
      const made = checkUse(use, field);
      if (!('kind' in made)) {
        const place = Array.isArray(rule.via) ? [path, 'via', index] : [path, 'via'];
        this.error([...place, ...made.path].join('/'), made.found, made.allowed, made.advice);
        return null;
      }
      field = made;
    }
    return field;
  }

  private meeting(rule: Rule, path: string, theirs: Field, ours: Field, way: 'both' | 'in' | 'out'): void {
    const misfit = misfitOf(theirs, ours);
    if (misfit !== null) return this.error(`${path}/theirs`, misfit.found, misfit.allowed, misfit.advice);
    const losses = [...lossesOf(rule.via), ...lossOf(theirs, ours, way)];
    for (const loss of losses)
      this.warn(path, loss, 'a pair that keeps everything', 'Allowed: what is lost is named so that nobody is surprised.');
  }

  private statement(crm: string, theirs: string, path: string): void {
    const [ours, said] = [fieldOf(this.fields, crm), fieldOf(this.theirs, theirs)];
    if (ours === undefined) return this.unknown(`${path}/crm`, crm, this.fields, this.mapping.to);
    if (said === undefined) return this.unknown(`${path}/theirs`, theirs, this.theirs, this.mapping.from);
    if (!ours.readOnly)
      this.error(`${path}/crm`, crm, 'a field that the CRM computes', `“${ours.title}” can be written: map it by a rule.`);
    if (ours.kind !== said.kind)
      this.error(`${path}/theirs`, `${said.kind} (“${said.title}”)`, `${ours.kind} (“${ours.title}”)`, 'Compare like with like.');
  }

  private condition(path: string, text: string | undefined, sides: Parameters<typeof compileCondition>[1]): void {
    if (text === undefined) return;
    try {
      compileCondition(text, sides);
    } catch (problem) {
      this.formulaError(path, problem);
    }
  }

  private formulaError(path: string, problem: unknown): void {
    if (!(problem instanceof FormulaError)) throw problem;
    const place = `${problem.source.slice(0, problem.at)}⟦${problem.source.slice(problem.at, Math.max(problem.end, problem.at + 1))}⟧${problem.source.slice(Math.max(problem.end, problem.at + 1))}`;
    this.error(path, place, problem.message, 'The brackets show the place. See formulas in mappings/README.md.');
  }

  private unknown(path: string, found: string, fields: Fields, owner: string): void {
    this.error(
      path,
      found,
      Object.keys(fields).join(', '),
      `${owner} has no field ${JSON.stringify(found)}; choose one of its fields.`,
    );
  }

  /** Of each field, on each side, at most one rule is the writer. */
  private writers(): void {
    const inward = new Map<string, number>();
    const outward = new Map<string, number>();
    this.mapping.fields.forEach((rule, index) => {
      const way = wayOf(rule, fieldOf(this.theirs, rule.theirs), fieldOf(this.fields, rule.crm));
      this.writer(inward, rule.crm, `fields/${index}/crm`, index);
      if (way !== 'in') this.writer(outward, rule.theirs, `fields/${index}/theirs`, index);
    });
  }

  private writer(writers: Map<string, number>, field: string, path: string, index: number): void {
    const first = writers.get(field);
    if (first === undefined) writers.set(field, index);
    else
      this.error(
        path,
        field,
        `a field that rule ${first} does not have already`,
        `Two rules for ${JSON.stringify(field)} would overwrite each other: take one away, or join them in a formula.`,
      );
  }

  private required(): void {
    const written = new Set(this.mapping.fields.map((rule) => rule.theirs));
    if (this.mapping.create !== 'both' && this.mapping.create !== 'theirs') return;
    for (const [name, field] of Object.entries(this.theirs)) {
      if (field.required && !field.readOnly && !written.has(name)) {
        this.warn(
          'fields',
          `no rule for ${name}`,
          'a rule that writes it',
          `${this.mapping.from} refuses a new row without “${field.title}”.`,
        );
      }
    }
  }
}
