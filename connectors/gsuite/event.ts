/** From an event of Google's to what is kept of it, and to our row: pure. */
import { isDate } from '#kit/dates.ts';
import type { Json, Values } from '#kit/fields.ts';
import { isObject, type JsonObject, objectOf, objectsOf, textOf } from '#kit/json.ts';
import { occurrenceUid, seriesUid } from '#kit/meetings.ts';
import { checkValues, Misfits, problem } from '#kit/rows.ts';
import type { FieldProblem, Row } from '#kit/stream.ts';
import { lastDay, zonedAt } from '#kit/times.ts';
import { put } from '#kit/values.ts';
import { ianaZone, isZone } from '#kit/zones.ts';
import { eventFields, MARK } from './event-fields.ts';
import { isName, nameIn, type RecordShape } from './records.ts';

/** Where an event stands: its calendar, and the zone of those that name none. */
export interface Place {
  calendar: string;
  zone: string;
}

/** Of the events of a calendar. */
export const eventShape = (place: Place): RecordShape => ({
  trim: (event) => trimEvent(event, place),
  toRow: toEventRow,
  idOf: ({ id }) => {
    const event = nameIn(id);
    return event && eventId(place.calendar, event);
  },
});

/** Event ids are unique within a calendar: a guest's copy bears the id of the organizer's. */
export function eventId(calendar: string, event: string): string {
  return `${calendar}/${event}`;
}

/** Calendar and event of a row's id; undefined where it is none. */
export function placeOf(id: string): { calendar: string; event: string } | undefined {
  const slash = id.lastIndexOf('/');
  return slash < 1 || slash === id.length - 1 ? undefined : { calendar: id.slice(0, slash), event: id.slice(slash + 1) };
}

/** Set off by others against the person's will to show it: `confidential` is the older name of `private`. */
export function isPrivate({ visibility }: JsonObject): boolean {
  return visibility === 'private' || visibility === 'confidential';
}

const KEPT = ['id', 'etag', 'status', 'updated', 'iCalUID', 'visibility', 'start', 'end', 'recurrence'] as const;
const SAID = ['summary', 'description', 'location', 'attendeesOmitted', 'hangoutLink'] as const;

/** What of an event is kept, in a fixed order: of a private one its times alone, and nothing by which it could be told what it is. */
export function trimEvent(event: JsonObject, { calendar, zone }: Place): JsonObject {
  const raw: JsonObject = { calendar };
  for (const member of KEPT) if (event[member] !== undefined && event[member] !== null) raw[member] = event[member];
  for (const side of ['start', 'end']) if (raw[side] !== undefined) raw[side] = moment(raw[side]!, zone);
  if (event.recurringEventId !== undefined) raw.recurringEventId = event.recurringEventId;
  if (event.originalStartTime !== undefined) raw.originalStartTime = event.originalStartTime;
  const mark = objectOf(objectOf(event.extendedProperties)?.private)?.[MARK];
  if (mark !== undefined) raw.extendedProperties = { private: { [MARK]: mark } };
  const { email, displayName, self } = objectOf(event.organizer) ?? {};
  const own = self === true && { self };
  if (isPrivate(event)) return event.organizer === undefined ? raw : { ...raw, organizer: { ...own } };
  for (const member of SAID) if (event[member] !== undefined && event[member] !== null) raw[member] = event[member];
  if (email !== undefined) raw.organizer = { email, ...(displayName !== undefined && { displayName }), ...own };
  const entries = objectsOf(objectOf(event.conferenceData)?.entryPoints);
  const video = entries.find(({ entryPointType }) => entryPointType === 'video')?.uri;
  if (video !== undefined && raw.hangoutLink === undefined) raw.hangoutLink = video;
  const { attendees } = event;
  if (Array.isArray(attendees)) raw.attendees = attendees.map((one) => (isObject(one) ? guest(one) : one));
  else if (attendees !== undefined && attendees !== null) raw.attendees = attendees;
  return raw;
}

/** A date, or an instant with the zone it is meant in. */
function moment(given: Json, zone: string): Json {
  if (!isObject(given)) return given;
  if (typeof given.date === 'string') return { date: given.date };
  return { dateTime: given.dateTime ?? null, timeZone: textOf(given.timeZone) ?? zone };
}

const GUEST = [
  'email',
  'displayName',
  'responseStatus',
  'optional',
  'organizer',
  'resource',
  'additionalGuests',
  'comment',
  'id',
];

/** A guest, less what says the same by being absent. */
function guest(one: JsonObject): JsonObject {
  const kept: JsonObject = {};
  for (const member of GUEST) if (one[member] !== undefined && one[member] !== false) kept[member] = one[member]!;
  return kept;
}

/** The row of a trimmed event. Throws Misfits with every problem when it breaks the declared fields. */
export function toEventRow(raw: Json): Row {
  if (!isObject(raw) || typeof raw.id !== 'string' || !isName(raw.id) || typeof raw.calendar !== 'string') {
    throw new Misfits([problem('id', isObject(raw) ? (raw.id ?? null) : raw, 'the id of an event')]);
  }
  const problems: FieldProblem[] = [];
  const fields = fieldsOf(raw, raw.calendar, problems);
  problems.push(...checkValues(eventFields, fields));
  if (problems.length > 0) throw new Misfits(problems);
  const row: Row = { id: eventId(raw.calendar, raw.id), fields, raw };
  if (typeof raw.etag === 'string') row.version = raw.etag;
  if (typeof raw.updated === 'string') row.time = raw.updated;
  const mark = textOf(objectOf(objectOf(raw.extendedProperties)?.private)?.[MARK]);
  // An exception has it from its series, and is not what was made.
  if (mark !== undefined && raw.recurringEventId === undefined) row.mark = mark;
  if (raw.attendeesOmitted === true) row.cut = ['attendees'];
  if (isCopy(raw)) row.copy = isPrivate(raw) ? 'bare' : true;
  return row;
}

