/**
 * What a record leaves outside itself: its name, its keys, its references. All are derived from its values, so that a change of
 * values needs only the difference of two imprints.
 */
import { isZoned } from '#kit/dates.ts';
import type { Json, Values } from '#kit/fields.ts';
import { instantOf, type Zoned } from '#kit/times.ts';
import { type Key, keysOf } from '#mappings/keys.ts';
import type { KeyKind } from '#mappings/objects/shape.ts';
import type { KeyRow } from '#store/keys.ts';
import type { RefRow } from '#store/refs.ts';
import type { ObjectShape, RefField, Shape } from './shape.ts';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: names are one line, and bulk parameters are joined by control characters
const CONTROLS = /[\x00-\x1f\x7f]+/g;

/** The name a record goes by: one line, at most 300 characters. */
export function nameOf(shape: ObjectShape, values: Values): string {
  return shape.object.nameOf(values).slice(0, 300).toWellFormed().replace(CONTROLS, ' ').trim();
}

/** Kinds of key that a search looks through, in this order. */
export const searchedKinds = ['word', 'email', 'domain', 'number', 'phone'] as const satisfies readonly KeyKind[];
export type SearchedKind = (typeof searchedKinds)[number];

/** The token that a word is, as a key of that kind. */
export function tokenOf(kind: SearchedKind, word: string): string {
  return kind === 'phone' ? `+${word}` : word;
}

/** Keys under which a search finds a record, with the word that each is. */
export function searchKeys(keys: readonly Key[]): { kind: SearchedKind; token: string; word: string }[] {
  return keptKeys(keys).flatMap(({ kind, token }) =>
    kind === 'name' || kind === 'tax' || kind === 'uid' || kind === 'mark'
      ? []
      : [{ kind, token, word: kind === 'phone' ? token.slice(1) : token }],
  );
}

/** A word that a key of another kind is anyway (an address, a number) is not kept twice. Words come last in a record's keys. */
function keptKeys(keys: readonly Key[]): Key[] {
  const taken = new Set<string>();
  return keys.filter(({ kind, token }) => {
    if (kind === 'word') return !taken.has(token);
    if (kind === 'phone') taken.add(token.slice(1));
    else if (kind !== 'name' && kind !== 'tax' && kind !== 'uid') taken.add(token);
    return true;
  });
}

export function keyRows(region: string, shape: ObjectShape, record: string, values: Values): KeyRow[] {
  const object = shape.object.name;
  return keptKeys(keysOf(shape.object, values, region)).map(({ kind, token }) => ({ object, kind, token, record }));
}

/** References to records, each once by field and target. `created` stands in where the record has no time of its own. */
export function refRows(shape: ObjectShape, record: string, values: Values, created: string): RefRow[] {
  const rows: RefRow[] = [];
  let at: string | undefined;
  let seen: Set<string> | undefined;
  for (const ref of shape.refs) {
    const value = values[ref.field];
    if (value === undefined) continue;
    for (const target of targetsIn(ref, value)) {
      if (ref.part !== undefined) {
        const key = `${ref.field} ${target}`;
        seen ??= new Set();
        if (seen.has(key)) continue;
        seen.add(key);
      }
      at ??= timeOf(shape.object.name, values) ?? created;
      rows.push({ target, at, record, field: ref.field });
    }
  }
  return rows;
}

/** Ids that a field's value refers to, those that can be ids of records. */
export function targetsIn(ref: RefField, value: Json): string[] {
  const found: Json[] =
    ref.part === undefined ? [value] : Array.isArray(value) ? value.map((item) => partOf(item, ref.part!)) : [];
  return found.filter((target): target is string => typeof target === 'string' && UUID.test(target));
}

function partOf(item: Json, part: string): Json {
  return item !== null && typeof item === 'object' && !Array.isArray(item) ? (item[part] ?? null) : null;
}

/** Which fields say when a thing happened, the first that is there. Others happened when they were created. */
const TIMES: { readonly [object: string]: readonly string[] } = {
  call: ['started'],
  event: ['start', 'startDate'],
  task: ['done', 'due'],
  email: ['sent'],
  message: ['sent'],
  estimate: ['issued'],
  invoice: ['issued'],
  payment: ['at', 'date'],
  file: ['modified'],
};

/** When the thing a record speaks of happened, as an instant; undefined where it does not say. */
export function timeOf(object: string, values: Values): string | undefined {
  for (const field of TIMES[object] ?? []) {
    const at = timeIn(values[field]);
    if (at !== undefined) return at;
  }
  return undefined;
}

function timeIn(value: Json | undefined): string | undefined {
  if (typeof value === 'string') return withinYears(Date.parse(value));
  if (value === undefined || value === null || !isZoned(value)) return undefined;
  return withinYears(Date.parse(instantOf(value as Zoned)));
}

/** Years 1 to 9999: what PostgreSQL and JSON both write plainly. */
function withinYears(ms: number): string | undefined {
  return ms >= -62_135_596_800_000 && ms <= 253_402_300_799_999 ? new Date(ms).toISOString() : undefined;
}

/** What is only in one of two lists, by what identifies a member. */
export function difference<T>(
  before: readonly T[],
  after: readonly T[],
  identity: (member: T) => string,
): { gone: T[]; come: T[] } {
  const old = new Map(before.map((member) => [identity(member), member]));
  const come = after.filter((member) => !old.delete(identity(member)));
  return { gone: [...old.values()], come };
}

export const keyIdentity = (key: KeyRow): string => `${key.kind} ${key.token}`;
export const refIdentity = (ref: RefRow): string => `${ref.target} ${ref.at} ${ref.field}`;

/** Keys and references of many records, before and after. */
export interface Imprint {
  keys: KeyRow[];
  refs: RefRow[];
}

export function imprintOf(shape: Shape, record: { id: string; object: string; fields: Values; created: string }): Imprint {
  const object = shape.of(record.object);
  return {
    keys: keyRows(shape.region, object, record.id, record.fields),
    refs: refRows(object, record.id, record.fields, record.created),
  };
}
