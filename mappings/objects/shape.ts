/** What an object of the CRM declares, and how its values are read for a name. */
import type { Fields, Values } from '#kit/fields.ts';

/**
 * Kinds of match key. `email`, `phone`, `domain`, `name`, `tax`, `number` (of an invoice, an item) and `uid` (what a thing is called in every
 * service that has it: the UID of a meeting, the Message-ID of a mail) recognise strangers; `word` serves search; `mark` is our own mark, kept by the hub and never derived from values.
 */
export type KeyKind = 'email' | 'phone' | 'domain' | 'name' | 'tax' | 'number' | 'uid' | 'mark' | 'word';

/** A field whose values give keys of a kind. Of a list every item's `identity` counts. Each object also gives its own name. */
export interface KeyField {
  kind: Exclude<KeyKind, 'mark' | 'name'>;
  field: string;
  /** Of a list, how many items at most. Default 200: who bears more is no person. */
  most?: number;
}

export interface ObjectShape {
  title: string;
  plural: string;
  fields: Fields;
  /** Its proper name, or '' where it has none: what name keys are made of. Pure. */
  ownName(values: Values): string;
  /** What people call it: its name, else what stands in for one (an address, a number). '' where there is nothing. Pure. */
  nameOf(values: Values): string;
  keys: readonly KeyField[];
}

/** A text value, trimmed; '' where blank or not text. */
export function textOf(values: Values, field: string): string {
  const value = values[field];
  return typeof value === 'string' ? value.trim() : '';
}

/** `Invoice 0042`: by its number, else by its reference; '' where there is neither. */
export const numberOr = (fallback: string) => (values: Values) => {
  const value = textOf(values, 'number') || textOf(values, 'reference');
  return value === '' ? '' : `${fallback} ${value}`;
};

/** Text values joined by a space, blanks left out. */
export function joined(values: Values, ...fields: string[]): string {
  let whole = '';
  for (const field of fields) {
    const part = textOf(values, field);
    if (part !== '') whole = whole === '' ? part : `${whole} ${part}`;
  }
  return whole;
}

/** Of a list the primary item's text, else the first item's; '' where there is none. */
export function firstOf(values: Values, field: string, part: string): string {
  const items = values[field];
  if (!Array.isArray(items)) return '';
  let first = '';
  for (const item of items) {
    if (item === null || typeof item !== 'object' || Array.isArray(item)) continue;
    const text = textOf(item, part);
    if (text !== '' && item.primary === true) return text;
    if (first === '') first = text;
  }
  return first;
}
