/** Long work of the engine, watched through the row of its run: that is where its counts stand, whoever does the work. */
import { setTimeout as delay } from 'node:timers/promises';
import { Fault } from '#hub/fault.ts';
import type { Json } from '#kit/fields.ts';
import type { RunView } from '#sync/look.ts';
import type { Begun } from '#sync/planning.ts';
import type { SliceEnd } from '#sync/slice.ts';
import { count, duration, openBar, type Progress } from './progress.ts';
import type { Session } from './session.ts';

const LOOK_MS = 200;

/** Waits for a plan to be ready. Throws what kept it from being made. */
export async function watchPlan(session: Session, title: string, begun: Begun): Promise<void> {
  const { hub, workspace } = session;
  const done = Promise.race([begun.done, interrupted(session.signal)]);
  const { look } = hub.engine;
  const problem = await watch(title, done, () => look.run(workspace, begun.run));
  if (problem) throw foreseen(problem, (await look.run(workspace, begun.run)).problem);
}

/** Works on a sync here and now until nothing is due. Throws what stopped it, as it is noted on the sync. */
export async function watchSync(session: Session, title: string, sync: number): Promise<SliceEnd> {
  const { hub, workspace, by, signal } = session;
  const { look } = hub.engine;
  const underWay = async (): Promise<RunView | undefined> => {
    const { run } = await look.sync(workspace, sync);
    return run === null ? undefined : look.run(workspace, run);
  };
  try {
    return await watch(title, hub.engine.drain(workspace, sync, by, signal), underWay);
  } catch (error) {
    if (signal.aborted) throw stopped();
    throw foreseen(error, (await look.sync(workspace, sync)).problem);
  }
}

/** The error with the advice that was noted beside its message, where it bears none itself. */
function foreseen(error: unknown, noted: Json): unknown {
  if (!(error instanceof Error) || 'advice' in error || memberOf(noted, 'message') !== error.message) return error;
  return new Fault('conflict', error.message, memberOf(noted, 'advice') ?? '', [], error);
}

/** Redraws until the work has ended, where somebody watches. */
async function watch<T>(title: string, work: Promise<T>, look: () => Promise<RunView | undefined>): Promise<T> {
  if (!process.stderr.isTTY) return work;
  const bar = openBar(title);
  const over = new AbortController();
  const redrawn = redraw(look, (run) => bar.show(progressOf(run)), over.signal);
  try {
    return await work;
  } finally {
    over.abort();
    await redrawn;
    bar.clear();
  }
}

async function redraw(look: () => Promise<RunView | undefined>, show: (run: RunView) => void, over: AbortSignal): Promise<void> {
  while (!over.aborted) {
    // A run that found nothing to do is forgotten between two looks; the work itself tells what went wrong.
    const run = await look().catch(() => undefined);
    if (run && !over.aborted) show(run);
    await delay(LOOK_MS, undefined, { signal: over }).catch(() => undefined);
  }
}

/** Rejects at Ctrl-C. A plan half made ends when the hub is closed. */
function interrupted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(stopped());
    signal.addEventListener('abort', () => reject(stopped()), { once: true });
  });
}

const stopped = (): Fault => new Fault('busy', 'Interrupted: what was kept so far stays.', 'Run the command again to go on.');

function progressOf({ handled, total, rate, left, calls, counts }: RunView): Progress {
  const told = (counts.told ?? 0) + (counts['told new'] ?? 0);
  const notes = [
    ...(total === null && left !== null && left > 0 ? [`${duration(left)} left`] : []),
    ...(calls > 0 ? [`${count(calls)} calls`] : []),
    ...(told > 0 ? [`${count(told)} sent`] : []),
    ...(counts.hold ? [`${count(counts.hold)} held`] : []),
  ];
  return { done: handled, ...(total === null ? {} : { total }), ...(rate === null ? {} : { rate }), notes };
}

/** A member of a kept problem that is text. */
export function memberOf(problem: Json, name: string): string | undefined {
  if (problem === null || typeof problem !== 'object' || Array.isArray(problem)) return undefined;
  const member = problem[name];
  return typeof member === 'string' ? member : undefined;
}
