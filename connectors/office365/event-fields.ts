/** What an event has. */
import type { Fields } from '#kit/fields.ts';
import { meetingFields } from '#kit/meetings.ts';

export const eventFields = {
  ...meetingFields,
  series: { kind: 'ref', to: 'office365.events', title: 'Series this is an exception of', readOnly: true },
  // Whoever writes guests makes Exchange write to them, and nothing switches that off.
  attendees: { ...meetingFields.attendees, readOnly: true },
} as const satisfies Fields;

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
