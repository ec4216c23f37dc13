/**
 * Reading what changed since. Rows come by the time of their last change, a page at a time, each asked for by the time of the last row
 * that was kept: whatever is changed meanwhile comes later, and nothing jumps a page. `If-Modified-Since` knows seconds only, and a change
 * may come to light later than its own time says, so that each reading begins a little before the last one ended; what was seen then, and
 * says the same, is passed over.
 */
import { createHash } from 'node:crypto';
import type { AccountingApi } from 'xero-node/dist/gen/api/accountingApi.js';
import type { Context } from '#kit/context.ts';
import { type JsonObject, numberOf, objectOf, objectsOf, textOf } from '#kit/json.ts';
import { watchTokens } from '#kit/paging.ts';
import type { Cursor, Page } from '#kit/stream.ts';
import { ask } from './client.ts';
import { type Shape, sorted } from './records.ts';
import { msOf } from './wire.ts';

/** How a kind of object is listed: a page of what was changed at or after `since`, by the time of the change. */
export interface Listing {
  /** The operation, as the specification names it. */
  name: string;
  shape: Shape;
  /** Rows of a page. */
  size: number;
  list(api: AccountingApi, tenant: string, since: Date | undefined, page: number): Promise<unknown>;
}

/** Where a reading stands. */
interface Position {
  /** Asked for from then on, ms since the epoch in whole seconds; absent: from the beginning. */
  since?: number;
  /**
   * Counted from 1 within what `since` gives: more than one only where a second has more rows than a page. Then a row that is changed
   * leaves its page and the others move up, past whoever reads them page by page. Two rounds that show the same rows in the same order
   * prove that none has moved, for a row that has left a second never comes back to it: until then the pages are gone through again.
   */
  page: number;
  round?: number;
  /** A print of the rows this round has shown, and that of the whole round before. */
  shown?: string;
  before?: string;
  /** The newest time so far. */
  newest?: number;
  /** Rows that were seen and will come again, by id: their time, and a print of what they say. */
  seen: { [id: string]: [time: number, print: string] };
}

const SECOND = 1_000;
/** So far a reading begins before the last one ended. */
const OVERLAP = 30 * SECOND;
export const ORDER = 'UpdatedDateUTC ASC';

export async function* pull(ctx: Context, listing: Listing, since: Cursor | null): AsyncGenerator<Page, void, void> {
  const { name, shape, size } = listing;
  const currency = textOf(ctx.settings.currency) ?? '';
  const watch = watchTokens(name);
  let at = positionOf(since);
  for (;;) {
    const { page } = at;
    const from = at.since === undefined ? undefined : new Date(at.since);
    const answer = await ask(ctx, { name }, (api, tenant) => listing.list(api, tenant, from, page));
    const objects = objectsOf(answer[shape.plural]);
    if (objects.length === size) watch(`${at.since}/${at.round}/${fingerprint(objects, shape)}`);
    const { seen } = at;
    const fresh = objects.filter((object) => seen[idOf(object, shape)]?.[1] !== printOf(object));
    at = { ...at, shown: printWith(at, objects, shape) };
    const over = objects.length < size;
    const last = over && isSure(at);
    const total = since === null && at.since === undefined ? numberOf(objectOf(answer.pagination)?.itemCount) : undefined;
    at = last ? finished(at, objects, listing) : over ? anew(at, objects, listing) : onward(at, objects, listing);
    yield { ...sorted(fresh, shape, currency), next: at as unknown as Cursor, last, ...(total !== undefined && { total }) };
    if (last) return;
  }
}

/** From the second of the last row on; where that is where this page began, its next page. */
function onward(at: Position, objects: readonly JsonObject[], listing: Listing): Position {
  const newest = newestOf(at, objects);
  const here = newestOf({}, objects);
  const from = here === undefined ? undefined : Math.floor(here / SECOND) * SECOND;
  if (from === undefined || from <= (at.since ?? Number.NEGATIVE_INFINITY)) {
    const seen = seenOf(at, objects, listing, at.since);
    return { ...at, page: at.page + 1, ...(newest !== undefined && { newest }), seen };
  }
  if (!isSure(at)) return anew(at, objects, listing);
  return { since: from, page: 1, newest: newest!, seen: seenOf(at, objects, listing, from) };
}

