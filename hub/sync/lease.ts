/** Opening a sync for work: its lease is taken, kept alive while the work lasts, and given back. */
import { setTimeout as delay } from 'node:timers/promises';
import { Fault } from '#hub/fault.ts';
import type { Mapping } from '#mappings/format.ts';
import { getSync, holdLease, releaseLease, type SyncRow, takeLease } from '#store/syncs.ts';
import { type Env, LeaseLost, openEnv } from './env.ts';
import type { Parts } from './parts.ts';

const RENEW_MS = 10_000;
const WAIT_MS = 40_000;

export interface Opening {
  workspace: number;
  sync: number;
  by: string;
  signal: AbortSignal;
  /** Wait until another's lease is free, or give up at once. */
  wait: boolean;
  draft?: Mapping;
}

/** Runs `work` under the sync's lease; its signal is aborted when the lease is lost. Undefined when another hub holds it and `wait` is false. */
export async function underLease<T>(parts: Parts, opening: Opening, work: (env: Env) => Promise<T>): Promise<T | undefined> {
  const row = opening.wait ? await waitForLease(parts, opening) : await lease(parts, opening);
  if (!row) return undefined;
  const stop = new AbortController();
  const renewing = renew(parts, opening.workspace, row, stop);
  try {
    const signal = AbortSignal.any([opening.signal, stop.signal]);
    const context = await parts.context(opening.workspace, row.connection, signal);
    const env = await openEnv({
      workspace: opening.workspace,
      store: parts.store,
      crm: parts.crm,
      sync: row,
      stream: parts.streamOf(row.stream),
      streamOf: parts.streamOf,
      context,
      beside: parts.besideOf?.(row.stream),
      by: opening.by,
      now: parts.now,
      samples: parts.samples,
      ...(opening.draft ? { draft: opening.draft } : {}),
    });
    return await work(env);
  } catch (error) {
    await parts.store
      .workspace(opening.workspace, (tx) => releaseLease(tx, row.id, row.generation, asItWas(row.due)))
      .catch(() => undefined);
    throw error;
  } finally {
    stop.abort();
    await renewing;
  }
}

/** Due when it was due before, whatever else was asked meanwhile. */
export const asItWas = (taken: string | null): { taken: string | null; due: Date | null } => ({
  taken,
  due: taken === null ? null : new Date(taken),
});

const lease = (parts: Parts, { workspace, sync }: Opening): Promise<SyncRow | undefined> =>
  parts.store.workspace(workspace, (tx) => takeLease(tx, sync));

async function waitForLease(parts: Parts, opening: Opening): Promise<SyncRow> {
  const known = await parts.store.workspace(opening.workspace, (tx) => getSync(tx, opening.sync));
  if (!known) throw new Fault('missing', `sync ${opening.sync}: not found`, 'List the syncs to see which there are.');
  const until = performance.now() + WAIT_MS;
  for (;;) {
    const row = await lease(parts, opening);
    if (row) return row;
    if (performance.now() > until) {
      throw new Fault(
        'busy',
        `sync ${opening.sync} is being worked on by another hub`,
        'Wait for its run to end, or try again in a minute.',
      );
    }
    await delay(100, undefined, { signal: opening.signal });
  }
}

/** A call to a service may outlast the lease: it is lengthened by the clock of the database until the work ends. */
async function renew(parts: Parts, workspace: number, row: SyncRow, stop: AbortController): Promise<void> {
  const { signal } = stop;
  while (!signal.aborted) {
    await delay(parts.renewEvery ?? RENEW_MS, undefined, { signal, ref: false }).catch(() => undefined);
    if (signal.aborted) return;
    try {
      const held = await parts.store.workspace(workspace, (tx) => holdLease(tx, row.id, row.generation));
      if (!held) stop.abort(new LeaseLost(row.id));
    } catch {
      // the database is gone: it may be back the next time, and else the next page says so
    }
  }
}
