/** The gap detector: of every change that is kept while a subscription lives, did a webhook tell? */
import { foldGaps, noteChanged } from '#store/gaps.ts';
import { toldSince } from '#store/subscriptions.ts';
import type { Env } from './env.ts';
import type { Decision } from './item.ts';
import type { Keeping } from './keep.ts';

/** What moves something here. Rows that changed in what no mapping takes are nobody's loss. */
const MOVED: ReadonlySet<Decision> = new Set(['create', 'link', 'update', 'hold', 'dormant', 'revive']);

/**
 * Counts what pages bring, in their transactions; costs a statement for a page that changed something. Nothing is asked of a
 * subscription before a pass has ended under it: what came before, it could not tell.
 */
export function watching(env: Env, keeping: Keeping): Keeping {
  // What a room beside us hears of is no row yet, and the rows come later: it counts for itself (calls: the day reconcile).
  if (env.beside?.heard) return keeping;
  let since: string | null | undefined;
  return {
    ...keeping,
    async done(tx, plan, last) {
      await keeping.done?.(tx, plan, last);
      const { id, connection, stream, succeeded } = env.sync;
      const rows = succeeded === null ? [] : plan.items.flatMap((item) => (MOVED.has(item.decision) ? [item.row] : []));
      if (rows.length === 0) return;
      const now = new Date(env.now());
      if (since === undefined) since = await toldSince(tx, connection, stream, now);
      if (since === null || Date.parse(succeeded!) <= Date.parse(since)) return;
      await noteChanged(tx, id, rows, now, new Date(succeeded!));
    },
  };
}

/** At the end of a pass: what has waited long enough for news was not told. */
export async function foldWatched(env: Env): Promise<void> {
  await env.page((tx) => foldGaps(tx, env.sync.id, new Date(env.now())));
}
