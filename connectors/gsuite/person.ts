/** From Google's person to our row: pure. */
import type { FieldProblem, Row } from '#kit/connector.ts';
import type { Json, Values } from '#kit/fields.ts';
import { isObject, type JsonObject, objectOf, objectsOf, textOf } from '#kit/json.ts';
import { checkText, checkValues, Misfits } from '#kit/rows.ts';
import { CUT_AT, contactFields, ITEMS, type ItemShape, JOB_PARTS, MARK, MEMBERS, NAME_PARTS } from './fields.ts';

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

/**
 * The row of a person as Google gave it. Throws Misfits with every problem: of the declared fields, and of text anywhere that
 * cannot be kept.
 */
export function arrived(person: Json): Row {
  const raw = isObject(person) ? trim(person) : person;
  const problems = checkText(raw);
  try {
    const row = toRow(raw);
    if (problems.length === 0) return row;
  } catch (error) {
    if (!(error instanceof Misfits)) throw error;
    problems.unshift(...error.problems);
  }
  throw new Misfits(problems);
}

/** The row of a trimmed person. Throws Misfits with every problem when the person breaks the declared fields. */
export function toRow(raw: Json): Row {
  const problems: FieldProblem[] = [];
  if (!isObject(raw) || typeof raw.resourceName !== 'string') {
    throw new Misfits([
      { path: 'resourceName', found: JSON.stringify(raw).slice(0, 60).toWellFormed(), allowed: 'a person with a resource name' },
    ]);
  }
  const fields = fieldsOf(raw, problems);
  problems.push(...checkValues(contactFields, fields));
  if (problems.length > 0) throw new Misfits(problems);
  const row: Row = { id: raw.resourceName, fields, raw };
  addWhence(row, raw);
  return row;
}

/** All of a row beside its id, fields and raw person. */
function addWhence(row: Row, raw: JsonObject): void {
  if (typeof raw.etag === 'string') row.version = raw.etag;
  const time = contactSource(raw.metadata)?.updateTime;
  if (typeof time === 'string') row.time = toMicros(time);
  const former = objectOf(raw.metadata)?.previousResourceNames;
  if (Array.isArray(former)) row.formerIds = former.filter((name) => typeof name === 'string');
  if (raw.clientData !== undefined) {
    const mark = textOf(objectsOf(raw.clientData).find((data) => data.key === MARK)?.value);
    if (mark !== undefined) row.mark = mark;
  }
  const cut = cutLists(raw);
  if (cut.length > 0) row.cut = cut;
}

/** List fields of which Google perhaps showed only the beginning. */
export function cutLists(raw: JsonObject): string[] {
  return CUTTABLE.filter((field) => lengthOf(raw[ITEMS[field].member]) === CUT_AT);
}

const CUTTABLE = ['emails', 'phones'] as const;

function lengthOf(items: Json | undefined): number {
  return Array.isArray(items) ? items.length : 0;
}

/** Google's times have 0, 3, 6 or 9 decimals; with 6 in each, the later is the greater text. */
function toMicros(time: string): string {
  if (time.length === 27) return time;
  const parts = /^([^.Z]+)(?:\.(\d*))?Z$/.exec(time);
  return parts === null ? time : `${parts[1]}.${(parts[2] ?? '').padEnd(6, '0').slice(0, 6)}Z`;
}

