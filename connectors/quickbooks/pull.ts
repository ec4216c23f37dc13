/**
 * Reading: all of a kind by query, in the order it was created in; then what changed, by change data capture. That reaches 30 days
 * back and tells 1,000 things at most, without pages: beyond either, all is read again.
 */
import type { Context } from '#kit/context.ts';
import { Changed } from '#kit/errors.ts';
import type { Json } from '#kit/fields.ts';
import { type JsonObject, numberOf, objectOf, objectsOf, textOf } from '#kit/json.ts';
import type { Cursor, CursorLost, Known, Page } from '#kit/stream.ts';
import { ask } from './client.ts';
import { faultOf } from './faults.ts';
import { activeOrNot, find, listed, MOST, timeOf } from './finding.ts';
import { createdAt, currencyOf, idOf, type Kind, sorted, versionOf } from './things.ts';

/** Where a full pass stands. Times are the service's, ms since the epoch. */
type Position = {
  /** When the pass began: what changed since then is asked for afterwards. */
  began: number;
  /** Created then or later. */
  from: number;
  /** Of those that were created in that very second, the ones that were read. */
  seen: string[];
  /** How many of that second stand before what comes next. */
  before: number;
};

const DAY = 86_400_000;
/** "Up to 30 days" (change-data-capture); one less, since the clocks are two. */
const REACH = 29 * DAY;
/** What was written while an answer was made may be missing from it: asked for again next time. */
const OVERLAP = 5 * 60_000;

export interface PullOptions {
  /** Completes what was read, before rows are made of it. */
  complete?(ctx: Context, things: readonly JsonObject[]): Promise<readonly JsonObject[]>;
  /** Without a feed of changes every pass reads all. */
  feed: boolean;
}

export async function* pull(
  kind: Kind,
  { complete = async (_ctx, things) => things, feed }: PullOptions,
  ctx: Context,
  since: Cursor | null,
  known: Known = nothing,
): AsyncGenerator<Page | CursorLost, void, void> {
  const kept = objectOf(since ?? undefined);
  const changedSince = numberOf(kept?.changedSince);
  if (feed && changedSince !== undefined) {
    const answer = await changes(ctx, kind, changedSince);
    yield 'lost' in answer
      ? answer
      : { ...(await pageOf(ctx, kind, answer.things, known)), gone: answer.gone, next: answer.next, last: true };
    return;
  }
  let at = positionOf(kept);
  for (;;) {
    const { things, time, start } = await readFrom(ctx, kind, at);
    const page = await pageOf(ctx, kind, await complete(ctx, fresh(things, at)), known);
    const began = at?.began ?? time;
    const last = things.length < MOST;
    at = last ? undefined : after(kind, { things, start }, at, began);
    const end: Cursor = feed ? { changedSince: began - OVERLAP } : { done: true };
    yield { ...page, gone: [], next: at === undefined ? end : ({ ...at } as Json), last };
    if (at === undefined) return;
  }
}

const nothing: Known = async () => new Set();

/** What `known` names is left out: nothing is made of it. */
async function pageOf(
  ctx: Context,
  kind: Kind,
  things: readonly JsonObject[],
  known: Known,
): Promise<Pick<Page, 'rows' | 'misfits' | 'same'>> {
  const versions = things.flatMap((one) => {
    const id = idOf(one.Id);
    return id === undefined ? [] : [{ id, version: versionOf(one) }];
  });
  const same = await known(versions);
  const others = things.filter((one) => !same.has(idOf(one.Id) ?? ''));
  return {
    ...sorted(
      kind,
      others.map((one) => inCurrency(ctx, one)),
    ),
    same: [...same],
  };
}

/** Where a thing names no currency (an item, a company with a single one) the company's own is meant. */
export function inCurrency({ settings }: Pick<Context, 'settings'>, thing: JsonObject): JsonObject {
  const home = textOf(settings.currency);
  return currencyOf(thing) !== undefined || home === undefined ? thing : { ...thing, CurrencyRef: { value: home } };
}

