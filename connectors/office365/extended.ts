/**
 * What we write into an item beside what Outlook shows: the record it was created for, and custom fields. Such properties are asked for by
 * name; rounds of changes never show them (learn.microsoft.com/graph/delta-query-overview, limitations).
 */
import type { Json } from '#kit/fields.ts';
import { isObject, type JsonObject, objectsOf, textOf } from '#kit/json.ts';

/** Names are ours within a set of ours. */
const SET = '{5e1f2c1a-0e53-4b6b-9a53-6e0c4d6f7b21}';
export const MARK = `String ${SET} Name Switchboard`;
export const CUSTOM = `String ${SET} Name SwitchboardFields`;

export const EXTENDED = 'singleValueExtendedProperties';

/** An `$expand` that shows both. */
export const EXPAND = `$expand=${encodeURIComponent(`${EXTENDED}($filter=id eq '${MARK}' or id eq '${CUSTOM}')`)}`;

/** Undefined: the item was read without asking. */
export function propertyOf(thing: JsonObject, id: string): string | null | undefined {
  if (!Array.isArray(thing[EXTENDED])) return undefined;
  // The service writes the set in its own letters.
  const found = objectsOf(thing[EXTENDED]).find((one) => textOf(one.id)?.toLowerCase() === id.toLowerCase());
  return textOf(found?.value) ?? null;
}

/** Custom fields as they are kept, in one text. */
export function written(custom: Json | undefined): string {
  const items = objectsOf(custom).map(({ key, value }) => [key ?? '', value ?? '']);
  return JSON.stringify(items);
}

/** What somebody else wrote there is none of ours. */
export function customOf(text: string | null): JsonObject[] {
  try {
    const items: unknown = JSON.parse(text ?? '[]');
    if (!Array.isArray(items)) return [];
    return items
      .flatMap((one) => (Array.isArray(one) ? [one] : []))
      .flatMap(([key, value]) =>
        typeof key === 'string' && typeof value === 'string'
          ? [{ ...(key !== '' && { key }), ...(value !== '' && { value }) }].filter((item) => isObject(item) && 'value' in item)
          : [],
      );
  } catch {
    return [];
  }
}
