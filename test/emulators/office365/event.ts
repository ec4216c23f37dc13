import type { Json } from '#kit/fields.ts';
import { ianaZone, isZone } from '#kit/zones.ts';
import { badRequest } from './errors.ts';
import { daysOf } from './pattern.ts';
import { TYPES } from './schema.ts';
import { digest, type Item, type Shelf } from './shelf.ts';
import { isThing, type Thing, text, things } from './thing.ts';

/** Event number `n`: always the same, in the year around `now`. */
export function eventOf(n: number, now: number, email: string): Thing {
  const at = new Date(now + (n - 200) * 3_600_000).toISOString().slice(0, 19);
  const end = new Date(now + (n - 199) * 3_600_000).toISOString().slice(0, 19);
  return kept(
    {},
    { subject: `Meeting ${n}`, start: { dateTime: at, timeZone: 'UTC' }, end: { dateTime: end, timeZone: 'UTC' } },
    email,
    `${n}`,
  );
}

const LOCAL = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?$/;

/** A body over what was there, as Exchange keeps it. */
export function kept(before: Thing, given: Thing, email: string, seed: string): Thing {
  const after: Thing = { ...before };
  for (const [name, value] of Object.entries(given)) after[name] = name === 'body' ? bodyOf(value) : value;
  for (const side of ['start', 'end']) {
    const { dateTime, timeZone } = isThing(after[side]) ? after[side] : {};
    if (!LOCAL.test(text(dateTime)))
      throw badRequest('At least one property failed validation.', 'ErrorPropertyValidationFailure');
    if (!isZone(ianaZone(text(timeZone))))
      throw badRequest('A valid TimeZone value must be specified.', 'TimeZoneNotSupportedException');
    if (isThing(given[side])) after[side === 'start' ? 'originalStartTimeZone' : 'originalEndTimeZone'] = text(timeZone);
  }
  for (const name of ['originalStartTimeZone', 'originalEndTimeZone']) if (given[name] !== undefined) after[name] = given[name];
  const [start, end] = [after.start as Thing, after.end as Thing];
  if (instantOf(end) < instantOf(start))
    throw badRequest('The start time must be before the end time.', 'ErrorCalendarEndDateIsEarlierThanStartDate');
  if (after.isAllDay === true) {
    const midnight = [start, end].every(({ dateTime }) => /T00:00(:00(\.0+)?)?$/.test(text(dateTime)));
    if (!midnight || start.timeZone !== end.timeZone || text(start.dateTime) >= text(end.dateTime))
      throw badRequest(
        'The start and end of an all-day event are midnight in the same zone, a day apart at least.',
        'ErrorInvalidRequest',
      );
  }
  if (isThing(after.recurrence)) {
    const range = isThing(after.recurrence.range) ? after.recurrence.range : {};
    if (text(range.startDate) !== text(start.dateTime).slice(0, 10))
      throw badRequest(
        "The recurrence range's startDate is not the date of the event's start.",
        'ErrorPropertyValidationFailure',
      );
    if (range.recurrenceTimeZone === undefined) range.recurrenceTimeZone = text(start.timeZone);
  }
  after.iCalUId ??= uidOf(`${email} ${seed}`);
  after.isOrganizer ??= true;
  after.organizer ??= { emailAddress: { name: email.split('@')[0]!, address: email } };
  after.type = after.type === 'exception' ? 'exception' : isThing(after.recurrence) ? 'seriesMaster' : 'singleInstance';
  return after;
}

/** Text becomes HTML, and never stays as it was sent. */
function bodyOf(given: Json): Thing {
  const { contentType, content } = isThing(given) ? given : {};
  if (contentType === 'html') return { contentType: 'html', content: text(content) };
  const escaped = text(content).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('\n', '<br>');
  return {
    contentType: 'html',
    content: text(content) === '' ? '' : `<html><head></head><body><div class="PlainText">${escaped}</div></body></html>`,
  };
}

function plain(html: string): string {
  const bare = html.replace(/<br\s*\/?>/g, '\r\n').replace(/<[^>]*>/g, '');
  const said = bare.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
  return said === '' ? '' : `${said}\r\n`;
}

/** MS-OXOCAL 2.2.1.27, without a day in it. */
function uidOf(seed: string): string {
  const data = Buffer.from(digest(seed, 16)).toString('hex');
  return `040000008200E00074C5B7101A82E0080000000000DA2B357D94B5D2${'0'.repeat(16)}10000000${data}`.toUpperCase();
}

export function instantOf(moment: Thing): number {
  const zone = ianaZone(text(moment.timeZone));
  return Temporal.PlainDateTime.from(text(moment.dateTime).slice(0, 19)).toZonedDateTime(zone).epochMilliseconds;
}

export interface Asked {
  immutable: boolean;
  zone: string;
  text: boolean;
  expanded: readonly string[];
  cancelled: boolean;
}

