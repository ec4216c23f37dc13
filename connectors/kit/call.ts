/**
 * The one way to a service: every call is allowed, retried, timed, counted, and its errors are translated. Limits and retries
 * live here and nowhere else; what the SDKs do of their own accord is switched off.
 */
import { setTimeout as wait } from 'node:timers/promises';
import pRetry from 'p-retry';
import type { Allowance, Slot } from './allowance.ts';
import type { Limit, Limits } from './connector.ts';
import type { CallOptions, Context, Cost, Send } from './context.ts';
import { Problem, TryLater } from './errors.ts';

export interface CallParts {
  limits: Limits;
  allowance: Allowance;
  /** Whom the service counts: keys of the budgets, as `gsuite/<client id>` and `gsuite/<client id>/<account>`. */
  counted: { readonly [per in Limit['per']]: string };
  explain(error: unknown): Problem;
  /** Told of every request that was sent: the operation, what came of it, how long it took (ms). */
  count?(operation: string, result: 'done' | 'aborted' | Problem['next'], ms: number): void;
  signal: AbortSignal;
  now(): number;
  /** Waits in real time, and ends early with the signal's reason. */
  sleep?(ms: number, signal: AbortSignal): Promise<unknown>;
}

/** Longest a call waits in all, for its allowance and between tries. Beyond that somebody else can use the time. */
const PATIENCE = 2_000;

const RETRIES = 3;

/**
 * Makes the `call` of a Context. It throws what `explain` made of the last error; TryLater with the time when more patience is
 * needed than it has; the signal's reason when aborted.
 */
export function makeCall(parts: CallParts): Context['call'] {
  const {
    limits,
    allowance,
    counted,
    explain,
    count,
    signal,
    now,
    sleep = (ms, signal) => wait(ms, undefined, { signal }),
  } = parts;

  function budgetOf(name: string, group: string): { key: string; limit: Limit } {
    const limit = limits.groups[group];
    if (limit !== undefined) return { key: `${counted[limit.per]}/${group}`, limit };
    throw new Error(`${name}: no limit is called '${group}'; there are ${Object.keys(limits.groups).join(', ')}`);
  }

  return async (cost, send, options = {}) => {
    const { key, limit } = budgetOf(cost.name, cost.group);
    const wider = limit.within === undefined ? undefined : budgetOf(cost.name, limit.within);
    let patience = PATIENCE;

    /** Waits within what patience is left. */
    async function linger(ms: number): Promise<void> {
      patience -= ms;
      await sleep(ms, signal).catch((error: unknown) => {
        signal.throwIfAborted();
        throw error;
      });
    }

    async function admitted(): Promise<Slot | undefined> {
      for (;;) {
        signal.throwIfAborted();
        const taken = await allowance.take(key, limit, cost.units ?? 1, options.share ?? 1, wider);
        if (taken.granted) return taken.slot;
        if (taken.waitMs > patience) throw overdrawn(cost, taken.waitMs);
        await linger(taken.waitMs);
      }
    }

    async function pause({ afterMs, rests }: TryLater): Promise<void> {
      const all = () => Object.keys(limits.groups).map((group) => budgetOf(cost.name, group).key);
      const keys = rests === 'account' ? all() : [rests === 'wider' ? (wider?.key ?? key) : key];
      for (const one of keys) await allowance.pause(one, now() + afterMs);
    }

    async function attempt(): Promise<Awaited<ReturnType<typeof send>>> {
      const slot = await admitted();
      const begun = performance.now();
      let result: 'done' | 'aborted' | Problem['next'] = 'done';
      let resting = 0;
      try {
        return await timed(cost, limits.timeout, signal, send, (ms) => {
          resting = Math.max(resting, ms);
        });
      } catch (error) {
        if (signal.aborted) {
          result = 'aborted';
          throw signal.reason;
        }
        const problem = error instanceof Problem ? error : explain(error);
        result = problem.next;
        if (problem instanceof TryLater && problem.notSent) await pause(problem);
        throw problem;
      } finally {
        count?.(cost.name, result, performance.now() - begun);
        if (resting > 0) await allowance.pause(key, now() + resting);
        if (slot !== undefined) await allowance.free(slot);
      }
    }

    return pRetry(attempt, {
      retries: RETRIES,
      minTimeout: 0,
      shouldRetry: async ({ error }) => {
        if (!(error instanceof TryLater) || error.afterMs > patience || !mayRepeat(error, options)) return false;
        await linger(error.afterMs);
        return true;
      },
    }).catch((error: unknown) => {
      signal.throwIfAborted();
      throw error;
    });
  };
}

function mayRepeat(error: TryLater, { repeatable = false }: CallOptions): boolean {
  return repeatable || error.notSent;
}

function overdrawn({ name, group }: Cost, waitMs: number): TryLater {
  return new TryLater(
    `${name}: the budget '${group}' is used up for ${waitMs} ms`,
    'The service allows only so many calls. It goes on by itself.',
    waitMs,
    true,
  );
}

/** Sends with a deadline. What the sender does with the signal is its business: the wait ends in any case. */
async function timed<T>(cost: Cost, ms: number, outer: AbortSignal, send: Send<T>, rest: (ms: number) => void): Promise<T> {
  const inner = new AbortController();
  let end: (reason: unknown) => void = () => {};
  const ended = new Promise<never>((_resolve, reject) => {
    end = (reason) => {
      inner.abort(reason);
      reject(reason);
    };
  });
  const late = () =>
    end(new TryLater(`${cost.name}: no answer within ${ms} ms`, 'The service is slow. It goes on by itself.', 1_000, false));
  const abort = () => end(outer.reason);
  const timer = setTimeout(late, ms);
  outer.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([send(inner.signal, rest), ended]);
  } finally {
    clearTimeout(timer);
    outer.removeEventListener('abort', abort);
  }
}
