/** From our fields to what Xero is sent of a contact: pure. Lists go whole, so they are composed over what is there. */
import type { Json, Values } from '#kit/fields.ts';
import { type JsonObject, objectOf, objectsOf, textOf } from '#kit/json.ts';
import { ADDRESS_PARTS, CONTACT_MEMBERS, partOf } from './contact.ts';
import { ADDRESS_TYPES, PHONE_TYPES } from './contact-fields.ts';

/** Members to send, '' for what is blanked; `raw` is the contact as it is. */
export function contactBody(fields: Values, raw: JsonObject): JsonObject {
  const body: JsonObject = {};
  for (const [field, value] of Object.entries(fields)) {
    if (field === 'phones') body.Phones = phones(objectsOf(value), raw);
    else if (field === 'addresses') body.Addresses = addresses(objectsOf(value), raw);
    else if (field === 'people') body.ContactPersons = people(objectsOf(value), raw);
    else body[CONTACT_MEMBERS[field as keyof typeof CONTACT_MEMBERS]] = value ?? '';
  }
  return body;
}

/** Each item at the place of its type, else at a free one. All places are sent: what is left out of one would stay. */
function placed<Type extends string>(items: readonly JsonObject[], types: readonly Type[]): Map<Type, JsonObject> {
  const places = new Map<Type, JsonObject>();
  const waiting: JsonObject[] = [];
  for (const item of items) {
    const own = types.find((type) => type === item.type && !places.has(type));
    if (own === undefined) waiting.push(item);
    else places.set(own, item);
  }
  for (const item of waiting) {
    const free = types.find((type) => !places.has(type));
    if (free !== undefined) places.set(free, item);
  }
  return places;
}

/** A number that is as it was stays in its parts; another is written in one, since nobody can tell where its area ends. */
function phones(items: readonly JsonObject[], raw: JsonObject): Json[] {
  const places = placed(items, PHONE_TYPES);
  return PHONE_TYPES.map((type) => {
    const old = partOf(raw.Phones, 'PhoneType', type);
    const value = textOf(places.get(type)?.value) ?? '';
    const PhoneType = type.toUpperCase();
    if (old !== undefined && dialled(value) === dialled(joined(old))) return { ...old, PhoneType };
    return { ...old, PhoneType, PhoneNumber: value, PhoneAreaCode: '', PhoneCountryCode: '' };
  });
}

const joined = ({ PhoneCountryCode: country, PhoneAreaCode: area, PhoneNumber: number }: JsonObject): string =>
  `${country ? `+${country}` : ''}${area ?? ''}${number ?? ''}`;

const dialled = (number: string): string => number.replace(/[^\d+]/g, '').replace(/^\++/, '+');

function addresses(items: readonly JsonObject[], raw: JsonObject): Json[] {
  const places = placed(items, ADDRESS_TYPES);
  return ADDRESS_TYPES.map((type) => {
    const item = places.get(type) ?? {};
    const lines = (textOf(item.street) ?? '').split('\n');
    const street = [...lines.slice(0, 3), lines.slice(3).join(', ')];
    const address: JsonObject = { ...partOf(raw.Addresses, 'AddressType', type), AddressType: type.toUpperCase() };
    for (const [i, line] of street.entries()) address[`AddressLine${i + 1}`] = line;
    for (const [field, member] of ADDRESS_PARTS) address[member] = item[field] ?? '';
    return address;
  });
}

/** A person is the same one as long as the address is. */
function people(items: readonly JsonObject[], raw: JsonObject): Json[] {
  return items.map((item) => {
    const old = objectsOf(raw.ContactPersons).find(
      (one) => textOf(one.EmailAddress) !== undefined && one.EmailAddress === item.email,
    );
    const person: JsonObject = { ...objectOf(old) };
    for (const [field, member] of [
      ['firstName', 'FirstName'],
      ['lastName', 'LastName'],
      ['email', 'EmailAddress'],
    ] as const) {
      person[member] = item[field] ?? '';
    }
    person.IncludeInEmails = item.included === true;
    return person;
  });
}
