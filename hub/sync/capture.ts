/** Which cases are kept as pages go by: a sample, and all that fail. A page that is neither costs a comparison of two numbers. */
import { Problem } from '#kit/errors.ts';
import { type CaseKind, insertCase } from '#store/cases.ts';
import type { Tx } from '#store/database.ts';
import { Braked } from './brakes.ts';
import { type Case, caseText } from './case.ts';
import { type Desk, newDesk } from './desk.ts';
import { type Env, LeaseLost, MappingMoved } from './env.ts';
import type { Arrival } from './item.ts';
import { isRepeatable } from './moved.ts';
import { type PagePlan, planPage } from './page.ts';
import { type Recorded, record } from './replay.ts';

/** `planPage`; of a sampled page the case is kept in the page's transaction. */
export async function planSampled(env: Env, tx: Tx, arrivals: readonly Arrival[], desk: Desk): Promise<PagePlan> {
  if (arrivals.length === 0 || !env.sampled()) return planPage(env, tx, arrivals, desk);
  const recorded = await record(env, tx, arrivals, desk);
  if (recorded.plan === undefined) throw recorded.error;
  await keepCase(env, tx, 'sampled', recorded.case, null);
  return recorded.plan;
}

/**
 * A page failed for no reason of anybody's: it is settled once more on a tape, and nothing of it is written. What fails here too is
 * not told: the page's own failure is what counts.
 */
export async function keepFailed(
  env: Env,
  arrivals: readonly Arrival[],
  desk: ((tx: Tx, arrivals: readonly Arrival[]) => Promise<Desk>) | undefined,
  error: unknown,
): Promise<void> {
  if (isForeseen(error) || env.context.signal.aborted) return;
  let recorded: Recorded | undefined;
  try {
    await env
      .page(async (tx) => {
        recorded = await record(env, tx, arrivals, (await desk?.(tx, arrivals)) ?? newDesk());
      })
      .catch(() => undefined); // a question that the database refused spoils the transaction, and is on the tape
    const message = error instanceof Error ? error.message : String(error);
    if (recorded) await env.store.workspace(env.workspace, (tx) => keepCase(env, tx, 'failed', recorded!.case, message));
  } catch {}
}

const isForeseen = (error: unknown): boolean =>
  error instanceof LeaseLost ||
  error instanceof MappingMoved ||
  error instanceof Braked ||
  error instanceof Problem ||
  isRepeatable(error);

export function keepCase(env: Env, tx: Tx, kind: CaseKind, one: Case, problem: string | null): Promise<number | undefined> {
  const { sync, stream, page } = one;
  const about = { sync: sync.id, kind, at: new Date(env.now()), stream, rows: page.length };
  return insertCase(tx, { ...about, problem: problem ?? one.failed ?? null, text: caseText(one) });
}