/** As an answer shows it: times in the zone that is preferred, an all-day event at midnight whatever zone that is. */
export function present(shelf: Shelf, item: Item, asked: Asked): Thing {
  const { body } = item;
  const etag = shelf.etagOf(item);
  const shown: Thing = {};
  for (const member of Object.keys(TYPES.event!)) {
    if (['singleValueExtendedProperties', 'cancelledOccurrences'].includes(member)) continue;
    shown[member] = body[member] ?? DEFAULTS[member] ?? null;
  }
  const html = text(isThing(body.body) ? body.body.content : undefined);
  const master = body.seriesMasterId === undefined ? undefined : shelf.find(text(body.seriesMasterId));
  const wanted = asked.expanded.map((id) => id.toLowerCase());
  const found = things(body.singleValueExtendedProperties).filter(({ id }) => wanted.includes(text(id).toLowerCase()));
  return {
    '@odata.etag': `W/"${etag}"`,
    id: idOf(shelf, item, asked),
    createdDateTime: new Date(item.created).toISOString().replace('Z', '1263Z'),
    lastModifiedDateTime: new Date(item.modified).toISOString().replace('Z', '1467Z'),
    changeKey: etag,
    ...shown,
    body: asked.text ? { contentType: 'text', content: plain(html) } : { contentType: 'html', content: html },
    bodyPreview: plain(html).slice(0, 255).trim(),
    start: inZone(body.start as Thing, body.isAllDay === true, asked.zone),
    end: inZone(body.end as Thing, body.isAllDay === true, asked.zone),
    seriesMasterId: master ? idOf(shelf, master, asked) : null,
    ...(asked.cancelled &&
      body.type === 'seriesMaster' && { cancelledOccurrences: cancelledIn(body).map((day) => `OID.${item.id}.${day}`) }),
    ...(found.length > 0 && { singleValueExtendedProperties: found }),
  };
}

const idOf = (shelf: Shelf, item: Item, { immutable }: Asked): string => (immutable ? item.id : shelf.legacyOf(item));

const DEFAULTS: Thing = {
  ...{
    subject: '',
    importance: 'normal',
    sensitivity: 'normal',
    showAs: 'busy',
    isAllDay: false,
    isCancelled: false,
    isOrganizer: true,
  },
  ...{
    isReminderOn: true,
    reminderMinutesBeforeStart: 15,
    isOnlineMeeting: false,
    responseRequested: true,
    hideAttendees: false,
  },
  ...{ allowNewTimeProposals: true, hasAttachments: false, isDraft: false, attendees: [], categories: [], locations: [] },
  location: { displayName: '', locationType: 'default', uniqueIdType: 'unknown', address: {} },
  responseStatus: { response: 'organizer', time: '0001-01-01T00:00:00Z' },
};

function inZone(moment: Thing, allDay: boolean, zone: string): Thing {
  const local = allDay
    ? text(moment.dateTime).slice(0, 19)
    : Temporal.Instant.fromEpochMilliseconds(instantOf(moment))
        .toZonedDateTimeISO(ianaZone(zone))
        .toPlainDateTime()
        .toString({ smallestUnit: 'second' });
  return { dateTime: `${local}.0000000`, timeZone: zone };
}

const cancelledIn = (body: Thing): string[] => (Array.isArray(body.cancelled) ? body.cancelled.map(String) : []);

/** What a round shows of an unchanged occurrence, and no more. */
export function occurrencesOf(shelf: Shelf, item: Item, asked: Asked, window: { from: number; to: number }): Thing[] {
  const [start, end] = [item.body.start as Thing, item.body.end as Thing];
  const until = new Date(window.to).toISOString().slice(0, 10);
  const away = new Set([...cancelledIn(item.body), ...exceptionsOf(shelf, item).map(({ body }) => text(body.day))]);
  const shift = (moment: Thing, days: number): Thing => ({
    ...moment,
    dateTime: Temporal.PlainDateTime.from(text(moment.dateTime).slice(0, 19)).add({ days }).toString({ smallestUnit: 'second' }),
  });
  const first = Temporal.PlainDate.from(text(start.dateTime).slice(0, 10));
  return daysOf(item.body.recurrence as Thing, until).flatMap((day) => {
    const { days } = first.until(Temporal.PlainDate.from(day));
    const [from, to] = [shift(start, days), shift(end, days)];
    if (away.has(day) || instantOf(to) <= window.from || instantOf(from) >= window.to) return [];
    return [
      {
        '@odata.type': '#microsoft.graph.event',
        id: occurrenceId(item, day),
        seriesMasterId: idOf(shelf, item, asked),
        type: 'occurrence',
        start: inZone(from, item.body.isAllDay === true, asked.zone),
        end: inZone(to, item.body.isAllDay === true, asked.zone),
      },
    ];
  });
}

export const occurrenceId = (item: Item, day: string): string =>
  `AAkALgAAAAAAHYQDEapmEc2byACqAC-EWg0A${digest(`${item.id} ${day}`, 40)}AA=`;

export function exceptionsOf(shelf: Shelf, master: Item): Item[] {
  return shelf.all(master.place).filter(({ body }) => body.seriesMasterId === master.id);
}
