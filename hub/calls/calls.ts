/** The room of calls as the rest of the house uses it. */
import type { CrmRecord } from '#crm/core.ts';
import type { Listing } from '#crm/place.ts';
import type { Json } from '#kit/fields.ts';
import type { CallEvent, Sound } from '#kit/telephony.ts';
import type { BackfillRow } from '#store/call-backfills.ts';
import { dropPolicy, listPolicies, type PolicyRow, putPolicy, readPolicies } from '#store/call-policies.ts';
import type { Tx } from '#store/database.ts';
import type { PlacedRow } from '#store/placed-calls.ts';
import type { Beside } from '#sync/beside.ts';
import { addNote, type BelongsTo, belongs, dispose, type Who } from './answers.ts';
import { backfills, beginBackfill, endBackfill, type Period } from './backfill.ts';
import { besideEngine } from './beside.ts';
import { Clerk } from './clerk.ts';
import { heard } from './hear.ts';
import { needLine } from './lines.ts';
import { between, type CallView, type LiveEvent, live, type Span, unresolved, watch } from './look.ts';
import { type CallParts, isCalls, isVoicemails } from './parts.ts';
import { cancel, type Placing, place, placed, placedList } from './place.ts';
import { checkPolicy, composed, type Policy } from './policy.ts';
import { type Reconciled, reconcile } from './reconcile.ts';
import { type Asked, hear } from './sound.ts';
import { besideVoicemails } from './voicemails.ts';

type Page = { after: string | null; limit: number };

export interface Calls {
  /** Begins to work by itself. Without it, only what is asked for is done. */
  start(): void;
  stop(): Promise<void>;
  /** Does all that is due now, here. */
  drain(): Promise<void>;
  /** Telephone events, in the transaction of whoever brings them (of their workspace). Twice does no harm. */
  heard(tx: Tx, connection: number, events: readonly CallEvent[]): Promise<void>;
  /** What the engine asks while it keeps finished calls, or messages with voicemails among them; undefined for every other stream. */
  besideOf(stream: string): Beside | undefined;
  live(workspace: number): Promise<CallView[]>;
  watch(workspace: number, signal: AbortSignal): AsyncGenerator<LiveEvent>;
  between(workspace: number, span: Span, page: Page): Promise<Listing<CallView>>;
  unresolved(workspace: number, page: Page): Promise<Listing<CallView>>;
  belongs(who: Who, call: string, answer: BelongsTo): Promise<CrmRecord>;
  addNote(who: Who, call: string, text: string): Promise<CrmRecord>;
  dispose(who: Who, call: string, disposition: string | null): Promise<CrmRecord>;
  /** A recording of a call, or what was left in a mailbox, from the service as it comes. Throws `Fault`, and what the service says. */
  hear(workspace: number, call: string, asked: Asked, signal: AbortSignal): Promise<Sound>;
  place(who: Who, asked: Placing, signal: AbortSignal): Promise<PlacedRow>;
  placed(workspace: number, id: number): Promise<PlacedRow>;
  placedList(workspace: number, before: number | null, most: number): Promise<PlacedRow[]>;
  cancel(workspace: number, id: number, signal: AbortSignal): Promise<PlacedRow>;
  /** What was said of the workspace (connection 0) and of connections. */
  policies(workspace: number): Promise<PolicyRow[]>;
  /** How calls of a connection are logged now; of connection 0, those of connections that say nothing themselves. */
  policy(workspace: number, connection: number): Promise<Policy>;
  setPolicy(who: Who, connection: number, body: { [name: string]: Json }): Promise<Policy>;
  clearPolicy(workspace: number, connection: number): Promise<void>;
  reconcile(who: Who, asked: { connection: number; day: string; mend?: boolean }, signal: AbortSignal): Promise<Reconciled>;
  backfills(workspace: number): Promise<BackfillRow[]>;
  backfill(who: Who, period: Period): Promise<BackfillRow>;
  endBackfill(workspace: number, id: number): Promise<BackfillRow>;
}

export function openCalls(parts: CallParts): Calls {
  const { store } = parts;
  const clerk = new Clerk(parts);
  const beside = besideEngine(parts);
  const voicemails = besideVoicemails(parts);
  const woken = async <T>(work: Promise<T>): Promise<T> => {
    const done = await work;
    clerk.wake();
    return done;
  };
  const policy = (workspace: number, connection: number): Promise<Policy> =>
    store.workspace(workspace, async (tx) => composed(await readPolicies(tx, [0, connection])));
  return {
    start: () => clerk.start(),
    stop: () => clerk.stop(),
    drain: () => clerk.drain(),
    heard: (tx, connection, events) => heard(tx, parts, connection, events),
    besideOf: (stream) => (isCalls(parts, stream) ? beside : isVoicemails(parts, stream) ? voicemails : undefined),
    live: (workspace) => live(store, workspace),
    watch: (workspace, signal) => watch(store, workspace, signal),
    between: (workspace, span, page) => between(store, workspace, span, page),
    unresolved: (workspace, page) => unresolved(store, workspace, page),
    belongs: (who, call, answer) => woken(belongs(parts, who, call, answer)),
    addNote: (who, call, text) => addNote(parts, who, call, text),
    dispose: (who, call, disposition) => dispose(parts, who, call, disposition),
    hear: (workspace, call, asked, signal) => hear(parts, workspace, call, asked, signal),
    place: ({ workspace, by }, asked, signal) => place(parts, workspace, asked, by, signal),
    placed: (workspace, id) => placed(parts, workspace, id),
    placedList: (workspace, before, most) => placedList(parts, workspace, before, most),
    cancel: (workspace, id, signal) => cancel(parts, workspace, id, signal),
    policies: (workspace) => store.workspace(workspace, listPolicies),
    policy,
    async setPolicy({ workspace, by }, connection, body) {
      await store.workspace(workspace, async (tx) => {
        if (connection !== 0) await needLine(tx, parts, connection);
        await checkPolicy(tx, body);
        await putPolicy(tx, { connection, body, at: new Date(parts.now()).toISOString(), by });
      });
      return policy(workspace, connection);
    },
    clearPolicy: (workspace, connection) => store.workspace(workspace, (tx) => dropPolicy(tx, connection)),
    reconcile: ({ workspace, by }, asked, signal) => reconcile(parts, workspace, { ...asked, by }, signal),
    backfills: (workspace) => backfills(parts, workspace),
    backfill: ({ workspace, by }, period) => woken(beginBackfill(parts, workspace, period, by)),
    endBackfill: (workspace, id) => endBackfill(parts, workspace, id),
  };
}
