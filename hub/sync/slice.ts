/**
 * A slice: up to ten seconds of work on one sync, under its lease. People's changes and rows to look at again come before pulls;
 * what is left is due again at once, and other workspaces have their turn meanwhile.
 */
import { Problem, Reconnect, TryLater } from '#kit/errors.ts';
import { nextIntent } from '#store/flights.ts';
import { nextTouched } from '#store/passes.ts';
import { beginRun, endRun, forgetRun, getRun } from '#store/runs.ts';
import { holdLease, patchSync, releaseLease, wake, wakeObjects } from '#store/syncs.ts';
import { Braked, brake } from './brakes.ts';
import type { Counts } from './counts.ts';
import { deliver } from './deliver.ts';
import { depart } from './depart.ts';
import { type Env, LeaseLost, MappingMoved } from './env.ts';
import { endExecution, executePlans } from './execute.ts';
import { foldWatched, watching } from './gaps.ts';
import type { Keeping } from './keep.ts';
import { lookAgain, pull } from './listen.ts';
import { isTakenUp, takeUp } from './take-up.ts';
import { lookDue, lookEverywhere, pullEarly, recoverStranded, repeatMissing } from './unsure.ts';

export interface SliceEnd {
  /** True: nothing is due now. */
  idle: boolean;
  counts: Counts;
  run: number | null;
  /** What stopped it, if something did. */
  problem?: Error;
}

/** What a slice does with time to spare. True if there may be something to do again. */
export type Spare = (env: Env, until: () => boolean) => Promise<boolean>;

const resting: Spare = async () => false;

/** Works until nothing is due or `until` says stop. Never throws for what concerns the sync: it is noted on its row. */
export async function slice(env: Env, over: () => boolean, spare: Spare = resting): Promise<SliceEnd> {
  const rested = env.sync.state === 'paused';
  // Somebody paused it meanwhile: the page under way is the last.
  const pausedNow = (): boolean => !rested && env.sync.state === 'paused';
  const until = (): boolean => over() || pausedNow();
  const counts: Counts = {};
  let run: number | null = env.sync.run;
  try {
    await recoverStranded(env);
    if (run === null) run = await openRun(env);
    else env.progress.before = await countedBefore(env, run);
    const executed = await executePlans(env, { run, counts }, until);
    // A run that a pause stops has ended and can be undone; a plan that it stops half-way goes on under its own.
    const idle = executed && ((await work(env, { run, counts }, until, spare)) || pausedNow());
    if (idle) await endExecution(env);
    await closeRun(env, run, idle);
    return { idle: idle || pausedNow(), counts, run };
  } catch (error) {
    if (error instanceof LeaseLost) return { idle: true, counts, run, problem: error };
    if (error instanceof MappingMoved) return { idle: false, counts, run, problem: error };
    // Told to stop in the middle of a call: no failure of anybody's, the next slice goes on from the last kept page.
    const { aborted, reason } = env.context.signal;
    if (aborted) return { idle: true, counts, run, problem: reason instanceof LeaseLost ? reason : (error as Error) };
    await noteFailure(env, run, error as Error);
    return { idle: true, counts, run, problem: error as Error };
  } finally {
    await release(env, counts).catch(() => undefined); // the database is gone: the lease ends by itself
  }
}

async function work(env: Env, kept: Keeping, until: () => boolean, spare: Spare): Promise<boolean> {
  const keeping = watching(env, kept);
  while (!until() && !env.context.signal.aborted) {
    if (env.sync.state === 'paused') return true;
    let busy = false;
    busy = (await takeUp(env, keeping)) > 0;
    if (env.sync.succeeded !== null) {
      if (env.sync.outward && env.stream.push) busy = (await deliver(env, keeping.run, keeping.counts)) > 0 || busy;
      busy = (await lookAgain(env, keeping)) > 0 || busy;
    }
    busy = (await pullIfDue(env, keeping, until)) || busy;
    if (env.sync.pass === null) busy = (await depart(env, keeping.run, keeping.counts)) || busy;
    if (!busy && !(await spare(env, until))) return true;
  }
  return false;
}

/** True if it pulled. */
async function pullIfDue(env: Env, keeping: Keeping, until: () => boolean): Promise<boolean> {
  if (!env.stream.pull) return false;
  const { unsure, same } = await env.page((tx) => nextIntent(tx, env.sync.id));
  if (same && env.sync.outward) return false; // its row bears no mark: a pull would take it for a stranger
  const look = lookDue(env, unsure);
  const due = env.sync.pull_due === null ? 0 : Date.parse(env.sync.pull_due);
  if (look !== null && look < due) await pullEarly(env, look);
  if (env.sync.pass === null && Math.min(due, look ?? due) > env.now()) return false;
  // A row edited since a pass of changes began is left to the next; only a short one, or one of all rows, shows what is missing.
  const telling = env.sync.pass === null || env.sync.pass_full;
  if (!(await pull(env, keeping, until))) return true;
  await (telling ? repeatMissing(env) : lookEverywhere(env, unsure));
  await foldWatched(env);
  return true;
}