/** A guest's copy of what somebody else organizes. An event without guests is the account's own, whoever put it there. */
function isCopy(raw: JsonObject): boolean {
  const organizer = objectOf(raw.organizer);
  if (organizer === undefined || organizer.self === true) return false;
  return isPrivate(raw) || raw.attendees !== undefined;
}

function fieldsOf(raw: JsonObject, calendar: string, problems: FieldProblem[]): Values {
  const fields: Values = { calendar };
  put(fields, 'title', raw.summary);
  put(fields, 'description', raw.description);
  put(fields, 'location', raw.location);
  putTimes(fields, raw, problems);
  if (Array.isArray(raw.recurrence)) put(fields, 'recurrence', raw.recurrence.join('\n'));
  if (typeof raw.recurringEventId === 'string') fields.series = eventId(calendar, raw.recurringEventId);
  const slot = slotOf(raw.originalStartTime, problems);
  if (slot !== undefined) fields.occurrence = slot.length === 10 ? `${slot}T00:00:00.000Z` : slot;
  const uid = textOf(raw.iCalUID);
  if (uid !== undefined) fields.uid = slot === undefined ? seriesUid(uid) : occurrenceUid(uid, slot);
  put(fields, 'attendees', attendeesOf(raw.attendees, problems));
  put(fields, 'organizer', objectOf(raw.organizer)?.email);
  put(fields, 'organizerName', objectOf(raw.organizer)?.displayName);
  put(fields, 'status', raw.status);
  if (isPrivate(raw)) fields.private = true;
  put(fields, 'meetingLink', raw.hangoutLink);
  return fields;
}

function putTimes(fields: Values, { start, end }: JsonObject, problems: FieldProblem[]): void {
  const [first, after] = [objectOf(start)?.date, objectOf(end)?.date];
  if (typeof first === 'string') {
    fields.allDay = true;
    fields.startDate = first;
    put(fields, 'endDate', read(after, 'end/date', "a calendar date 'YYYY-MM-DD'", problems, lastDay));
    return;
  }
  put(fields, 'start', zoned(start, 'start', problems));
  put(fields, 'end', zoned(end, 'end', problems));
}

/** What the clocks of its zone show. Google gives the instant in the offset of the calendar, whatever the zone is. */
function zoned(given: Json | undefined, path: string, problems: FieldProblem[]): Json | undefined {
  if (!isObject(given)) return undefined;
  const { dateTime, timeZone } = given;
  const zone = String(timeZone);
  if (!isZone(ianaZone(zone))) {
    problems.push(problem(`${path}/timeZone`, timeZone, 'a time zone of the IANA database'));
    return undefined;
  }
  return read(dateTime, `${path}/dateTime`, RFC3339, problems, (text) => zonedAt(text, zone));
}

const RFC3339 = 'a time of RFC 3339';

/** What a conversion makes of a text; a problem where it can make nothing of it. */
function read<T>(text: Json | undefined, path: string, allowed: string, problems: FieldProblem[], to: (text: string) => T) {
  try {
    return to(String(text));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    problems.push(problem(path, text, allowed));
    return undefined;
  }
}

/** When an exception was to begin: an instant, or the date of an all-day one. */
function slotOf(given: Json | undefined, problems: FieldProblem[]): string | undefined {
  if (!isObject(given)) return undefined;
  const { date } = given;
  if (typeof date === 'string') {
    if (isDate(date)) return date;
    problems.push(problem('originalStartTime/date', date, "a calendar date 'YYYY-MM-DD'"));
    return undefined;
  }
  return read(given.dateTime, 'originalStartTime/dateTime', RFC3339, problems, (text) =>
    Temporal.Instant.from(text).toString({ smallestUnit: 'millisecond' }),
  );
}

function attendeesOf(attendees: Json | undefined, problems: FieldProblem[]): Json[] | undefined {
  if (attendees === undefined) return undefined;
  if (!Array.isArray(attendees)) {
    problems.push(problem('attendees', attendees, 'an array of objects'));
    return undefined;
  }
  return objectsOf(attendees).flatMap((one) => {
    const item = attendeeOf(one);
    return item === undefined ? [] : [item];
  });
}

/** An attendee as our fields say it; undefined where it is nobody: a room, or a guest whose address is not shown. */
export function attendeeOf(one: JsonObject): JsonObject | undefined {
  if (textOf(one.email) === undefined || one.resource === true) return undefined;
  const item: JsonObject = { address: one.email! };
  put(item, 'name', one.displayName);
  const answer = textOf(one.responseStatus);
  if (answer !== undefined) item.answer = answer === 'needsAction' ? 'none' : answer;
  if (one.optional === true) item.optional = true;
  if (one.organizer === true) item.organizer = true;
  return item;
}
