/** What an event has. Office suites name what they share alike, so that a meeting in two of them is one event. */
import type { Fields } from '#kit/fields.ts';

export const ANSWERS = ['none', 'accepted', 'declined', 'tentative'] as const;

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
  series: { kind: 'ref', to: 'gsuite.events', title: 'Series this is an exception of', readOnly: true },
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
      answer: { kind: 'choice', title: 'Answer', options: ANSWERS },
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

/** Our key among an event's private extended properties: the id of the record it was created for. */
export const MARK = 'switchboard';

/** What may be said of a private event: it is busy then, and nothing else. */
export const BUSY: ReadonlySet<string> = new Set(['start', 'end', 'startDate', 'endDate', 'recurrence', 'status']);
