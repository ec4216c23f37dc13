/**
 * From our values to Google's person: pure. A named member is replaced whole at Google, so what is sent is composed over the
 * person as last read: items keep the parts we do not declare.
 */
import type { Field, Json, Values } from '#kit/fields.ts';
import { isObject, type JsonObject, objectsOf } from '#kit/json.ts';
import { equal, identity, isBlank, sameItem } from '#kit/values.ts';
import { contactFields, ITEMS, type ItemShape, JOB_PARTS, MARK, MEMBER_OF, MEMBERS, type Member, NAME_PARTS } from './fields.ts';
import { isNickname, leading, readItem } from './person.ts';
import { contactSource, isPrimary } from './trim.ts';

/** A new contact with our mark. */
export function toNewPerson(fields: Values, mark: string): JsonObject {
  return { ...composed({}, fields, membersOf(fields)), clientData: [{ key: MARK, value: mark }] };
}

/** The members that these fields live in, in their fixed order. */
export function membersOf(fields: Values): Member[] {
  return MEMBERS.filter((member) => Object.keys(fields).some((field) => MEMBER_OF[field] === member));
}

/**
 * The body of an update: every member of the mask, whether these fields change it or not (one mask holds for a whole batch),
 * and the etags by which Google sees that somebody was faster.
 */
export function toUpdate(raw: JsonObject, fields: Values, mask: readonly Member[]): JsonObject {
  const body: JsonObject = {};
  if (raw.etag !== undefined) body.etag = raw.etag;
  const source = contactSource(raw.metadata);
  if (source !== undefined) {
    body.metadata = {
      sources: [
        {
          type: 'CONTACT',
          ...(source.id !== undefined && { id: source.id }),
          ...(source.etag !== undefined && { etag: source.etag }),
        },
      ],
    };
  }
  return { ...body, ...composed(raw, fields, mask) };
}

function composed(raw: JsonObject, fields: Values, mask: readonly Member[]): JsonObject {
  const touched = new Set(membersOf(fields));
  const person: JsonObject = {};
  for (const member of mask) {
    const known = objectsOf(raw[member]);
    const items = (touched.has(member) ? COMPOSE[member](known, fields) : known).map(outgoing);
    if (items.length > 0) person[member] = items;
  }
  return person;
}

type Compose = (known: readonly JsonObject[], fields: Values) => JsonObject[];

const COMPOSE: { readonly [member in Member]: Compose } = {
  names: (known, fields) => {
    const name = withParts(known[0] ?? {}, NAME_PARTS, fields);
    // The free form of a name would speak against its parts.
    delete name.unstructuredName;
    return Object.keys(name).length > 0 ? [name] : [];
  },
  nicknames: (known, { nickname }) => {
    const [first, ...more] = known.filter(isNickname);
    const others = known.filter((one) => !isNickname(one));
    // Blank means none, else the second would take its place.
    return isBlank(nickname) ? others : [{ ...first, value: nickname! }, ...more, ...others];
  },
  organizations: (known, fields) => {
    const lead = leading(known);
    const job = withParts(lead ?? {}, JOB_PARTS, fields);
    const says = Object.keys(job).some((part) => part !== 'metadata' && part !== 'type');
    if (lead === undefined) return says ? [job, ...known] : [...known];
    return known.flatMap((one) => (one !== lead ? [one] : says ? [job] : []));
  },
  birthdays: (_known, { birthday }) => (typeof birthday === 'string' && birthday !== '' ? [{ date: fromDate(birthday) }] : []),
  biographies: (_known, { note }) => (isBlank(note) ? [] : [{ value: note!, contentType: 'TEXT_PLAIN' }]),
  emailAddresses: (known, { emails }) => composeList('emails', known, emails),
  phoneNumbers: (known, { phones }) => composeList('phones', known, phones),
  addresses: (known, { addresses }) => composeList('addresses', known, addresses),
  urls: (known, { urls }) => composeList('urls', known, urls),
  userDefined: (known, { custom }) => composeList('custom', known, custom),
};

