import type { Json } from '#kit/fields.ts';
import type { CalendarState, EventState } from './agenda.ts';
import { ClassicError } from './errors.ts';
import type { Message } from './json.ts';

/** Members a client may write (calendar.v3, Event); the others it may send are passed over. */
const WRITABLE: ReadonlySet<string> = new Set([
  ...['summary', 'description', 'location', 'start', 'end', 'recurrence', 'attendees', 'status', 'visibility', 'transparency'],
  ...['extendedProperties', 'reminders', 'colorId', 'conferenceData', 'guestsCanModify', 'guestsCanInviteOthers'],
  ...['guestsCanSeeOtherGuests', 'source', 'sequence', 'eventType'],
]);

const KNOWN: ReadonlySet<string> = new Set([
  ...WRITABLE,
  ...['id', 'etag', 'kind', 'htmlLink', 'created', 'updated', 'creator', 'organizer', 'iCalUID', 'originalStartTime'],
  ...['recurringEventId', 'hangoutLink', 'attendeesOmitted', 'attachments', 'locked', 'privateCopy', 'endTimeUnspecified'],
]);

/** The body of a request as JSON of an event. Throws what Google's reader answers. */
export function readEvent(body: Buffer): Message {
  let event: Json;
  try {
    event = JSON.parse(body.toString() || '{}');
  } catch {
    throw new ClassicError(400, 'parseError', 'Parse Error');
  }
  if (event === null || typeof event !== 'object' || Array.isArray(event)) throw invalid('Invalid value for the event.');
  const strange = Object.keys(event).find((member) => !KNOWN.has(member));
  if (strange !== undefined)
    throw invalid(`Invalid JSON payload received. Unknown name ${JSON.stringify(strange)}: Cannot find field.`);
  return event;
}

/** The event with what was sent: a member of null goes, an object is merged, a list is replaced. */
export function patched(before: Message, sent: Message): Message {
  const after = { ...before };
  for (const [member, value] of Object.entries(sent)) if (WRITABLE.has(member)) merge(after, member, value);
  return after;
}

function merge(into: Message, member: string, value: Json): void {
  const known = into[member];
  if (value === null) delete into[member];
  else if (isMessage(value)) {
    const merged: Message = isMessage(known) ? { ...known } : {};
    for (const [part, inner] of Object.entries(value)) merge(merged, part, inner);
    into[member] = merged;
  } else into[member] = value;
}

/** The event as it is kept: times as instants, guests with their answers. Throws what Google answers where a rule is broken. */
export function settled(event: Message, zone: string): Message {
  const start = moment(event.start, 'start', zone);
  const end = moment(event.end, 'end', zone);
  if ('date' in start !== 'date' in end)
    throw invalid('Invalid start time.', { locationType: 'parameter', location: 'startTime' });
  if (at(end) < at(start) || ('date' in start && at(end) === at(start)))
    throw new ClassicError(400, 'timeRangeEmpty', 'The specified time range is empty.', 'calendar', {
      locationType: 'parameter',
      location: 'timeMax',
    });
  const recurrence = event.recurrence;
  if (Array.isArray(recurrence) && recurrence.length > 0) {
    const wrong = recurrence.find((line) => typeof line !== 'string' || !/^(RRULE:.*FREQ=|RDATE|EXDATE|EXRULE)/.test(line));
    if (wrong !== undefined) throw invalid('Invalid recurrence rule.');
    const bare = isMessage(event.start) && !event.start.timeZone && !event.start.date;
    if (bare) throw new ClassicError(400, 'required', 'Missing time zone definition for start time.');
  }
  const status = event.status ?? 'confirmed';
  if (!['confirmed', 'tentative', 'cancelled'].includes(String(status))) throw invalid('Invalid value for: status');
  const { recurrence: _, attendees: __, ...rest } = event;
  return {
    ...rest,
    start,
    end,
    status,
    ...(Array.isArray(recurrence) && recurrence.length > 0 && { recurrence }),
    ...(Array.isArray(event.attendees) && event.attendees.length > 0 && { attendees: event.attendees.map(guest) }),
  };
}

