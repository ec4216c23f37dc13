/** Parked rows are settled as soon as what they wait for is there: from what was kept of them, never from the service. */
import { Misfits } from '#kit/rows.ts';
import type { Misfit } from '#kit/stream.ts';
import { isReady, readyRows } from '#store/awaited.ts';
import type { Tx } from '#store/database.ts';
import type { Env } from './env.ts';
import type { Arrival } from './item.ts';
import { type Keeping, keep } from './keep.ts';

const SIZE = 500;

/** Settles parked rows that have nothing left to wait for. How many: 0 means none had. */
export async function takeUp(env: Env, keeping: Keeping): Promise<number> {
  if (!env.sync.parked) return 0;
  const ready = await env.page((tx) => readyRows(tx, env.sync.id, SIZE));
  if (ready.length === 0) return 0;
  const arrivals: Arrival[] = [];
  const misfits: Misfit[] = [];
  for (const { row, raw, begun, ready: anew } of ready) {
    try {
      arrivals.push({ row: env.stream.toRow(raw), begun, kept: true, anew });
    } catch (error) {
      // It was read by an earlier version of the stream.
      if (!(error instanceof Misfits)) throw error;
      misfits.push({ id: row, problems: error.problems, raw });
    }
  }
  await keep(env, { arrivals, gone: [], misfits, parked: true }, keeping);
  return ready.length;
}

/** Is something parked that could be settled now? */
export const isTakenUp = (env: Env, tx: Tx): Promise<boolean> => isReady(tx, env.sync.id);
