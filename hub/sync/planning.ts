/** Plans from the outside: ask for one, look at it, execute it. The work goes on in the background and shows in its run. */

import { Fault } from '#hub/fault.ts';
import { TryLater } from '#kit/errors.ts';
import type { Json } from '#kit/fields.ts';
import type { Mapping } from '#mappings/format.ts';
import type { Tx } from '#store/database.ts';
import { getMapping } from '#store/mappings.ts';
import { claimPlan, endPlans, executingPlans, getPlan, insertPlan, type PlanRow, patchPlan } from '#store/plans.ts';
import { beginRun, endRun, getRun, noteRun, type RunRow } from '#store/runs.ts';
import { getSync, patchSync, releaseLease, type SyncRow } from '#store/syncs.ts';
import type { Counts } from './counts.ts';
import type { Env } from './env.ts';
import { isKept } from './execute.ts';
import { asItWas, underLease } from './lease.ts';
import type { Parts } from './parts.ts';
import { fillPlan } from './preview.ts';
import { handledOf } from './progress.ts';
import { fillImpact } from './remap.ts';
import { fillUndo } from './undo.ts';

/** Kept pages are the firm's data: they are dropped after three days. */
const EXPIRES_MS = 72 * 3_600_000;

export interface Begun {
  plan: number;
  run: number;
  /** Settles when the plan is ready, with its problem if it is not. Never rejects. */
  done: Promise<Error | null>;
}

export class Planning {
  private readonly parts: Parts;
  private readonly stopping = new AbortController();
  private readonly active = new Set<Promise<unknown>>();

  constructor(parts: Parts) {
    this.parts = parts;
  }

  async stop(): Promise<void> {
    this.stopping.abort(new Error('the hub is stopping'));
    await Promise.all(this.active);
  }

  /** What a run of the sync would do now, to both sides. */
  preview(workspace: number, sync: number, by: string): Promise<Begun> {
    return this.begin(workspace, sync, by, { kind: 'sync', run: null }, (env, begun, counts) =>
      fillPlan(env, begun.plan, begun.run, counts),
    );
  }

  /** What undoing a run would do now. */
  async undo(workspace: number, undone: number, by: string): Promise<Begun> {
    const run = await this.parts.store.workspace(workspace, (tx) => getRun(tx, undone));
    if (!run) throw new Fault('missing', `run ${undone}: not found`, 'List the runs to see which there are.');
    if (run.kind === 'preview' || run.sync === null)
      throw new Fault('conflict', `run ${undone} is a ${run.kind} and changed nothing`, 'Undo a run that changed something.');
    if (run.state === 'running')
      throw new Fault('conflict', `run ${undone} is still going on`, 'Wait until it has ended, or pause the sync.');
    refuseUndone(run);
    return this.begin(workspace, run.sync, by, { kind: 'undo', run: undone }, (env, begun, counts) =>
      fillUndo(env, begun.plan, undone, begun.run, counts),
    );
  }

  /** What a mapping that is not saved yet would change in everything linked. */
  impact(workspace: number, sync: number, draft: Mapping, by: string): Promise<Begun> {
    return this.begin(
      workspace,
      sync,
      by,
      { kind: 'remap', run: null },
      (env, begun, counts) => fillImpact(env, draft, begun.plan, begun.run, counts),
      draft,
    );
  }

  /** Claims a plan; the sync's next slices execute it. The id of its run. */
  async execute(workspace: number, id: number, by: string): Promise<{ run: number; sync: number }> {
    const now = new Date(this.parts.now());
    return this.parts.store.workspace(workspace, async (tx) => {
      const plan = await getPlan(tx, id);
      if (!plan || plan.sync === null) throw new Fault('missing', `plan ${id}: not found`, 'Make a preview first.');
      if (plan.kind === 'remap')
        throw new Fault('conflict', `plan ${id} shows the impact of a mapping`, 'Save the mapping: that is what executes it.');
      if (!(await claimPlan(tx, id, now)))
        throw new Fault(
          'conflict',
          `plan ${id} is ${stateOf((await getPlan(tx, id)) ?? plan, now)}`,
          'Make a new preview and execute that.',
        );
      const sync = (await getSync(tx, plan.sync))!;
      await refuseStale(tx, plan, sync);
      await refuseSecond(tx, plan);
      if (plan.run !== null) refuseUndone((await getRun(tx, plan.run))!);
      if (sync.run !== null) await endRun(tx, sync.run, 'stopped', now, { message: `${by} had plan ${id} executed` });
      const run = await beginRun(tx, { sync: sync.id, plan: id, kind: plan.kind === 'undo' ? 'undo' : 'execute', by, at: now });
      await noteRun(tx, run, {}, handledOf(plan.counts));
      await patchSync(tx, sync.id, { state: 'on', reason: null, run, due: now });
      return { run, sync: sync.id };
    });
  }

