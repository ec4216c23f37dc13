/** Importing a connection's history, from the outside: begin, look, go on, stop, reconcile. */
import { Fault } from '#hub/fault.ts';
import { Vigil } from '#hub/vigil.ts';
import { isDate } from '#kit/dates.ts';
import type { Tx } from '#store/database.ts';
import {
  dueHistories,
  getHistory,
  type HistoryRow,
  insertHistory,
  listHistories,
  lockHistory,
  patchHistory,
} from '#store/histories.ts';
import { endPlans } from '#store/plans.ts';
import { patchSync, type SyncRow } from '#store/syncs.ts';
import type { Who } from '../parts.ts';
import { advance, type HistoryParts } from './advance.ts';
import { booksOf } from './books.ts';
import { MONEY_OBJECTS } from './figures.ts';
import { inOrder } from './order.ts';
import { reconcile } from './reconcile.ts';
import type { Sheet } from './sheet.ts';

export interface Choice {
  connection: number;
  /** Names of streams, short or full; what they refer to comes along. Default all. */
  streams?: readonly string[] | undefined;
  /** The first day that is taken, of documents and payments. Default all there is. */
  since?: string | null | undefined;
}

export interface Histories {
  start(): void;
  stop(): Promise<void>;
  begin(who: Who, choice: Choice): Promise<HistoryRow>;
  list(workspace: number, before: number | null, limit: number): Promise<HistoryRow[]>;
  get(workspace: number, id: number): Promise<HistoryRow>;
  /** Imports what was found, exactly as shown; what was not read yet is read then. */
  execute(workspace: number, id: number): Promise<HistoryRow>;
  stopImport(workspace: number, id: number): Promise<HistoryRow>;
  /** Goes on until something has to be waited for. `work`: works on a sync here and now, where no hub does. */
  drain(workspace: number, id: number, work: (sync: number) => Promise<unknown>): Promise<HistoryRow>;
  /** What the service has against what the CRM has. */
  sheet(workspace: number, id: number): Promise<Sheet>;
}

const LOOK_MS = 1_000;
const MOST = 20;

export function openHistories(parts: HistoryParts & { log: { error(about: object, message: string): void } }): Histories {
  const { store, now } = parts;
  const working = new Map<string, Promise<void>>();
  const get = async (workspace: number, id: number): Promise<HistoryRow> =>
    (await store.workspace(workspace, (tx) => getHistory(tx, id))) ?? missing(id);
  /** Long reading goes on beside the loop. */
  const look = async (): Promise<void> => {
    for (const { workspace, id } of await store.installation((tx) => dueHistories(tx, new Date(now()), MOST))) {
      const key = `${workspace}/${id}`;
      if (working.has(key)) continue;
      const work = steps(parts, workspace, id, () => vigil.signal.aborted).finally(() => working.delete(key));
      working.set(key, work);
    }
  };
  const vigil: Vigil = new Vigil({ every: LOOK_MS, round: look, name: 'importing histories', log: parts.log });
  return {
    start: () => vigil.start(),
    async stop() {
      await vigil.stop();
      await Promise.all(working.values());
    },
    begin: (who, choice) => store.workspace(who.workspace, (tx) => begin(tx, who, choice, new Date(now()))),
    list: (workspace, before, limit) => store.workspace(workspace, (tx) => listHistories(tx, before, limit)),
    get,
    execute: (workspace, id) => store.workspace(workspace, (tx) => execute(tx, id, new Date(now()))),
    stopImport: (workspace, id) => store.workspace(workspace, (tx) => stopImport(tx, id, new Date(now()))),
    async drain(workspace, id, work) {
      for (let waited: SyncRow | null = null; ; ) {
        const next: true | SyncRow | null = await advance(parts, workspace, id);
        if (next === null || (next !== true && stands(next, waited))) return get(workspace, id);
        if (next !== true) await work(next.id);
        waited = next === true ? null : next;
      }
    },
    sheet: (workspace, id) => sheetOf(parts, workspace, id),
  };
}

/** Nothing came of working on it: whatever it waits for, it is not us. */
const stands = (sync: SyncRow, before: SyncRow | null): boolean =>
  before?.id === sync.id && before.passes === sync.passes && before.moved === sync.moved && before.pass === sync.pass;

