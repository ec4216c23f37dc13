/** The calendars of an account: those its person may write into. Holidays, birthdays and what others merely show are not theirs. */
import type { Context } from '#kit/context.ts';
import { textOf } from '#kit/json.ts';
import { askCalendar } from './client.ts';
import { listAll } from './listing.ts';

export interface Calendar {
  id: string;
  /** IANA zone in which its events stand that name none. */
  zone: string;
  primary: boolean;
}

const LIST = 'calendar.calendarList.list';
const OWN: ReadonlySet<string> = new Set(['owner', 'writer']);

export async function listCalendars(ctx: Context): Promise<Calendar[]> {
  const all = await listAll(LIST, 'calendar#calendarList', (page) =>
    askCalendar(
      ctx,
      { name: LIST, group: 'calendar' },
      (api, sent) => api.calendarList.list({ maxResults: 250, showHidden: true, ...page }, sent),
      { repeatable: true },
    ),
  );
  return all.flatMap(({ id, accessRole, deleted, timeZone, primary }) =>
    typeof id !== 'string' || deleted === true || !OWN.has(String(accessRole))
      ? []
      : [{ id, zone: textOf(timeZone) ?? 'UTC', primary: primary === true }],
  );
}
