/** What became of a write. */
import { Problem, TryLater } from '#kit/errors.ts';
import { Misfits } from '#kit/rows.ts';
import type { Outcome, Removal, Row } from '#kit/stream.ts';
import { explain, type GraphFault, THROTTLED } from './faults.ts';

/** The row that an answer stands for. */
export function done(make: () => Row): Outcome {
  try {
    return { is: 'done', row: make() };
  } catch (error) {
    if (!(error instanceof Misfits)) throw error;
    return { is: 'unknown', reason: `Microsoft took it and answered with what breaks the declared fields: ${error.message}` };
  }
}

export type Failure = Exclude<Outcome, { is: 'done' }>;

/** How one request of a batch failed. `known`: it was to change what is there already. */
export function failureOf(fault: GraphFault, known: boolean): Failure {
  const { http, code, message, after } = fault;
  const said = `Microsoft answered ${http}${code ? ` ${code}` : ''}: ${message}`;
  if (known && http === 404) return { is: 'gone' };
  // Also seen without If-Match, where the service races itself: nothing was carried out.
  if (http === 412 || code === 'ErrorIrresolvableConflict') return known ? { is: 'stale' } : { is: 'later', afterMs: 1_000 };
  if (http === 429 || http === 509 || THROTTLED.has(code ?? '')) return { is: 'later', afterMs: after ?? 10_000 };
  // 424: what it depends on failed; 401: the sign-in ended within the batch; 423: somebody writes to it.
  if (http === 401 || http === 423 || http === 424) return { is: 'later', afterMs: after ?? 1_000 };
  if (http >= 500 || http === 408) return { is: 'unknown', reason: said };
  const { advice } = explain(fault);
  return { is: 'refused', reason: advice.includes(message) ? said : `${said}. ${advice}` };
}

/** As that of a removal: one that is stale or unknown is harmless to repeat. */
export function removalOf(fault: GraphFault): Removal {
  const failure = failureOf(fault, true);
  return failure.is === 'stale' ? { is: 'later', afterMs: 1_000 } : failure;
}

/** May it have been carried out? Not when the service said it was not (429, a dead sign-in). */
export function isUncertain(error: unknown): boolean {
  if (!(error instanceof Problem)) return true;
  if (error instanceof TryLater) return !error.notSent;
  return error.next === 'changed';
}
