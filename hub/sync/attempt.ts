/** Telling a service something, and what became of each draft. */
import { setTimeout as delay } from 'node:timers/promises';
import { Problem, TryLater } from '#kit/errors.ts';
import type { Env } from './env.ts';

export interface Later {
  is: 'later';
  afterMs: number;
}

export interface Sent<T> {
  outcomes: T[];
  /** Taken after the answer: reads that began before it are stale. */
  begun: number;
  /** An error that concerns the call: noted for every draft, then thrown. */
  problem?: Problem;
}

/** An error that concerns the whole call leaves every draft for later: `push` throws only if none was sent. */
export async function attempt<T>(env: Env, n: number, call: () => Promise<T[]>): Promise<Sent<T | Later>> {
  try {
    const outcomes = await call();
    return { outcomes, begun: await env.reading() };
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    const afterMs = error instanceof TryLater ? error.afterMs : 60_000;
    return {
      outcomes: Array.from({ length: n }, () => ({ is: 'later' as const, afterMs })),
      begun: await env.reading(),
      problem: error,
    };
  }
}

/** So long (ms) a person's errand waits in all for a service that asks it to. */
const PATIENCE_MS = 120_000;

/** The outcome of each thing, in order. What is told to wait is sent again, as long as patience lasts. */
export async function persist<D, T extends { is: string }>(
  env: Env,
  things: readonly D[],
  send: (some: readonly D[]) => Promise<T[]>,
): Promise<(T | Later)[]> {
  const outcomes: (T | Later)[] = [];
  let waiting = [...things.keys()];
  for (let patience = PATIENCE_MS; ; ) {
    const some = waiting.map((at) => things[at]!);
    const answer = await attempt(env, some.length, () => send(some));
    for (const [n, at] of waiting.entries()) outcomes[at] = answer.outcomes[n]!;
    waiting = waiting.filter((at) => outcomes[at]!.is === 'later');
    const wait = Math.max(0, ...waiting.map((at) => (outcomes[at] as Later).afterMs));
    if (waiting.length === 0 || wait > patience) return outcomes;
    patience -= Math.max(wait, 1_000);
    await delay(wait, undefined, { signal: env.context.signal });
  }
}
