/** The calendars of a mailbox that are its owner's own. What colleagues share is read where they are connected themselves. */
import type { Context } from '#kit/context.ts';
import { type JsonObject, objectOf, objectsOf, textOf } from '#kit/json.ts';
import { watchTokens } from '#kit/paging.ts';
import { ask } from './client.ts';
import { pathOf } from './delta.ts';
import type { Place } from './rounds.ts';

/** The default one first, without a name in paths. */
export async function ownCalendars(ctx: Context): Promise<Place[]> {
  const name = 'calendars.list';
  const all: JsonObject[] = [];
  const watch = watchTokens(name);
  for (
    let path: string | undefined = '/me/calendars?$select=id,name,isDefaultCalendar,canEdit,owner&$top=100';
    path !== undefined;
  ) {
    const answer = await ask(ctx, { name, group: 'mailbox', path });
    all.push(...objectsOf(answer.value));
    path = pathOf({ name }, answer['@odata.nextLink']);
    if (path !== undefined) watch(path);
  }
  const first = all.find(({ isDefaultCalendar }) => isDefaultCalendar === true);
  const whose = (one: JsonObject | undefined) => textOf(objectOf(one?.owner)?.address)?.toLowerCase();
  const own = all.filter((one) => one !== first && one.canEdit !== false && whose(one) === whose(first) && textOf(one.id));
  return [
    { id: '', name: textOf(first?.name) ?? 'Calendar' },
    ...own.map((one) => ({ id: textOf(one.id)!, name: textOf(one.name) ?? '' })),
  ];
}

/** A round of what stands in a calendar between two instants. */
export function viewOf(calendar: string, from: number, to: number): string {
  const where = calendar === '' ? '/me' : `/me/calendars/${encodeURIComponent(calendar)}`;
  return `${where}/calendarView/delta?startDateTime=${new Date(from).toISOString()}&endDateTime=${new Date(to).toISOString()}`;
}
