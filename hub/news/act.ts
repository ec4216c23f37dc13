/** Acting upon the news of a workspace: what concerns rows and connections in the transaction that settles it, the rest by handlers. */
import type { Row } from '#kit/stream.ts';
import type { CallEvent } from '#kit/telephony.ts';
import { isRetryable, isUnavailable, type Tx } from '#store/database.ts';
import { claimNews, type Done, holdNews, putOffNews, settleNews, type Waiting, waitingNews, withoutDisk } from '#store/news.ts';
import type { RowNews } from '#sync/hear.ts';
import type { NewsParts } from './parts.ts';

const MOST = 500;
/** Of calls in one transaction, and of subscriptions handed over at once. */
const AT_ONCE = { calls: 100, told: 20 };
const ATTEMPTS = 8;

/** Does what may have to wait for a service; false where nothing came of it by now. */
type Aside = (work: () => Promise<boolean>) => Promise<boolean> | boolean;

/** Acts upon what waits now. False: nothing does, or another hub is at it. */
export async function act(parts: NewsParts, workspace: number, aside: Aside = (work) => work()): Promise<boolean> {
  const waiting = await parts.store.workspace(workspace, (tx) => waitingNews(tx, MOST));
  const outside = ({ kind }: Waiting) => kind === 'expiring' || (kind === 'call' && parts.handlers.heard === undefined);
  const told = waiting.filter(outside);
  const calls = waiting.filter((one) => one.kind === 'call' && !outside(one));
  const rest = waiting.filter((one) => one.kind !== 'call' && !outside(one));
  let busy = false;
  for (const some of chunks(calls, AT_ONCE.calls)) busy = (await note(parts, workspace, some)) || busy;
  const groups = Map.groupBy(rest, ({ connection, kind, stream }) => `${connection} ${kind === 'disconnected' ? kind : stream}`);
  for (const group of groups.values()) busy = (await note(parts, workspace, group)) || busy;
  const some = told.slice(0, AT_ONCE.told);
  if (some.length > 0) busy = (await aside(() => handOver(parts, workspace, some))) || busy;
  return busy;
}

function chunks(all: readonly Waiting[], most: number): (readonly Waiting[])[] {
  return Array.from({ length: Math.ceil(all.length / most) }, (_, n) => all.slice(n * most, (n + 1) * most));
}

/** What came of each, or why it is to be tried again. */
type Result = { is: 'over'; state: Done['state']; outcome: string } | { is: 'again'; problem: string };

/** A race that was lost is run again so often; then the news wait for the next round, as they are. */
const RACES = 5;

async function within<T>({ store }: NewsParts, workspace: number, work: (tx: Tx) => Promise<T>): Promise<T> {
  for (let n = 1; ; n += 1) {
    try {
      return await store.workspace(workspace, work);
    } catch (error) {
      if (n >= RACES || !isRetryable(error)) throw error;
    }
  }
}

/** In one transaction; where that fails, one by one, so that none spoils another. False: another hub has them. */
async function note(parts: NewsParts, workspace: number, group: readonly Waiting[]): Promise<boolean> {
  try {
    const n = await within(parts, workspace, async (tx) => {
      const ids = group.map(({ id }) => id);
      const [ours] = await Promise.all([holdNews(tx, ids), withoutDisk(tx)]);
      const held = group.filter(({ id }) => ours.has(id));
      if (held.length === 0) return 0;
      const outcomes = await effect(parts, tx, held);
      const done = held.map(({ id }, at): Done => ({ id, state: 'done', outcome: outcomes[at]! }));
      await settleNews(tx, done, new Date(parts.now()));
      return held.length;
    });
    if (n > 0) parts.engine.wake();
    return n > 0;
  } catch (error) {
    // Nothing is wrong with the news.
    if (isRetryable(error) || isUnavailable(error)) throw error;
    const [only, ...others] = group;
    if (others.length === 0) await settle(parts, workspace, [[only!, again(error)]]);
    else for (const one of group) await note(parts, workspace, [one]);
    return true;
  }
}

async function effect(parts: NewsParts, tx: Tx, held: readonly Waiting[]): Promise<string[]> {
  const [{ connector, connection, kind, stream }] = held as [Waiting];
  if (kind === 'call') {
    for (const [of, some] of Map.groupBy(held, (news) => news.connection))
      await parts.handlers.heard!(
        tx,
        of,
        some.map(({ body }) => body as unknown as CallEvent),
      );
    return held.map(() => 'handled');
  }
  if (kind === 'disconnected') {
    const outcomes: string[] = [];
    for (const { body, at } of held) outcomes.push(await parts.disconnected(tx, connection, String(body), at));
    return outcomes;
  }
  return parts.engine.hear(tx, { connection, stream: `${connector}.${stream}`, news: held.map(rowNews) });
}

function rowNews({ kind, row, body }: Waiting): RowNews {
  if (kind === 'changed') return { is: 'changed', row: body as unknown as Row };
  if (kind === 'gone') return { is: 'gone', id: row! };
  return row === null ? { is: 'touched' } : { is: 'touched', id: row };
}

/** To handlers, outside any transaction: of one call in its order, of several side by side. */
async function handOver(parts: NewsParts, workspace: number, all: readonly Waiting[]): Promise<boolean> {
  const ours = await parts.store.workspace(workspace, (tx) =>
    claimNews(
      tx,
      all.map(({ id }) => id),
    ),
  );
  const lines = Map.groupBy(
    all.filter(({ id }) => ours.has(id)),
    (news) => (news.kind === 'call' ? String((news.body as unknown as CallEvent).session) : `expiring ${news.id}`),
  );
  const results: [Waiting, Result][] = [];
  await Promise.all(
    [...lines.values()].map(async (line) => {
      for (const news of line) results.push([news, await tell(parts, workspace, news)]);
    }),
  );
  await settle(parts, workspace, results);
  return results.length > 0;
}

async function tell({ handlers }: NewsParts, workspace: number, { kind, connection, body }: Waiting): Promise<Result> {
  const handled: Result = { is: 'over', state: 'done', outcome: 'handled' };
  const nobody = (what: string): Result => ({ is: 'over', state: 'ignored', outcome: `nobody handles ${what}` });
  try {
    if (kind === 'call') return nobody('calls');
    if (handlers.onExpiring === undefined) return nobody('subscriptions that end');
    await handlers.onExpiring(workspace, connection, String(body));
    return handled;
  } catch (error) {
    return again(error);
  }
}

function again(error: unknown): Result {
  const problem = error instanceof Error ? error.message : String(error);
  return { is: 'again', problem: problem.replaceAll('\0', '').toWellFormed().slice(0, 500) };
}

async function settle(parts: NewsParts, workspace: number, results: readonly (readonly [Waiting, Result])[]): Promise<void> {
  const over: Done[] = [];
  const later: [Waiting, string][] = [];
  for (const [news, result] of results) {
    if (result.is === 'over') over.push({ id: news.id, state: result.state, outcome: result.outcome });
    else if (news.attempts + 1 >= ATTEMPTS) over.push({ id: news.id, state: 'failed', outcome: result.problem });
    else later.push([news, result.problem]);
  }
  if (later.length > 0)
    parts.log.error({ workspace, problem: later[0]![1], n: later.length }, 'news could not be acted upon; again soon');
  await within(parts, workspace, async (tx) => {
    await settleNews(tx, over, new Date(parts.now()));
    for (const [{ id, attempts }, problem] of later) await putOffNews(tx, id, problem, Math.min(300_000, 1_000 * 2 ** attempts));
  });
}
