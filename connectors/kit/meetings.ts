/** What every calendar says of a meeting, by the same names in each; and by what it is known in all: the UID of RFC 5545, 3.8.4.7. */
import type { Fields } from './fields.ts';

/** Of the fields of events, those that all calendars have. */
export const meetingFields = {
  title: { kind: 'text', title: 'Title', max: 8_192 },
  description: { kind: 'text', title: 'Description', max: 131_072 },
  location: { kind: 'text', title: 'Location', max: 8_192 },
  allDay: { kind: 'flag', title: 'All day', readOnly: true },
  start: { kind: 'zoned', title: 'Start' },
  end: { kind: 'zoned', title: 'End' },
  startDate: { kind: 'date', title: 'First day, of an all-day event' },
  endDate: { kind: 'date', title: 'Last day, of an all-day event' },
  recurrence: { kind: 'text', title: 'Recurrence: lines of RFC 5545', max: 32_768 },
  occurrence: { kind: 'instant', title: 'When it would have begun, in its series', readOnly: true },
  uid: { kind: 'text', title: 'iCalendar UID', max: 2_048, readOnly: true },
  attendees: {
    kind: 'list',
    title: 'Attendees',
    max: 5_000,
    identity: 'address',
    of: {
      address: { kind: 'email', title: 'Address', required: true },
      name: { kind: 'text', title: 'Name' },
      answer: { kind: 'choice', title: 'Answer', options: ['none', 'accepted', 'declined', 'tentative'] },
      optional: { kind: 'flag', title: 'Optional' },
      organizer: { kind: 'flag', title: 'Organizer', readOnly: true },
    },
  },
  organizer: { kind: 'email', title: 'Organizer', readOnly: true },
  organizerName: { kind: 'text', title: 'Name of the organizer', readOnly: true },
  status: { kind: 'choice', title: 'Status', options: ['confirmed', 'tentative', 'cancelled'] },
  private: { kind: 'flag', title: 'Private', readOnly: true },
  meetingLink: { kind: 'link', title: 'Meeting link', readOnly: true },
  calendar: { kind: 'text', title: 'Calendar', readOnly: true },
} as const satisfies Fields;

/** What may be said of a private event: it is busy then, and nothing else. */
export const BUSY: ReadonlySet<string> = new Set(['start', 'end', 'startDate', 'endDate', 'recurrence', 'status']);

/** Begins the UID of a meeting that an Exchange made: MS-OXOCAL 2.2.1.27, PidLidGlobalObjectId, in hexadecimal. */
const EXCHANGE = '040000008200e00074c5b7101a82e008';
/** Where in the hexadecimal text lie the day of an occurrence, and the data that tell one meeting from another. */
const [DAY, TIME, DATA] = [32, 40, 80];
/** `vCal-Uid` and the number 1: the data are a UID that was made elsewhere, with a zero byte behind it. */
const FOREIGN = '7643616c2d55696401000000';

/**
 * The UID of a meeting or of the whole series, whichever calendar gives it: without the day that Exchange puts into that of an occurrence,
 * and taken out of Exchange's form where the meeting was made elsewhere.
 */
export function seriesUid(uid: string): string {
  const bare = uid.trim();
  const hex = bare.toLowerCase();
  if (!hex.startsWith(EXCHANGE) || hex.length < DATA || !/^[\da-f]+$/.test(hex)) return bare;
  if (!hex.startsWith(FOREIGN, DATA)) return (hex.slice(0, DAY) + '0'.repeat(TIME - DAY) + hex.slice(TIME)).toUpperCase();
  const bytes = Buffer.from(hex.slice(DATA + FOREIGN.length), 'hex');
  const end = bytes.indexOf(0);
  return bytes.toString('utf8', 0, end < 0 ? bytes.length : end);
}

/**
 * The UID of one occurrence of a series: that of the series, a slash, and when it was to begin: an instant gives `20261125T090000Z`, the
 * date of an all-day event `20261125`.
 */
export function occurrenceUid(series: string, start: string): string {
  const basic = start.length === 10 ? start : `${new Date(start).toISOString().slice(0, 19)}Z`;
  return `${seriesUid(series)}/${basic.replace(/[-:]/g, '')}`;
}
