/**
 * The dispatcher: takes due syncs by index, in turn among workspaces, and works on each for a slice of at most ten seconds under
 * its lease. The sync's row is the job: a hub that dies frees it within thirty seconds, and nothing else needs to be remembered.
 */
import { Vigil } from '#hub/vigil.ts';
import { ensureJournalMonths } from '#store/journal.ts';
import { endPlans, prunePlans } from '#store/plans.ts';
import { type Due, dueSyncs } from '#store/syncs.ts';
import { pruneTallies } from '#store/tallies.ts';
import { workspaceIds } from '#store/vaults.ts';
import { underLease } from './lease.ts';
import type { Parts } from './parts.ts';
import { type SliceEnd, type Spare, slice } from './slice.ts';
import { sweepDaily } from './sweep.ts';

export const SLICE_MS = 10_000;
const LOOK_MS = 500;
const HOUSEKEEPING_MS = 3_600_000;
/** So long after its end a plan can still be looked at item by item. */
const ITEMS_MS = 30 * 86_400_000;

export class Dispatcher {
  private readonly parts: Parts;
  private readonly vigil: Vigil;
  private readonly active = new Map<string, Promise<void>>();
  private kept = Number.NEGATIVE_INFINITY;

  constructor(parts: Parts) {
    this.parts = parts;
    this.vigil = new Vigil({ every: LOOK_MS, round: () => this.look(), name: 'looking for due syncs', log: parts.log });
  }

  start(): void {
    this.vigil.start();
  }

  /** Something is due now: look at once instead of within half a second. */
  wake(): void {
    this.vigil.wake();
  }

  /** Lets slices under way finish their page, then returns. */
  async stop(): Promise<void> {
    await this.vigil.stop();
    await Promise.all(this.active.values());
  }

  private async look(): Promise<void> {
    await this.housekeep();
    await this.fill();
  }

  private async housekeep(): Promise<void> {
    if (performance.now() - this.kept < HOUSEKEEPING_MS) return;
    await housekeep(this.parts);
    this.kept = performance.now();
  }

  private async fill(): Promise<void> {
    const free = (this.parts.slices ?? 4) - this.active.size;
    if (free <= 0) return;
    const due = await this.parts.store.installation((tx) => dueSyncs(tx, new Date(this.parts.now()), free + this.active.size));
    for (const sync of due) {
      const key = `${sync.workspace}/${sync.id}`;
      if (this.active.size >= (this.parts.slices ?? 4) || this.active.has(key)) continue;
      const work = this.work(sync).finally(() => {
        this.active.delete(key);
        this.wake();
      });
      this.active.set(key, work);
    }
  }

  private async work(due: Due): Promise<void> {
    const ends = performance.now() + SLICE_MS;
    const until = () => this.vigil.signal.aborted || performance.now() > ends;
    try {
      const signal = new AbortController().signal;
      const end = await oneSlice(this.parts, due.workspace, due.id, 'schedule', until, signal, false, sweepDaily);
      if (end?.problem)
        this.parts.log.info({ workspace: due.workspace, sync: due.id, problem: end.problem.message }, 'slice ended early');
    } catch (error) {
      this.parts.log.error({ workspace: due.workspace, sync: due.id, err: error }, 'slice failed');
    }
  }
}

/** Once an hour: the journal gets its next months, and what is too old is dropped, asked for or not. */
export async function housekeep({ store, now }: Pick<Parts, 'store' | 'now'>): Promise<void> {
  const at = new Date(now());
  await store.installation((tx) => ensureJournalMonths(tx, at));
  for (const workspace of await workspaceIds(store)) {
    await store.workspace(workspace, async (tx) => {
      await endPlans(tx, { expiredAt: at });
      await pruneTallies(tx, at);
    });
    const old = new Date(now() - ITEMS_MS);
    while ((await store.workspace(workspace, (tx) => prunePlans(tx, old, at, 20))) === 20);
  }
}

/** One slice of one sync. Undefined when another hub works on it and `wait` is false. */
export async function oneSlice(
  parts: Parts,
  workspace: number,
  sync: number,
  by: string,
  until: () => boolean,
  signal: AbortSignal,
  wait: boolean,
  spare?: Spare,
): Promise<SliceEnd | undefined> {
  return underLease(parts, { workspace, sync, by, signal, wait }, (env) => slice(env, until, spare));
}
