/** Things of Graph as rows. */
import type { Json } from '#kit/fields.ts';
import { type JsonObject, textOf } from '#kit/json.ts';
import { Misfits, nameless } from '#kit/rows.ts';
import type { Misfit, Row } from '#kit/stream.ts';
import { checkText, cleaned } from '#kit/text.ts';
import { inTurns } from '#kit/turns.ts';

export interface Shape {
  /** What of a thing is kept. */
  trim(thing: JsonObject): JsonObject;
  toRow(raw: Json): Row;
  /** The row's id, where it is another than the thing's. */
  idOf?(raw: JsonObject): string | undefined;
}

/** The row of a thing as Graph gave it. Throws Misfits with every problem: also of text anywhere that cannot be kept. */
export function arrived(shape: Shape, thing: JsonObject): Row {
  const raw = shape.trim(thing);
  const problems = checkText(raw);
  try {
    const row = shape.toRow(raw);
    if (problems.length === 0) return row;
  } catch (error) {
    if (!(error instanceof Misfits)) throw error;
    problems.unshift(...error.problems);
  }
  throw new Misfits(problems);
}

/** Rows, or misfits with all their problems. */
export async function sorted(shape: Shape, things: readonly JsonObject[]): Promise<{ rows: Row[]; misfits: Misfit[] }> {
  const rows: Row[] = [];
  const misfits: Misfit[] = [];
  await inTurns(things, (thing) => {
    try {
      rows.push(arrived(shape, thing));
    } catch (error) {
      if (!(error instanceof Misfits)) throw error;
      const raw = shape.trim(thing);
      misfits.push({ id: (shape.idOf ?? idOf)(raw) ?? nameless(raw), problems: error.problems, raw: cleaned(raw) });
    }
  });
  return { rows, misfits };
}

/** An id is one line: what else calls itself so is none by which a thing could be asked for. */
export function idOf(thing: JsonObject): string | undefined {
  const id = textOf(thing.id);
  return id !== undefined && /^[\x21-\x7e]{1,1024}$/.test(id) ? id : undefined;
}

export function etagOf(thing: JsonObject): string | undefined {
  return textOf(thing['@odata.etag']);
}

/** Its id and version, where it has both. */
export function versionOf(thing: JsonObject): { id: string; version: string }[] {
  const [id, version] = [idOf(thing), etagOf(thing)];
  return id === undefined || version === undefined ? [] : [{ id, version }];
}

/** "Timestamps have up to 7 fractional digits": with 7 in each, the later is the greater text. */
export function ticksOf(time: Json | undefined): string | undefined {
  const parts = typeof time === 'string' ? /^([^.Z]+)(?:\.(\d+))?Z$/.exec(time) : null;
  return parts === null ? undefined : `${parts[1]}.${(parts[2] ?? '').padEnd(7, '0').slice(0, 7)}Z`;
}

/** The members that are named and say something, in the order of the names: the same thing is the same text. */
export function picked(thing: JsonObject, members: readonly string[]): JsonObject {
  const kept: JsonObject = {};
  for (const member of members) {
    const value = thing[member];
    if (value === undefined || value === null || value === '') continue;
    if (Array.isArray(value) && value.length === 0) continue;
    if (typeof value === 'object' && !Array.isArray(value) && Object.keys(value).length === 0) continue;
    kept[member] = value;
  }
  return kept;
}
