/** Creating, changing and deleting events. No mail goes out for what a sync writes, unless the connection is set so. */
import type { calendar_v3 } from 'googleapis/build/src/apis/calendar/index.js';
import type { Context } from '#kit/context.ts';
import { Refused } from '#kit/errors.ts';
import { type JsonObject, objectOf, textOf } from '#kit/json.ts';
import { BUSY } from '#kit/meetings.ts';
import { checkValues } from '#kit/rows.ts';
import type { Draft, Outcome, Removal } from '#kit/stream.ts';
import { isBlank } from '#kit/values.ts';
import { sendBatches } from './batches.ts';
import { type Calendar, listCalendars } from './calendars.ts';
import { askCalendar } from './client.ts';
import { eventId, eventShape, isPrivate, placeOf, trimEvent } from './event.ts';
import { linesOf, newEventId, toNewEvent, toPatch } from './event-body.ts';
import { eventFields } from './event-fields.ts';
import { getEvent } from './event-reads.ts';
import { faultOf } from './faults.ts';
import { done } from './records.ts';

/** One outcome for each draft, in order. Throws only when no draft was sent. */
export async function pushEvents(ctx: Context, drafts: readonly Draft[]): Promise<Outcome[]> {
  const refused = new Map(drafts.map((draft) => [draft, refusal(draft)]));
  const open = drafts.filter((draft) => refused.get(draft) === undefined);
  let primary: Promise<Calendar> | undefined;
  const sent = await sendBatches<Draft, Outcome>({
    batches: open.map((draft) => [draft]),
    send: async ([draft], onSent) => {
      if (draft!.id !== undefined) return [await change(ctx, draft!, draft!.id, onSent)];
      primary ??= primaryOf(ctx);
      return [await create(ctx, draft!, await primary, onSent)];
    },
  });
  return drafts.map((draft) => refused.get(draft) ?? sent.get(draft)!);
}

/** What can be said of a draft without asking Google. */
function refusal({ id, raw, fields }: Draft): Outcome | undefined {
  const locked = Object.keys(fields).find((field) => eventFields[field as keyof typeof eventFields] && isLocked(field));
  if (locked !== undefined) return no(locked, `${locked} is made by Google and cannot be written`);
  const found = checkValues(eventFields, fields)[0];
  if (found !== undefined)
    return no(found.path.split('/')[0]!, `${found.path}: found ${found.found}, allowed is ${found.allowed}`);
  const line = linesOf(fields.recurrence ?? null).find((one) => !/^(RRULE|RDATE|EXDATE|EXRULE)[:;]/.test(one));
  if (line !== undefined)
    return no('recurrence', `recurrence: found ${JSON.stringify(line.slice(0, 60))}, allowed is RRULE, RDATE, EXDATE or EXRULE`);
  const known = objectOf(raw) ?? {};
  const hidden = isPrivate(known) ? Object.keys(fields).find((field) => !BUSY.has(field)) : undefined;
  if (hidden !== undefined) return no(hidden, `the event is private: of it only ${[...BUSY].join(', ')} can be written`);
  if (known.attendeesOmitted === true && 'attendees' in fields)
    return no('attendees', 'Google showed only some of the attendees; to write would lose the others');
  const lacking = id === undefined ? lackingOf(fields) : undefined;
  return lacking === undefined ? undefined : no(lacking, `${lacking}: found nothing; a new event has a start and an end`);
}

const no = (field: string, reason: string): Outcome => ({ is: 'refused', reason, field });

function isLocked(field: string): boolean {
  const declared = eventFields[field as keyof typeof eventFields];
  return 'readOnly' in declared && declared.readOnly;
}

function lackingOf(fields: Draft['fields']): string | undefined {
  const wanted = isBlank(fields.startDate) ? ['start', 'end'] : ['startDate', 'endDate'];
  return wanted.find((field) => isBlank(fields[field]));
}