/** The same second once more. */
function anew(at: Position, objects: readonly JsonObject[], listing: Listing): Position {
  const { since, newest } = { since: at.since, newest: newestOf(at, objects) };
  const seen = seenOf(at, objects, listing, since);
  const round = (at.round ?? 0) + 1;
  return {
    ...{ page: 1, round, seen, before: at.shown ?? '' },
    ...(since !== undefined && { since }),
    ...(newest !== undefined && { newest }),
  };
}

/** Has nothing jumped a page? */
const isSure = ({ page, shown, before }: Position): boolean => page === 1 || shown === before;

/** What a round has shown. */
const printWith = ({ shown = '' }: Position, objects: readonly JsonObject[], shape: Shape): string =>
  createHash('sha256')
    .update(`${shown} ${fingerprint(objects, shape)}`)
    .digest('base64url')
    .slice(0, 22);

/** Where the next reading begins: a little earlier, but not so much that what comes again fills its first page. */
function finished(at: Position, objects: readonly JsonObject[], listing: Listing): Position {
  const newest = newestOf(at, objects);
  if (newest === undefined) return { page: 1, seen: {} };
  const seen = seenOf(at, objects, listing, Math.floor(newest / SECOND) * SECOND);
  const lately = Object.values(seen).map(([time]) => time);
  const whole = lately.length < mostOf(listing) ? newest - OVERLAP : Math.min(...lately) + SECOND;
  const since = Math.floor(Math.min(whole, newest) / SECOND) * SECOND;
  return { since, page: 1, newest, seen: Object.fromEntries(Object.entries(seen).filter(([, [time]]) => time >= since)) };
}

/** So many rows are remembered of the time that will be read again. */
const mostOf = ({ size }: Listing): number => Math.floor(size * 0.9);

/** What was seen: all from `since` on, and of what lies a little before the newest as much as may come again. */
function seenOf(
  at: Position,
  objects: readonly JsonObject[],
  listing: Listing,
  since = Number.NEGATIVE_INFINITY,
): Position['seen'] {
  const { shape } = listing;
  const all: Position['seen'] = { ...at.seen };
  for (const object of objects) {
    const time = timeOf(object);
    if (time !== undefined) all[idOf(object, shape)] = [time, printOf(object)];
  }
  const late = (newestOf(at, objects) ?? 0) - OVERLAP;
  const newestFirst = Object.entries(all).sort(([, [a]], [, [b]]) => b - a);
  return Object.fromEntries(newestFirst.filter(([, [time]], i) => time >= since || (time >= late && i < mostOf(listing))));
}

function newestOf(at: Pick<Position, 'newest'>, objects: readonly JsonObject[]): number | undefined {
  return objects.reduce<number | undefined>((newest, object) => {
    const time = timeOf(object);
    return time === undefined || (newest !== undefined && newest >= time) ? newest : time;
  }, at.newest);
}

const timeOf = (object: JsonObject): number | undefined => msOf(object.UpdatedDateUTC);
const idOf = (object: JsonObject, { id }: Shape): string => textOf(object[id]) ?? '';

const printOf = (object: JsonObject): string =>
  createHash('sha256').update(JSON.stringify(object)).digest('base64url').slice(0, 12);

/** Which rows a page has: the same page twice means that the service repeats itself. */
function fingerprint(objects: readonly JsonObject[], shape: Shape): string {
  const hash = createHash('sha256');
  for (const object of objects) hash.update(`${idOf(object, shape)} ${timeOf(object)};`);
  return hash.digest('base64url');
}

function positionOf(since: Cursor | null): Position {
  const kept = objectOf(since ?? undefined);
  return kept === undefined ? { page: 1, seen: {} } : (kept as unknown as Position);
}
