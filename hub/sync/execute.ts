/**
 * Execution of a plan: from the kept pages, never from the service; under the ids the plan gave. Items whose base moved meanwhile
 * are settled again and say so. A killed hub's execution goes on at the page after the last kept one. A plan is done when what it
 * says goes outward has been delivered, too (`outcomes.ts`).
 */
import { oneAhead } from '#hub/turns.ts';
import { inTurns } from '#kit/turns.ts';
import type { Tx } from '#store/database.ts';
import {
  dropStage,
  executingPlans,
  getStage,
  itemsOfRows,
  noteOutcomes,
  type PlanItem,
  type PlanRow,
  patchPlan,
  relatedItems,
} from '#store/plans.ts';
import { patchSync } from '#store/syncs.ts';
import { newDesk } from './desk.ts';
import type { Env } from './env.ts';
import type { Arrival } from './item.ts';
import { type Keeping, keep } from './keep.ts';
import { endPass } from './listen.ts';
import { closeDelivered, closeKept, closeOvertaken, NOT_KEPT, verdict } from './outcomes.ts';
import type { PagePlan } from './page.ts';
import { itemsOf, type StagedPage } from './preview.ts';
import { executeRemap } from './remap.ts';
import { executeUndo } from './undo.ts';

/** Executes the plans that wait for this sync, in turn. True when nothing of them is left to do here. */
export async function executePlans(env: Env, keeping: Keeping, until: () => boolean): Promise<boolean> {
  for (;;) {
    const plans = await env.page((tx) => executingPlans(tx, env.sync.id));
    env.delivering = plans.find(isKept)?.id ?? null;
    const plan = plans.find((one) => !isKept(one));
    if (!plan) return true;
    if (!(await executePlan(env, plan, keeping, until))) return false;
    if (env.sync.state === 'paused') return true; // an undo pauses what it undid
  }
}

async function executePlan(env: Env, plan: PlanRow, keeping: Keeping, until: () => boolean): Promise<boolean> {
  if (plan.kind === 'undo') return executeUndo(env, plan, keeping, until);
  if (plan.kind === 'remap') return executeRemap(env, plan, keeping, until);
  const about = plan.about as { full: boolean; wanted: boolean; pages: number; next: number };
  await enterPass(env, about);
  for await (const staged of stagedPages(env, plan.id, about.next, about.pages)) {
    if (until()) return false;
    await keepStaged(env, plan, staged, keeping);
    if (staged.last) await endPass(env);
  }
  await env.page(async (tx) => {
    await dropStage(tx, [plan.id]);
    await closeKept(tx, plan.id);
    if (env.delivering !== null) await closeOvertaken(tx, env.delivering, plan.id);
    if (env.delivering !== null) await patchPlan(tx, env.delivering, { state: 'done' });
  });
  env.delivering = plan.id;
  return true;
}

/** All its pages are kept; what goes outward is being delivered. */
export function isKept({ kind, about }: PlanRow): boolean {
  return kind === 'sync' && Number(about.next) >= Number(about.pages);
}

/** Nothing is due now: the plan is done unless something of it waits to be tried again. */
export async function endExecution(env: Env): Promise<void> {
  const plan = env.delivering;
  if (plan === null) return;
  await env.page(async (tx) => {
    if (!(await closeDelivered(env, tx, plan))) return;
    await patchPlan(tx, plan, { state: 'done' });
    await dropStage(tx, [plan]);
  });
}

/** The pass that the preview read is now being kept. */
async function enterPass(env: Env, { full, wanted }: { full: boolean; wanted: boolean }): Promise<void> {
  if (env.sync.pass !== null) return;
  const pass = await env.reading();
  // A full pass that was asked for before the preview is this one.
  const entered = { pass, pass_began: null, pass_full: full, ...(wanted ? { full_wanted: false } : {}) };
  await env.page((tx) => patchSync(tx, env.sync.id, entered));
  Object.assign(env.sync, entered);
}

interface Staged extends StagedPage {
  page: number;
  arrivals: Arrival[];
}

/** The kept pages that are left, each read and translated while the one before is written. */
function stagedPages(env: Env, plan: number, from: number, end: number): AsyncGenerator<Staged, void, void> {
  let at = from;
  return oneAhead(async () => {
    if (at === end) return null;
    const page = at++;
    const staged = await env.store.workspace(env.workspace, (tx) => getStage<StagedPage>(tx, plan, page));
    if (!staged) throw new Error(`plan ${plan}: its page ${page} is missing; make a new preview`);
    const arrivals = await inTurns(staged.rows, ({ raw, formerIds }): Arrival => {
      const made = env.stream.toRow(raw);
      const row = formerIds ? { ...made, formerIds } : made;
      env.translation.prepare(row);
      return { row, begun: staged.begun };
    });
    return { ...staged, page, arrivals };
  });
}

async function keepStaged(env: Env, plan: PlanRow, { page, arrivals, ...staged }: Staged, keeping: Keeping): Promise<void> {
  await keep(
    env,
    {
      arrivals,
      gone: staged.gone,
      misfits: staged.misfits,
      begun: staged.begun,
      cursor: staged.next,
      full: env.sync.pass_full && env.sync.passes > 0,
    },
    {
      ...keeping,
      refused: async (tx, row) => noteOutcomes(tx, plan.id, refusedOf(await itemsOfRows(tx, plan.id, [row]))),
      desk: async (tx, some) => newDesk(null, await idsOf(tx, plan.id, page, some)),
      done: async (tx, done, last) => {
        await compare(tx, plan.id, page, done);
        if (last) await patchPlan(tx, plan.id, { about: { ...plan.about, next: page + 1 } });
      },
    },
  );
}

const refusedOf = (items: readonly PlanItem[]) => items.map(({ seq }) => ({ seq, outcome: NOT_KEPT }));

/** The ids the plan gave to what it creates, by the keys under which settling asks for them. */
async function idsOf(tx: Tx, plan: number, page: number, arrivals: readonly Arrival[]): Promise<Map<string, string>> {
  const items = await itemsOfRows(
    tx,
    plan,
    arrivals.map((a) => a.row.id),
  );
  const ids = new Map(
    items.flatMap((i) => (i.row !== null && i.record !== null && i.decision === 'create' ? [[i.row, i.record]] : [])),
  );
  const prefix = `ref:${page}:`;
  for (const item of await relatedItems(tx, plan, prefix)) ids.set(`ref:${item.row!.slice(prefix.length)}`, item.record!);
  return ids;
}

/** Says of every item whether it went as planned. */
async function compare(tx: Tx, plan: number, page: number, done: PagePlan): Promise<void> {
  const now = new Map(itemsOf(done, page).map((item) => [item.row, item]));
  const rows = [...now.keys()].flatMap((row) => row ?? []);
  const planned = await itemsOfRows(tx, plan, rows);
  await noteOutcomes(
    tx,
    plan,
    planned.map((item) => ({ seq: item.seq, outcome: verdict(item, now.get(item.row)) })),
  );
}
