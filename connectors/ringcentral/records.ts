import type { Json } from '#kit/fields.ts';
import { type JsonObject, objectOf } from '#kit/json.ts';
import { Misfits, nameless } from '#kit/rows.ts';
import type { Misfit, Row } from '#kit/stream.ts';
import { checkText, cleaned } from '#kit/text.ts';

/** Ids are numbers in answers and text in notifications. Undefined where it is neither. */
export function idOf(value: Json | undefined): string | undefined {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return String(value);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** An instant as our fields hold it; what is no time stays as it is, for the check of the fields to say so. */
export function instantOf(value: Json | undefined): Json | undefined {
  if (typeof value !== 'string') return value;
  const ms = Date.parse(value);
  return Number.isNaN(ms) ? value : new Date(ms).toISOString();
}

/** Milliseconds since the epoch; undefined where it is no time. */
export function msOf(value: Json | undefined): number | undefined {
  const ms = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return Number.isNaN(ms) ? undefined : ms;
}

export interface RecordShape {
  /** What of a record is kept. */
  trim(record: JsonObject): JsonObject;
  toRow(raw: Json): Row;
  /** The row's id, if it has one. */
  idOf(raw: JsonObject): string | undefined;
}

/** Records as rows, or as misfits with all their problems; of several for one row the one that changed last counts. */
export function sorted(records: readonly JsonObject[], shape: RecordShape): { rows: Row[]; misfits: Misfit[] } {
  const rows = new Map<string, Row>();
  const misfits: Misfit[] = [];
  for (const record of records) {
    const raw = shape.trim(record);
    const problems = checkText(raw);
    try {
      const row = shape.toRow(raw);
      if (problems.length === 0) {
        const other = rows.get(row.id);
        if (other === undefined || (other.time ?? '') <= (row.time ?? '')) rows.set(row.id, row);
        continue;
      }
    } catch (error) {
      if (!(error instanceof Misfits)) throw error;
      problems.unshift(...error.problems);
    }
    misfits.push({ id: shape.idOf(raw) ?? nameless(raw), problems, raw: cleaned(raw) });
  }
  return { rows: [...rows.values()], misfits };
}

/** A record without members that mean nothing to us, at any depth. */
export function without(record: JsonObject, members: ReadonlySet<string>): JsonObject {
  const kept: JsonObject = {};
  for (const [name, value] of Object.entries(record)) {
    if (!members.has(name)) kept[name] = pruned(value, members);
  }
  return kept;
}

function pruned(value: Json, members: ReadonlySet<string>): Json {
  if (Array.isArray(value)) return value.map((one) => pruned(one, members));
  const object = objectOf(value);
  return object === undefined ? value : without(object, members);
}
