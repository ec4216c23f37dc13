/**
 * The heart: what a row and a record that belong together owe each other, field by field. Pure, and a table.
 *
 *   neither side changed        nothing
 *   one changed                 tell the other
 *   both, to the same           agree
 *   both, differently           the field's winner; sets merge; `ask` and lines wait for a person
 *   no agreement yet            equal agrees, a blank is filled, else the winner
 *
 * A field has changed on a side when that side's value differs from what *that side* held at the last agreement: a service
 * that rounds or reformats what we wrote therefore causes no ping-pong.
 */
import type { Change } from '#crm/core.ts';
import type { Field, Json, Values } from '#kit/fields.ts';
import { equal, isBlank } from '#kit/values.ts';
import type { Winner } from '#mappings/format.ts';
import { mergeList } from '#mappings/merge.ts';
import type { Owner } from './owner.ts';

/** One line of a mapping, as settling needs it. */
export interface SettleRule {
  /** The object's field, and its declaration. */
  crm: string;
  field: Field;
  /** The stream's field and its declaration; null for a formula. */
  theirs: string | null;
  theirsField: Field | null;
  way: 'both' | 'in' | 'out';
  winner: Winner;
  blank: 'keep' | 'erase';
}

/** What both sides held when they last agreed. */
export interface Base {
  /** The row's fields. */
  theirs: Values;
  /** The record's mapped fields. */
  ours: Values;
  /** The old row through the mapping; asked only for formulas. */
  inward(): Values;
}

export interface Pair {
  rules: readonly SettleRule[];
  /** Row as it is, and what the mapping makes of it for the record. */
  row: Values;
  inward: Values;
  /** crm fields whose rule rests (`when` is false) or whose value could not be made. */
  resting: ReadonlySet<string>;
  record: Values;
  /** Null at the first meeting. */
  base: Base | null;
  /**
   * crm fields whose rule is not the one under which they agreed: it is new, or it was edited since; or what theirs says is to be taken
   * anew, unless the two differ on purpose.
   */
  edited: ReadonlyMap<string, 'new' | 'changed' | 'anew'>;
  /** A follower gets our values and gives none. */
  leads: boolean;
  /** crm fields whose source is another connection: never written from here, answered with our value. */
  sourcedElsewhere: ReadonlySet<string>;
  /** Can the service be written to at all? */
  outward: boolean;
  /** crm fields whose value came from another person's account, or other books: not told to this one. */
  withheld: ReadonlySet<string>;
  /** Why: of which kind the account is. */
  owner: Owner | null;
  /** List fields (theirs) the service cut short: never merged inward. */
  cut: readonly string[];
  /** What our last write replaced. */
  replaced: Values | null;
  /** Reads may still show what our last write replaced. */
  stale: boolean;
  /** The other's time and ours, for `newest`: instants. */
  rowTime: string;
  recordTime(field: string): string;
  apart: Apart | null;
  flips: Flips | null;
  now: number;
}

/** Why two sides differ and are not to move. */
export type Apart = { [crm: string]: 'rendering' | 'parted' | 'refused' | 'one way' | Owner | 'blank kept' | 'cut' };

/** What of a record is kept from an account, since it came from another person's, or stands in other books. */
export interface Withheld {
  /** The record itself did. */
  whole: boolean;
  fields: ReadonlySet<string>;
}

/** Instants at which the other side put back what our write had replaced, newest last. */
export type Flips = { [crm: string]: string[] };

export interface Question {
  field: string;
  kind: 'conflict' | 'flipping';
  ours: Json;
  theirs: Json;
  base: Json;
}

export interface Settled {
  /** What to change in the record. */
  changes: { [crm: string]: Change };
  /** crm fields whose value the service is owed. */
  tells: string[];
  questions: Question[];
  /** The agreement from now on: ours in full; theirs only where it is not the row as read. */
  ours: Values;
  lag: Values | null;
  apart: Apart | null;
  flips: Flips | null;
  /** True if a stale value was ignored: the row is to be looked at again once reads are reliable. */
  settling: boolean;
}

const HOUR = 3_600_000;
/** Our write, its reversal, our write, its reversal: back and forth four times. */
const REVERSALS = 2;

export function settle(pair: Pair): Settled {
  const out: Settled = {
    changes: {},
    tells: [],
    questions: [],
    ours: {},
    lag: null,
    apart: null,
    flips: pair.flips,
    settling: false,
  };
  for (const rule of pair.rules) {
    const field = new FieldSettlement(pair, rule, out);
    if (pair.resting.has(rule.crm)) field.rest();
    else if (pair.base === null || pair.edited.get(rule.crm) === 'new') field.meet();
    else field.compare(pair.base);
  }
  return out;
}

/** One field of one pair. Each method ends by saying what both sides agree on from now. */
class FieldSettlement {
  readonly pair: Pair;
  readonly rule: SettleRule;
  readonly out: Settled;
  readonly ours: Json | undefined;
  readonly theirs: Json | undefined;
  readonly sourcedElsewhere: boolean;
  readonly mayWrite: boolean;
  readonly withheld: boolean;
  readonly mayTell: boolean;

