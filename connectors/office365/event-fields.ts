/** What an event has. Office suites name what they share alike, so that a meeting in two of them is one event. */
import type { Fields } from '#kit/fields.ts';

export const eventFields = {
  title: { kind: 'text', title: 'Title', max: 8_192 },
  description: { kind: 'text', title: 'Description', max: 131_072 },
  location: { kind: 'text', title: 'Location', max: 8_192 },
  allDay: { kind: 'flag', title: 'All day', readOnly: true },
  start: { kind: 'zoned', title: 'Start' },
  end: { kind: 'zoned', title: 'End' },
  startDate: { kind: 'date', title: 'First day, of an all-day event' },
  endDate: { kind: 'date', title: 'Last day, of an all-day event' },
  recurrence: { kind: 'text', title: 'Recurrence: lines of RFC 5545', max: 32_768 },
  series: { kind: 'ref', to: 'office365.events', title: 'Series this is an exception of', readOnly: true },
  occurrence: { kind: 'instant', title: 'When it would have begun, in its series', readOnly: true },
  uid: { kind: 'text', title: 'iCalendar UID', max: 2_048, readOnly: true },
  // Whoever writes guests makes Exchange write to them, and nothing switches that off.
  attendees: {
    kind: 'list',
    title: 'Attendees',
    max: 5_000,
    identity: 'address',
    readOnly: true,
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

/** Kept of every event. */
export const TIMES = [
  ...['id', 'type', 'seriesMasterId', 'iCalUId', 'lastModifiedDateTime', 'sensitivity', 'isOrganizer', 'isCancelled', 'isAllDay'],
  ...['showAs', 'start', 'end', 'originalStart', 'originalStartTimeZone', 'originalEndTimeZone', 'recurrence'],
] as const;

/** Kept of those that are nobody's secret. */
export const SAID = [
  'subject',
  'body',
  'location',
  'attendees',
  'organizer',
  'onlineMeeting',
  'onlineMeetingUrl',
  'isOnlineMeeting',
] as const;

/** Asked for by id. Which occurrences of a series do not take place is told only to those who ask. */
export const SELECTED = [...TIMES, ...SAID, 'cancelledOccurrences'].join();

/** Times in UTC, beside which the zone they were made in stands; texts without their HTML. To be said with every request. */
export const PREFER = ['outlook.timezone="UTC"', 'outlook.body-content-type="text"'] as const;
