/** What became of a write. */
import { Problem, type Refused, TryLater } from '#kit/errors.ts';
import type { JsonObject } from '#kit/json.ts';
import { Misfits } from '#kit/rows.ts';
import type { Outcome, Row } from '#kit/stream.ts';
import { ADVICE, DUPLICATE_NAME, fieldOf, type Said, STALE } from './faults.ts';
import { type Kind, toRow } from './things.ts';

export type Failure = Exclude<Outcome, { is: 'done' }>;

/** The thing that was answered, as a row. */
export function done(kind: Kind, thing: JsonObject): Outcome {
  try {
    const row: Row = toRow(kind, thing);
    return { is: 'done', row };
  } catch (error) {
    if (!(error instanceof Misfits)) throw error;
    return { is: 'unknown', reason: `QuickBooks took it and answered with what breaks the declared fields: ${error.message}` };
  }
}

/** What a fault says of one thing. */
export function failureOf(said: Said | undefined, error?: Refused): Failure {
  const code = said?.code ?? '';
  if (code === STALE) return { is: 'stale' };
  if (code === '3001') return { is: 'later', afterMs: 60_000 };
  if (code === '10000') return { is: 'unknown', reason: `QuickBooks answered ${code}: ${said?.message}` };
  const field = code === DUPLICATE_NAME ? 'displayName' : fieldOf(code);
  const reason =
    said === undefined ? (error?.message ?? 'no answer to this item') : `QuickBooks answered ${code}: ${said.message}`;
  const advice = ADVICE[code];
  return {
    is: 'refused',
    reason: advice === undefined ? reason : `${reason}. ${advice}`,
    ...(field !== undefined && { field }),
  };
}

/**
 * One job after the other. After what was not carried out or may have been, the others wait: they would only lengthen the trouble.
 * Gives that problem.
 */
export async function inTurn<Item, Result>(
  jobs: readonly { drafts: readonly Item[]; send(): Promise<ReadonlyMap<Item, Result>> }[],
  outcomes: Map<Item, Result | { is: 'unknown'; reason: string }>,
): Promise<unknown> {
  for (const { drafts, send } of jobs) {
    try {
      for (const [item, outcome] of await send()) outcomes.set(item, outcome);
    } catch (error) {
      if (!isUncertain(error)) return error;
      const reason = error instanceof Error ? error.message : String(error);
      for (const item of drafts) outcomes.set(item, { is: 'unknown', reason });
      return error;
    }
  }
  return undefined;
}

/** May it have been carried out? Not when the service said it was not. */
function isUncertain(error: unknown): boolean {
  if (!(error instanceof Problem)) return true;
  if (error instanceof TryLater) return !error.notSent;
  return error.next === 'changed';
}
