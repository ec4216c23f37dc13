/** Events by id, each with all that is kept of it. */
import type { Context } from '#kit/context.ts';
import { type JsonObject, objectsOf, textOf } from '#kit/json.ts';
import type { Misfit, Row } from '#kit/stream.ts';
import { ask } from './client.ts';
import { eventShape } from './event.ts';
import { PREFER, SELECTED } from './event-fields.ts';
import { EXPAND, EXTENDED, MARK } from './extended.ts';
import { readByIds } from './reading.ts';
import { sorted } from './records.ts';

const QUERY = `$select=${SELECTED}&${EXPAND}`;

/** Those that are there, by the id they were asked for. */
export async function readEvents(ctx: Context, ids: readonly string[]): Promise<Map<string, JsonObject>> {
  const there = await readByIds(ctx, 'events.get', 'mailbox', ids, (id) => ({
    method: 'GET',
    url: `/me/events/${id}?${QUERY}`,
    prefer: PREFER,
  }));
  return new Map([...there].map(([id, event]) => [id, { ...event, [EXTENDED]: event[EXTENDED] ?? [] }]));
}

export async function fetch(ctx: Context, ids: readonly string[]): Promise<{ rows: Row[]; gone: string[]; misfits: Misfit[] }> {
  const all = await readEvents(ctx, ids);
  // An occurrence that is as its series says, or is so again, is no row.
  const there = new Map([...all].filter(([, { type }]) => type !== 'occurrence'));
  return { ...(await sorted(eventShape, [...there.values()])), gone: ids.filter((id) => !there.has(id)) };
}

/** The event that bears a mark of ours; undefined where there is none. */
export async function findMarked(ctx: Context, mark: string): Promise<JsonObject | undefined> {
  const filter = `singleValueExtendedProperties/Any(ep: ep/id eq '${MARK}' and ep/value eq '${mark.replaceAll("'", "''")}')`;
  const path = `/me/events?$filter=${encodeURIComponent(filter)}&${QUERY}`;
  const answer = await ask(ctx, { name: 'events.list', group: 'mailbox', path, prefer: PREFER });
  return objectsOf(answer.value).find(({ id }) => textOf(id) !== undefined);
}