  constructor(pair: Pair, rule: SettleRule, out: Settled) {
    this.pair = pair;
    this.rule = rule;
    this.out = out;
    this.ours = pair.record[rule.crm];
    this.theirs = pair.inward[rule.crm];
    this.sourcedElsewhere = pair.sourcedElsewhere.has(rule.crm);
    this.mayWrite = rule.way !== 'out' && pair.leads && !this.sourcedElsewhere;
    const outward = rule.way !== 'in' && pair.outward && rule.theirs !== null;
    this.withheld = outward && pair.withheld.has(rule.crm);
    this.mayTell = outward && !this.withheld;
  }

  /** What theirs says now was not taken: it counts as news as soon as the rule no longer rests. */
  rest(): void {
    const { base, edited } = this.pair;
    if (base) this.agree(base.ours[this.rule.crm]);
    if (base && !edited.has(this.rule.crm)) this.keepLag(base);
    else this.lagBlank();
  }

  meet(): void {
    const { rule, ours, theirs } = this;
    if (equal(rule.field, ours, theirs)) return this.agree(ours);
    if (this.isCut()) return this.apart('cut', ours);
    if (isBlank(ours)) return this.mayWrite ? this.write(theirs, 'first meeting: filled') : this.apart('one way', ours);
    if (isBlank(theirs)) return this.mayTell ? this.tell() : this.apart('one way', ours);
    if (rule.field.kind === 'list' && this.mayWrite) return this.mergeSets(undefined, 'first meeting: merged');
    this.decide('first meeting', undefined);
  }

  compare(base: Base): void {
    const { rule, ours, theirs } = this;
    const was = base.ours[rule.crm];
    const oursChanged = !equal(rule.field, ours, was);
    const edit = this.pair.edited.get(rule.crm);
    const theirsChanged = edit === 'changed' || (edit === 'anew' && !this.differOnPurpose()) || this.theirsChanged(base);
    if (!theirsChanged) {
      if (!oursChanged) return this.still(was);
      if (equal(rule.field, ours, theirs)) return this.agree(ours);
      return this.onlyOurs(was);
    }
    if (equal(rule.field, ours, theirs)) return this.agree(ours);
    if (!oursChanged) return this.onlyTheirs();
    if (rule.blank === 'keep' && isBlank(theirs)) return this.mayTell ? this.tell() : this.apart('blank kept', ours);
    if (rule.blank === 'keep' && isBlank(ours)) return this.onlyTheirs();
    if (rule.field.kind === 'list' && this.mayWrite) return this.mergeSets(was, 'merged');
    if (rule.field.kind === 'lines' && !this.sourcedElsewhere) return this.ask(base, 'conflict');
    this.decide('both changed', base);
  }

  /** The service's own form of our value, or what an undo left, is no news of theirs. */
  private differOnPurpose(): boolean {
    const why = this.pair.apart?.[this.rule.crm];
    return (why === 'rendering' || why === 'parted' || why === 'cut') && !equal(this.rule.field, this.ours, this.theirs);
  }

  private theirsChanged(base: Base): boolean {
    const { rule, pair } = this;
    if (rule.theirs === null || rule.theirsField === null) return !equal(rule.field, this.theirs, base.inward()[rule.crm]);
    const now = pair.row[rule.theirs];
    if (equal(rule.theirsField, now, base.theirs[rule.theirs])) return false;
    if (this.isCut()) return false;
    if (pair.stale && this.isReversal()) {
      this.out.settling = true;
      (this.out.lag ??= {})[rule.theirs] = base.theirs[rule.theirs] ?? null;
      return false;
    }
    return true;
  }

  /** Theirs holds again what our last write to the field replaced. */
  private isReversal(): boolean {
    const { theirs, theirsField } = this.rule;
    const { replaced, row } = this.pair;
    return (
      theirs !== null &&
      theirsField !== null &&
      replaced !== null &&
      theirs in replaced &&
      equal(theirsField, row[theirs], replaced[theirs])
    );
  }

  private isCut(): boolean {
    return this.rule.theirs !== null && this.pair.cut.includes(this.rule.theirs);
  }

  /** Nothing new: an agreement to differ stays one, but for what people did not share before. A follower differs where ours has nothing to say. */
  private still(was: Json | undefined): void {
    const equals = equal(this.rule.field, this.ours, this.theirs);
    const { owner, apart } = this.pair;
    if (owner !== null && apart?.[this.rule.crm] === owner && this.mayTell && !equals) return this.onlyOurs(this.theirs);
    this.agree(was);
    const follows = !this.pair.leads && !equals;
    const why = this.pair.apart?.[this.rule.crm] ?? (follows ? 'one way' : undefined);
    if (why) (this.out.apart ??= {})[this.rule.crm] = why;
  }

