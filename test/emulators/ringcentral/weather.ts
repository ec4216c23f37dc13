import { random } from '../kit/random.ts';

/** What befalls notifications on their way. Chances are from 0 to 1. */
export interface Weather {
  /** Never arrives. */
  lost: number;
  /** Arrives twice. */
  doubled: number;
  /** Arrives after others that were sent later. */
  shuffled: boolean;
  /** Arrives up to so many milliseconds late, in real time. */
  late: number;
  /** Most deliveries under way at once; 1: each waits for the answer to the one before, and arrives in order. */
  abreast: number;
  seed: number;
}

export const FAIR: Weather = { lost: 0, doubled: 0, shuffled: false, late: 0, abreast: 1, seed: 1 };

/** How many deliveries are remembered, so that they can be repeated. */
const REMEMBERED = 2000;

export type Post = ReturnType<typeof createPost>;

/** Carries deliveries through the weather. */
export function createPost(first: Partial<Weather> = {}) {
  let weather = { ...FAIR, ...first };
  let chance = random(weather.seed);
  const under = new Set<Promise<void>>();
  let waiting: (() => Promise<void>)[] = [];
  /** The first of `waiting` that has not been sent. */
  let head = 0;
  const timers = new Set<NodeJS.Timeout>();
  const past: (() => Promise<void>)[] = [];
  const counts = { sent: 0, lost: 0, doubled: 0 };

  const happens = (probability: number) => probability > 0 && chance.below(1_000_000) < probability * 1_000_000;

  function begin(): void {
    while (under.size < weather.abreast) {
      const next = waiting[head];
      if (next === undefined) return;
      if (++head > REMEMBERED && head * 2 > waiting.length) {
        waiting = waiting.slice(head);
        head = 0;
      }
      counts.sent++;
      past.push(next);
      if (past.length > 2 * REMEMBERED) past.splice(0, REMEMBERED);
      const sending: Promise<void> = next().finally(() => {
        under.delete(sending);
        begin();
      });
      under.add(sending);
    }
  }

  function later(delivery: () => Promise<void>): void {
    const wait = weather.late > 0 ? chance.below(weather.late + 1) : 0;
    if (wait === 0) {
      waiting.push(delivery);
      return;
    }
    const timer = setTimeout(() => {
      timers.delete(timer);
      waiting.push(delivery);
      begin();
    }, wait);
    timers.add(timer);
  }

  return {
    /** Sends what happened together: some of it is lost, doubled or overtaken. */
    send(deliveries: readonly (() => Promise<void>)[]): void {
      const gone: (() => Promise<void>)[] = [];
      for (const one of deliveries) {
        if (happens(weather.lost)) {
          counts.lost++;
          continue;
        }
        gone.push(one);
        if (happens(weather.doubled)) {
          counts.doubled++;
          gone.push(one);
        }
      }
      if (weather.shuffled) shuffle(gone);
      for (const one of gone) later(one);
      begin();
    },
    /** Sends the last deliveries once more, as they were. */
    repeat(count: number): void {
      waiting.push(...past.slice(-count));
      begin();
    },
    /** Resolves when nothing is on its way any more. */
    async settled(): Promise<void> {
      while (under.size > 0 || head < waiting.length || timers.size > 0) {
        if (under.size > 0) await Promise.race(under);
        else await new Promise((resolve) => setTimeout(resolve, 1));
      }
    },
    set(next: Partial<Weather>): void {
      weather = { ...weather, ...next };
      if (next.seed !== undefined) chance = random(next.seed);
    },
    counts: () => ({ ...counts }),
    close(): void {
      for (const timer of timers) clearTimeout(timer);
      timers.clear();
      waiting = [];
      head = 0;
    },
  };

  function shuffle<T>(list: T[]): void {
    for (let i = list.length - 1; i > 0; i--) {
      const j = chance.below(i + 1);
      [list[i], list[j]] = [list[j] as T, list[i] as T];
    }
  }
}
