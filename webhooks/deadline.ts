/** Waiting that has an end: one clock for all who wait, for a timer each would cost more than most of them take. */

export interface Deadlines {
  /** Calls `late` when the time is over, unless what it gives is called before. */
  set(late: () => void): () => void;
}

export function openDeadlines(ms: number): Deadlines {
  const waiting = new Map<object, { until: number; late: () => void }>();
  let clock: NodeJS.Timeout | undefined;
  const look = (): void => {
    const now = performance.now();
    for (const [key, { until, late }] of waiting) {
      if (until > now) break;
      waiting.delete(key);
      late();
    }
    if (waiting.size === 0) {
      clearInterval(clock);
      clock = undefined;
    }
  };
  return {
    set(late) {
      const key = {};
      waiting.set(key, { until: performance.now() + ms, late });
      clock ??= setInterval(look, Math.min(1_000, ms / 4)).unref();
      return () => void waiting.delete(key);
    },
  };
}
