/** What the organisations of an app have to do with their books in a month. Uneven, as firms are: most are small, a few do most of it. */
import { type Random, random } from '#test/emulators/kit/random.ts';

export interface Firm {
  /** Streams that are looked at in turn, each as often as the hub does by itself. */
  streams: number;
  /** On a working day: what webhooks tell of, and what people do. */
  told: number;
  done: number;
  /** Hours its day begins before that of Greenwich. */
  east: number;
  /** When its whole history is imported, days after the beginning, and how many calls that takes. */
  imports?: { day: number; calls: number };
  /** Another program of the firm uses the same app: so many calls in a row, so often a day. */
  script?: { calls: number; aDay: number };
}

/** A firm by its number: always the same for the same seed. `days`: how long the month is. */
export function firm(seed: number, number: number, days: number): Firm {
  const chance = random(seed * 7919 + number);
  const size = SIZES[number % 20 === 0 ? 2 : number % 20 < 6 ? 1 : 0]!;
  const spread = (n: number) => Math.max(1, Math.round(n * (0.4 + chance.below(1_200) / 1_000)));
  return {
    streams: size.streams,
    told: spread(size.told),
    done: spread(size.done),
    east: chance.below(24) - 12,
    ...(chance.oneIn(2) && { imports: { day: chance.below(days * 1_000) / 1_000, calls: spread(size.history) } }),
    ...(chance.oneIn(8) && { script: chance.oneIn(4) ? { calls: 1_700, aDay: 3 } : { calls: 45, aDay: 6 } }),
  };
}

const SIZES = [
  { streams: 2, told: 10, done: 5, history: 150 },
  { streams: 4, told: 60, done: 30, history: 1_500 },
  { streams: 8, told: 500, done: 150, history: 12_000 },
] as const;

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** Of each hour of a firm's day, the part of what is done in it; weekends are quiet. */
const HOURS = [0, 0, 0, 0, 0, 0, 1, 3, 8, 12, 12, 10, 6, 9, 12, 11, 8, 4, 2, 1, 1, 0, 0, 0];

/** Milliseconds until the next of `aDay` things, as people and customers do them. */
export function untilNext(chance: Random, at: number, east: number, aDay: number): number {
  for (let wait = 0; ; ) {
    const local = at + wait + east * HOUR;
    const weekend = [0, 6].includes(new Date(local).getUTCDay());
    const rate = ((HOURS[Math.floor((local % DAY) / HOUR)]! * aDay) / 100) * (weekend ? 0.1 : 1);
    const left = HOUR - (local % HOUR);
    const gap = rate === 0 ? left : (-Math.log(1 - chance.below(1_000_000) / 1_000_000) * HOUR) / rate;
    if (gap < left) return wait + gap;
    wait += left;
  }
}

/** How many calls a person's wish takes: mostly one or two, now and then a whole stack of invoices. */
export function sizeOfWish(chance: Random): number {
  return chance.oneIn(60) ? 30 + chance.below(90) : 1 + chance.below(3);
}
