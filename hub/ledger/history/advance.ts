/**
 * An import goes on by steps, each of which looks where it is: read every stream into a plan, show what was found, execute the plans in
 * the order in which streams refer to each other, and be done when all are in. A step that is cut off is taken again.
 */
import { Fault } from '#hub/fault.ts';
import { TryLater } from '#kit/errors.ts';
import type { Json } from '#kit/fields.ts';
import type { Tx } from '#store/database.ts';
import { getHistory, type HistoryPatch, type HistoryRow, patchHistory } from '#store/histories.ts';
import { getPlan } from '#store/plans.ts';
import { getSync, type SyncRow } from '#store/syncs.ts';
import type { Engine } from '#sync/engine.ts';
import { booksOf, readerOf } from './books.ts';
import { type Found, foundIn } from './found.ts';
import type { ReconcileParts } from './reconcile.ts';

export interface HistoryParts extends ReconcileParts {
  engine: Pick<Engine, 'preview' | 'execute' | 'request'>;
}

/** When a step that waits for a sync looks again. */
const LOOK_MS = 2_000;

/**
 * One step. `true`: the next may be taken at once; else the sync that is waited for, or null where nothing is left to do now.
 */
export async function advance(parts: HistoryParts, workspace: number, id: number): Promise<true | SyncRow | null> {
  const history = await parts.store.workspace(workspace, (tx) => getHistory(tx, id));
  if (history === undefined) return null;
  try {
    if (history.state === 'reading') return await read(parts, workspace, history);
    if (history.state === 'importing') return await bring(parts, workspace, history);
    return null;
  } catch (error) {
    await note(parts, workspace, history, error as Error);
    return null;
  }
}

/** Reads the next stream that has no plan yet; when none is left, says what was found. */
async function read(parts: HistoryParts, workspace: number, history: HistoryRow): Promise<true | null> {
  const { store, engine } = parts;
  for (const stream of history.streams) {
    const { sync, plan } = await store.workspace(workspace, (tx) => planOf(tx, history, stream));
    if (sync.state !== 'waiting' || plan === 'ready') continue;
    const begun = await engine.preview(workspace, sync.id, history.by);
    const problem = await begun.done;
    if (problem) throw problem;
    await patch(parts, workspace, history, { plans: { ...history.plans, [stream]: begun.plan }, problem: null });
    return true;
  }
  const found = await foundOf(parts, workspace, history);
  await patch(parts, workspace, history, { state: 'ready', found: found as unknown as Json, problem: null, due: null });
  return null;
}

async function foundOf(parts: HistoryParts, workspace: number, { connection, streams, plans }: HistoryRow): Promise<Found[]> {
  const found: Found[] = [];
  for (const stream of streams) {
    const plan = plans[stream];
    if (plan === undefined) continue;
    found.push(
      await parts.store.workspace(workspace, async (tx) => {
        const book = (await booksOf(tx, connection)).get(stream)!;
        return foundIn(tx, await readerOf(parts, tx, book), plan);
      }),
    );
  }
  return found;
}

/** Executes the next stream's plan, and waits for the stream before to be in. */
async function bring(parts: HistoryParts, workspace: number, history: HistoryRow): Promise<true | SyncRow | null> {
  const { store, engine, now } = parts;
  for (const stream of history.streams) {
    const { sync, plan } = await store.workspace(workspace, (tx) => planOf(tx, history, stream));
    if (sync.state === 'paused')
      throw new Fault('conflict', `${stream} is paused: ${sync.reason ?? ''}`, 'Resume it; the import goes on then.');
    if (sync.state === 'waiting' && plan === 'ready') {
      await engine.execute(workspace, history.plans[stream]!, history.by);
      return true;
    }
    if (sync.state === 'waiting') {
      // The plan was too old, or a hub died over it: it is read again.
      const begun = await engine.preview(workspace, sync.id, history.by);
      const problem = await begun.done;
      if (problem) throw problem;
      await patch(parts, workspace, history, { plans: { ...history.plans, [stream]: begun.plan } });
      return true;
    }
    if (sync.passes === 0 || sync.full_wanted || sync.pass !== null) {
      await patch(parts, workspace, history, { due: new Date(now() + LOOK_MS), problem: sync.problem });
      return sync;
    }
  }
  await patch(parts, workspace, history, { state: 'done', due: null, problem: null, ended: new Date(now()) });
  return null;
}

async function planOf(
  tx: Tx,
  { plans, connection }: HistoryRow,
  stream: string,
): Promise<{ sync: SyncRow; plan: string | null }> {
  const known = (await booksOf(tx, connection)).get(stream);
  const sync = known && (await getSync(tx, known.sync.id));
  if (sync === undefined) throw new Fault('conflict', `${stream} is not kept in step any more`, 'Begin another import.');
  const plan = plans[stream] === undefined ? undefined : await getPlan(tx, plans[stream]);
  return { sync, plan: plan?.state ?? null };
}

async function note(parts: HistoryParts, workspace: number, history: HistoryRow, error: Error): Promise<void> {
  const afterMs = error instanceof TryLater ? error.afterMs : 60_000;
  const advice = 'advice' in error && typeof error.advice === 'string' ? error.advice : 'It is tried again by itself.';
  const problem = { message: error.message, advice };
  await patch(parts, workspace, history, { problem, due: new Date(parts.now() + afterMs) });
}

/** A step that has taken its time finds the import stopped: it stays so. */
const patch = ({ store }: HistoryParts, workspace: number, { id, state }: HistoryRow, what: HistoryPatch): Promise<void> =>
  store.workspace(workspace, (tx) => patchHistory(tx, id, state, what));
