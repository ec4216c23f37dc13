/** Reading all events, and what changed since: each calendar has a sync token of its own, and the cursor holds one for each. */
import type { Context } from '#kit/context.ts';
import { Changed, Refused } from '#kit/errors.ts';
import type { Json } from '#kit/fields.ts';
import { isObject, type JsonObject, objectOf, textOf } from '#kit/json.ts';
import { watchTokens } from '#kit/paging.ts';
import type { Cursor, CursorLost, Known, Page } from '#kit/stream.ts';
import { type Calendar, listCalendars } from './calendars.ts';
import { askCalendar } from './client.ts';
import { eventId, eventShape } from './event.ts';
import { faultOf } from './faults.ts';
import { isName, sorted } from './records.ts';

const LIST = 'calendar.events.list';

/** Where a pass stands. */
interface Position {
  /** The sync token of each calendar's last finished pass. */
  tokens: { [calendar: string]: string };
  /** Calendars that are still to be read, that of the next page first. Absent: the pass has ended. */
  rest?: string[];
  pageToken?: string;
}

export async function* pullEvents(
  ctx: Context,
  since: Cursor | null,
  known: Known = nothing,
): AsyncGenerator<Page | CursorLost, void, void> {
  const begun = await begin(ctx, positionOf(since));
  if ('lost' in begun) {
    yield begun;
    return;
  }
  let at: Position = begun;
  while (at.rest !== undefined) {
    const [calendar] = at.rest;
    if (calendar === undefined) {
      yield { rows: [], gone: [], misfits: [], next: { tokens: {} }, last: true };
      return;
    }
    const read = yield* readCalendar(ctx, at, calendar, known);
    if (read === undefined) return;
    at = read;
  }
}

/** The first page lists the calendars: one that is new is read whole, one that was left leaves its events behind. */
async function begin(ctx: Context, at: Position): Promise<Position | CursorLost> {
  if (at.rest !== undefined) return at;
  const calendars: Calendar[] = await listCalendars(ctx);
  const left = Object.keys(at.tokens).find((id) => calendars.every((one) => one.id !== id));
  if (left !== undefined) return { lost: `the calendar ${left} is no longer among those of this account` };
  return { tokens: at.tokens, rest: calendars.map(({ id }) => id) };
}

/** All pages of one calendar. Gives where the pass stands then; undefined where the cursor is lost. */
async function* readCalendar(
  ctx: Context,
  from: Position,
  calendar: string,
  known: Known,
): AsyncGenerator<Page | CursorLost, Position | undefined, void> {
  let at = from;
  let watch = watchTokens(LIST, at.pageToken);
  while (at.rest?.[0] === calendar) {
    const before = at;
    try {
      const answer = await list(ctx, calendar, at);
      const page = await toPage(answer, calendar, at, watch, known);
      at = positionOf(page.next);
      yield page;
    } catch (error) {
      const lost = lossOf(error, calendar, before);
      if (lost === undefined) throw error;
      if (before.pageToken === undefined || before.tokens[calendar] === undefined) {
        yield { lost };
        return undefined;
      }
      at = { tokens: before.tokens, rest: before.rest }; // the pages of this sync are lost, the sync itself perhaps not
      watch = watchTokens(LIST);
    }
  }
  return at;
}

/** All parameters but the tokens are the same in every call: Google binds its tokens to them. */
function list(ctx: Context, calendarId: string, { tokens, pageToken }: Position): Promise<JsonObject> {
  const syncToken = tokens[calendarId];
  return askCalendar(
    ctx,
    { name: LIST, group: 'calendar' },
    (api, sent) =>
      api.events.list(
        {
          calendarId,
          maxResults: 1000,
          eventTypes: ['default'],
          ...(syncToken !== undefined && { syncToken }),
          ...(pageToken !== undefined && { pageToken }),
        },
        sent,
      ),
    { repeatable: true },
  );
}

