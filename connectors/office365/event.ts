/** From Graph's event to what is kept of it, and to our row: pure. */
import type { Json, Values } from '#kit/fields.ts';
import { isObject, type JsonObject, objectOf, objectsOf, textOf } from '#kit/json.ts';
import { occurrenceUid, seriesUid } from '#kit/meetings.ts';
import { checkValues, Misfits, problem } from '#kit/rows.ts';
import type { FieldProblem, Row } from '#kit/stream.ts';
import { instantOf, lastDay, type Zoned, zonedAt, zonedFrom } from '#kit/times.ts';
import { put } from '#kit/values.ts';
import { ianaZone, isZone } from '#kit/zones.ts';
import { eventFields, SAID, TIMES } from './event-fields.ts';
import { EXTENDED, MARK, propertyOf } from './extended.ts';
import { etagOf, idOf, picked, type Shape, ticksOf } from './records.ts';
import { type Begins, ruleOf, Unruled } from './recurrence.ts';

/** "Private" and "confidential" are set by people who do not want it told; "personal" says only what it is about. */
export function isPrivate({ sensitivity }: JsonObject): boolean {
  return sensitivity === 'private' || sensitivity === 'confidential';
}

/** Of a private event its times alone are kept, and nothing by which it could be told what it is. */
function trim(event: JsonObject): JsonObject {
  const etag = etagOf(event);
  const kept: JsonObject = {
    ...(etag !== undefined && { '@odata.etag': etag }),
    ...picked(event, TIMES),
    ...(Array.isArray(event.cancelledOccurrences) &&
      event.cancelledOccurrences.length > 0 && { cancelled: cancelledDays(event) }),
    ...(Array.isArray(event[EXTENDED]) && {
      [EXTENDED]: objectsOf(event[EXTENDED]).map(({ id, value }) => ({ id: id!, value: value! })),
    }),
  };
  // Kept by trims before this one.
  if (Array.isArray(event.cancelled)) kept.cancelled = event.cancelled;
  if (isPrivate(event)) return kept;
  const said = picked(event, SAID);
  const location = textOf(objectOf(event.location)?.displayName);
  delete said.location;
  if (location !== undefined) said.location = { displayName: location };
  if (typeof event.calendar === 'string') said.calendar = event.calendar;
  return { ...kept, ...said };
}

/** `OID.<id of the series>.2026-04-04`: the days that do not take place. */
function cancelledDays(event: JsonObject): string[] {
  const ids = Array.isArray(event.cancelledOccurrences) ? event.cancelledOccurrences : [];
  return ids.flatMap((id) => /\.(\d{4}-\d\d-\d\d)$/.exec(String(id))?.[1] ?? []).sort();
}

export function toRow(raw: Json): Row {
  const event = isObject(raw) ? raw : {};
  const id = idOf(event);
  if (id === undefined) throw new Misfits([problem('id', isObject(raw) ? event.id : raw, 'the id of an event')]);
  const problems: FieldProblem[] = [];
  const fields = fieldsOf(event, problems);
  problems.push(...checkValues(eventFields, fields));
  if (problems.length > 0) throw new Misfits(problems);
  const row: Row = { id, fields, raw };
  const [version, time, mark] = [etagOf(event), ticksOf(event.lastModifiedDateTime), propertyOf(event, MARK)];
  if (version !== undefined) row.version = version;
  if (time !== undefined) row.time = time;
  // An exception has it from its series, and is not what was made.
  if (typeof mark === 'string' && !isOfSeries(event)) row.mark = mark;
  if (event.isOrganizer === false) row.copy = fields.private === true ? 'bare' : true;
  return row;
}

export const eventShape: Shape = { trim, toRow };

function fieldsOf(event: JsonObject, problems: FieldProblem[]): Values {
  const fields: Values = {};
  put(fields, 'title', event.subject);
  put(fields, 'description', contentOf(event.body));
  put(fields, 'location', objectOf(event.location)?.displayName);
  const begins = putTimes(fields, event, problems);
  put(fields, 'recurrence', begins && linesOf(event, begins, problems));
  putPlace(fields, event, problems);
  const organizer = objectOf(objectOf(event.organizer)?.emailAddress);
  put(fields, 'attendees', attendeesOf(event.attendees, textOf(organizer?.address), problems));
  put(fields, 'organizer', organizer?.address);
  put(fields, 'organizerName', organizer?.name);
  fields.status = event.isCancelled === true ? 'cancelled' : event.showAs === 'tentative' ? 'tentative' : 'confirmed';
  if (isPrivate(event)) fields.private = true;
  put(fields, 'meetingLink', objectOf(event.onlineMeeting)?.joinUrl ?? event.onlineMeetingUrl);
  put(fields, 'calendar', event.calendar);
  return fields;
}

/** Text ends its lines as Windows does, and the last one too. */
function contentOf(body: Json | undefined): Json | undefined {
  const content = objectOf(body)?.content;
  return typeof content === 'string' ? content.replaceAll('\r\n', '\n').trimEnd() : content;
}