/** New events stand in the person's own calendar. */
async function primaryOf(ctx: Context): Promise<Calendar> {
  const calendars = await listCalendars(ctx);
  const own = calendars.find(({ primary }) => primary) ?? calendars[0];
  if (own === undefined)
    throw new Refused('calendar.calendarList.list: none of the calendars can be written', 'Give this account a calendar.');
  return own;
}

async function create(ctx: Context, { fields, key, mark }: Draft, calendar: Calendar, onSent: () => void): Promise<Outcome> {
  const body: JsonObject = toNewEvent(fields, key, mark);
  try {
    const made = await askCalendar(
      ctx,
      { name: 'calendar.events.insert', group: 'calendar' },
      (api, sent) => {
        onSent();
        return api.events.insert(
          { calendarId: calendar.id, ...policy(ctx), requestBody: body as calendar_v3.Schema$Event },
          sent,
        );
      },
      { repeatable: true }, // under an id of ours: a repetition is refused as a duplicate
    );
    return outcomeOf(made, calendar);
  } catch (error) {
    if (faultOf(error)?.http !== 409) throw error;
  }
  const there = await getEvent(ctx, eventId(calendar.id, newEventId(key)));
  if (there !== undefined) return outcomeOf(there, calendar);
  return { is: 'refused', reason: 'Google took this event before, and it was deleted over there since' };
}

async function change(ctx: Context, draft: Draft, id: string, onSent: () => void): Promise<Outcome> {
  const place = placeOf(id);
  const raw = objectOf(draft.raw) ?? objectOf(await read(ctx, id));
  if (place === undefined || raw === undefined) return { is: 'gone' };
  // What is composed must stand on the version the draft means.
  if (draft.version !== undefined && draft.version !== raw.etag) return { is: 'stale' };
  const etag = textOf(draft.version ?? raw.etag);
  const body: JsonObject = toPatch(raw, draft.fields);
  const changed = await askCalendar(ctx, { name: 'calendar.events.patch', group: 'calendar' }, (api, sent) => {
    onSent();
    const condition = etag === undefined ? sent : { ...sent, headers: { ...sent.headers, 'If-Match': etag } };
    const what = { calendarId: place.calendar, eventId: place.event, ...policy(ctx) };
    return api.events.patch({ ...what, requestBody: body as calendar_v3.Schema$Event }, condition);
  });
  return outcomeOf(changed, { id: place.calendar, zone: textOf(objectOf(raw.start)?.timeZone) ?? 'UTC' });
}

async function read(ctx: Context, id: string) {
  const event = await getEvent(ctx, id);
  return event && trimEvent(event, { calendar: placeOf(id)!.calendar, zone: 'UTC' });
}

/** Who is told by mail: nobody, unless an admin set it otherwise. */
function policy({ settings }: Context): { sendUpdates: string } {
  return { sendUpdates: textOf(settings.invitations) ?? 'none' };
}

function outcomeOf(event: JsonObject, { id, zone }: Pick<Calendar, 'id' | 'zone'>): Outcome {
  if (event.status === 'cancelled' && event.recurringEventId === undefined) return { is: 'gone' };
  return done(eventShape({ calendar: id, zone }), event);
}

/** What became of each id, in order. Throws only when nothing was sent. */
export async function removeEvents(ctx: Context, ids: readonly string[]): Promise<Removal[]> {
  const once = [...new Set(ids)];
  const outcomes = await sendBatches<string, Removal>({
    batches: once.map((id) => [id]),
    send: async ([id], onSent) => {
      const place = placeOf(id!);
      if (place === undefined) return [{ is: 'gone' }];
      await askCalendar(ctx, { name: 'calendar.events.delete', group: 'calendar' }, (api, sent) => {
        onSent();
        return api.events.delete({ calendarId: place.calendar, eventId: place.event, ...policy(ctx) }, sent);
      });
      return [{ is: 'done' }];
    },
  });
  return ids.map((id) => {
    const outcome = outcomes.get(id)!;
    return outcome.is === 'stale' ? { is: 'refused', reason: 'Google asks for a newer version of the event' } : outcome;
  });
}
