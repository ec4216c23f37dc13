/** From our values to what Graph takes of an event: pure. Only what changes is said. */
import { createHash } from 'node:crypto';
import type { Json, Values } from '#kit/fields.ts';
import { type JsonObject, objectOf, textOf } from '#kit/json.ts';
import { BUSY } from '#kit/meetings.ts';
import { dayAfter, instantOf, type Zoned } from '#kit/times.ts';
import { equal, isBlank } from '#kit/values.ts';
import { windowsZone } from '#kit/zones.ts';
import { isPrivate, toRow } from './event.ts';
import { eventFields } from './event-fields.ts';
import { EXTENDED, MARK } from './extended.ts';
import { recurrenceOf, Unruled } from './recurrence.ts';
import { Misplaced } from './writing.ts';

/** A new event, under a key: "to avoid redundant POST operations" (resources/event, transactionId). */
export function toNewEvent(fields: Values, key: string, mark: string): JsonObject {
  const kind = isBlank(fields.startDate) ? ['start', 'end'] : ['startDate', 'endDate'];
  const lacking = kind.find((field) => isBlank(fields[field]));
  if (lacking !== undefined) throw new Misplaced(lacking, `${lacking}: found nothing; a new event has a start and an end`);
  if (fields.status === 'cancelled') throw new Misplaced('status', 'status: a new event cannot be cancelled');
  const filled = Object.entries(bodyOf(fields, {})).filter(([, value]) => value !== null);
  return { ...Object.fromEntries(filled), transactionId: guidOf(key), [EXTENDED]: [{ id: MARK, value: mark }] };
}

function guidOf(key: string): string {
  const hex = createHash('sha256').update(key).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join('-');
}

/** Is it the organizer's word that it does not take place? That is a request of its own. */
export function cancels(fields: Values): boolean {
  return fields.status === 'cancelled';
}

/** What changes of an event as last read. Throws Misplaced. */
export function bodyOf(fields: Values, raw: JsonObject): JsonObject {
  const hidden = isPrivate(raw) ? Object.keys(fields).find((field) => !BUSY.has(field)) : undefined;
  if (hidden !== undefined)
    throw new Misplaced(hidden, `${hidden}: the event is private; of it only ${[...BUSY].join(', ')} can be written`);
  const body: JsonObject = {};
  if ('title' in fields) body.subject = isBlank(fields.title) ? '' : fields.title!;
  if ('description' in fields) {
    // The way into the meeting stands in the text, and is lost with it (resources/event, onlineMeeting).
    if (raw.isOnlineMeeting === true)
      throw new Misplaced('description', 'description: that of an online meeting says how to join it; change it in Outlook');
    body.body = { contentType: 'text', content: isBlank(fields.description) ? '' : fields.description! };
  }
  if ('location' in fields) body.location = { displayName: isBlank(fields.location) ? '' : fields.location! };
  if ('status' in fields) body.showAs = fields.status === 'tentative' ? 'tentative' : 'busy';
  Object.assign(body, timesOf(fields, raw));
  return body;
}

/** All-day or not: both ends are said in the same way, and a series begins on the day its first occurrence does. */
function timesOf(fields: Values, raw: JsonObject): JsonObject {
  const was: Values = raw.id === undefined ? {} : toRow(raw).fields;
  const is = (field: string): Json | undefined => (field in fields ? fields[field] : was[field]);
  const moved = ['start', 'end', 'startDate', 'endDate'].some(
    (field) => field in fields && !equal(eventFields[field as 'start'], fields[field], was[field]),
  );
  const body: JsonObject = {};
  const date = is('startDate');
  const allDay = typeof date === 'string' && date !== '' && (!('start' in fields) || isBlank(fields.start));
  if (moved && allDay) {
    const last = textOf(is('endDate')) ?? date;
    if (last < date) throw new Misplaced('endDate', `endDate: found ${last}, which is before the first day, ${date}`);
    Object.assign(body, { isAllDay: true, start: midnight(date), end: midnight(dayAfter(last)) });
  } else if (moved) {
    const [start, end] = [zonedOf(is('start'), 'start'), zonedOf(is('end'), 'end')];
    if (instantOf(end) < instantOf(start)) throw new Misplaced('end', 'end: it is before the start');
    Object.assign(body, { isAllDay: false, start: momentOf(start), end: momentOf(end) });
  }
  const recurrence = is('recurrence');
  const begins = allDay
    ? { date }
    : { date: String(objectOf(is('start'))?.local ?? '').slice(0, 10), zoned: objectOf(is('start')) as Zoned };
  const again = 'recurrence' in fields && !equal(eventFields.recurrence, recurrence, was.recurrence);
  if (again && isBlank(recurrence)) body.recurrence = null;
  else if (!isBlank(recurrence) && (again || (moved && begins.date !== dayOf(was)))) {
    body.recurrence = patternOf(String(recurrence), String(was.recurrence ?? ''), begins);
  }
  return body;
}

const dayOf = (was: Values): string | undefined => textOf(was.startDate) ?? textOf(objectOf(was.start)?.local)?.slice(0, 10);

function zonedOf(value: Json | undefined, field: string): Zoned {
  const zoned = objectOf(value);
  if (zoned === undefined) throw new Misplaced(field, `${field}: found nothing; an event has a start and an end`);
  return zoned as Zoned;
}

const midnight = (date: string): JsonObject => ({ dateTime: `${date}T00:00:00`, timeZone: 'UTC' });

/** Graph has no offsets: of a time that clocks show twice, the second is said in UTC. */
function momentOf(zoned: Zoned): JsonObject {
  if (zoned.offset !== undefined) return { dateTime: instantOf(zoned).slice(0, 19), timeZone: 'UTC' };
  return { dateTime: zoned.local, timeZone: windowsZone(zoned.zone) ?? zoned.zone };
}

/** One rule, and such days left out as were left out before: a day more is a cancelled occurrence, which is a thing of its own. */
function patternOf(lines: string, were: string, begins: { date: string; zoned?: Zoned }): JsonObject {
  const [rules, others] = [linesOf(lines, true), linesOf(lines, false)];
  const strange = others.find((line) => !linesOf(were, false).includes(line));
  if (rules.length !== 1 || strange !== undefined) {
    throw new Misplaced(
      'recurrence',
      `recurrence: Outlook takes one RRULE and no ${strange?.split(/[;:]/, 1)[0] ?? 'further ones'}`,
    );
  }
  try {
    return recurrenceOf(rules[0]!, begins, begins.zoned && (windowsZone(begins.zoned.zone) ?? begins.zoned.zone));
  } catch (error) {
    if (!(error instanceof Unruled)) throw error;
    throw new Misplaced('recurrence', `recurrence: Outlook has no pattern for ${error.message}`);
  }
}

const linesOf = (recurrence: string, rules: boolean): string[] =>
  recurrence.split(/\r?\n/).filter((line) => line !== '' && /^RRULE:/i.test(line) === rules);
