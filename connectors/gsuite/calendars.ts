/** The calendars of an account: those its person may write into. Holidays, birthdays and what others merely show are not theirs. */
import type { Context } from '#kit/context.ts';
import { Changed } from '#kit/errors.ts';
import { objectsOf, textOf } from '#kit/json.ts';
import { watchTokens } from '#kit/paging.ts';
import { askCalendar } from './client.ts';

export interface Calendar {
  id: string;
  /** IANA zone in which its events stand that name none. */
  zone: string;
  primary: boolean;
}

const LIST = 'calendar.calendarList.list';
const OWN: ReadonlySet<string> = new Set(['owner', 'writer']);

export async function listCalendars(ctx: Context): Promise<Calendar[]> {
  const calendars: Calendar[] = [];
  const watch = watchTokens(LIST);
  let pageToken: string | undefined;
  do {
    const answer = await askCalendar(
      ctx,
      { name: LIST, group: 'calendar' },
      (api, sent) => api.calendarList.list({ maxResults: 250, showHidden: true, ...(pageToken && { pageToken }) }, sent),
      { repeatable: true },
    );
    const items = answer.items ?? [];
    if (!Array.isArray(items)) {
      throw new Changed(`${LIST}: expected 'items' as a list`, 'Google answers in a way we do not know. Tell the maintainer.');
    }
    for (const { id, accessRole, deleted, timeZone, primary } of objectsOf(items)) {
      if (typeof id !== 'string' || deleted === true || !OWN.has(String(accessRole))) continue;
      calendars.push({ id, zone: textOf(timeZone) ?? 'UTC', primary: primary === true });
    }
    const next = textOf(answer.nextPageToken);
    pageToken = next === undefined ? undefined : watch(next);
  } while (pageToken !== undefined);
  return calendars;
}
