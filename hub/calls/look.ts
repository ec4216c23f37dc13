/** What there is to see of calls: those under way, those that wait for a person, those of a period, with the names they belong to. */
import { setTimeout as delay } from 'node:timers/promises';
import type { CrmRecord } from '#crm/core.ts';
import { type Listing, readPlace, writePlace } from '#crm/place.ts';
import type { Json } from '#kit/fields.ts';
import { type CallRow, callsBetween, listedCalls, liveCalls } from '#store/calls.ts';
import type { Store, Tx } from '#store/database.ts';
import { readRecords } from '#store/records.ts';

export interface Named {
  id: string;
  object: string;
  name: string;
}

export interface CallView {
  /** The call's record; null where it is not logged. */
  id: string | null;
  connection: number;
  session: string;
  stage: CallRow['stage'];
  direction: string | null;
  outcome: string | null;
  from: string | null;
  to: string | null;
  fromName: string | null;
  toName: string | null;
  started: string;
  answered: string | null;
  ended: string | null;
  ringSeconds: number | null;
  talkSeconds: number | null;
  contact: Named | null;
  company: Named | null;
  lead: Named | null;
  owner: Named | null;
  /** Why it is nobody's yet, and what speaks for whom. */
  question: string | null;
  evidence: unknown;
  /** Why it is not logged. */
  excluded: string | null;
  /** Has the service's log told it? */
  logged: string | null;
  /** What is missing for good. */
  trouble: string | null;
}

/** Where a list of calls goes on. */
type Place = { started: string; session: string };

const isPlaceOf = (place: Json): place is Place =>
  place !== null &&
  typeof place === 'object' &&
  !Array.isArray(place) &&
  typeof place.started === 'string' &&
  !Number.isNaN(Date.parse(place.started)) &&
  typeof place.session === 'string';

const MOST_LIVE = 1_000;
const LOOK_MS = 250;

export const live = (store: Store, workspace: number): Promise<CallView[]> =>
  store.workspace(workspace, async (tx) => viewsOf(tx, await liveCalls(tx, MOST_LIVE)));

/** Calls that wait for a person to say whose they are, oldest first. */
export async function unresolved(
  store: Store,
  workspace: number,
  { after, limit }: { after: string | null; limit: number },
): Promise<Listing<CallView>> {
  const place = after === null ? null : readPlace(after, isPlaceOf);
  return store.workspace(workspace, async (tx) => pageOf(await viewsOf(tx, await listedCalls(tx, place, limit + 1)), limit));
}

export interface Span {
  connection: number;
  from: Date;
  to: Date;
}

/** Calls of a period, those that are not logged among them. */
export async function between(
  store: Store,
  workspace: number,
  { connection, from, to }: Span,
  { after, limit }: { after: string | null; limit: number },
): Promise<Listing<CallView>> {
  const place = after === null ? null : readPlace(after, isPlaceOf);
  return store.workspace(workspace, async (tx) =>
    pageOf(await viewsOf(tx, await callsBetween(tx, connection, from, to, place, limit + 1)), limit),
  );
}

function pageOf(views: CallView[], limit: number): Listing<CallView> {
  const items = views.slice(0, limit);
  const last = items.at(-1);
  return { items, next: views.length > limit && last ? writePlace({ started: last.started, session: last.session }) : null };
}

async function viewsOf(tx: Tx, rows: readonly CallRow[]): Promise<CallView[]> {
  const records = await byId(
    tx,
    rows.flatMap((row) => row.record ?? []),
  );
  const names = await byId(
    tx,
    [...records.values()].flatMap(({ fields }) =>
      ['contact', 'company', 'lead', 'owner'].flatMap((f) => textOf(fields[f]) ?? []),
    ),
  );
  return rows.map((row) => viewOf(row, row.record === null ? undefined : records.get(row.record), names));
}

async function byId(tx: Tx, ids: readonly string[]): Promise<Map<string, CrmRecord>> {
  if (ids.length === 0) return new Map();
  return new Map((await readRecords(tx, [...new Set(ids)])).map((record) => [record.id, record]));
}

function viewOf(row: CallRow, record: CrmRecord | undefined, names: ReadonlyMap<string, CrmRecord>): CallView {
  const fields = record?.fields ?? {};
  const named = (field: string): Named | null => {
    const found = names.get(textOf(fields[field]) ?? '');
    return found === undefined ? null : { id: found.id, object: found.object, name: found.name };
  };
  const text = (field: string): string | null => textOf(fields[field]) ?? null;
  const number = (field: string): number | null => (typeof fields[field] === 'number' ? (fields[field] as number) : null);
  const { connection, session, stage, question, excluded, logged, trouble, started } = row;
  return {
    ...{ id: row.record, connection, session, stage, started, question, excluded, logged, trouble },
    direction: text('direction') ?? row.direction,
    outcome: text('outcome') ?? row.outcome,
    ended: text('ended') ?? row.ended,
    ...{ from: text('from'), to: text('to'), fromName: text('fromName'), toName: text('toName'), answered: text('answered') },
    ...{ ringSeconds: number('ringSeconds'), talkSeconds: number('talkSeconds') },
    ...{ contact: named('contact'), company: named('company'), lead: named('lead'), owner: named('owner') },
    evidence: fields.evidence ?? null,
  };
}

const textOf = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);

export type LiveEvent = { is: 'call'; call: CallView } | { is: 'gone'; session: string; connection: number };

/**
 * Calls as they go: first all that are under way, then each whenever it moves, and `gone` when it is over. Looked at in the database,
 * so that it does not matter which hub heard the event.
 */
export async function* watch(store: Store, workspace: number, signal: AbortSignal): AsyncGenerator<LiveEvent> {
  const told = new Map<string, { text: string; view: CallView }>();
  while (!signal.aborted) {
    const now = await live(store, workspace);
    const there = new Set<string>();
    for (const view of now) {
      const key = `${view.connection} ${view.session}`;
      there.add(key);
      const text = JSON.stringify(view);
      if (told.get(key)?.text === text) continue;
      told.set(key, { text, view });
      yield { is: 'call', call: view };
    }
    for (const [key, { view }] of told) {
      if (there.has(key)) continue;
      told.delete(key);
      yield { is: 'gone', session: view.session, connection: view.connection };
    }
    await delay(LOOK_MS, undefined, { signal }).catch(() => undefined);
  }
}
