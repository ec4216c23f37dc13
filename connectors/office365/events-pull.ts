/**
 * Reading events: a round of changes for each calendar over a window of time (calendarView/delta), which is what Microsoft documents. A
 * window stands in its links and cannot be moved: it is begun anew, which is a reading of all and no loss.
 */
import type { Context } from '#kit/context.ts';
import { type JsonObject, numberOf, objectOf, objectsOf, textOf } from '#kit/json.ts';
import { watchTokens } from '#kit/paging.ts';
import type { Cursor, CursorLost, Known, Page } from '#kit/stream.ts';
import { ownCalendars, viewOf } from './calendars.ts';
import { type DeltaPage, readDelta } from './delta.ts';
import { eventShape } from './event.ts';
import { PREFER } from './event-fields.ts';
import { readEvents } from './events-read.ts';
import { isMissing, isStateLost } from './faults.ts';
import { etagOf, idOf, sorted } from './records.ts';

const NAME = 'calendarView.delta';
const DAY = 86_400_000;

/** What is read of the past and of the future, unless an admin sets it otherwise; and how often the window is moved. */
const BACK_DAYS = 90;
const AHEAD_DAYS = 400;
const MOVE = 7 * DAY;

const RELIST = 3_600_000;
const PAGE_SIZE = 200;

/** Where a pass stands. */
interface Position {
  /** Each with the path of its next round; none: it was never read to its end. */
  calendars: { id: string; name: string; round?: string }[];
  at: number;
  page?: string;
  /** When the calendars were listed, ms since the epoch. */
  listed: number;
  /** What the window covers. */
  from: number;
  to: number;
}

export async function* pull(
  ctx: Context,
  since: Cursor | null,
  known: Known = async () => new Set(),
): AsyncGenerator<Page | CursorLost, void, void> {
  let at = await begun(ctx, positionOf(since));
  if ('lost' in at) return yield at;
  const watch = watchTokens(NAME, at.page);
  /** Series that were read in this pass: each of their occurrences names them. */
  const seen = new Set<string>();
  for (;;) {
    const { id, name, round } = at.calendars[at.at]!;
    const path = at.page ?? round ?? viewOf(id, at.from, at.to);
    let read: DeltaPage;
    try {
      read = await readDelta(ctx, { name: NAME, group: 'mailbox', path, prefer: [...PREFER, `odata.maxpagesize=${PAGE_SIZE}`] });
    } catch (error) {
      if (!isStateLost(error) && !(isMissing(error) && id !== '')) throw error;
      return yield { lost: error instanceof Error ? error.message : String(error) };
    }
    if (read.next !== undefined) watch(read.next);
    const page: Page = await toPage(ctx, at, name, read, known, seen);
    at = positionOf(page.next)!;
    yield page;
    if (page.last) return;
  }
}

function positionOf(cursor: Cursor | null): Position | undefined {
  const kept = objectOf(cursor ?? undefined);
  if (kept === undefined) return undefined;
  const page = textOf(kept.page);
  return {
    calendars: objectsOf(kept.calendars).map(({ id, name, round }) => ({
      ...{ id: String(id ?? ''), name: String(name ?? '') },
      ...(typeof round === 'string' && { round }),
    })),
    ...{
      at: numberOf(kept.at) ?? 0,
      listed: numberOf(kept.listed) ?? 0,
      from: numberOf(kept.from) ?? 0,
      to: numberOf(kept.to) ?? 0,
    },
    ...(page !== undefined && { page }),
  };
}

async function begun(ctx: Context, known: Position | undefined): Promise<Position | CursorLost> {
  const now = ctx.now();
  const inside = known !== undefined && (known.at > 0 || known.page !== undefined);
  const window = windowOf(ctx);
  const moves = known !== undefined && window.from - known.from >= MOVE;
  if (known !== undefined && (inside || (!moves && now < known.listed + RELIST))) return known;
  const calendars = await ownCalendars(ctx);
  const left = known?.calendars.find(({ id }) => calendars.every((one) => one.id !== id));
  if (left !== undefined) return { lost: `the calendar ${left.name} is no longer among those of this account` };
  const round = (id: string) => (moves ? undefined : known?.calendars.find((one) => one.id === id)?.round);
  const { from, to } = moves || known === undefined ? window : known;
  return {
    calendars: calendars.map((one) => ({ ...one, ...(round(one.id) && { round: round(one.id)! }) })),
    at: 0,
    listed: now,
    from,
    to,
  };
}

function windowOf({ settings, now }: Context): { from: number; to: number } {
  const days = (name: string, usual: number) => Math.min(Math.max(numberOf(settings[name]) ?? usual, 1), 1_800) * DAY;
  return { from: now() - days('eventsBackDays', BACK_DAYS), to: now() + days('eventsAheadDays', AHEAD_DAYS) };
}

async function toPage(
  ctx: Context,
  at: Position,
  calendar: string,
  read: DeltaPage,
  known: Known,
  seen: Set<string>,
): Promise<Page> {
  const { whole, named } = apart(read.things, seen);
  // Told of those outside the window too, whatever became of them: what is there still is no deletion.
  const there = await readEvents(ctx, [...named, ...read.removed]);
  const gone = read.removed.filter((id) => !there.has(id));
  // An occurrence that is as its series says is no row, whoever tells of it.
  const all = [...there.values(), ...whole].filter(({ type }) => type !== 'occurrence');
  const same = await known(all.flatMap(versionOf));
  const fresh = all.filter((one) => !same.has(String(one.id))).map((one) => ({ ...one, calendar }));
  const next = follow(at, read);
  return {
    ...(await sorted(eventShape, fresh)),
    same: [...same],
    gone,
    next: { ...next, calendars: next.calendars.map((one) => ({ ...one })) },
    last: read.done !== undefined && at.at === at.calendars.length - 1,
  };
}

/**
 * A round cannot be asked for what it shows: occurrences bear little more than the id of their series, and of a series it does not tell
 * what was cancelled. Both are read by id, each series once in a pass.
 */
function apart(things: readonly JsonObject[], seen: Set<string>): { whole: JsonObject[]; named: string[] } {
  const whole: JsonObject[] = [];
  const named = new Set<string>();
  for (const one of things) {
    const [id, series] = [idOf(one), textOf(one.seriesMasterId)];
    if (series !== undefined && !seen.has(series)) named.add(series);
    if (one.type === 'occurrence') continue;
    if (one.type === 'seriesMaster' || one.iCalUId === undefined) {
      if (id !== undefined && !seen.has(id)) named.add(id);
    } else whole.push(one);
  }
  for (const id of named) seen.add(id);
  return { whole, named: [...named] };
}

function follow(at: Position, { next, done }: DeltaPage): Position {
  const { page: _, ...rest } = at;
  if (next !== undefined) return { ...rest, page: next };
  const calendars = at.calendars.map((one, i) => (i === at.at ? { ...one, round: done! } : one));
  return { ...rest, calendars, at: (at.at + 1) % at.calendars.length };
}

function versionOf(event: JsonObject): { id: string; version: string }[] {
  const [id, version] = [idOf(event), etagOf(event)];
  return id === undefined || version === undefined ? [] : [{ id, version }];
}