async function steps(parts: HistoryParts, workspace: number, id: number, until: () => boolean): Promise<void> {
  while (!until() && (await advance(parts, workspace, id)) === true);
}

async function begin(tx: Tx, { by }: Who, { connection, streams, since = null }: Choice, at: Date): Promise<HistoryRow> {
  if (since !== null && !isDate(since)) throw noDay(since);
  const books = await booksOf(tx, connection);
  const chosen =
    streams === undefined || streams.length === 0 ? [...books.keys()] : streams.map((name) => named(name, [...books.keys()]));
  const ordered = inOrder(chosen, new Map([...books].map(([stream, { mapping }]) => [stream, mapping])));
  const id = await insertHistory(tx, { connection, streams: ordered, since, by }, at);
  if (id === undefined)
    throw new Fault(
      'conflict',
      `An import of connection ${connection} is under way.`,
      'Look at it with `import-history list`, and let it end or stop it.',
    );
  for (const stream of ordered) await remember(tx, books.get(stream)!.sync, since);
  return (await getHistory(tx, id))!;
}

/** What is left out is remembered from now on. A sync that has taken less before reads everything again. */
async function remember(tx: Tx, sync: SyncRow, since: string | null): Promise<void> {
  if (!MONEY_OBJECTS.has(sync.object)) return;
  const more = sync.since !== null && (since === null || since < sync.since);
  await patchSync(tx, sync.id, {
    since: sync.passes > 0 && !more ? sync.since : since,
    remembers: true,
    ...(more && { full_wanted: true }),
  });
}

function named(name: string, streams: readonly string[]): string {
  const found = streams.find((stream) => stream === name || stream.split('.')[1] === name);
  if (found !== undefined) return found;
  const allowed = streams.map((stream) => stream.split('.')[1]).join(', ');
  throw new Fault('invalid', `The connection has no stream ${JSON.stringify(name)}.`, `It has: ${allowed}.`, [
    { path: 'streams', found: JSON.stringify(name), allowed },
  ]);
}

function noDay(since: string): Fault {
  const found = JSON.stringify(since.slice(0, 40));
  return new Fault('invalid', `There is no day ${found}.`, 'Name a day, as 2023-01-01.', [
    { path: 'since', found, allowed: 'a calendar date YYYY-MM-DD' },
  ]);
}

async function execute(tx: Tx, id: number, at: Date): Promise<HistoryRow> {
  const history = (await lockHistory(tx, id)) ?? missing(id);
  if (history.state === 'importing') return history;
  if (history.state !== 'ready')
    throw new Fault(
      'conflict',
      `Import ${id} is ${history.state}.`,
      history.state === 'reading' ? 'Wait until it has read what there is.' : 'Begin another one.',
    );
  await patchHistory(tx, id, history.state, { state: 'importing', due: at });
  return (await getHistory(tx, id))!;
}

/** What has come in stays; plans that were not executed end. */
async function stopImport(tx: Tx, id: number, at: Date): Promise<HistoryRow> {
  const history = (await lockHistory(tx, id)) ?? missing(id);
  if (history.ended !== null) return history;
  const books = await booksOf(tx, history.connection);
  for (const stream of history.streams) {
    const sync = books.get(stream)?.sync;
    if (sync?.state === 'waiting') await endPlans(tx, { sync: sync.id });
  }
  await patchHistory(tx, id, history.state, { state: 'stopped', due: null, ended: at });
  return (await getHistory(tx, id))!;
}

async function sheetOf(parts: HistoryParts, workspace: number, id: number): Promise<Sheet> {
  const books = await parts.store.workspace(workspace, async (tx) => {
    const { connection, streams } = (await getHistory(tx, id)) ?? missing(id);
    const known = await booksOf(tx, connection);
    return streams.flatMap((stream) => known.get(stream) ?? []);
  });
  return reconcile(parts, workspace, books);
}

function missing(id: number): never {
  throw new Fault('missing', `There is no import ${id} in this workspace.`, 'List the imports to see which there are.');
}
