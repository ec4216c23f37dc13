/** What of a Google person is kept: pure. */
import type { Json } from '#kit/fields.ts';
import { isObject, type JsonObject, objectOf, objectsOf } from '#kit/json.ts';
import { MEMBERS } from './fields.ts';

/**
 * What of a person is kept: all that has to be sent back for an update that loses nothing, less what Google makes itself
 * (formatted types, canonical numbers, display names, photos, values of profiles). Members stand in a fixed order, so that
 * the same person is the same text.
 */
export function trim(person: JsonObject): JsonObject {
  const raw: JsonObject = {};
  if (person.resourceName !== undefined) raw.resourceName = person.resourceName;
  if (person.etag !== undefined) raw.etag = person.etag;
  if (person.metadata !== undefined) raw.metadata = trimMetadata(person.metadata);
  for (const member of MEMBERS) {
    const items = trimItems(member, person[member]);
    if (items !== undefined) raw[member] = items;
  }
  const groups = trimItems('memberships', person.memberships);
  if (groups !== undefined) raw.memberships = groups;
  const data = trimItems('clientData', person.clientData);
  if (data !== undefined) raw.clientData = data;
  return raw;
}

function trimMetadata(metadata: Json): Json {
  if (!isObject(metadata)) return metadata;
  const kept: JsonObject = {};
  const contact = contactSource(metadata);
  if (contact !== undefined) {
    const { id, etag, updateTime } = contact;
    kept.sources = [
      {
        type: 'CONTACT',
        ...(id !== undefined && { id }),
        ...(etag !== undefined && { etag }),
        ...(updateTime !== undefined && { updateTime }),
      },
    ];
  }
  if (Array.isArray(metadata.previousResourceNames) && metadata.previousResourceNames.length > 0) {
    kept.previousResourceNames = metadata.previousResourceNames;
  }
  return kept;
}

/** The part of a person's metadata that belongs to the contact: its id, etag and time. */
export function contactSource(metadata: Json | undefined): JsonObject | undefined {
  return objectsOf(objectOf(metadata)?.sources).find((source) => source.type === 'CONTACT');
}

function trimItems(member: string, items: Json | undefined): Json | undefined {
  if (items === undefined || items === null) return undefined;
  if (!Array.isArray(items)) return items;
  const kept: Json[] = [];
  for (const item of items) {
    if (!isObject(item)) kept.push(item);
    else if (isOwn(item)) kept.push(member === 'memberships' ? trimMembership(item) : trimItem(member, item));
  }
  return kept.length === 0 ? undefined : kept;
}

/** Of the contact itself: an item of another source (a profile) is that person's to edit, not ours to copy. */
function isOwn(item: JsonObject): boolean {
  const metadata = item.metadata;
  if (!isObject(metadata)) return true;
  const source = metadata.source;
  return !isObject(source) || source.type === undefined || source.type === 'CONTACT';
}

/** Made by Google for showing; "output only" in its discovery document. Of a name, so is its `displayName`. */
const SHOWN: ReadonlySet<string> = new Set(['metadata', 'formattedType', 'canonicalForm', 'displayNameLastFirst']);

function trimItem(member: string, item: JsonObject): JsonObject {
  const kept: JsonObject = {};
  const name = member === 'names';
  let left = 0;
  for (const one in item) if (!SHOWN.has(one) && !(name && one === 'displayName')) left++;
  for (const one of ORDER[member] ?? []) {
    const value = item[one];
    if (value === undefined) continue;
    kept[one] = isObject(value) ? ordered(value) : value;
    left--;
  }
  if (name && kept.unstructuredName === undefined && item.displayName !== undefined) kept.unstructuredName = item.displayName;
  if (left > 0) addUnknown(kept, item, name);
  if (PRIMARIES.has(member) && isPrimary(item)) kept.metadata = PRIMARY;
  return kept;
}

const PRIMARY: JsonObject = { primary: true };

/** A date: the only thing within an item that has members of its own. */
function ordered(value: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? 1 : -1)));
}

/** Members this release does not know: kept, so that an update does not lose them. */
function addUnknown(kept: JsonObject, item: JsonObject, name: boolean): void {
  for (const one of Object.keys(item).sort()) {
    if (!(one in kept) && !SHOWN.has(one) && !(name && one === 'displayName')) kept[one] = item[one]!;
  }
}

/** What the items of each member may say (people.v1), in the order we keep it: the same person is the same text. */
const ORDER: { readonly [member: string]: readonly string[] } = {
  names: [
    ...['givenName', 'familyName', 'middleName', 'honorificPrefix', 'honorificSuffix'],
    ...['phoneticGivenName', 'phoneticFamilyName', 'phoneticMiddleName', 'phoneticHonorificPrefix', 'phoneticHonorificSuffix'],
    ...['phoneticFullName', 'unstructuredName'],
  ],
  nicknames: ['value', 'type'],
  emailAddresses: ['value', 'type', 'displayName'],
  phoneNumbers: ['value', 'type'],
  addresses: [
    ...['type', 'streetAddress', 'extendedAddress', 'poBox', 'city', 'region', 'postalCode', 'country', 'countryCode'],
    'formattedValue',
  ],
  organizations: [
    ...['type', 'name', 'title', 'department', 'domain', 'current', 'startDate', 'endDate', 'jobDescription', 'location'],
    ...['symbol', 'phoneticName', 'costCenter', 'fullTimeEquivalentMillipercent'],
  ],
  birthdays: ['date', 'text'],
  urls: ['value', 'type'],
  biographies: ['value', 'contentType'],
  userDefined: ['key', 'value'],
  clientData: ['key', 'value'],
};

const PRIMARIES: ReadonlySet<string> = new Set(['emailAddresses', 'phoneNumbers', 'addresses', 'organizations', 'urls']);

function trimMembership(item: JsonObject): JsonObject {
  const group = objectOf(item.contactGroupMembership);
  return group === undefined
    ? {}
    : { contactGroupMembership: { contactGroupResourceName: group.contactGroupResourceName ?? null } };
}

export function isPrimary(item: JsonObject): boolean {
  const metadata = item.metadata;
  return isObject(metadata) && (metadata.primary === true || metadata.sourcePrimary === true);
}
