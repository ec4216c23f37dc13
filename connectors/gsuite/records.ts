/** What Google gives, as rows. */
import type { Json } from '#kit/fields.ts';
import { isObject, type JsonObject, textOf } from '#kit/json.ts';
import { Misfits, nameless } from '#kit/rows.ts';
import type { Misfit, Outcome, Row } from '#kit/stream.ts';
import { checkText, cleaned } from '#kit/text.ts';
import { inTurns } from '#kit/turns.ts';

export interface RecordShape {
  /** What of a record is kept. */
  trim(record: JsonObject): JsonObject;
  toRow(raw: Json): Row;
  /** The row's id, if it has one. */
  idOf(raw: JsonObject): string | undefined;
}

/**
 * The row of a record as Google gave it. Throws Misfits with every problem: of the declared fields, and of text anywhere that cannot
 * be kept.
 */
export function arrived(shape: RecordShape, record: Json): Row {
  const raw = keptOf(shape, record);
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

/** Records as rows, or as misfits with all their problems. */
export async function sorted(shape: RecordShape, records: readonly Json[]): Promise<{ rows: Row[]; misfits: Misfit[] }> {
  const rows: Row[] = [];
  const misfits: Misfit[] = [];
  await inTurns(records, (record) => {
    try {
      rows.push(arrived(shape, record));
    } catch (error) {
      if (!(error instanceof Misfits)) throw error;
      const raw = keptOf(shape, record);
      const id = isObject(raw) ? shape.idOf(raw) : undefined;
      misfits.push({ id: id ?? nameless(raw), problems: error.problems, raw: cleaned(raw) });
    }
  });
  return { rows, misfits };
}

/** What became of a write that Google has answered with the record. */
export function done(shape: RecordShape, record: JsonObject): Outcome {
  try {
    return { is: 'done', row: arrived(shape, record) };
  } catch (error) {
    if (!(error instanceof Misfits)) throw error;
    return { is: 'unknown', reason: `Google took it and answered with what breaks the declared fields: ${error.message}` };
  }
}

const keptOf = (shape: RecordShape, record: Json): Json => (isObject(record) ? shape.trim(record) : record);

/** A name or an id is one line: what else calls itself so is none by which something could be asked for. */
export function isName(text: string): boolean {
  return text !== '' && text.isWellFormed() && !CONTROL.test(text);
}

export function nameIn(value: Json | undefined): string | undefined {
  const name = textOf(value);
  return name !== undefined && isName(name) ? name : undefined;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL = /[\x00-\x1f\x7f]/;
