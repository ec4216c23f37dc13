/** From our values to what RingCentral takes of a contact: pure. Only what changes; null stands for what goes. */
import type { Json, Values } from '#kit/fields.ts';
import { type JsonObject, objectOf, objectsOf, textOf } from '#kit/json.ts';
import { ADDRESS_PARTS, ADDRESSES, EMAILS, MARK, MARKED, PHONES, PLAIN, SPARE_PHONES } from './contact-fields.ts';

/** A new contact, with the mark by which it is known again. */
export function toNewContact(fields: Values, mark: string): JsonObject {
  const { body } = bodyOf(fields, {});
  const filled = Object.entries(body).filter(([, value]) => value !== null);
  return { ...Object.fromEntries(filled), [MARK]: `${MARKED}${mark}`.slice(0, 64) };
}

/** What changes of a contact as last read. `misplaced`: a field with an item for which RingCentral has no place left. */
export function bodyOf(fields: Values, raw: JsonObject): { body: JsonObject; misplaced?: string } {
  const wanted: JsonObject = {};
  let misplaced: string | undefined;
  for (const [field, value] of Object.entries(fields)) {
    if (PLAIN.some((plain) => plain === field)) wanted[field] = blankAsNull(value);
    else if (field === 'birthday') wanted.birthday = typeof value === 'string' && value !== '' ? `${value}T00:00:00.000Z` : null;
    else if (field === 'emails') Object.assign(wanted, placedEmails(objectsOf(value)));
    else if (field === 'phones') {
      const placed = placedPhones(objectsOf(value), raw);
      if (placed === undefined) misplaced = field;
      else Object.assign(wanted, placed);
    } else if (field === 'addresses') {
      const placed = placedAddresses(objectsOf(value), raw);
      if (placed === undefined) misplaced = field;
      else Object.assign(wanted, placed);
    }
  }
  const body = Object.fromEntries(Object.entries(wanted).filter(([member, value]) => !same(raw[member], value)));
  return { body, ...(misplaced !== undefined && { misplaced }) };
}

function blankAsNull(value: Json): Json {
  return value === '' ? null : value;
}

function same(old: Json | undefined, wanted: Json): boolean {
  if (old === undefined || old === null || old === '') return wanted === null;
  return JSON.stringify(old) === JSON.stringify(wanted);
}

/** The primary one has the first place. */
function placedEmails(items: readonly JsonObject[]): JsonObject {
  const ordered = items.toSorted((a, b) => Number(b.primary === true) - Number(a.primary === true));
  return Object.fromEntries(EMAILS.map((member, place) => [member, ordered[place]?.value ?? null]));
}

/** A number stays where it stands; another one takes a free place of its type, then a spare one, then any. */
function placedPhones(items: readonly JsonObject[], raw: JsonObject): JsonObject | undefined {
  const placed: JsonObject = {};
  const waiting: JsonObject[] = [];
  for (const item of items) {
    const type = textOf(item.type);
    const here = PHONES.filter(([member]) => raw[member] === item.value);
    const kept = here.some(([, own]) => type === undefined || own === type) ? here : [];
    for (const [member] of kept) placed[member] = item.value!;
    if (kept.length === 0) waiting.push(item);
  }
  for (const item of waiting) {
    const typed = PHONES.filter(([, type]) => type === item.type).map(([member]) => member);
    const place = [...typed, ...SPARE_PHONES, ...PHONES.map(([member]) => member)].find((member) => !(member in placed));
    if (place === undefined) return undefined;
    placed[place] = item.value!;
  }
  return Object.fromEntries(PHONES.map(([member]) => [member, placed[member] ?? null]));
}

/** Undeclared parts of an address stay where its declared ones do not change. */
function placedAddresses(items: readonly JsonObject[], raw: JsonObject): JsonObject | undefined {
  const placed: JsonObject = {};
  const untyped: JsonObject[] = [];
  for (const item of items) {
    const place = ADDRESSES.find(([member, type]) => type === item.type && !(member in placed))?.[0];
    if (place === undefined) untyped.push(item);
    else placed[place] = item;
  }
  for (const item of untyped) {
    const place = ADDRESSES.find(([member]) => !(member in placed))?.[0];
    if (place === undefined) return undefined;
    placed[place] = item;
  }
  return Object.fromEntries(ADDRESSES.map(([member]) => [member, composed(objectOf(placed[member]), objectOf(raw[member]))]));
}

function composed(item: JsonObject | undefined, old: JsonObject | undefined): Json {
  if (item === undefined) return null;
  const address: JsonObject = { ...old };
  for (const [ours, theirs] of ADDRESS_PARTS) {
    const value = item[ours];
    if (value === undefined || value === null || value === '') delete address[theirs];
    else address[theirs] = value;
  }
  return address;
}