  private async begin(
    workspace: number,
    sync: number,
    by: string,
    about: Pick<PlanRow, 'kind' | 'run'>,
    fill: (env: Env, begun: { plan: number; run: number }, counts: Counts) => Promise<void>,
    draft?: Mapping,
  ): Promise<Begun> {
    const now = this.parts.now();
    const begun = await this.parts.store.workspace(workspace, async (tx) => {
      if (!(await getSync(tx, sync)))
        throw new Fault('missing', `sync ${sync}: not found`, 'List the syncs to see which there are.');
      await endPlans(tx, { expiredAt: new Date(now) });
      const draftAbout: { [name: string]: Json } = draft ? { draft: JSON.parse(JSON.stringify(draft)) as Json } : {};
      const plan = await insertPlan(tx, {
        ...about,
        sync,
        about: draftAbout,
        by,
        created: new Date(now),
        expires: new Date(now + EXPIRES_MS),
      });
      return { plan, run: await beginRun(tx, { sync, plan, kind: 'preview', by, at: new Date(now) }) };
    });
    const done = this.fill(workspace, sync, by, begun, fill, draft);
    this.active.add(done);
    void done.finally(() => this.active.delete(done));
    return { ...begun, done };
  }

  private async fill(
    workspace: number,
    sync: number,
    by: string,
    begun: { plan: number; run: number },
    fill: (env: Env, begun: { plan: number; run: number }, counts: Counts) => Promise<void>,
    draft: Mapping | undefined,
  ): Promise<Error | null> {
    const { store } = this.parts;
    const at = () => new Date(this.parts.now());
    try {
      const opening = { workspace, sync, by, signal: this.stopping.signal, wait: true, ...(draft ? { draft } : {}) };
      await underLease(this.parts, opening, async (env) => {
        await fill(env, begun, {});
        await store.workspace(workspace, (tx) => releaseLease(tx, env.sync.id, env.sync.generation, asItWas(env.taken)));
      });
      await store.workspace(workspace, (tx) => endRun(tx, begun.run, 'done', at()));
      return null;
    } catch (error) {
      const problem = {
        message: (error as Error).message,
        advice: error instanceof TryLater ? error.advice : 'Nothing was changed. Mend the cause and make a new preview.',
      };
      await store
        .workspace(workspace, async (tx) => {
          await patchPlan(tx, begun.plan, { state: 'ended', problem });
          await endRun(tx, begun.run, 'failed', at(), problem);
        })
        .catch(() => undefined); // the hub is stopping or the database is gone; the plan expires by itself
      return error as Error;
    }
  }
}

function stateOf(plan: PlanRow, now: Date): string {
  if (plan.state === 'ready' && Date.parse(plan.expires) <= now.getTime()) return `too old (it expired ${plan.expires})`;
  return {
    staging: 'not ready yet',
    ready: 'ready',
    executing: 'being executed already',
    done: 'executed already',
    ended: 'ended',
  }[plan.state];
}

function refuseUndone({ id, undoneBy }: RunRow): void {
  if (undoneBy !== null) throw new Fault('conflict', `run ${id} was undone by run ${undoneBy}`, 'A run is undone once.');
}

/** One after the other: each is told whole, by its own run. */
async function refuseSecond(tx: Tx, plan: PlanRow): Promise<void> {
  const other = (await executingPlans(tx, plan.sync!)).find((one) => one.id !== plan.id && !isKept(one));
  if (other) throw new Fault('conflict', `plan ${other.id} of this sync is being executed`, 'Wait until its run has ended.');
}

/** A plan is a promise about one mapping; another version would break it. */
async function refuseStale(tx: Tx, plan: PlanRow, sync: SyncRow): Promise<void> {
  if (plan.kind !== 'sync') return;
  const mapping = await getMapping(tx, sync.mapping, 'share');
  if (mapping && mapping.version !== plan.about.mapping) {
    throw new Fault(
      'conflict',
      `plan ${plan.id} was made under version ${String(plan.about.mapping)} of the mapping, which is now at ${mapping.version}`,
      'Make a new preview.',
    );
  }
}
