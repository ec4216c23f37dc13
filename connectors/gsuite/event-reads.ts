/** Events by id, and events as rows. */
import type { Context } from '#kit/context.ts';
import type { Json } from '#kit/fields.ts';
import { isObject, type JsonObject, objectOf, textOf } from '#kit/json.ts';
import { Misfits, nameless } from '#kit/rows.ts';
import type { Misfit, Row } from '#kit/stream.ts';
import { cleaned } from '#kit/text.ts';
import { inTurns } from '#kit/turns.ts';
import { listCalendars } from './calendars.ts';
import { askCalendar } from './client.ts';
import { arrivedEvent, eventId, type Place, placeOf, trimEvent } from './event.ts';
import { isMissing } from './faults.ts';
import { isName } from './person.ts';

/** Events of one calendar as rows, or as misfits with all their problems. */
export async function sortedEvents(events: readonly Json[], place: Place): Promise<{ rows: Row[]; misfits: Misfit[] }> {
  const rows: Row[] = [];
  const misfits: Misfit[] = [];
  await inTurns(events, (event) => {
    try {
      rows.push(arrivedEvent(event, place));
    } catch (error) {
      if (!(error instanceof Misfits)) throw error;
      const raw = trimEvent(event, place);
      const id = textOf(objectOf(raw)?.id);
      const known = id !== undefined && isName(id);
      misfits.push({ id: known ? eventId(place.calendar, id) : nameless(raw), problems: error.problems, raw: cleaned(raw) });
    }
  });
  return { rows, misfits };
}

/** Rows by id. Google has no call for several. */
export async function fetchEvents(
  ctx: Context,
  ids: readonly string[],
): Promise<{ rows: Row[]; gone: string[]; misfits: Misfit[] }> {
  const found: { rows: Row[]; gone: string[]; misfits: Misfit[] } = { rows: [], gone: [], misfits: [] };
  const zones = zonesOf(ctx);
  for (const id of ids) {
    const event = await getEvent(ctx, id);
    if (event === undefined) {
      found.gone.push(id);
      continue;
    }
    const { calendar } = placeOf(id)!;
    const { rows, misfits } = await sortedEvents([event], { calendar, zone: await zones(event, calendar) });
    found.rows.push(...rows);
    found.misfits.push(...misfits);
  }
  return found;
}

/** An event as it is; undefined where there is none, also where it was deleted. */
export async function getEvent(ctx: Context, id: string): Promise<JsonObject | undefined> {
  const place = placeOf(id);
  if (place === undefined) return undefined;
  try {
    const event = await askCalendar(
      ctx,
      { name: 'calendar.events.get', group: 'calendar' },
      (api, sent) => api.events.get({ calendarId: place.calendar, eventId: place.event }, sent),
      { repeatable: true },
    );
    return event.status === 'cancelled' && event.recurringEventId === undefined ? undefined : event;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** The zone of a calendar, asked for only where an event names none: a list says it, an event alone does not. */
function zonesOf(ctx: Context): (event: JsonObject, calendar: string) => Promise<string> {
  let calendars: ReturnType<typeof listCalendars> | undefined;
  return async (event, calendar) => {
    const bare = ['start', 'end'].some((side) => {
      const moment = event[side];
      return isObject(moment) && moment.dateTime !== undefined && textOf(moment.timeZone) === undefined;
    });
    if (!bare) return 'UTC';
    calendars ??= listCalendars(ctx);
    return (await calendars).find(({ id }) => id === calendar)?.zone ?? 'UTC';
  };
}
