/** From Google's person to our row: pure. */

import type { Json, Values } from '#kit/fields.ts';
import { isObject, type JsonObject, objectOf, objectsOf, textOf } from '#kit/json.ts';
import { checkValues, Misfits } from '#kit/rows.ts';
import type { FieldProblem, Row } from '#kit/stream.ts';
import { put } from '#kit/values.ts';
import { CUT_AT, contactFields, ITEMS, type ItemShape, JOB_PARTS, MARK, NAME_PARTS } from './fields.ts';
import { isName, nameIn, type RecordShape } from './records.ts';
import { contactSource, isPrimary, trim } from './trim.ts';

export const contactShape: RecordShape = { trim, toRow, idOf: ({ resourceName }) => nameIn(resourceName) };

/** The row of a trimmed person. Throws Misfits with every problem when the person breaks the declared fields. */
export function toRow(raw: Json): Row {
  const problems: FieldProblem[] = [];
  if (!isObject(raw) || typeof raw.resourceName !== 'string' || !isName(raw.resourceName)) {
    const found = JSON.stringify(isObject(raw) ? (raw.resourceName ?? raw) : raw);
    throw new Misfits([
      { path: 'resourceName', found: found.slice(0, 60).toWellFormed(), allowed: 'the name of a person, as people/c1' },
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
