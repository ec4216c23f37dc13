/** What a mapping must know of its two sides, and how its lines are read against them. */
import type { Field, Fields } from '#kit/fields.ts';
import type { Rule } from './format.ts';
import { isFormula } from './formula.ts';
import type { KeyKind } from './objects/shape.ts';
import type { CrmObject } from './objects.ts';

/** What a mapping must know of its stream: `Stream` of the connector's contract fits. */
export interface StreamShape {
  fields: Fields;
  timed: boolean;
  once?: true;
}

/** Both sides of a mapping. */
export interface Sides {
  stream: StreamShape;
  /** The account's own fields, where the stream discovers them. */
  discovered?: Fields;
  /** The workspace's own fields of the object. */
  custom?: Fields;
  /** Whose national phone numbers are meant: ISO 3166-1 alpha-2. */
  region?: string;
}

const merged = new WeakMap<Fields, WeakMap<Fields, Fields>>();

/** The stream's fields with the account's own. The same object for the same declarations, so that formulas share their types. */
export function streamFields({ stream, discovered }: Sides): Fields {
  if (discovered === undefined) return stream.fields;
  let byDiscovered = merged.get(stream.fields);
  if (byDiscovered === undefined) merged.set(stream.fields, (byDiscovered = new WeakMap()));
  let all = byDiscovered.get(discovered);
  if (all === undefined) byDiscovered.set(discovered, (all = { ...discovered, ...stream.fields }));
  return all;
}

/** Which way a rule goes: as written, else in for a formula and where theirs is read-only, out where ours is. */
export function wayOf(rule: Rule, theirs: Field | undefined, ours: Field | undefined): 'both' | 'in' | 'out' {
  if (rule.way !== undefined) return rule.way;
  if (isFormula(rule.theirs) || theirs?.readOnly) return 'in';
  return ours?.readOnly ? 'out' : 'both';
}

/** The kind of key a match rule asks: a kind the object gives, or that of the named field. Null if there is none. */
export function matchKind(object: CrmObject, crm: string): KeyKind | null {
  if (crm === 'name') return 'name';
  const keys = object.keys.filter((key) => key.kind !== 'word');
  return (keys.find((key) => key.kind === crm) ?? keys.find((key) => key.field === crm))?.kind ?? null;
}