function putTimes(fields: Values, event: JsonObject, problems: FieldProblem[]): Begins | undefined {
  if (event.isAllDay === true) {
    // "Midnight to midnight whatever zone is asked for": its date part is meant.
    const [first, after] = [dateOf(event.start), dateOf(event.end)];
    fields.allDay = true;
    put(fields, 'startDate', first);
    put(fields, 'endDate', after && read(() => lastDay(after), 'end/dateTime', after, 'a date', problems));
    return first === undefined ? undefined : { date: first };
  }
  const start = zonedOf('start', event, event.originalStartTimeZone, problems);
  put(fields, 'start', start);
  put(fields, 'end', zonedOf('end', event, event.originalEndTimeZone, problems));
  return start && { date: start.local.slice(0, 10), zoned: start };
}

const dateOf = (given: Json | undefined): string | undefined => textOf(objectOf(given)?.dateTime)?.slice(0, 10);

/** The instant Graph gives in UTC, as the clocks of the zone show it that the event was made in. */
function zonedOf(side: 'start' | 'end', event: JsonObject, made: Json | undefined, problems: FieldProblem[]): Zoned | undefined {
  const { dateTime, timeZone } = objectOf(event[side]) ?? {};
  if (typeof dateTime !== 'string') return undefined;
  const names = [made, objectOf(objectOf(event.recurrence)?.range)?.recurrenceTimeZone].filter(
    (name) => typeof name === 'string',
  );
  const known = names.map(ianaZone).find(isZone);
  // A zone somebody defined has no name: of a single event the instant is enough, a series needs its rules.
  const zone = known ?? (event.recurrence === undefined && (names.length === 0 || names[0] === CUSTOM) ? 'Etc/UTC' : undefined);
  if (zone === undefined) {
    problems.push(problem(`${side}/timeZone`, names[0] ?? null, 'a time zone of Windows or of the IANA database'));
    return undefined;
  }
  const zoned = () => zonedAt(instantOf(zonedFrom(dateTime, String(timeZone ?? 'UTC'))), zone);
  return read(zoned, `${side}/dateTime`, dateTime, 'a local time such as 2026-06-15T10:00:00.0000000', problems);
}

/** The name of the zones that Outlook makes of rules without a name. */
const CUSTOM = 'tzone://Microsoft/Custom';

function read<T>(make: () => T, path: string, found: string, allowed: string, problems: FieldProblem[]): T | undefined {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    problems.push(problem(path, found, allowed));
    return undefined;
  }
}

function linesOf(event: JsonObject, begins: Begins, problems: FieldProblem[]): string | undefined {
  const recurrence = objectOf(event.recurrence);
  if (recurrence === undefined) return undefined;
  try {
    return [ruleOf(recurrence, begins), ...exdates(event.cancelled, begins)].join('\n');
  } catch (error) {
    if (!(error instanceof Unruled)) throw error;
    problems.push(problem('recurrence', recurrence, `a pattern that is known; found ${error.message}`));
    return undefined;
  }
}

function exdates(cancelled: Json | undefined, { zoned }: Begins): string[] {
  const days = (Array.isArray(cancelled) ? cancelled : []).map((day) => String(day).replaceAll('-', ''));
  if (days.length === 0) return [];
  if (zoned === undefined) return [`EXDATE;VALUE=DATE:${days.join()}`];
  const time = zoned.local.slice(11).replaceAll(':', '');
  return [`EXDATE;TZID=${zoned.zone}:${days.map((day) => `${day}T${time}`).join()}`];
}

const isOfSeries = ({ type }: JsonObject): boolean => type === 'exception' || type === 'occurrence';

/** Which series it belongs to, and by what it is known in every calendar. */
function putPlace(fields: Values, event: JsonObject, problems: FieldProblem[]): void {
  const uid = textOf(event.iCalUId);
  if (!isOfSeries(event)) {
    if (uid !== undefined) fields.uid = seriesUid(uid);
    return;
  }
  put(fields, 'series', event.seriesMasterId);
  const original = textOf(event.originalStart);
  if (original === undefined) return;
  const instant = () => Temporal.Instant.from(original).toString({ smallestUnit: 'millisecond' });
  const at = read(instant, 'originalStart', original, 'an instant such as 2026-06-15T10:00:00Z', problems);
  if (at === undefined) return;
  fields.occurrence = at;
  if (uid !== undefined) fields.uid = occurrenceUid(uid, event.isAllDay === true ? at.slice(0, 10) : at);
}

const ANSWERS = new Map([
  ['accepted', 'accepted'],
  ['declined', 'declined'],
  ['tentativelyAccepted', 'tentative'],
  ['organizer', 'accepted'],
]);

function attendeesOf(given: Json | undefined, organizer: string | undefined, problems: FieldProblem[]): Json[] | undefined {
  if (given === undefined) return undefined;
  if (!Array.isArray(given)) problems.push(problem('attendees', given, 'an array of objects'));
  const people = new Map<string, JsonObject>();
  for (const one of objectsOf(given)) {
    const { address, name } = objectOf(one.emailAddress) ?? {};
    if (typeof address !== 'string' || address === '' || one.type === 'resource') continue; // a room is nobody
    const item: JsonObject = { address };
    if (name !== address) put(item, 'name', name);
    item.answer = ANSWERS.get(String(objectOf(one.status)?.response)) ?? 'none';
    if (one.type === 'optional') item.optional = true;
    if (address.toLowerCase() === organizer?.toLowerCase()) item.organizer = true;
    if (!people.has(address.toLowerCase())) people.set(address.toLowerCase(), item);
  }
  return [...people.values()];
}