async function openRun(env: Env): Promise<number> {
  return env.page(async (tx) => {
    const run = await beginRun(tx, { sync: env.sync.id, kind: 'sync', by: env.by, at: new Date(env.now()) });
    await patchSync(tx, env.sync.id, { run });
    return run;
  });
}

async function countedBefore(env: Env, run: number): Promise<Counts> {
  return env.page(async (tx) => (await getRun(tx, run))?.counts ?? {});
}

/**
 * A run ends when nothing is due; one that changed nothing leaves no trace but the sync's own figures. A plan that somebody had
 * executed meanwhile has given the sync another run, which stays.
 */
async function closeRun(env: Env, run: number, idle: boolean): Promise<void> {
  if (!idle) return;
  await env.page(async (tx) => {
    await patchSync(tx, env.sync.id, { ...withoutRun(env, run), failures: 0, problem: null });
    if (!(await forgetRun(tx, run))) await endRun(tx, run, 'done', new Date(env.now()));
  });
}

const withoutRun = (env: Env, run: number | null): { run?: null } => (env.sync.run === run ? { run: null } : {});

async function noteFailure(env: Env, run: number | null, error: Error): Promise<void> {
  const now = env.now();
  const problem = {
    at: new Date(now).toISOString(),
    message: error.message,
    advice: adviceOf(error),
    next: error instanceof Problem ? error.next : 'look',
  };
  await env
    .page(async (tx) => {
      if (error instanceof Braked) await brake(env, tx, error);
      if (error instanceof TryLater) {
        const until = new Date(now + error.afterMs);
        await patchSync(tx, env.sync.id, { problem: { ...problem, until: until.toISOString() }, pull_due: until });
        return;
      }
      const failures = env.sync.failures + 1;
      const wait = Math.min(3_600_000, 30_000 * 2 ** Math.min(failures, 7));
      await patchSync(tx, env.sync.id, { ...withoutRun(env, run), problem, failures, pull_due: new Date(now + wait) });
      if (run !== null) await endRun(tx, run, 'failed', new Date(now), problem);
    })
    .catch(() => undefined); // the lease was lost or the database is gone: the next holder finds the same trouble
}

function adviceOf(error: Error): string {
  if (error instanceof Reconnect || error instanceof Problem) return error.advice;
  if (error instanceof Braked)
    return 'Answer the held question to let so many changes pass, or correct the cause at the service.';
  return 'This is a fault of ours. Nothing was lost: the page was not kept and is read again. Please report the message.';
}

/** Gives the lease back, due again when the next thing is. */
async function release(env: Env, counts: Counts): Promise<void> {
  await env.store.workspace(env.workspace, async (tx) => {
    // Locked before anything is read: news that comes meanwhile finds the row as it is left, and makes it due again.
    const sync = await holdLease(tx, env.sync.id, env.sync.generation);
    if (sync === undefined) return;
    const now = env.now();
    const times: number[] = sync.parked && (await isTakenUp(env, tx)) ? [now] : [];
    const intent = await nextIntent(tx, env.sync.id);
    if (!intent.same || !env.sync.outward) times.push(sync.pull_due === null ? now : Date.parse(sync.pull_due));
    if (env.sync.succeeded !== null) {
      const look = lookDue(env, intent.unsure);
      const touched = env.stream.fetch ? await nextTouched(tx, env.sync.id) : null;
      if (intent.open && env.sync.outward) times.push(now);
      for (const at of [touched, intent.at]) if (at !== null) times.push(Date.parse(at));
      if (look !== null) times.push(look);
    }
    await releaseLease(tx, env.sync.id, env.sync.generation, { taken: env.taken, due: new Date(Math.min(...times)) });
  });
  // In a transaction of its own: two syncs that wake each other must not wait for each other's rows.
  if (env.woken.size > 0) await env.store.workspace(env.workspace, (tx) => wake(tx, [...env.woken], new Date(env.now())));
  const changed = (counts.create ?? 0) + (counts.update ?? 0) + (counts.link ?? 0);
  if (changed > 0)
    await env.store.workspace(env.workspace, (tx) => wakeObjects(tx, [env.sync.object], new Date(env.now()), env.sync.id));
}
