/** What was spent of a budget within a sliding second, minute or day, counted in pieces so that it stays small. Pure. */

export type WindowKind = 'second' | 'minute' | 'day';

/** End of the piece (ms since the epoch) and units, oldest first. A piece leaves the window a whole length after its end. */
export type Spent = readonly (readonly [ends: number, units: number])[];

const WINDOWS: { readonly [kind in WindowKind]: { length: number; piece: number } } = {
  second: { length: 1_000, piece: 50 },
  minute: { length: 60_000, piece: 500 },
  day: { length: 86_400_000, piece: 900_000 },
};

/** Milliseconds until so many units fit under `most`; 0: now. */
export function waitFor(kind: WindowKind, spent: Spent, at: number, units: number, most: number): number {
  const { length } = WINDOWS[kind];
  const inside = spent.filter(([ends]) => ends + length > at);
  let over = inside.reduce((sum, [, n]) => sum + n, units) - most;
  for (const [ends, n] of inside) {
    if (over <= 0) return 0;
    over -= n;
    if (over <= 0) return ends + length - at;
  }
  return 0;
}

/** Adds units, and leaves out what has left the window. */
export function spend(kind: WindowKind, spent: Spent, at: number, units: number): Spent {
  const { length } = WINDOWS[kind];
  const ends = endOf(kind, at);
  const inside = spent.filter(([end]) => end + length > at);
  const last = inside.at(-1);
  if (units === 0) return inside;
  return last !== undefined && last[0] >= ends
    ? [...inside.slice(0, -1), [last[0], last[1] + units]]
    : [...inside, [ends, units]];
}

/** Takes back units that were granted at `at` and not used; never more than stand there. */
export function refund(kind: WindowKind, spent: Spent, at: number, units: number): Spent {
  const ends = endOf(kind, at);
  return spent.map(([end, n]) => [end, end === ends ? Math.max(0, n - units) : n] as const).filter(([, n]) => n > 0);
}

/** What is used of a budget now, and when it will be used up should it go on at the pace of the last hour; never, within a window's length. */
export interface Forecast {
  used: number;
  /** Milliseconds since the epoch; absent: not in sight. */
  usedUp?: number;
}

const PACE_MS = 3_600_000;

export function forecast(kind: WindowKind, spent: Spent, at: number, most: number): Forecast {
  const { length, piece } = WINDOWS[kind];
  const usedAt = (when: number) => spent.reduce((sum, [ends, n]) => (ends + length > when ? sum + n : sum), 0);
  const used = usedAt(at);
  // A piece counts for the part of it that lies within the hour.
  const lately = spent.reduce((sum, [ends, n]) => sum + n * within(Math.min(ends, at), ends - piece, at - PACE_MS), 0);
  const pace = lately / PACE_MS;
  if (used >= most) return { used, usedUp: at };
  if (pace === 0) return { used };
  for (let when = at + piece; when <= at + length; when += piece) {
    const over = usedAt(when) + pace * (when - at) - most;
    if (over >= 0) return { used, usedUp: Math.round(when - Math.min(piece, over / pace)) };
  }
  return { used };
}

/** The part of begin..end that lies after `since`. */
function within(end: number, begin: number, since: number): number {
  return end <= begin ? 0 : Math.max(0, Math.min(1, (end - Math.max(begin, since)) / (end - begin)));
}

function endOf(kind: WindowKind, at: number): number {
  const { piece } = WINDOWS[kind];
  return (Math.floor(at / piece) + 1) * piece;
}
