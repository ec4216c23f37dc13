/**
 * What codecs must know of other rows and records. Translation is pure and has two phases: first each row or record says what it
 * wants to know (`wantsIn`, `wantsOut` in apply.ts); the hub answers a page's questions in bulk; then values are translated.
 */
import type { Json, Values } from '#kit/fields.ts';
import { type Key, keyOf } from './keys.ts';
import { firstOf, textOf } from './objects/shape.ts';
import { object as objectNamed } from './objects.ts';

/** A question. Questions with the same `key` have the same answer, and are asked once. */
export type Wanted = Find | Linked | RowOf | ValueOf;

/** Which record of an object bears this value? Answer: its id; `{ several }`; null if none. */
export interface Find {
  ask: 'find';
  key: string;
  object: string;
  /** The match key to look by. */
  match: Key;
  /** Where none bears it: the record to create, its id then being the answer; null where none is to be created. */
  create: Values | null;
}

/** Which record did that row of a stream become? Answer: its id, or null. */
export interface Linked {
  ask: 'linked';
  key: string;
  stream: string;
  row: string;
  /** Of several questions one of which is enough: what they have in common. */
  choice?: string;
}

/** Which row of a stream is that record's? Answer: its id, or null. */
export interface RowOf {
  ask: 'row';
  key: string;
  stream: string;
  record: string;
  choice?: string;
}

/** What does a field of that record say? Answer: its text, or null. */
export interface ValueOf {
  ask: 'value';
  key: string;
  object: string;
  field: string;
  record: string;
}

export type Answer = string | null | { several: number };

/** Answers by the question's `key`. */
export type Answers = ReadonlyMap<string, Answer>;

export const noAnswers: Answers = new Map();

/** What a codec asks to know whose value it has: answered without a question, with the record's id. */
export const SELF = 'self';

/** The same answers, to a record that knows itself. */
export function answersTo(record: string, answers: Answers): Answers {
  return { get: (key: string) => (key === SELF ? record : answers.get(key)) } as Pick<Answers, 'get'> as Answers;
}

/** Null when the value gives no key by which to look. */
export function find(object: string, by: string, value: string, create: boolean, region: string): Find | null {
  const { keys, fields } = objectNamed(object);
  const kind = by === 'name' ? 'name' : keys.find((key) => key.field === by || key.kind === by)?.kind;
  const match = kind === undefined ? null : keyOf(kind, value, region);
  if (match === null) return null;
  const part = fields[by]?.kind === 'list' ? partOf(object, by) : null;
  const born: Json = part === null ? value : [{ [part]: value }];
  return {
    ask: 'find',
    key: `find ${object} ${match.kind} ${match.token}`,
    object,
    match,
    create: create ? { [by]: born } : null,
  };
}

/** Of a list field, the part of its items that is looked up. */
const partOf = (object: string, field: string): string => objectNamed(object).fields[field]?.identity ?? 'value';

/** What a record says in a field by which it is looked up, as text; '' where it says nothing. */
export function saidIn(object: string, field: string, values: Values): string {
  return Array.isArray(values[field]) ? firstOf(values, field, partOf(object, field)) : textOf(values, field);
}

export function linked(stream: string, row: string): Linked {
  return { ask: 'linked', key: `linked ${stream} ${row}`, stream, row };
}

export function rowOf(stream: string, record: string): RowOf {
  return { ask: 'row', key: `row ${stream} ${record}`, stream, record };
}

/** Questions one of which is enough: a row of this stream or of that one. */
export function anyOf<W extends Linked | RowOf>(asked: readonly W[]): W[] {
  if (asked.length < 2) return [...asked];
  const choice = asked.map(({ key }) => key).join(' or ');
  return asked.map((one) => ({ ...one, choice }));
}

export function fieldOfRecord(object: string, field: string, record: string): ValueOf {
  return { ask: 'value', key: `value ${object}.${field} ${record}`, object, field, record };
}
