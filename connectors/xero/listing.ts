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
   * leaves its page and the others move up, so that the pages are gone through again until a round shows nothing new.
   */
  page: number;
  round?: number;
  /** This round has shown something new. */
  fresh?: true;
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
    if (fresh.length > 0) at.fresh = true;
    const over = objects.length < size;
    const last = over && !(page > 1 && at.fresh);
    const total = since === null && at.since === undefined ? numberOf(objectOf(answer.pagination)?.itemCount) : undefined;
    at = last ? finished(at, objects, shape) : over ? anew(at, objects, shape) : onward(at, objects, shape);
    yield { ...sorted(fresh, shape, currency), next: at as unknown as Cursor, last, ...(total !== undefined && { total }) };
    if (last) return;
  }
}

/** From the second of the last row on; where that is where this page began, its next page. */
function onward(at: Position, objects: readonly JsonObject[], shape: Shape): Position {
  const newest = newestOf(at, objects);
  const here = newestOf({}, objects);
  const from = here === undefined ? undefined : Math.floor(here / SECOND) * SECOND;
  if (from === undefined || from <= (at.since ?? Number.NEGATIVE_INFINITY)) {
    return { ...at, page: at.page + 1, ...(newest !== undefined && { newest }), seen: seenSince(at, objects, shape, at.since) };
  }
  if (at.page > 1 && at.fresh) return anew(at, objects, shape);
  return { since: from, page: 1, newest: newest!, seen: seenSince(at, objects, shape, from) };
}

/** The same second once more. */
function anew(at: Position, objects: readonly JsonObject[], shape: Shape): Position {
  const { since, newest } = { since: at.since, newest: newestOf(at, objects) };
  const seen = seenSince(at, objects, shape, since);
  return {
    page: 1,
    round: (at.round ?? 0) + 1,
    seen,
    ...(since !== undefined && { since }),
    ...(newest !== undefined && { newest }),
  };
}

function finished(at: Position, objects: readonly JsonObject[], shape: Shape): Position {
  const newest = newestOf(at, objects);
  if (newest === undefined) return { page: 1, seen: {} };
  const since = Math.floor((newest - OVERLAP) / SECOND) * SECOND;
  return { since, page: 1, newest, seen: seenSince(at, objects, shape, since) };
}

function seenSince(
  at: Position,
  objects: readonly JsonObject[],
  shape: Shape,
  since = Number.NEGATIVE_INFINITY,
): Position['seen'] {
  const seen: Position['seen'] = {};
  for (const [id, one] of Object.entries(at.seen)) if (one[0] >= since) seen[id] = one;
  for (const object of objects) {
    const time = timeOf(object);
    if (time !== undefined && time >= since) seen[idOf(object, shape)] = [time, printOf(object)];
  }
  return seen;
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
