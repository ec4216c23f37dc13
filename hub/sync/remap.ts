/**
 * An edited mapping, another region or a field's source, and what it does to everything linked: of a mapping first shown (impact), then
 * done, both from the kept rows. The service is not asked.
 */
import type { Row } from '#kit/stream.ts';
import { readyAll } from '#store/awaited.ts';
import { linksAfter } from '#store/links.ts';
import { addItems, type PlanRow, patchPlan } from '#store/plans.ts';
import { patchSync } from '#store/syncs.ts';
import { type Counts, count } from './counts.ts';
import { newDesk } from './desk.ts';
import type { Env } from './env.ts';
import type { Arrival } from './item.ts';
import { type Keeping, keep } from './keep.ts';
import { planPage } from './page.ts';
import { itemsOf } from './preview.ts';
import { noteProgress } from './progress.ts';
import type { Resettling } from './resettle.ts';

const SIZE = 500;

/** Fields of a row that are to be decided anew, though neither side has changed them. */
type Anew = (row: Row) => readonly string[];

/** The kept rows of a sync's links, in keyset order, as arrivals that are never stale. */
async function kept(env: Env, after: string, anew: Anew = () => []): Promise<{ arrivals: Arrival[]; last: string | null }> {
  return env.page(async (tx) => {
    const links = await linksAfter(tx, env.sync.id, after, SIZE);
    const alive = links.filter((l) => l.state === 'live' || l.state === 'dormant');
    return {
      arrivals: alive.map((link): Arrival => {
        const row = env.rowOf(link);
        return { row, begun: link.begun, kept: true, anew: anew(row) };
      }),
      last: links.length < SIZE ? null : links.at(-1)!.row,
    };
  });
}

/** What the draft mapping of this env would change, as items of a plan. Changes nothing. */
export async function fillImpact(env: Env, plan: number, run: number, counts: Counts): Promise<void> {
  let seq = 0;
  for (let after: string | null = ''; after !== null; ) {
    const { arrivals, last }: { arrivals: Arrival[]; last: string | null } = await kept(env, after);
    await env.page(async (tx) => {
      const decided = await planPage(env, tx, arrivals, newDesk(plan));
      const items = itemsOf(decided, 0).filter((i) => i.decision !== 'agree' || i.item.tells !== undefined);
      await addItems(
        tx,
        plan,
        items.map((item) => ({ ...item, seq: seq++ })),
      );
      count(counts, 'read', arrivals.length);
      count(counts, 'unchanged', arrivals.length - items.filter((i) => i.decision !== 'create related').length);
      for (const item of items) count(counts, item.decision);
      await noteProgress(env, tx, run, counts);
    });
    after = last;
  }
  await env.page((tx) => patchPlan(tx, plan, { state: 'ready', counts }));
}

function anewIn(env: Env, { fields = [], region }: Resettling): Anew {
  const before = region === undefined ? null : env.translationIn(region);
  return (row) => [...fields, ...(before?.differing(row, env.translation) ?? [])];
}

/** Re-maps every link under the mapping as it is now, for as long as `until` allows. True when all are done. */
export async function executeRemap(env: Env, plan: PlanRow, keeping: Keeping, until: () => boolean): Promise<boolean> {
  const anew = anewIn(env, plan.about as Resettling);
  for (let after: string | null = (plan.about.after as string | undefined) ?? ''; after !== null; ) {
    if (until()) return false;
    const { arrivals, last }: { arrivals: Arrival[]; last: string | null } = await kept(env, after, anew);
    await keep(
      env,
      { arrivals, gone: [], misfits: [] },
      { ...keeping, done: (tx) => patchPlan(tx, plan.id, { about: { ...plan.about, after: last ?? after } }) },
    );
    after = last;
  }
  await env.page(async (tx) => {
    await patchPlan(tx, plan.id, { state: 'done' });
    await patchSync(tx, env.sync.id, { reason: null });
    await readyAll(tx, env.sync.id);
  });
  return true;
}