/**
 * Things created at a place in time or later: their order stays whatever is edited meanwhile. Of a second in which many were created
 * those that were read are skipped by their number, all but one: if another stands in its place, some were deleted, and more is read.
 */
async function readFrom(ctx: Context, kind: Kind, at: Position | undefined): Promise<Read> {
  const later = at === undefined ? [] : [`MetaData.CreateTime >= '${secondsOf(at.from)}'`];
  const read = async (start: number): Promise<Read> => ({
    ...(await find(
      ctx,
      kind.entity,
      [...activeOrNot(kind), ...later],
      `orderby MetaData.CreateTime startposition ${start} maxresults ${MOST}`,
    )),
    start,
  });
  const before = at?.before ?? 0;
  if (before <= FEW) return read(1);
  const page = await read(before);
  return at!.seen.includes(idOf(page.things[0]?.Id) ?? '') ? page : read(Math.max(1, before - MOST + 2));
}

interface Read {
  things: readonly JsonObject[];
  /** The service's clock. */
  time: number;
  /** Place of the first, from 1. */
  start: number;
}

/** So many are read again rather than skipped. */
const FEW = 50;

function secondsOf(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

function fresh(things: readonly JsonObject[], at: Position | undefined): readonly JsonObject[] {
  if (at === undefined) return things;
  const seen = new Set(at.seen);
  return things.filter((one) => !seen.has(idOf(one.Id) ?? ''));
}

/** The next page begins with the second in which the last one ended. A full page of which nothing is new is Changed. */
function after(
  { entity }: Kind,
  { things, start }: Pick<Read, 'things' | 'start'>,
  at: Position | undefined,
  began: number,
): Position {
  const from = createdAt(things.at(-1)!);
  const seen = things.filter((one) => createdAt(one) === from).map((one) => idOf(one.Id) ?? '');
  if (fresh(things, at).length === 0 || Number.isNaN(from) || from < (at?.from ?? from)) {
    throw new Changed(
      `query ${entity}: a page of ${things.length} ends at ${things.at(-1)?.Id}, where the one before ended; each must bring something new`,
      'The service repeats itself. Try again later; if it stays, tell the maintainer.',
    );
  }
  if (at?.from !== from) return { began, from, seen, before: seen.length };
  return { began, from, seen: [...new Set([...at.seen, ...seen])], before: start - 1 + seen.length };
}

function positionOf(kept: JsonObject | undefined): Position | undefined {
  const [began, from] = [numberOf(kept?.began), numberOf(kept?.from)];
  if (began === undefined || from === undefined || !Array.isArray(kept?.seen)) return undefined;
  return { began, from, seen: kept.seen.filter((id) => typeof id === 'string'), before: numberOf(kept.before) ?? 0 };
}

type Changes = { things: readonly JsonObject[]; gone: string[]; next: Cursor };

async function changes(ctx: Context, { entity }: Kind, since: number): Promise<Changes | CursorLost> {
  if (since < ctx.now() - REACH)
    return { lost: `${entity}: changes since ${new Date(since).toISOString()} lie more than 29 days back` };
  const name = `cdc ${entity}`;
  let answer: JsonObject;
  try {
    answer = await ask(ctx, { name }, (sdk, done) => sdk.changeDataCapture(entity, secondsOf(since), done), { repeatable: true });
  } catch (error) {
    if (faultOf(error)?.http === 400 && /changedSince|look-?back/i.test(String(faultOf(error)?.message))) {
      return { lost: error instanceof Error ? error.message : String(error) };
    }
    throw error;
  }
  const response = objectsOf(objectsOf(answer.CDCResponse)[0]?.QueryResponse)[0];
  const all = listed(name, response, entity);
  if (all.length >= MOST)
    return { lost: `${name}: ${all.length} changes since ${secondsOf(since)}; it never tells more than ${MOST}` };
  const isGone = (one: JsonObject) => one.status === 'Deleted';
  return {
    things: all.filter((one) => !isGone(one)),
    gone: all.filter(isGone).flatMap((one) => idOf(one.Id) ?? []),
    next: { changedSince: Math.max(since, timeOf(name, answer) - OVERLAP) },
  };
}
