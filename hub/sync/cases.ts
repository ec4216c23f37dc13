/** Cases from the outside: list them, take one, settle it again, or have one made of rows as they are. */
import { Fault } from '#hub/fault.ts';
import { type CaseRow, getCase, listCases } from '#store/cases.ts';
import type { Tx } from '#store/database.ts';
import { getSync, releaseLease } from '#store/syncs.ts';
import { keepCase } from './capture.ts';
import { type Case, type Replayed, readCase } from './case.ts';
import { newDesk } from './desk.ts';
import type { Env } from './env.ts';
import type { Arrival } from './item.ts';
import { linksOfRows } from './known.ts';
import { asItWas, underLease } from './lease.ts';
import type { Parts } from './parts.ts';
import { compareReplay, record } from './replay.ts';

export interface Cases {
  /** Newest first; `before` is the id of the last one seen. */
  list(workspace: number, filter: { sync?: number; before?: number; limit: number }): Promise<CaseRow[]>;
  /** As a file for tests. */
  get(workspace: number, id: number): Promise<Case>;
  /** Settles a kept case again, with today's code. */
  replay(workspace: number, id: number): Promise<Replayed>;
  /** The same of one that was exported. */
  replayText(text: string): Promise<Replayed>;
  /** Makes a case of rows as last read; of those not linked, as the service has them now. Changes nothing else. */
  capture(workspace: number, sync: number, rows: readonly string[], by: string): Promise<number>;
}

export function openCases(parts: Parts): Cases {
  const within = <T>(workspace: number, work: (tx: Tx) => Promise<T>): Promise<T> => parts.store.workspace(workspace, work);
  const replayed = (one: Case) => compareReplay(one, parts.streamOf(one.stream));
  const need = async (workspace: number, id: number): Promise<Case> => {
    const found = await within(workspace, (tx) => getCase(tx, id));
    if (found) return readCase(found.text);
    throw new Fault('missing', `case ${id}: not found`, 'List the cases to see which there are; they are kept for a month.');
  };
  return {
    list: (workspace, filter) => within(workspace, (tx) => listCases(tx, filter)),
    get: need,
    replay: async (workspace, id) => replayed(await need(workspace, id)),
    replayText: (text) => replayed(readCase(text)),
    capture: (workspace, sync, rows, by) => capture(parts, workspace, sync, rows, by),
  };
}

async function capture(parts: Parts, workspace: number, sync: number, rows: readonly string[], by: string): Promise<number> {
  if (!(await parts.store.workspace(workspace, (tx) => getSync(tx, sync))))
    throw new Fault('missing', `sync ${sync}: not found`, 'List the syncs to see which there are.');
  const signal = new AbortController().signal;
  const made = await underLease(parts, { workspace, sync, by, signal, wait: true }, async (env) => {
    const arrivals = await arrivalsOf(env, rows);
    const id = await env.page(async (tx) => {
      const recorded = await record(env, tx, arrivals, newDesk());
      return keepCase(env, tx, 'asked', recorded.case, null);
    });
    await parts.store.workspace(workspace, (tx) => releaseLease(tx, sync, env.sync.generation, asItWas(env.taken)));
    return id;
  });
  if (made !== undefined) return made;
  throw new Fault('invalid', `a case of ${rows.length} rows is too large to be kept`, 'Ask for fewer rows.');
}

async function arrivalsOf(env: Env, rows: readonly string[]): Promise<Arrival[]> {
  const links = await env.page((tx) => linksOfRows(tx, env.sync.id, rows));
  const kept = links.map((link): Arrival => ({ row: env.rowOf(link), begun: link.begun, kept: true }));
  const linked = new Set(links.map((link) => link.row));
  const strangers = rows.filter((row) => !linked.has(row));
  if (strangers.length === 0) return kept;
  const begun = await env.reading();
  const found = (await env.stream.fetch?.(env.context, strangers))?.rows ?? [];
  const missing = strangers.filter((row) => !found.some(({ id }) => id === row));
  if (missing.length === 0) return [...kept, ...found.map((row): Arrival => ({ row, begun }))];
  throw new Fault('missing', `rows ${missing.join(', ')}: neither linked here nor to be had over there`, 'Name rows that exist.');
}
