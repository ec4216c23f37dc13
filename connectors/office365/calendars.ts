/** The calendars of a mailbox that are its owner's own. What colleagues share is read where they are connected themselves. */
import type { Context } from '#kit/context.ts';
import { type JsonObject, objectOf, textOf } from '#kit/json.ts';
import { listAll } from './listing.ts';
import type { Place } from './rounds.ts';

/** The default one first, without a name in paths. */
export async function ownCalendars(ctx: Context): Promise<Place[]> {
  const path = '/me/calendars?$select=id,name,isDefaultCalendar,canEdit,owner&$top=100';
  const all = await listAll(ctx, { name: 'calendars.list', group: 'mailbox', path });
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
