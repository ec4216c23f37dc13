/** The engine as the rest of the house uses it. */

import { Fault } from '#hub/fault.ts';
import type { Json } from '#kit/fields.ts';
import type { Stream } from '#kit/stream.ts';
import type { Mapping } from '#mappings/format.ts';
import type { Finding } from '#mappings/parse.ts';
import type { Tx } from '#store/database.ts';
import { listSources, type SourceRow } from '#store/sources.ts';
import { wakeSubscription } from '#store/subscriptions.ts';
import { type Drift, getSync, patchSync, releaseLease, type SyncRow, wakeObjects } from '#store/syncs.ts';
import { type Answer, answerHeld, mend, sever } from './answers.ts';
import { type Bringing, bring } from './bring.ts';
import { type Cases, openCases } from './cases.ts';
import { connected } from './connected.ts';
import type { Counts } from './counts.ts';
import { Dispatcher, oneSlice } from './dispatch.ts';
import { draftOf, findingsOf, needMapping, saveMapping } from './edit-mapping.ts';
import { type Explanation, explain } from './explain.ts';
import { type Heard, hear } from './hear.ts';
import { underLease } from './lease.ts';
import { type Look, openLook } from './look.ts';
import type { Parts } from './parts.ts';
import { type Begun, Planning } from './planning.ts';
import { type RegionChange, regionChanged } from './resettle.ts';
import type { SliceEnd } from './slice.ts';
import { clearSource, type NewSource, setSource } from './sources.ts';
import { sweep } from './sweep.ts';
import { type Why, whyRecord, whyRow } from './why.ts';

export interface Engine {
  /** Begins to take due syncs, or leaves them to `others`. Without it, only what is asked for is done. */
  start(others?: Others): void;
  stop(): Promise<void>;
  /** A connection was made or revived: its streams get their mapping and a sync that waits for its first preview. */
  connected(tx: Tx, connection: { id: number; connector: string; by: string }): Promise<void>;
  preview(workspace: number, sync: number, by: string): Promise<Begun>;
  undo(workspace: number, run: number, by: string): Promise<Begun>;
  impact(workspace: number, sync: number, draft: Mapping, by: string): Promise<Begun>;
  /** Everything that is wrong or lossy about an edited mapping. Nothing is saved. */
  checkMapping(workspace: number, mapping: number, body: Json): Promise<Finding[]>;
  /** What an edited mapping would change in everything linked: a plan for each of its syncs. */
  impactOfMapping(workspace: number, mapping: number, body: Json, by: string): Promise<(Begun & { sync: number })[]>;
  /** Claims the plan; the next slices execute it. */
  execute(workspace: number, plan: number, by: string): Promise<{ run: number; sync: number }>;
  /** Pulls at the next opportunity. `full` reads everything again. */
  request(workspace: number, sync: number, full: boolean): Promise<void>;
  /**
   * What webhooks said of a stream of a connection, noted in the transaction that settles the news; `wake` when it is committed. What
   * came of each, in order.
   */
  hear(tx: Tx, heard: Heard): Promise<string[]>;
  /** Something is due: looks at once. */
  wake(): void;
  /** Keeps rows of a past period, read beside the pull; the cursor stays where it is. Throws what reading throws. */
  bring(bringing: Bringing): Promise<Counts>;
  /** Records of an object were edited: whoever must be told is told now rather than at the next pull. */
  edited(workspace: number, objects: readonly string[]): Promise<void>;
  pause(workspace: number, sync: number, reason: string): Promise<void>;
  resume(workspace: number, sync: number): Promise<void>;
  /** Works on one sync here and now until nothing is due, whoever's turn it is. Throws what stopped it. */
  drain(workspace: number, sync: number, by: string, signal?: AbortSignal): Promise<SliceEnd>;
  answer(workspace: number, held: number, answer: Answer, by: string): Promise<void>;
  sever(workspace: number, sync: number, row: string): Promise<void>;
  mend(workspace: number, sync: number, rows: readonly string[] | 'all'): Promise<number>;
  /** What there is to see: syncs, plans, runs, questions, mappings. */
  look: Look;
  /** What the settling of pages was given, to be settled again. */
  cases: Cases;
  /** Reads up to `most` linked rows again and measures drift. */
  sweep(workspace: number, sync: number, most: number, by: string, signal?: AbortSignal): Promise<Drift>;
  explain(workspace: number, record: string, field: string): Promise<Explanation>;
  whyRecord(workspace: number, record: string): Promise<Why[]>;
  whyRow(workspace: number, stream: string, row: string): Promise<Why[]>;
  /** Of which fields one connection alone is the source. */
  sources(workspace: number, object: string | null): Promise<SourceRow[]>;
  setSource(workspace: number, source: NewSource, by: string): Promise<SourceRow>;
  clearSource(workspace: number, object: string, field: string): Promise<void>;
  /** The workspace means another country's national numbers: what was read by the old one is read again from the kept rows. */
  regionChanged(tx: Tx, change: RegionChange): Promise<void>;
  /** Saves a new version of a mapping and has everything linked re-mapped from the kept rows. */
  saveMapping(
    workspace: number,
    mapping: number,
    expected: number,
    body: Json,
    by: string,
    note: string,
  ): Promise<{ version: number; runs: number[] }>;
}

