/** A pass over several places (folders, calendars, lists), each with a round of changes of its own. */
import type { Context } from '#kit/context.ts';
import { numberOf, objectOf, objectsOf, textOf } from '#kit/json.ts';
import { watchTokens } from '#kit/paging.ts';
import type { Cursor, CursorLost, Known, Page } from '#kit/stream.ts';
import { type DeltaPage, readDelta } from './delta.ts';
import { isMissing, isStateLost } from './faults.ts';

export interface Place {
  /** '' stands for the one that every account has, and that needs no name. */
  id: string;
  name: string;
}

/** What of time a round covers, ms since the epoch. It stands in the round's links, and cannot be moved within them. */
export interface Window {
  from: number;
  to: number;
}

/** Where a pass stands. */
interface Position {
  /**
   * Each with the path of its next round; none: it was never read to its end. `former`: of a window that has moved on, read once more, for
   * the round that follows it does not tell what had gone before it.
   */
  places: (Place & { round?: string; former?: true })[];
  /** Which of them is read. */
  at: number;
  /** The page within its round. */
  page?: string;
  /** When the places were listed, ms since the epoch. */
  listed: number;
  window?: Window;
}

export interface Rounds {
  /** The operation, for counting. */
  name: string;
  prefer: readonly string[];
  /** What a place is called, for the reason why all is read again: `a folder of contacts`. */
  what: string;
  places(ctx: Context): Promise<Place[]>;
  /** Path of a place's first round. */
  first(place: string, window: Window | undefined): string;
  window?(ctx: Context): Window;
  /** What a page of a round comes to. `seen` lives as long as the pass. */
  page(
    ctx: Context,
    read: DeltaPage,
    at: { place: Place; several: boolean; known: Known; seen: Set<string> },
  ): Promise<Pick<Page, 'rows' | 'misfits' | 'gone' | 'same'>>;
}

/** New places come to light after so long. */
const RELIST = 3_600_000;

/** A window is begun anew when it would begin or end so far from where it does. */
const MOVE = 7 * 86_400_000;

export async function* pullRounds(
  rounds: Rounds,
  ctx: Context,
  since: Cursor | null,
  known: Known = async () => new Set(),
): AsyncGenerator<Page | CursorLost, void, void> {
  let at = await begun(rounds, ctx, positionOf(since));
  if ('lost' in at) return yield at;
  const watch = watchTokens(rounds.name, at.page);
  const seen = new Set<string>();
  while (at.places.length > 0) {
    const { round, id, name }: Position['places'][number] = at.places[at.at]!;
    const place = { id, name };
    const path = at.page ?? round ?? rounds.first(place.id, at.window);
    let read: DeltaPage;
    try {
      read = await readDelta(ctx, { name: rounds.name, group: 'mailbox', path, prefer: rounds.prefer });
    } catch (error) {
      // A place that was deleted takes what was in it along: what that was shows when all is read again.
      if (!isStateLost(error) && !(isMissing(error) && place.id !== '')) throw error;
      return yield { lost: error instanceof Error ? error.message : String(error) };
    }
    if (read.next !== undefined) watch(read.next);
    const last = read.done !== undefined && at.at === at.places.length - 1;
    const content = await rounds.page(ctx, read, { place, several: at.places.length > 1, known, seen });
    at = follow(at, read);
    yield { ...content, next: cursorOf(at), last };
    if (last) return;
  }
  yield { rows: [], gone: [], misfits: [], next: cursorOf(at), last: true };
}

function cursorOf({ window, ...at }: Position): Cursor {
  return { ...at, places: at.places.map((one) => ({ ...one })), ...(window && { window: { ...window } }) };
}

function positionOf(cursor: Cursor | null): Position | undefined {
  const kept = objectOf(cursor ?? undefined);
  if (kept === undefined) return undefined;
  const [page, window] = [textOf(kept.page), objectOf(kept.window)];
  return {
    places: objectsOf(kept.places).map(({ id, name, round, former }) => ({
      ...{ id: String(id ?? ''), name: String(name ?? '') },
      ...(typeof round === 'string' && { round }),
      ...(former === true && { former }),
    })),
    at: numberOf(kept.at) ?? 0,
    listed: numberOf(kept.listed) ?? 0,
    ...(page !== undefined && { page }),
    ...(window && { window: { from: numberOf(window.from) ?? 0, to: numberOf(window.to) ?? 0 } }),
  };
}

/** The position to go on from, with places that have come or gone meanwhile, and a window that has moved. */
async function begun(rounds: Rounds, ctx: Context, known: Position | undefined): Promise<Position | CursorLost> {
  const inside = known !== undefined && (known.at > 0 || known.page !== undefined);
  const window = rounds.window?.(ctx);
  const moves = window !== undefined && known?.window !== undefined && isFar(window, known.window);
  if (known !== undefined && (inside || (!moves && ctx.now() < known.listed + RELIST))) return known;
  const places = await rounds.places(ctx);
  if (known?.places.some(({ id }) => places.every((one) => one.id !== id))) return { lost: `${rounds.what} is there no more` };
  const kept = moves ? window : (known?.window ?? window);
  const ended = (known?.places ?? []).filter(({ round }) => moves && round !== undefined);
  return {
    places: [
      ...places.map((one) => ({ ...one, ...roundOf(one, moves ? undefined : known) })),
      ...ended.map((one) => ({ ...one, former: true as const })),
    ],
    at: 0,
    listed: ctx.now(),
    ...(kept && { window: kept }),
  };
}

/** As time goes by, or as an admin has set it. */
const isFar = (a: Window, b: Window): boolean => Math.max(Math.abs(a.from - b.from), Math.abs(a.to - b.to)) >= MOVE;

function roundOf({ id }: Place, known: Position | undefined): { round?: string } {
  const round = known?.places.find((one) => one.id === id)?.round;
  return round === undefined ? {} : { round };
}

function follow(at: Position, { next, done }: DeltaPage): Position {
  const { page: _, ...rest } = at;
  if (next !== undefined) return { ...rest, page: next };
  const [before, after] = [at.places.slice(0, at.at), at.places.slice(at.at + 1)];
  const { former, ...place } = at.places[at.at]!;
  const places = [...before, ...(former ? [] : [{ ...place, round: done! }]), ...after];
  return { ...rest, places, at: after.length === 0 ? 0 : places.length - after.length };
}
