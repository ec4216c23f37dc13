/** What an event has. */
import type { Fields } from '#kit/fields.ts';
import { meetingFields } from '#kit/meetings.ts';

export const eventFields = {
  ...meetingFields,
  series: { kind: 'ref', to: 'gsuite.events', title: 'Series this is an exception of', readOnly: true },
} as const satisfies Fields;

/** Our key among an event's private extended properties: the id of the record it was created for. */
export const MARK = 'switchboard';
