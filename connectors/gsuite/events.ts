/** The stream of the events in a Google account's calendars: single ones, series, and what is different in a series. */
import type { Stream } from '#kit/stream.ts';
import { toEventRow } from './event.ts';
import { eventFields } from './event-fields.ts';
import { pullEvents } from './event-pull.ts';
import { pushEvents, removeEvents } from './event-push.ts';
import { fetchEvents } from './event-reads.ts';

export const events: Stream = {
  title: 'Events',
  fields: eventFields,
  shape: 1,
  deletions: 'told',
  timed: true,
  // The id is made of the key, and Google keeps ids of deleted events taken: a month is longer than anybody waits.
  creates: { by: 'key', lifetime: 30 * 86_400_000 },
  batch: { push: 1, fetch: 1, remove: 1 },
  // A deleted event comes back under another id, and without its guests' answers.
  undo: { update: 'exact', create: 'exact', remove: 'similar' },
  personal: true,
  once: true,
  toRow: toEventRow,
  pull: pullEvents,
  fetch: fetchEvents,
  push: pushEvents,
  remove: removeEvents,
};
