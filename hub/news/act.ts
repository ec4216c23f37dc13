/** Acting upon the news of a workspace: what concerns rows and connections in the transaction that settles it, the rest by handlers. */
import type { Row } from '#kit/stream.ts';
import type { CallEvent } from '#kit/telephony.ts';
import type { Tx } from '#store/database.ts';
import { claimNews, type Done, holdNews, putOffNews, settleNews, type Waiting, waitingNews } from '#store/news.ts';
import type { RowNews } from '#sync/hear.ts';
import type { NewsParts } from './parts.ts';

const MOST = 500;
/** Handed over at once. */
const AT_ONCE = 20;
const ATTEMPTS = 8;

/** Acts upon what waits now. False: nothing did. */
export async function act(parts: NewsParts, workspace: number): Promise<boolean> {
  const waiting = await parts.store.workspace(workspace, (tx) => waitingNews(tx, MOST));
  const told = waiting.filter(({ kind }) => kind === 'call' || kind === 'expiring');
  for (let from = 0; from < told.length; from += AT_ONCE) await handOver(parts, workspace, told.slice(from, from + AT_ONCE));
  const rest = waiting.filter((one) => !told.includes(one));
  const groups = Map.groupBy(rest, ({ connection, kind, stream }) => `${connection} ${kind === 'disconnected' ? kind : stream}`);
  for (const group of groups.values()) await note(parts, workspace, group);
  return waiting.length > 0;
}

/** What came of each, or why it is to be tried again. */
type Result = { is: 'over'; state: Done['state']; outcome: string } | { is: 'again'; problem: string };

/** News of one stream of one connection, or of the connection itself. */
async function note(parts: NewsParts, workspace: number, group: readonly Waiting[]): Promise<void> {
  const { store, engine } = parts;
  try {
    await store.workspace(workspace, async (tx) => {
      const ours = await holdNews(
        tx,
        group.map(({ id }) => id),
      );
      const held = group.filter(({ id }) => ours.has(id));
      if (held.length === 0) return;
      const outcomes = await effect(parts, tx, held);
      const done = held.map(({ id }, at): Done => ({ id, state: 'done', outcome: outcomes[at]! }));
      await settleNews(tx, done, new Date(parts.now()));
    });
    engine.wake();
  } catch (error) {
    await settle(
      parts,
      workspace,
      group.map((news) => [news, again(error)]),
    );
  }
}

async function effect(parts: NewsParts, tx: Tx, held: readonly Waiting[]): Promise<string[]> {
  const [{ connector, connection, kind, stream }] = held as [Waiting];
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
async function handOver(parts: NewsParts, workspace: number, all: readonly Waiting[]): Promise<void> {
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
}

async function tell({ handlers }: NewsParts, workspace: number, { kind, connection, body }: Waiting): Promise<Result> {
  const handled: Result = { is: 'over', state: 'done', outcome: 'handled' };
  const nobody = (what: string): Result => ({ is: 'over', state: 'ignored', outcome: `nobody handles ${what}` });
  try {
    if (kind === 'call') {
      if (handlers.onCall === undefined) return nobody('calls');
      await handlers.onCall(workspace, connection, body as unknown as CallEvent);
    } else {
      if (handlers.onExpiring === undefined) return nobody('subscriptions that end');
      await handlers.onExpiring(workspace, connection, String(body));
    }
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
  await parts.store.workspace(workspace, async (tx) => {
    await settleNews(tx, over, new Date(parts.now()));
    for (const [{ id, attempts }, problem] of later) await putOffNews(tx, id, problem, Math.min(300_000, 1_000 * 2 ** attempts));
  });
}
