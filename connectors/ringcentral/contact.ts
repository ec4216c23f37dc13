/** From a contact of the address book to our row: pure. */
import type { Json, Values } from '#kit/fields.ts';
import { isObject, type JsonObject, objectOf, textOf } from '#kit/json.ts';
import { checkValues, Misfits, problem } from '#kit/rows.ts';
import type { Row } from '#kit/stream.ts';
import { put } from '#kit/values.ts';
import { ADDRESS_PARTS, ADDRESSES, contactFields, EMAILS, MARK, MARKED, PHONES, PLAIN } from './contact-fields.ts';
import { idOf, type RecordShape, without } from './records.ts';

export function toRow(raw: Json): Row {
  const contact = isObject(raw) ? raw : {};
  const id = idOf(contact.id);
  if (id === undefined) throw new Misfits([problem('id', isObject(raw) ? contact.id : raw, 'the id of a contact')]);
  const fields: Values = {};
  for (const field of PLAIN) put(fields, field, contact[field]);
  put(fields, 'emails', distinct(emailsOf(contact)));
  put(fields, 'phones', distinct(phonesOf(contact)));
  put(fields, 'addresses', addressesOf(contact));
  put(fields, 'birthday', dayOf(contact.birthday));
  const problems = checkValues(contactFields, fields);
  if (problems.length > 0) throw new Misfits(problems);
  const source = textOf(contact[MARK]);
  return { id, fields, raw, ...(source?.startsWith(MARKED) && { mark: source.slice(MARKED.length) }) };
}

export const contactShape: RecordShape = {
  trim: (contact) => without(contact, new Set(['uri', 'availability'])),
  toRow,
  idOf: (contact) => idOf(contact.id),
};

function emailsOf(contact: JsonObject): Values[] {
  return EMAILS.flatMap((member, place) => {
    const value = filled(contact[member]);
    return value === undefined ? [] : [{ value, ...(place === 0 && { primary: true }) }];
  });
}

function phonesOf(contact: JsonObject): Values[] {
  return PHONES.flatMap(([member, type]) => {
    const value = filled(contact[member]);
    return value === undefined ? [] : [{ value, type }];
  });
}

function filled(value: Json | undefined): Json | undefined {
  return value === null || value === '' ? undefined : value;
}

/** One number may stand in two places: the set has it once, and a write leaves both alone. */
function distinct(items: readonly Values[]): Values[] {
  return items.filter((item, at) => items.findIndex((other) => other.value === item.value) === at);
}

function addressesOf(contact: JsonObject): Values[] {
  return ADDRESSES.flatMap(([member, type]) => {
    const item = addressOf(objectOf(contact[member]));
    return Object.keys(item).length === 0 ? [] : [{ type, ...item }];
  });
}

function addressOf(address: JsonObject = {}): Values {
  const item: Values = {};
  for (const [ours, theirs] of ADDRESS_PARTS) put(item, ours, address[theirs]);
  return item;
}

/** A birthday is a moment over there, and a day in truth: midnight of that day, in whatever zone it was written. */
function dayOf(moment: Json | undefined): Json | undefined {
  return typeof moment === 'string' ? moment.slice(0, 10) : moment;
}
