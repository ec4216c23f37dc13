/** From our values to what Graph takes of a contact: pure. Only what changes; a list is replaced whole, and null blanks. */
import type { Json, Values } from '#kit/fields.ts';
import { type JsonObject, objectOf, objectsOf, textOf } from '#kit/json.ts';
import { isBlank } from '#kit/values.ts';
import { ADDRESS_PARTS, ADDRESSES, PHONES, PLAIN } from './contact-fields.ts';
import { CUSTOM, EXTENDED, MARK, propertyOf, written } from './extended.ts';
import { Misplaced } from './writing.ts';

/** A new contact, with the mark by which it is known again. */
export function toNewContact(fields: Values, mark: string): JsonObject {
  const { [EXTENDED]: custom = [], ...body } = bodyOf(fields, {});
  const filled = Object.entries(body).filter(([, value]) => !isBlank(value));
  return { ...Object.fromEntries(filled), [EXTENDED]: [{ id: MARK, value: mark }, ...objectsOf(custom)] };
}

/** What changes of a contact as last read. Throws Misplaced. */
export function bodyOf(fields: Values, raw: JsonObject): JsonObject {
  const body: JsonObject = {};
  for (const [ours, theirs] of PLAIN) if (ours in fields) body[theirs] = isBlank(fields[ours]) ? null : fields[ours]!;
  if ('birthday' in fields) body.birthday = isBlank(fields.birthday) ? null : `${fields.birthday}T11:59:00Z`;
  if ('emails' in fields) body.emailAddresses = emailsOf(objectsOf(fields.emails), objectsOf(raw.emailAddresses));
  if ('phones' in fields) Object.assign(body, phonesOf(objectsOf(fields.phones), raw));
  if ('addresses' in fields) Object.assign(body, addressesOf(objectsOf(fields.addresses)));
  if ('categories' in fields) body.categories = objectsOf(fields.categories).map(({ name }) => name!);
  if ('custom' in fields) body[EXTENDED] = [{ id: CUSTOM, value: written(fields.custom) }];
  return { ...shown(body, raw), ...body };
}

/** What an answer does not show of what we wrote: it comes without extended properties. */
export function extendedAfter(body: JsonObject, raw: JsonObject): JsonObject {
  const sent = objectsOf(body[EXTENDED]);
  const before = raw.id === undefined ? [] : raw[EXTENDED];
  // Half of them known is none known: what nobody asked for may be there.
  if (!Array.isArray(before)) return propertyOf(body, CUSTOM) ? { [EXTENDED]: [...sent] } : {};
  const kept = objectsOf(before).filter(({ id }) => !sent.some((one) => textOf(one.id) === textOf(id)));
  return { [EXTENDED]: [...kept, ...sent] };
}

/**
 * "Later updates to other properties may cause an automatically generated value to overwrite displayName" (api/contact-update), and
 * fileAs alike: both are sent along. Names that were made of the parts are made of the new ones; a person's own stay.
 */
function shown(body: JsonObject, raw: JsonObject): JsonObject {
  if (raw.id === undefined) return {};
  const after = { ...raw, ...body };
  const names: JsonObject = {};
  for (const [member, made] of [
    ['displayName', fullName],
    ['fileAs', filedName],
  ] as const) {
    const now = textOf(raw[member]);
    const renamed = made(raw) !== made(after) && (now === undefined || now === made(raw));
    const name = renamed ? made(after) : now;
    if (name !== undefined && name !== '') names[member] = name;
  }
  return names;
}

const fullName = (of: JsonObject): string =>
  [of.title, of.givenName, of.middleName, of.surname, of.generation].filter((part) => !isBlank(part)).join(' ');

const filedName = (of: JsonObject): string => {
  const first = [of.givenName, of.middleName].filter((part) => !isBlank(part)).join(' ');
  return [of.surname, first].filter((part) => !isBlank(part)).join(', ');
};

/** An address keeps the name that stands beside it. The primary one leads. */
function emailsOf(wanted: readonly JsonObject[], known: readonly JsonObject[]): Json[] {
  const ordered = wanted.toSorted((a, b) => Number(b.primary === true) - Number(a.primary === true));
  return ordered.map(({ value }) => {
    const before = known.find(({ address }) => String(address).toLowerCase() === String(value).toLowerCase());
    return { ...before, address: value!, name: textOf(before?.name) ?? value! };
  });
}

/** A number of no known type, or of one that is full, takes a free place. */
function phonesOf(wanted: readonly JsonObject[], raw: JsonObject): JsonObject {
  const places = new Map<string, { room: number; numbers: Json[] }>(
    PHONES.map(([member, , room]) => [member, { room, numbers: [] }]),
  );
  const rest = wanted.filter(({ value, type }) => {
    const member = PHONES.find(([name, own]) => (isBlank(type) ? holds(raw[name], value!) : own === type))?.[0];
    const place = member === undefined ? undefined : places.get(member)!;
    if (place === undefined || place.numbers.length >= place.room) return true;
    place.numbers.push(value!);
    return false;
  });
  for (const { value } of rest) {
    const free = ['businessPhones', 'homePhones', 'mobilePhone']
      .map((member) => places.get(member)!)
      .find(({ room, numbers }) => numbers.length < room);
    if (free === undefined)
      throw new Misplaced('phones', 'phones: Outlook keeps one mobile, two business and two home numbers of a contact');
    free.numbers.push(value!);
  }
  const numbersOf = (member: string) => places.get(member)!.numbers;
  return {
    mobilePhone: numbersOf('mobilePhone')[0] ?? null,
    businessPhones: numbersOf('businessPhones'),
    homePhones: numbersOf('homePhones'),
  };
}

function holds(place: Json | undefined, number: Json): boolean {
  return Array.isArray(place) ? place.includes(number) : place === number;
}

/** Each address is sent with all its parts. One of no type, or of a type that is taken, takes a free place. */
function addressesOf(wanted: readonly JsonObject[]): JsonObject {
  const placed = new Map<string, JsonObject>();
  const rest = wanted.filter((item) => {
    const member = ADDRESSES.find(([name, type]) => type === item.type && !placed.has(name))?.[0];
    if (member !== undefined) placed.set(member, item);
    return member === undefined;
  });
  for (const item of rest) {
    const free = ADDRESSES.find(([member]) => !placed.has(member))?.[0];
    if (free === undefined)
      throw new Misplaced('addresses', 'addresses: Outlook keeps one business, one home and one other address of a contact');
    placed.set(free, item);
  }
  return Object.fromEntries(
    ADDRESSES.map(([member]) => {
      const item = objectOf(placed.get(member)) ?? {};
      return [member, Object.fromEntries(ADDRESS_PARTS.map(([ours, theirs]) => [theirs, item[ours] ?? null]))];
    }),
  );
}
