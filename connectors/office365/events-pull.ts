/**
 * Reading events: a round of changes for each calendar over a window of time (calendarView/delta), which is what Microsoft documents. To
 * move the window is to begin anew: a reading of all, and after it a last one of what changed in the former.
 */
import type { Context } from '#kit/context.ts';
import { type JsonObject, numberOf, textOf } from '#kit/json.ts';
import type { Page, Stream } from '#kit/stream.ts';
import { ownCalendars, viewOf } from './calendars.ts';
import type { DeltaPage } from './delta.ts';
import { eventShape } from './event.ts';
import { PREFER } from './event-fields.ts';
import { readEvents } from './events-read.ts';
import { idOf, sorted, versionOf } from './records.ts';
import { pullRounds, type Rounds } from './rounds.ts';

export const pull: NonNullable<Stream['pull']> = (ctx, since, known) => pullRounds(ROUNDS, ctx, since, known);

/** What is read of the past and of the future, unless an admin sets it otherwise. */
const BACK_DAYS = 90;
const AHEAD_DAYS = 400;
const MOST_DAYS = 1_800;

const ROUNDS: Rounds = {
  name: 'calendarView.delta',
  prefer: [...PREFER, 'odata.maxpagesize=200'],
  what: 'a calendar of this account',
  places: ownCalendars,
  first: (calendar, window) => viewOf(calendar, window!.from, window!.to),
  window: ({ settings, now }) => {
    const days = (name: string, usual: number) =>
      Math.min(Math.max(numberOf(settings[name]) ?? usual, 1), MOST_DAYS) * 86_400_000;
    return { from: now() - days('eventsBackDays', BACK_DAYS), to: now() + days('eventsAheadDays', AHEAD_DAYS) };
  },
  page,
};

async function page(
  ctx: Context,
  read: DeltaPage,
  { place, known, seen }: Parameters<Rounds['page']>[2],
): Promise<Omit<Page, 'next' | 'last'>> {
  const { whole, named } = apart(read.things, seen);
  // Told of those outside the window too, whatever became of them: what is there still is no deletion.
  const there = await readEvents(ctx, [...named, ...read.removed]);
  // An occurrence that is as its series says is no row, whoever tells of it.
  const all = [...there.values(), ...whole].filter(({ type }) => type !== 'occurrence');
  const same = await known(all.flatMap(versionOf));
  const fresh = all.filter((one) => !same.has(String(one.id))).map((one) => ({ ...one, calendar: place.name }));
  return { ...(await sorted(eventShape, fresh)), same: [...same], gone: read.removed.filter((id) => !there.has(id)) };
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
