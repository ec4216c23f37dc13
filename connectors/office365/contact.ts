/** From Graph's contact to our row: pure. */
import type { Json, Values } from '#kit/fields.ts';
import { isObject, type JsonObject, objectOf, objectsOf, textOf } from '#kit/json.ts';
import { checkValues, Misfits, problem } from '#kit/rows.ts';
import type { Row } from '#kit/stream.ts';
import { put } from '#kit/values.ts';
import { ADDRESS_PARTS, ADDRESSES, contactFields, PHONES, PLAIN, SELECTED } from './contact-fields.ts';
import { CUSTOM, customOf, EXTENDED, MARK, propertyOf } from './extended.ts';
import { etagOf, idOf, picked, type Shape, ticksOf } from './records.ts';

export const contactShape: Shape = {
  trim: (thing) => ({
    ...(etagOf(thing) !== undefined && { '@odata.etag': etagOf(thing)! }),
    ...picked(thing, SELECTED),
    // An empty list says that there is none; its absence, that nobody asked.
    ...(Array.isArray(thing[EXTENDED]) && {
      [EXTENDED]: objectsOf(thing[EXTENDED]).map(({ id, value }) => ({ id: id!, value: value! })),
    }),
  }),
  toRow,
};

export function toRow(raw: Json): Row {
  const contact = isObject(raw) ? raw : {};
  const id = idOf(contact);
  if (id === undefined) throw new Misfits([problem('id', isObject(raw) ? contact.id : raw, 'the id of a contact')]);
  const fields = fieldsOf(contact);
  const problems = checkValues(contactFields, fields);
  if (problems.length > 0) throw new Misfits(problems);
  const row: Row = { id, fields, raw };
  const [version, time] = [etagOf(contact), ticksOf(contact.lastModifiedDateTime)];
  if (version !== undefined) row.version = version;
  if (time !== undefined) row.time = time;
  const mark = propertyOf(contact, MARK);
  if (typeof mark === 'string') row.mark = mark;
  if (propertyOf(contact, CUSTOM) === undefined) row.cut = ['custom'];
  return row;
}

function fieldsOf(contact: JsonObject): Values {
  const fields: Values = {};
  for (const [ours, theirs] of PLAIN) put(fields, ours, contact[theirs]);
  put(fields, 'displayName', contact.displayName);
  put(fields, 'emails', emailsOf(contact.emailAddresses));
  put(fields, 'phones', distinct(phonesOf(contact)));
  put(fields, 'addresses', addressesOf(contact));
  put(fields, 'birthday', dayOf(contact.birthday));
  put(fields, 'categories', categoriesOf(contact.categories));
  put(fields, 'custom', customOf(propertyOf(contact, CUSTOM) ?? null));
  put(fields, 'folder', contact.parentFolderId);
  return fields;
}

/** The first is the one Outlook writes to. */
function emailsOf(given: Json | undefined): Json | undefined {
  if (given !== undefined && !Array.isArray(given)) return given;
  const filled = objectsOf(given).filter((one) => textOf(one.address) !== undefined);
  return distinct(filled.map(({ address }, at) => ({ value: address!, ...(at === 0 && { primary: true }) })));
}

function phonesOf(contact: JsonObject): Values[] {
  return PHONES.flatMap(([member, type]) => {
    const value = contact[member];
    const numbers = Array.isArray(value) ? value : value === undefined ? [] : [value];
    return numbers.flatMap((number) => (number === null || number === '' ? [] : [{ value: number, type }]));
  });
}

/** One number may stand in two places: the set has it once. */
function distinct(items: readonly Values[]): Values[] {
  const same = (a: Values, b: Values) => String(a.value).toLowerCase() === String(b.value).toLowerCase();
  return items.filter((item, at) => items.findIndex((other) => same(other, item)) === at);
}

function addressesOf(contact: JsonObject): Values[] {
  return ADDRESSES.flatMap(([member, type]) => {
    const item: Values = {};
    const address = objectOf(contact[member]) ?? {};
    for (const [ours, theirs] of ADDRESS_PARTS) put(item, ours, address[theirs]);
    return Object.keys(item).length === 0 ? [] : [{ type, ...item }];
  });
}

function categoriesOf(given: Json | undefined): Json | undefined {
  return Array.isArray(given) ? [...new Set(given)].map((name) => ({ name })) : given;
}

/** A birthday is a moment over there, and a day in truth: 11:59 of it in UTC, as Outlook writes it, or midnight. */
function dayOf(moment: Json | undefined): Json | undefined {
  return typeof moment === 'string' ? moment.slice(0, 10) : moment;
}
