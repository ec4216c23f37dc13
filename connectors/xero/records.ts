import type { Json, Values } from '#kit/fields.ts';
import { isObject, type JsonObject, objectOf, textOf } from '#kit/json.ts';
import { checkValues, Misfits, nameless, problem } from '#kit/rows.ts';
import type { Misfit, Row, Stream } from '#kit/stream.ts';
import { checkText, cleaned } from '#kit/text.ts';
import { msOf } from './wire.ts';

/** How objects of a kind become rows. */
export interface Shape {
  /** The member that bears the list in an answer. */
  plural: string;
  /** The member that is the object's id. */
  id: string;
  fields: Stream['fields'];
  /** What of an object is kept: all that may have to be sent back. `currency` is that of the organisation. */
  trim(object: JsonObject, currency: string): JsonObject;
  /** The declared fields of what was kept. */
  values(raw: JsonObject): Values;
  /** Is it one that is over: no row any more? */
  isGone?(raw: JsonObject): boolean;
  /** The mark we wrote into it. */
  markOf?(raw: JsonObject): string | undefined;
}

/** The row of a raw object. There is no version: `UpdatedDateUTC` is all that says it was changed. Throws Misfits. */
export function rowOf(shape: Shape, raw: Json): Row {
  const object = isObject(raw) ? raw : {};
  const id = textOf(object[shape.id]);
  if (id === undefined) throw new Misfits([problem(shape.id, isObject(raw) ? object[shape.id] : raw, 'the id of an object')]);
  const fields = shape.values(object);
  const problems = checkValues(shape.fields, fields);
  if (problems.length > 0) throw new Misfits(problems);
  const ms = msOf(object.UpdatedDateUTC);
  const mark = shape.markOf?.(object);
  return {
    id,
    ...(ms !== undefined && { version: String(ms), time: new Date(ms).toISOString() }),
    fields,
    raw,
    ...(mark !== undefined && { mark }),
  };
}

export interface Sorted {
  rows: Row[];
  gone: string[];
  misfits: Misfit[];
}

/** Objects as rows, or as misfits with all their problems; those that are over by their ids. */
export function sorted(objects: readonly JsonObject[], shape: Shape, currency: string): Sorted {
  const found: Sorted = { rows: [], gone: [], misfits: [] };
  for (const object of objects) {
    const raw = shape.trim(object, currency);
    const id = textOf(raw[shape.id]);
    if (id !== undefined && shape.isGone?.(raw)) {
      found.gone.push(id);
      continue;
    }
    const problems = checkText(raw);
    try {
      const row = rowOf(shape, raw);
      if (problems.length === 0) {
        found.rows.push(row);
        continue;
      }
    } catch (error) {
      if (!(error instanceof Misfits)) throw error;
      problems.unshift(...error.problems);
    }
    found.misfits.push({ id: id ?? nameless(raw), problems, raw: cleaned(raw) });
  }
  return found;
}

/** An object without members that mean nothing to us, at its top. */
export function without(object: JsonObject, members: ReadonlySet<string>): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([name]) => !members.has(name)));
}

/** An object reduced to these members. */
export function only(value: Json | undefined, ...members: readonly string[]): JsonObject {
  const object = objectOf(value) ?? {};
  return Object.fromEntries(members.flatMap((name) => (object[name] === undefined ? [] : [[name, object[name]]])));
}