/** A token that Google has forgotten (410 fullSyncRequired) or cannot read (400), or a calendar that went in the middle of a pass. */
function lossOf(error: unknown, calendar: string, { tokens, pageToken }: Position): string | undefined {
  const fault = error instanceof Refused ? faultOf(error) : undefined;
  if (fault === undefined) return undefined;
  if (fault.http === 404) return `the calendar ${calendar} is not there: ${fault.message}`;
  if (tokens[calendar] === undefined && pageToken === undefined) return undefined;
  const forgotten = fault.http === 410 || (fault.http === 400 && /\b(sync|page)[ _]?token\b/i.test(fault.message));
  return forgotten ? `calendar ${calendar}: ${fault.message}` : undefined;
}

async function toPage(
  answer: JsonObject,
  calendar: string,
  at: Position,
  watch: (token: string) => string,
  known: Known,
): Promise<Page> {
  const items = answer.items ?? [];
  const next = textOf(answer.nextPageToken);
  const done = textOf(answer.nextSyncToken);
  if (!Array.isArray(items) || (next === undefined && done === undefined)) {
    throw new Changed(
      `${LIST}: answered with ${Object.keys(answer).join(', ') || 'nothing'}; expected 'items' as a list, and 'nextPageToken' or 'nextSyncToken'`,
      'Google answers in a way we do not know. Tell the maintainer.',
    );
  }
  const shape = eventShape({ calendar, zone: textOf(answer.timeZone) ?? 'UTC' });
  const gone = goneOf(items);
  const here = items.filter((event) => !gone.has(idOf(event) ?? ''));
  const same = await known(here.flatMap((event) => versionOf(event, calendar)));
  const position = next === undefined ? finished(at, calendar, done!) : { ...at, pageToken: watch(next) };
  return {
    ...(await sorted(
      shape,
      here.filter((event) => !same.has(eventId(calendar, idOf(event) ?? ''))),
    )),
    same: [...same],
    gone: [...gone].map((id) => eventId(calendar, id)),
    next: { ...position },
    last: position.rest === undefined,
  };
}

function finished({ tokens, rest }: Position, calendar: string, syncToken: string): Position {
  const after = (rest ?? []).slice(1);
  return { tokens: { ...tokens, [calendar]: syncToken }, ...(after.length > 0 && { rest: after }) };
}

/**
 * Events that are deleted: cancelled, and no exception of a series. A cancelled exception is a row as long as its series lives: it says
 * which occurrence does not take place.
 */
function goneOf(items: readonly Json[]): Set<string> {
  const cancelled = items.filter((event) => isObject(event) && event.status === 'cancelled');
  const series = (event: Json) => textOf(objectOf(event)?.recurringEventId);
  const gone = new Set(cancelled.filter((event) => series(event) === undefined).flatMap((event) => idOf(event) ?? []));
  for (const event of cancelled) if (gone.has(series(event) ?? '')) gone.add(idOf(event)!);
  return gone;
}

function idOf(event: Json): string | undefined {
  return textOf(objectOf(event)?.id);
}

function versionOf(event: Json, calendar: string): { id: string; version: string }[] {
  const [id, etag] = [idOf(event), objectOf(event)?.etag];
  return id !== undefined && isName(id) && typeof etag === 'string' && isName(etag)
    ? [{ id: eventId(calendar, id), version: etag }]
    : [];
}

function positionOf(cursor: Cursor | null): Position {
  const { tokens, rest, pageToken } = objectOf(cursor ?? undefined) ?? {};
  const known = Object.entries(objectOf(tokens) ?? {}).flatMap(([id, token]) => (typeof token === 'string' ? [[id, token]] : []));
  return {
    tokens: Object.fromEntries(known),
    ...(Array.isArray(rest) && { rest: rest.filter((id) => typeof id === 'string') }),
    ...(typeof pageToken === 'string' && { pageToken }),
  };
}

const nothing: Known = async () => new Set();
