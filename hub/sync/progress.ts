/** How far a run has come: its counts written as it goes, over all its slices, and what they say of speed and time left. */
import type { Tx } from '#store/database.ts';
import { noteRun, type RunRow } from '#store/runs.ts';
import type { Counts } from './counts.ts';
import type { Env } from './env.ts';

export interface Pace {
  /** Rows, or records of an undo, dealt with so far. */
  handled: number;
  /** Calls made to the service. */
  calls: number;
  /** Handled per second since the run began; null in its first moment. */
  rate: number | null;
  /** Seconds until everything is read, at this rate; null while the whole is not known. */
  left: number | null;
}

/** Writes what was counted so far: `counts` of this slice, and what earlier slices of the run had counted. */
export async function noteProgress(env: Env, tx: Tx, run: number, counts: Counts, total: number | null = null): Promise<void> {
  const whole = { ...env.progress.before };
  for (const [what, n] of Object.entries({ ...counts, calls: env.progress.calls }))
    if (n > 0) whole[what] = (whole[what] ?? 0) + n;
  await noteRun(tx, run, whole, total);
}

/** What came of decisions that are counted already. */
const CONSEQUENCES: ReadonlySet<string> = new Set(['calls', 'removed there']);

/** Rows read; where nothing is read, every decision. */
export function handledOf(counts: Counts): number {
  if (counts.read !== undefined) return counts.read;
  return Object.entries(counts).reduce((sum, [what, n]) => (CONSEQUENCES.has(what) ? sum : sum + n), 0);
}

export function paceOf(run: Pick<RunRow, 'begun' | 'ended' | 'counts' | 'total' | 'state'>, now: number): Pace {
  const handled = handledOf(run.counts);
  const seconds = ((run.ended === null ? now : Date.parse(run.ended)) - Date.parse(run.begun)) / 1000;
  const rate = seconds > 0 ? handled / seconds : null;
  return {
    handled,
    calls: run.counts.calls ?? 0,
    rate: rate === null ? null : Math.round(rate * 10) / 10,
    left: run.state === 'running' ? timeLeft(run.total, handled, rate) : 0,
  };
}

function timeLeft(total: number | null, handled: number, rate: number | null): number | null {
  if (total === null || rate === null || rate === 0 || handled > total) return null;
  return Math.ceil((total - handled) / rate);
}