/** Processes that work on due syncs. */
export interface Others {
  /** Something is due now. */
  wake(): void;
}

export interface EngineParts extends Parts {
  /** The streams of a connector by short name. */
  streamsOf(connector: string, scopes: readonly string[]): { readonly [name: string]: Stream };
  /** The mapping a stream begins with, if we ship one. */
  defaultMapping(stream: string): Mapping | undefined;
}

export function openEngine(parts: EngineParts): Engine {
  const dispatcher = new Dispatcher(parts);
  const planning = new Planning(parts);
  const { store } = parts;
  let working: Others = dispatcher;
  const nudge = <T>(value: T): T => {
    working.wake();
    return value;
  };
  return {
    start(others) {
      if (others === undefined) dispatcher.start();
      else working = others;
    },
    async stop() {
      await planning.stop();
      await dispatcher.stop();
    },
    connected: (tx, connection) => connected(parts, tx, connection),
    preview: (workspace, sync, by) => planning.preview(workspace, sync, by),
    undo: (workspace, run, by) => planning.undo(workspace, run, by),
    impact: (workspace, sync, draft, by) => planning.impact(workspace, sync, draft, by),
    checkMapping: (workspace, mapping, body) =>
      store.workspace(workspace, async (tx) => findingsOf(parts, tx, await needMapping(tx, mapping), body)),
    impactOfMapping: (workspace, mapping, body, by) => impactOfMapping(parts, planning, workspace, mapping, body, by),
    look: openLook(parts),
    cases: openCases(parts),
    execute: async (workspace, plan, by) => nudge(await planning.execute(workspace, plan, by)),
    request: async (workspace, sync, full) => nudge(await store.workspace(workspace, (tx) => request(parts, tx, sync, full))),
    hear: (tx, heard) => hear(parts, tx, heard),
    wake: () => working.wake(),
    bring: (bringing) => bring(parts, bringing),
    edited: async (workspace, objects) =>
      nudge(await store.workspace(workspace, (tx) => wakeObjects(tx, objects, new Date(parts.now())))),
    pause: (workspace, sync, reason) =>
      store.workspace(workspace, async (tx) => {
        const { connection } = await needSync(tx, sync);
        await patchSync(tx, sync, { state: 'paused', reason });
        await wakeSubscription(tx, connection, new Date(parts.now()));
      }),
    resume: async (workspace, sync) => nudge(await store.workspace(workspace, (tx) => resume(parts, tx, sync))),
    drain: (workspace, sync, by, signal) => drain(parts, workspace, sync, by, signal ?? new AbortController().signal),
    answer: async (workspace, held, answer, by) => nudge(await answerHeld(parts, workspace, held, answer, by)),
    sever: (workspace, sync, row) => sever(parts, workspace, sync, row),
    mend: async (workspace, sync, rows) => nudge(await mend(parts, workspace, sync, rows)),
    sweep: async (workspace, sync, most, by, signal) =>
      nudge(await swept(parts, workspace, sync, most, by, signal ?? new AbortController().signal)),
    explain: (workspace, record, field) =>
      store.workspace(workspace, (tx) => explain(tx, parts.crm, parts.streamOf, record, field)),
    whyRecord: (workspace, record) => store.workspace(workspace, (tx) => whyRecord(tx, parts, record)),
    whyRow: (workspace, stream, row) =>
      store.workspace(workspace, (tx) => whyRow(tx, parts, stream, row, parts.besideOf?.(stream) !== undefined)),
    sources: (workspace, object) => store.workspace(workspace, (tx) => listSources(tx, object)),
    setSource: async (workspace, source, by) => nudge(await store.workspace(workspace, (tx) => setSource(parts, tx, source, by))),
    clearSource: (workspace, object, field) => store.workspace(workspace, (tx) => clearSource(tx, object, field)),
    regionChanged: (tx, change) => regionChanged(parts, tx, change),
    saveMapping: async (workspace, mapping, expected, body, by, note) =>
      nudge(await store.workspace(workspace, (tx) => saveMapping(parts, tx, mapping, expected, body, by, note))),
  };
}