function moment(given: Json | undefined, side: 'start' | 'end', zone: string): Message {
  if (!isMessage(given) || (given.date === undefined && given.dateTime === undefined))
    throw new ClassicError(400, 'required', `Missing ${side} time.`);
  if (given.date !== undefined) {
    if (given.dateTime !== undefined) throw invalid(`Invalid ${side} time.`);
    return { date: day(given.date, side) };
  }
  const timeZone = typeof given.timeZone === 'string' ? given.timeZone : undefined;
  try {
    const text = String(given.dateTime);
    const offset = /(Z|[+-]\d\d:?\d\d)$/i.test(text);
    if (!offset && timeZone === undefined)
      throw new ClassicError(400, 'required', `Missing time zone definition for ${side} time.`);
    const instant = offset
      ? Temporal.Instant.from(text)
      : Temporal.PlainDateTime.from(text)
          .toZonedDateTime(timeZone ?? zone)
          .toInstant();
    instant.toZonedDateTimeISO(timeZone ?? zone);
    return { dateTime: instant.toString(), timeZone: timeZone ?? zone };
  } catch (error) {
    if (error instanceof ClassicError) throw error;
    throw invalid(`Invalid ${side} time.`);
  }
}

function day(given: Json, side: string): string {
  try {
    return Temporal.PlainDate.from(String(given)).toString();
  } catch {
    throw invalid(`Invalid ${side} time.`);
  }
}

/** When a side is, as text that sorts. */
function at(moment: Message): string {
  return String(moment.date ?? Temporal.Instant.from(String(moment.dateTime)).toString({ smallestUnit: 'millisecond' }));
}

function guest(one: Json): Message {
  if (!isMessage(one) || typeof one.email !== 'string' || !/^[^@\s]+@[^@\s]+$/.test(one.email))
    throw invalid('Invalid attendee email.');
  const { self: _self, organizer: _organizer, ...kept } = one;
  const answer = one.responseStatus ?? 'needsAction';
  if (!['needsAction', 'declined', 'tentative', 'accepted'].includes(String(answer)))
    throw invalid('Invalid value for: responseStatus');
  return { ...kept, email: one.email.toLowerCase(), responseStatus: answer };
}

export function invalid(message: string, location = {}): ClassicError {
  return new ClassicError(400, 'invalid', message, 'global', location);
}

/** An event as a calendar shows it to whoever it belongs to; of a cancelled one hardly more than its name. */
export function shown(calendar: CalendarState, { id, stamp, created, updated, cancelled, body }: EventState): Message {
  const head: Message = { kind: 'calendar#event', etag: `"${stamp * 2}"`, id };
  const { start, end, originalStartTime, recurringEventId, organizer, iCalUID, ...said } = body;
  const slot = originalStartTime === undefined ? {} : { originalStartTime: rendered(originalStartTime, calendar.zone) };
  const series = recurringEventId === undefined ? {} : { recurringEventId, ...slot };
  if (cancelled) return { ...head, status: 'cancelled', ...series };
  const own = isMessage(organizer) && organizer.email === calendar.id;
  return {
    ...head,
    htmlLink: `https://www.google.com/calendar/event?eid=${Buffer.from(`${id} ${calendar.id}`).toString('base64url')}`,
    created: iso(created),
    updated: iso(updated),
    ...said,
    creator: organizer ?? { email: calendar.id },
    organizer: { ...(isMessage(organizer) ? organizer : { email: calendar.id }), ...(own && { self: true }) },
    start: rendered(start ?? null, calendar.zone),
    end: rendered(end ?? null, calendar.zone),
    ...series,
    iCalUID: iCalUID ?? `${id}@google.com`,
    ...(Array.isArray(said.attendees) && { attendees: said.attendees.map((one) => guestShown(one, calendar.id, organizer)) }),
    reminders: said.reminders ?? { useDefault: true },
    eventType: said.eventType ?? 'default',
  };
}

function guestShown(one: Json, calendar: string, organizer: Json | undefined): Json {
  if (!isMessage(one)) return one;
  const hosts = isMessage(organizer) && organizer.email === one.email;
  return { ...one, ...(hosts && { organizer: true }), ...(one.email === calendar && { self: true }) };
}

/** Google gives an instant in the offset of the calendar, whatever the zone is that the event names. */
function rendered(moment: Json, zone: string): Json {
  if (!isMessage(moment) || moment.dateTime === undefined) return moment;
  const local = Temporal.Instant.from(String(moment.dateTime)).toZonedDateTimeISO(zone);
  const dateTime = local.toString({ timeZoneName: 'never', smallestUnit: 'second' }).replace('+00:00', 'Z');
  return { ...moment, dateTime };
}

const iso = (ms: number): string => new Date(ms).toISOString();

export function isMessage(value: Json | undefined): value is Message {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
