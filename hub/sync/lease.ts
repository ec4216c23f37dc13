/** Opening a sync for work: its lease is taken, kept alive while the work lasts, and given back. */
import { setTimeout as delay } from 'node:timers/promises';
import { Fault } from '#hub/fault.ts';
import type { Mapping } from '#mappings/format.ts';
import { getSync, holdLease, releaseLease, type SyncRow, takeLease } from '#store/syncs.ts';
import { type Env, openEnv } from './env.ts';
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

/** Runs `work` under the sync's lease. Undefined when another hub holds it and `wait` is false. */
export async function underLease<T>(parts: Parts, opening: Opening, work: (env: Env) => Promise<T>): Promise<T | undefined> {
  const row = opening.wait ? await waitForLease(parts, opening) : await lease(parts, opening);
  if (!row) return undefined;
  const stop = new AbortController();
  const renewing = renew(parts, opening.workspace, row, stop.signal);
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
      ...(parts.beside && { beside: parts.beside }),
      by: opening.by,
      now: parts.now,
      ...(opening.draft ? { draft: opening.draft } : {}),
    });
    return await work(env);
  } catch (error) {
    await parts.store
      .workspace(opening.workspace, (tx) => releaseLease(tx, row.id, row.generation, row.due === null ? null : new Date(row.due)))
      .catch(() => undefined);
    throw error;
  } finally {
    stop.abort();
    await renewing;
  }
}

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
async function renew(parts: Parts, workspace: number, row: SyncRow, signal: AbortSignal): Promise<void> {
  try {
    for (;;) {
      await delay(RENEW_MS, undefined, { signal, ref: false });
      await parts.store.workspace(workspace, (tx) => holdLease(tx, row.id, row.generation));
    }
  } catch {
    // aborted at the end of the work; or the database is gone, and then the next page says so
  }
}
