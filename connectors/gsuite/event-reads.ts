/** Events by id. */
import type { Context } from '#kit/context.ts';
import { isObject, type JsonObject, textOf } from '#kit/json.ts';
import type { Misfit, Row } from '#kit/stream.ts';
import { listCalendars } from './calendars.ts';
import { askCalendar } from './client.ts';
import { eventShape, placeOf } from './event.ts';
import { isMissing } from './faults.ts';
import { sorted } from './records.ts';

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
    const { rows, misfits } = await sorted(eventShape({ calendar, zone: await zones(event, calendar) }), [event]);
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