async function impactOfMapping(
  parts: Parts,
  planning: Planning,
  workspace: number,
  mapping: number,
  body: Json,
  by: string,
): Promise<(Begun & { sync: number })[]> {
  const { draft, syncs } = await parts.store.workspace(workspace, (tx) => draftOf(parts, tx, mapping, body));
  const begun: (Begun & { sync: number })[] = [];
  for (const sync of syncs) begun.push({ sync, ...(await planning.impact(workspace, sync, draft, by)) });
  return begun;
}

async function needSync(tx: Tx, id: number): Promise<SyncRow> {
  const sync = await getSync(tx, id);
  if (!sync) throw new Fault('missing', `sync ${id}: not found`, 'List the syncs to see which there are.');
  return sync;
}

const stillWaiting = (id: number): Fault =>
  new Fault('conflict', `sync ${id} waits for its first preview`, 'Make a preview, look at it and execute it.');

async function request(parts: Parts, tx: Tx, id: number, full: boolean): Promise<void> {
  const sync = await needSync(tx, id);
  if (sync.state === 'waiting') throw stillWaiting(id);
  if (sync.state === 'paused') throw new Fault('conflict', `sync ${id} is paused: ${sync.reason ?? ''}`, 'Resume it first.');
  const now = new Date(parts.now());
  await patchSync(tx, id, { due: now, pull_due: now, ...(full ? { full_wanted: true } : {}) });
}

async function resume(parts: Parts, tx: Tx, id: number): Promise<void> {
  const sync = await needSync(tx, id);
  if (sync.state === 'waiting') throw stillWaiting(id);
  const now = new Date(parts.now());
  await patchSync(tx, id, { state: 'on', reason: null, due: now, pull_due: now, failures: 0 });
  await wakeSubscription(tx, sync.connection, now);
}

async function swept(parts: Parts, workspace: number, id: number, most: number, by: string, signal: AbortSignal): Promise<Drift> {
  const { state, stream } = await parts.store.workspace(workspace, (tx) => needSync(tx, id));
  if (state === 'waiting') throw stillWaiting(id);
  if (!parts.streamOf(stream).fetch)
    throw new Fault('conflict', `${stream} does not give single rows again`, 'Read everything again: request a full pass.');
  const found = await underLease(parts, { workspace, sync: id, by, signal, wait: true }, async (env) => {
    const drift = await sweep(env, most, () => signal.aborted);
    await parts.store.workspace(workspace, (tx) =>
      releaseLease(tx, id, env.sync.generation, { taken: env.taken, due: new Date(env.now()) }),
    );
    return drift;
  });
  return found!;
}

async function drain(parts: Parts, workspace: number, sync: number, by: string, signal: AbortSignal): Promise<SliceEnd> {
  const total: SliceEnd = { idle: false, counts: {}, run: null };
  for (;;) {
    signal.throwIfAborted();
    const end = await oneSlice(parts, workspace, sync, by, () => signal.aborted, signal, true);
    if (!end) continue;
    for (const [what, n] of Object.entries(end.counts)) total.counts[what] = (total.counts[what] ?? 0) + n;
    total.run = end.run ?? total.run;
    if (end.problem && end.problem.name !== 'MappingMoved') throw end.problem;
    if (end.idle) return { ...total, idle: true };
  }
}
