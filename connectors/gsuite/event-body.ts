/** From our values to the body of a call: pure. A patch names what changes and nothing else; guests are composed over those last read. */
import { createHash } from 'node:crypto';
import type { Json, Values } from '#kit/fields.ts';
import { type JsonObject, objectOf, objectsOf, textOf } from '#kit/json.ts';
import { dayAfter, instantOf, type Zoned } from '#kit/times.ts';
import { identity, isBlank, sameItem } from '#kit/values.ts';
import { attendeeOf } from './event.ts';
import { eventFields, MARK } from './event-fields.ts';

/** A new event: an id of ours, so that a repetition is refused as a duplicate, and our mark. */
export function toNewEvent(fields: Values, key: string, mark: string): JsonObject {
  const body = toPatch({}, fields);
  for (const member of Object.keys(body)) if (isBlank(body[member])) delete body[member];
  for (const side of ['start', 'end']) if (body[side] !== undefined) body[side] = withoutNulls(body[side]!);
  return { id: newEventId(key), ...body, extendedProperties: { private: { [MARK]: mark } } };
}

/** Google takes ids of 5 to 1024 characters of base32hex: the digits of a digest are among them. */
export function newEventId(key: string): string {
  return createHash('sha256').update(key).digest('hex').slice(0, 40);
}

const PLAIN = { title: 'summary', description: 'description', location: 'location', status: 'status' } as const;

/** The members that these fields live in. What is blanked is null, which erases it. */
export function toPatch(raw: JsonObject, fields: Values): JsonObject {
  const body: JsonObject = {};
  for (const [ours, theirs] of Object.entries(PLAIN)) {
    if (fields[ours] !== undefined) body[theirs] = isBlank(fields[ours]) ? null : fields[ours];
  }
  for (const [side, dated, zoned] of [
    ['start', 'startDate', 'start'],
    ['end', 'endDate', 'end'],
  ] as const) {
    const moment = toMoment(side, fields[dated], fields[zoned]);
    if (moment !== undefined) body[side] = moment;
  }
  if (fields.recurrence !== undefined) body.recurrence = linesOf(fields.recurrence);
  if (fields.attendees !== undefined) body.attendees = composeGuests(objectsOf(raw.attendees), fields.attendees);
  return body;
}

/** An event is all-day or not: the members of the other kind are erased, else a patch would leave them beside. */
function toMoment(side: 'start' | 'end', date: Json | undefined, zoned: Json | undefined): JsonObject | undefined {
  const time = objectOf(zoned);
  if (time !== undefined) return { date: null, dateTime: instantOf(time as Zoned), timeZone: time.zone! };
  if (typeof date !== 'string' || date === '') return undefined;
  return { date: side === 'start' ? date : dayAfter(date), dateTime: null, timeZone: null };
}

function withoutNulls(moment: Json): Json {
  return Object.fromEntries(Object.entries(objectOf(moment) ?? {}).filter(([, value]) => value !== null));
}

export function linesOf(recurrence: Json): string[] {
  return typeof recurrence === 'string' ? recurrence.split(/\r?\n/).filter(Boolean) : [];
}

/**
 * The wanted guests over the known ones: a patch replaces all of them. Rooms, and who has no address, stay; whoever is known keeps
 * what is not declared. What Google makes itself (who is the organizer) is not sent.
 */
function composeGuests(known: readonly JsonObject[], wanted: Json): JsonObject[] {
  const field = eventFields.attendees;
  const fresh = new Map(objectsOf(wanted).map((item) => [identity(field, item), item]));
  const kept = known.flatMap((theirs) => {
    const item = attendeeOf(theirs);
    if (item === undefined) return [theirs];
    const mine = fresh.get(identity(field, item));
    if (mine === undefined) return [];
    fresh.delete(identity(field, item));
    return [sameItem(field.of, item, { ...mine, organizer: item.organizer ?? null }) ? theirs : written(theirs, mine)];
  });
  return [...kept, ...[...fresh.values()].map((item) => written({}, item))].map(
    ({ organizer: _organizer, id: _id, ...sent }) => sent,
  );
}

function written(theirs: JsonObject, { address, name, answer, optional }: JsonObject): JsonObject {
  const guest: JsonObject = { ...theirs, email: textOf(theirs.email) ?? address! };
  delete guest.displayName;
  delete guest.optional;
  if (!isBlank(name)) guest.displayName = name!;
  // What somebody has answered is not taken back by leaving it out.
  if (!isBlank(answer)) guest.responseStatus = answer === 'none' ? 'needsAction' : answer!;
  if (optional === true) guest.optional = true;
  return guest;
}
