/** Members of a thing that is written: in a sparse update only these change, and an empty text clears. */
import type { Json } from '#kit/fields.ts';
import type { JsonObject } from '#kit/json.ts';

export type Members = JsonObject;

/** The fields cannot be said in QuickBooks' members. */
export class Unplaced extends Error {
  readonly field: string;
  constructor(field: string, reason: string) {
    super(`${field}: ${reason}`);
    this.name = 'Unplaced';
    this.field = field;
  }
}

export function cleared(value: Json | undefined): Json {
  return value === undefined || value === null ? '' : value;
}

/** Only what a sparse update would change. */
export function changing(members: Members, raw: JsonObject): Members {
  return Object.fromEntries(Object.entries(members).filter(([member, value]) => !says(raw[member], value)));
}

/** Does what is there say the wanted value already? Of an object only the wanted members are compared. */
function says(found: Json | undefined, wanted: Json): boolean {
  if (isBlank(wanted)) return isBlank(found);
  if (typeof wanted !== 'object' || wanted === null) return found === wanted;
  if (Array.isArray(wanted)) return JSON.stringify(found) === JSON.stringify(wanted);
  if (typeof found !== 'object' || found === null || Array.isArray(found)) return false;
  return Object.entries(wanted).every(([member, value]) => says(found[member], value));
}

function isBlank(value: Json | undefined): boolean {
  if (value === undefined || value === null || value === '') return true;
  return typeof value === 'object' && !Array.isArray(value) && Object.values(value).every(isBlank);
}
