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

/** Made by Google for showing; "output only" in its discovery document. */
const SHOWN: ReadonlySet<string> = new Set(['metadata', 'formattedType', 'canonicalForm', 'displayNameLastFirst']);

function trimItem(member: string, item: JsonObject): JsonObject {
  const name = member === 'names';
  const members: string[] = [];
  for (const one in item) if (!SHOWN.has(one) && !(name && one === 'displayName')) members.push(one);
  members.sort();
  const kept: JsonObject = {};
  for (const one of members) kept[one] = item[one]!;
  if (name && kept.unstructuredName === undefined && item.displayName !== undefined) kept.unstructuredName = item.displayName;
  if (isPrimary(item) && PRIMARIES.has(member)) kept.metadata = { primary: true };
  return kept;
}

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

/** The row of a trimmed person. Throws Misfits with every problem when the person breaks the declared fields. */
export function toRow(raw: Json): Row {
  const problems: FieldProblem[] = checkText(raw);
  if (!isObject(raw) || typeof raw.resourceName !== 'string') {
    problems.push({ path: 'resourceName', found: JSON.stringify(raw).slice(0, 60), allowed: 'a person with a resource name' });
    throw new Misfits(problems);
  }
  const fields = fieldsOf(raw, problems);
  for (const problem of checkValues(contactFields, fields)) {
    if (!problems.some((known) => known.found === problem.found)) problems.push(problem);
  }
  if (problems.length > 0) throw new Misfits(problems);
  return { id: raw.resourceName, ...whence(raw), fields, raw };
}

/** All of a row beside its id, fields and raw person. */
function whence(raw: JsonObject): Omit<Row, 'id' | 'fields' | 'raw'> {
  const about: Omit<Row, 'id' | 'fields' | 'raw'> = {};
  if (typeof raw.etag === 'string') about.version = raw.etag;
  const time = contactSource(raw.metadata)?.updateTime;
  if (typeof time === 'string') about.time = toMicros(time);
  const former = objectOf(raw.metadata)?.previousResourceNames;
  if (Array.isArray(former)) about.formerIds = former.filter((name) => typeof name === 'string');
  if (raw.clientData !== undefined) {
    const mark = textOf(objectsOf(raw.clientData).find((data) => data.key === MARK)?.value);
    if (mark !== undefined) about.mark = mark;
  }
  const cut = cutLists(raw);
  if (cut.length > 0) about.cut = cut;
  return about;
}

/** List fields of which Google perhaps showed only the beginning. */
export function cutLists(raw: JsonObject): string[] {
  return (['emails', 'phones'] as const).filter((field) => lengthOf(raw[ITEMS[field].member]) === CUT_AT);
}

function lengthOf(items: Json | undefined): number {
  return Array.isArray(items) ? items.length : 0;
}

/** Google's times have 0, 3, 6 or 9 decimals; with 6 in each, the later is the greater text. */
function toMicros(time: string): string {
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
  put(fields, 'nickname', first('nicknames')?.value);
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

/** The organization a contact is shown with. */
export function leading(items: readonly JsonObject[]): JsonObject | undefined {
  return items.find(isPrimary) ?? items[0];
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
