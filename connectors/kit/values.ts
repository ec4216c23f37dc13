/**
 * When two values are the same, by kind of field. Merge, mapping and tests all ask here, so that "changed" means one thing.
 * Blank is one value however it is written. Nothing is allocated for scalars; lists in the same order cost one walk.
 */
import type { Field, Fields, Json, Values } from './fields.ts';
import { sameZone } from './zones.ts';

/** Absent, null, '' and [] all mean blank. A false flag and the number 0 are values. */
export function isBlank(value: Json | undefined): boolean {
  return value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0);
}

/** Sets what is not blank. */
export function put(values: Values, field: string, value: Json | undefined): void {
  if (!isBlank(value)) values[field] = value!;
}

/**
 * Do two values of this field say the same? An e-mail address in any case, a phone number in any punctuation, money by its
 * amount and currency, an instant by the moment it names, a local time by its clock and zone, a list as a set of items, lines in
 * their order. A value of the wrong type equals only itself.
 */
export function equal(field: Field, a: Json | undefined, b: Json | undefined): boolean {
  if (a === b) return true;
  const blank = isBlank(a);
  if (blank || isBlank(b)) return blank && isBlank(b);
  switch (field.kind) {
    case 'email':
      return typeof a === 'string' && typeof b === 'string' && a.toLowerCase() === b.toLowerCase();
    case 'phone':
      return typeof a === 'string' && typeof b === 'string' && dialled(a) === dialled(b);
    case 'instant':
      return typeof a === 'string' && typeof b === 'string' && Date.parse(a) === Date.parse(b);
    case 'money':
      return isObject(a) && isObject(b) && a.currency === b.currency && sameAmount(a.amount, b.amount);
    case 'list':
      return Array.isArray(a) && Array.isArray(b) && (sameLines(field.of, a, b) || sameSet(field, a, b));
    case 'lines':
      return Array.isArray(a) && Array.isArray(b) && sameLines(field.of, a, b);
    case 'zoned':
      return isObject(a) && isObject(b) ? sameTime(a, b) : false;
    case 'json':
      return sameJson(a, b);
    default:
      return false;
  }
}

/** Are two items of a list or of lines equal in every field of `of`? Items without declared fields are compared as JSON. */
export function sameItem(of: Fields | undefined, a: Json | undefined, b: Json | undefined): boolean {
  if (a === b) return true;
  if (of === undefined || !isObject(a) || !isObject(b)) return sameJson(a, b);
  for (const name in of) if (!equal(of[name]!, a[name], b[name])) return false;
  return true;
}

/**
 * Which item of a list this is: equal for two items exactly when their identity fields are equal. An item without an
 * identity is its whole self.
 */
export function identity(field: Field, item: Json): string {
  const named = field.identity;
  if (named !== undefined && isObject(item)) {
    const value = item[named];
    if (!isBlank(value)) return `=${canonical(field.of?.[named], value!)}`;
  }
  return `~${canonicalItem(field.of, item)}`;
}

function sameLines(of: Fields | undefined, a: readonly Json[], b: readonly Json[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (!sameItem(of, a[i], b[i])) return false;
  return true;
}

function sameSet(field: Field, a: readonly Json[], b: readonly Json[]): boolean {
  return covers(field, a, b) && covers(field, b, a);
}

/** Is every item of `some` also in `all`? Looks only at items of the same identity. */
function covers(field: Field, all: readonly Json[], some: readonly Json[]): boolean {
  const byIdentity = new Map<string, Json[]>();
  for (const item of all) {
    const key = identity(field, item);
    const known = byIdentity.get(key);
    if (known === undefined) byIdentity.set(key, [item]);
    else known.push(item);
  }
  return some.every((item) => byIdentity.get(identity(field, item))?.some((known) => sameItem(field.of, known, item)) ?? false);
}

function canonicalItem(of: Fields | undefined, item: Json): string {
  if (of === undefined || !isObject(item)) return sorted(item);
  let text = '';
  for (const name in of) {
    const value = item[name];
    if (!isBlank(value)) text += `${name}=${JSON.stringify(canonical(of[name], value!))};`;
  }
  return text;
}

/** One text for all equal values of a field. */
function canonical(field: Field | undefined, value: Json): string {
  switch (field?.kind) {
    case 'email':
      return typeof value === 'string' ? value.toLowerCase() : sorted(value);
    case 'phone':
      return typeof value === 'string' ? dialled(value) : sorted(value);
    case 'instant':
      return typeof value === 'string' ? String(Date.parse(value)) : sorted(value);
    case 'money':
      return isObject(value) ? `${plain(value.amount)} ${value.currency}` : sorted(value);
    case 'list':
      return Array.isArray(value)
        ? JSON.stringify([...new Set(value.map((item) => canonicalItem(field.of, item)))].sort())
        : sorted(value);
    case 'lines':
      return Array.isArray(value) ? JSON.stringify(value.map((item) => canonicalItem(field.of, item))) : sorted(value);
    default:
      return typeof value === 'string' ? value : sorted(value);
  }
}

/** What a phone number says when it is dialled: punctuation and blanks between the signs are no value. */
function dialled(phone: string): string {
  const bare = phone.replace(/[\s\-()./\u00a0\u2010-\u2015]+/g, '');
  return bare === '' ? phone : bare;
}

function sameAmount(a: Json | undefined, b: Json | undefined): boolean {
  return a === b || plain(a) === plain(b);
}

/** A decimal string without needless zeros and signs: '012.30', '+12.3' and '12.3' are one amount, as are '-0' and '0'. */
function plain(amount: Json | undefined): string {
  if (typeof amount !== 'string') return sorted(amount);
  const parts = /^([+-]?)0*(\d*)(?:\.(\d*?)0*)?$/.exec(amount);
  if (parts === null) return amount;
  const [, sign, whole, fraction] = parts;
  const digits = `${whole === '' ? '0' : whole}${fraction ? `.${fraction}` : ''}`;
  return sign === '-' && digits !== '0' ? `-${digits}` : digits;
}

/** The same time on the clocks of one zone, whichever of its names is used. */
function sameTime(a: { [name: string]: Json }, b: { [name: string]: Json }): boolean {
  if (a.local !== b.local || (a.offset ?? null) !== (b.offset ?? null)) return false;
  return a.zone === b.zone || (typeof a.zone === 'string' && typeof b.zone === 'string' && sameZone(a.zone, b.zone));
}

/** Equal as JSON, whatever the order of members. */
function sameJson(a: Json | undefined, b: Json | undefined): boolean {
  if (a === b) return true;
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length && a.every((one, i) => sameJson(one, b[i]));
  }
  if (!isObject(a) || !isObject(b)) return false;
  for (const name in a) if (!sameJson(a[name], b[name])) return false;
  for (const name in b) if (!(name in a) && b[name] !== undefined) return false;
  return true;
}

function sorted(value: Json | undefined): string {
  return (
    JSON.stringify(value, (_name, inner: Json) =>
      isObject(inner) ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1))) : inner,
    ) ?? ''
  );
}

function isObject(value: Json | undefined): value is { [name: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
