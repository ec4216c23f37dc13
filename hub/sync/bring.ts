/** Rows of a past period, brought beside the pull: kept like any page, while the sync's cursor stays where it is. */
import type { Context } from '#kit/context.ts';
import type { Page } from '#kit/stream.ts';
import { beginRun, endRun, forgetRun } from '#store/runs.ts';
import { releaseLease } from '#store/syncs.ts';
import type { Counts } from './counts.ts';
import type { Env } from './env.ts';
import { keep } from './keep.ts';
import { asItWas, underLease } from './lease.ts';
import type { Parts } from './parts.ts';

export interface Bringing {
  workspace: number;
  sync: number;
  by: string;
  signal: AbortSignal;
  read(ctx: Context): AsyncIterable<Pick<Page, 'rows' | 'misfits'>>;
}

/** Keeps what is read, page by page, in a run of its own. Throws what reading throws; what was kept stays. */
export async function bring(parts: Parts, { workspace, sync, by, signal, read }: Bringing): Promise<Counts> {
  const counts: Counts = {};
  await underLease(parts, { workspace, sync, by, signal, wait: true }, async (env) => {
    const run = await env.page((tx) => beginRun(tx, { sync, kind: 'sync', by, at: new Date(env.now()) }));
    try {
      await keepAll(env, read(env.context), { run, counts });
    } finally {
      await env.page(async (tx) => {
        if (!(await forgetRun(tx, run))) await endRun(tx, run, 'done', new Date(env.now()));
      });
      await parts.store.workspace(workspace, (tx) => releaseLease(tx, sync, env.sync.generation, asItWas(env.taken)));
    }
  });
  return counts;
}

async function keepAll(
  env: Env,
  pages: AsyncIterable<Pick<Page, 'rows' | 'misfits'>>,
  keeping: { run: number; counts: Counts },
): Promise<void> {
  let begun = await env.reading();
  for await (const { rows, misfits } of pages) {
    await keep(env, { arrivals: rows.map((row) => ({ row, begun })), gone: [], misfits }, keeping);
    begun = await env.reading();
  }
}
