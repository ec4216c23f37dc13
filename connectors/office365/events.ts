/** The stream of a person's events: single ones, series, and exceptions of series. */
import type { Context } from '#kit/context.ts';
import type { JsonObject } from '#kit/json.ts';
import type { Draft, Outcome, Stream } from '#kit/stream.ts';
import { eventShape, toRow } from './event.ts';
import { bodyOf, cancels, toNewEvent } from './event-body.ts';
import { eventFields, PREFER } from './event-fields.ts';
import { pull } from './events-pull.ts';
import { fetch, findMarked, readEvents } from './events-read.ts';
import { EXTENDED } from './extended.ts';
import { done } from './outcomes.ts';
import { arrived } from './records.ts';
import { Misplaced, push as pushAll, removeAll, type Writing } from './writing.ts';

const writing: Writing = {
  name: 'event',
  fields: eventFields,
  create: ({ fields, key, mark }) => ({ method: 'POST', url: '/me/events', body: toNewEvent(fields, key, mark), prefer: PREFER }),
  update: (id, fields, raw) => {
    const url = `/me/events/${encodeURIComponent(id)}`;
    if (!cancels(fields)) return { method: 'PATCH', url, body: bodyOf(fields, raw), prefer: PREFER };
    if (raw.isOrganizer === false) throw new Misplaced('status', 'status: only the organizer can cancel a meeting');
    return { method: 'POST', url: `${url}/cancel`, body: {}, prefer: PREFER };
  },
  arrived: (answer, { url, body = {} }, raw) => {
    // A cancellation is answered with nothing, and the event is moved away: what is left of it is its status.
    if (url.endsWith('/cancel')) return arrived(eventShape, { ...raw, isCancelled: true });
    const { cancelled, calendar, [EXTENDED]: extended } = raw;
    const beside: JsonObject = {
      ...(cancelled !== undefined && { cancelled }),
      ...(calendar !== undefined && { calendar }),
      ...((body[EXTENDED] ?? extended) !== undefined && { [EXTENDED]: (body[EXTENDED] ?? extended)! }),
    };
    return arrived(eventShape, { ...answer, ...beside });
  },
  read: readEvents,
};

export const events: Stream = {
  title: 'Events',
  fields: eventFields,
  shape: 2,
  deletions: 'told',
  timed: true,
  settles: 60_000,
  // A repetition makes no second event as long as the first is there; for how long beyond, nobody says.
  creates: { by: 'key', lifetime: 3_600_000 },
  batch: { push: 20, fetch: 20, remove: 20 },
  // Guests, texts with formats and what Exchange adds do not come back.
  undo: { update: 'similar', create: 'exact', remove: 'never' },
  personal: true,
  once: true,
  toRow,
  pull,
  fetch,
  push,
  remove: (ctx, ids) => removeAll(ctx, 'event', ids, (id) => ({ method: 'DELETE', url: `/me/events/${encodeURIComponent(id)}` })),
};

/** A key that was used before is refused in some answers: the event it made is found by its mark. */
async function push(ctx: Context, drafts: readonly Draft[]): Promise<Outcome[]> {
  const outcomes = await pushAll(writing, ctx, drafts);
  for (const [at, { id, mark }] of drafts.entries()) {
    const outcome = outcomes[at]!;
    if (id !== undefined || outcome.is !== 'refused' || !outcome.reason.includes('ErrorDuplicateTransactionId')) continue;
    const there = await findMarked(ctx, mark).catch(() => undefined);
    if (there !== undefined) outcomes[at] = done(() => arrived(eventShape, there));
  }
  return outcomes;
}