function fieldsOf(raw: JsonObject, problems: FieldProblem[]): Values {
  const fields: Values = {};
  const first = (member: string) => firstOf(raw, member, problems);
  const name = first('names');
  if (name !== undefined) {
    for (const [ours, theirs] of NAME_PARTS) put(fields, ours, name[theirs]);
    put(fields, 'displayName', name.unstructuredName);
  }
  if (raw.nicknames !== undefined) put(fields, 'nickname', itemsOf(raw, 'nicknames', problems).find(isNickname)?.value);
  for (const field of LIST_FIELDS) {
    const items = readItems(ITEMS[field], raw, problems);
    if (items !== undefined) fields[field] = items;
  }
  if (raw.organizations !== undefined) {
    const job = leading(itemsOf(raw, 'organizations', problems));
    if (job !== undefined) for (const [ours, theirs] of JOB_PARTS) put(fields, ours, job[theirs]);
  }
  put(fields, 'birthday', toDate(first('birthdays')?.date));
  put(fields, 'note', first('biographies')?.value);
  const groups = itemsOf(raw, 'memberships', problems).flatMap((item) => {
    const group = textOf(objectOf(item.contactGroupMembership)?.contactGroupResourceName);
    return group === undefined ? [] : [{ group }];
  });
  if (groups.length > 0) fields.groups = groups;
  return fields;
}

const LIST_FIELDS = ['emails', 'phones', 'addresses', 'urls', 'custom'] as const;

function put(fields: Values, field: string, value: Json | undefined): void {
  if (value !== undefined && value !== null && value !== '') fields[field] = value;
}

/** The organization a contact is shown with: the primary one, else the first; none that lies in the past. */
export function leading(items: readonly JsonObject[]): JsonObject | undefined {
  const present = items.filter((item) => item.current !== false);
  return present.find(isPrimary) ?? present[0];
}

/** The nicknames proper; the others are maiden names, initials and the like. */
export function isNickname(item: JsonObject): boolean {
  return item.type === undefined || item.type === '' || item.type === 'DEFAULT';
}

function firstOf(raw: JsonObject, member: string, problems: FieldProblem[]): JsonObject | undefined {
  return raw[member] === undefined ? undefined : itemsOf(raw, member, problems)[0];
}

const NONE: readonly JsonObject[] = [];

function itemsOf(raw: JsonObject, member: string, problems: FieldProblem[]): readonly JsonObject[] {
  const items = raw[member];
  if (items === undefined) return NONE;
  const objects = objectsOf(items);
  if (objects.length !== lengthOf(items) || !Array.isArray(items)) {
    problems.push({ path: member, found: JSON.stringify(items).slice(0, 60), allowed: 'an array of objects' });
  }
  return objects;
}

function readItems(shape: ItemShape, raw: JsonObject, problems: FieldProblem[]): JsonObject[] | undefined {
  if (raw[shape.member] === undefined) return undefined;
  const items: JsonObject[] = [];
  for (const theirs of itemsOf(raw, shape.member, problems)) {
    const item = readItem(shape, theirs);
    if (item !== undefined) items.push(item);
  }
  return items.length === 0 ? undefined : items;
}

/** An item as our fields say it; undefined when it says nothing but its type. */
export function readItem(shape: ItemShape, theirs: JsonObject): JsonObject | undefined {
  const item: JsonObject = {};
  let says = false;
  for (const [our, their] of shape.parts) {
    const value = theirs[their];
    if (value === undefined || value === null || value === '') continue;
    item[our] = value;
    if (our !== 'type') says = true;
  }
  if (!says && shape.member === 'addresses' && theirs.formattedValue) {
    item.street = theirs.formattedValue; // an address somebody typed into one box has no parts
    says = true;
  }
  if (!says) return undefined;
  if (shape.member !== 'addresses' && shape.parts[0]![0] === 'value' && item.value === undefined) return undefined;
  if (shape.primary && isPrimary(theirs)) item.primary = true;
  return item;
}

/** A date of google.type.Date; blank when it has no day (a year alone is no calendar date). */
function toDate(date: Json | undefined): string | undefined {
  if (!isObject(date) || !date.month || !date.day) return undefined;
  const day = `${digits(date.month, 2)}-${digits(date.day, 2)}`;
  return date.year ? `${digits(date.year, 4)}-${day}` : `--${day}`;
}

function digits(value: Json, length: number): string {
  return String(value).padStart(length, '0');
}