  private onlyTheirs(): void {
    if (!this.mayWrite) {
      // A field that is ours alone to say: the other side's edit is answered with our value, unless theirs is to win.
      if (!this.mayTell || !this.hasTheWord()) return this.apart('one way', this.ours);
      return isBlank(this.ours) && this.rule.blank === 'keep' ? this.apart('blank kept', this.ours) : this.tell();
    }
    if (isBlank(this.theirs) && this.rule.blank === 'keep') return this.apart('blank kept', this.ours);
    if (this.isReversal() && this.reversedTooOften()) return this.ask(this.pair.base, 'flipping');
    this.write(this.theirs, 'theirs changed');
  }

  /** Where theirs may not be taken: is ours told instead? A source that has said nothing yet erases nothing. */
  private hasTheWord(): boolean {
    if (this.sourcedElsewhere) return !isBlank(this.ours);
    return this.rule.winner !== 'theirs' && this.pair.leads;
  }

  private onlyOurs(was: Json | undefined): void {
    if (!this.mayTell) {
      return this.apart('one way', was);
    }
    if (isBlank(this.ours) && this.rule.blank === 'keep') return this.apart('blank kept', this.ours);
    this.out.tells.push(this.rule.crm);
    this.agree(was);
  }

  private mergeSets(was: Json | undefined, why: string): void {
    const merged = mergeList(this.rule.field, was, this.ours, this.theirs, this.winsTheirs() ? 'theirs' : 'ours').merged;
    const blank = merged.length === 0 ? undefined : merged;
    if (blank === undefined && this.rule.blank === 'keep') return this.apart('blank kept', this.ours);
    if (this.mayWrite && !equal(this.rule.field, blank, this.ours)) this.write(blank, why);
    if (equal(this.rule.field, blank, this.theirs)) return this.agree(blank);
    if (this.mayTell) {
      this.out.tells.push(this.rule.crm);
      this.agree(this.theirs);
    } else this.apart('one way', blank);
  }

  /** Both sides have something to say: the rule's winner speaks. */
  private decide(when: string, base: Base | undefined): void {
    if (this.rule.winner === 'ask' && this.mayWrite && (this.mayTell || this.withheld)) return this.ask(base ?? null, 'conflict');
    if (this.winsTheirs() && !this.sourcedElsewhere) {
      if (this.mayWrite) return this.write(this.theirs, `${when}: ${this.verdict('theirs')}`, this.ours);
      return this.apart('one way', this.ours);
    }
    if (this.mayTell) return this.tell();
    this.apart('one way', this.ours);
  }

  private winsTheirs(): boolean {
    const { rule, pair } = this;
    if (rule.winner === 'newest') return pair.rowTime > pair.recordTime(rule.crm);
    return rule.winner === 'theirs' || (rule.winner === 'ask' && !this.mayTell && !this.withheld);
  }

  private verdict(side: string): string {
    return this.rule.winner === 'newest' ? `${side} is newer` : `${side} wins`;
  }

  private write(value: Json | undefined, why: string, lost?: Json): void {
    const { rule, pair } = this;
    const change: Change = { from: this.ours ?? null, to: value ?? null, why };
    if (!isBlank(lost)) change.lost = lost as Json;
    if (rule.theirs !== null) change.raw = pair.row[rule.theirs] ?? null;
    this.out.changes[rule.crm] = change;
    this.agree(value);
  }

  /** Theirs is owed our value: from now on the agreement is what theirs says, so that ours counts as changed. */
  private tell(): void {
    this.out.tells.push(this.rule.crm);
    this.agree(this.theirs);
  }

  private ask(base: Base | null, kind: Question['kind']): void {
    const { rule } = this;
    const was = base?.ours[rule.crm];
    this.out.questions.push({ field: rule.crm, kind, ours: this.ours ?? null, theirs: this.theirs ?? null, base: was ?? null });
    this.agree(was);
    if (base) this.keepLag(base);
    else this.lagBlank();
  }

  private keepLag(base: Base): void {
    const { rule, pair } = this;
    if (rule.theirs === null || rule.theirsField === null) return;
    if (!equal(rule.theirsField, pair.row[rule.theirs], base.theirs[rule.theirs])) {
      (this.out.lag ??= {})[rule.theirs] = base.theirs[rule.theirs] ?? null;
    }
  }

  /** Nothing of theirs was agreed on. */
  private lagBlank(): void {
    const { theirs } = this.rule;
    if (theirs !== null && !isBlank(this.pair.row[theirs])) (this.out.lag ??= {})[theirs] = null;
  }

  private apart(why: Apart[string], value: Json | undefined): void {
    this.agree(value);
    (this.out.apart ??= {})[this.rule.crm] = why === 'one way' && this.withheld ? this.pair.owner! : why;
  }

  private agree(value: Json | undefined): void {
    if (isBlank(value)) delete this.out.ours[this.rule.crm];
    else this.out.ours[this.rule.crm] = value!;
  }

  /** Counts this reversal; true if it is one too many within the hour. */
  private reversedTooOften(): boolean {
    const { crm } = this.rule;
    const recent = (this.pair.flips?.[crm] ?? []).filter((at) => this.pair.now - Date.parse(at) < HOUR);
    recent.push(new Date(this.pair.now).toISOString());
    this.out.flips = { ...this.out.flips, [crm]: recent };
    return recent.length >= REVERSALS;
  }
}