/** An item with those parts replaced that the fields name; a blank one goes. */
function withParts(item: JsonObject, parts: readonly (readonly [string, string])[], fields: Values): JsonObject {
  const changed = { ...item };
  for (const [ours, theirs] of parts) {
    const value = fields[ours];
    if (value === undefined) continue;
    if (isBlank(value)) delete changed[theirs];
    else changed[theirs] = value;
  }
  return changed;
}

/**
 * The wanted items over the known ones: first those that are equal, then those of the same identity. Known items stay in their
 * order, new ones follow, the primary one leads (Google takes the first for it).
 */
function composeList(field: keyof typeof ITEMS, known: readonly JsonObject[], wanted: Json | undefined): JsonObject[] {
  const shape = ITEMS[field];
  const declared: Field = contactFields[field];
  const slots = known.map((theirs) => ({ theirs, item: readItem(shape, theirs), wanted: undefined as JsonObject | undefined }));
  const strangers = assign(objectsOf(wanted), slots, (item, known) => sameItem(declared.of, item, known));
  const named = (item: JsonObject) => identity(declared, item);
  const fresh = declared.identity ? assign(strangers, slots, (item, known) => named(item) === named(known)) : strangers;
  const items = slots.flatMap((slot) => {
    if (slot.item === undefined) return [slot.theirs]; // says nothing we declare: not ours to drop
    return slot.wanted === undefined ? [] : [written(shape, declared, slot.theirs, slot.item, slot.wanted)];
  });
  const all = [...items, ...fresh.map((item) => written(shape, declared, {}, {}, item))];
  return shape.primary ? all.sort((a, b) => Number(isPrimary(b)) - Number(isPrimary(a))) : all;
}

interface SlotFor {
  item: JsonObject | undefined;
  wanted: JsonObject | undefined;
}

/** Gives each wanted item the first free slot that fits; returns those that found none. */
function assign(
  wanted: readonly JsonObject[],
  slots: readonly SlotFor[],
  fits: (item: JsonObject, known: JsonObject) => boolean,
): JsonObject[] {
  return wanted.filter((item) => {
    const slot = slots.find((one) => one.wanted === undefined && one.item !== undefined && fits(item, one.item));
    if (slot !== undefined) slot.wanted = item;
    return slot === undefined;
  });
}

function written(shape: ItemShape, declared: Field, theirs: JsonObject, known: JsonObject, item: JsonObject): JsonObject {
  const { metadata, ...kept } = theirs;
  const leads = shape.primary ? item.primary === true : metadata !== undefined;
  const primary = leads ? { metadata: { primary: true } } : undefined;
  const same = sameItem(declared.of, { ...item, primary: null }, { ...known, primary: null });
  if (same && Object.keys(theirs).length > 0) return { ...kept, ...primary };
  for (const [ours, their] of shape.parts) {
    const value = item[ours];
    if (declared.of?.[ours] && equal(declared.of[ours], value, known[ours])) continue; // their spelling of the same stays
    if (isBlank(value)) delete kept[their];
    else kept[their] = value!;
  }
  // Google keeps a formatted address that is sent, and makes one from the parts when none is.
  if (shape.member === 'addresses') delete kept.formattedValue;
  return { ...kept, ...primary };
}

/** `primary` is Google's own judgement; `sourcePrimary` is the one that may be written. */
function outgoing(item: JsonObject): JsonObject {
  const { metadata, ...sent } = item;
  return isObject(metadata) && isPrimary(item) ? { ...sent, metadata: { sourcePrimary: true } } : sent;
}

function fromDate(text: string): JsonObject {
  const [day, month, year] = text.split('-').reverse();
  const date: JsonObject = {};
  if (year) date.year = Number(year);
  return Object.assign(date, { month: Number(month), day: Number(day) });
}
