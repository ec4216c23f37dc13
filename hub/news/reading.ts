/** What deliveries say: each parsed by its connector, one that cannot be read spoiling nothing else. Pure. */
import { isCleanText } from '#kit/text.ts';
import type { News, Webhooks } from '#kit/webhook.ts';
import type { Unaddressed } from '#store/parked.ts';
import type { Failed, Unread } from '#store/unread.ts';

export interface Reading {
  /** Addressed by account; whose that is, nobody has asked yet. */
  said: Unaddressed[];
  failed: Failed[];
}

/** What is said again and again in one reading is said once: "look at this row" counts how often. */
export function readAll(webhooks: Pick<Webhooks, 'parse'>, connector: string, deliveries: readonly Unread[]): Reading {
  const reading: Reading = { said: [], failed: [] };
  const hints = new Map<string, Unaddressed>();
  for (const delivery of deliveries) {
    try {
      const said = webhooks.parse(delivery).map((news) => saidBy(delivery, connector, news));
      for (const one of said) {
        const hint = one.kind === 'touched' ? JSON.stringify([one.subscription, one.account, one.stream, one.row]) : undefined;
        const before = hint === undefined ? undefined : hints.get(hint);
        if (before === undefined) reading.said.push(one);
        else Object.assign(before, { at: one.at, delivery: one.delivery, times: before.times + 1 });
        if (hint !== undefined && before === undefined) hints.set(hint, one);
      }
    } catch (error) {
      reading.failed.push({ id: delivery.id, at: delivery.at, problem: problemOf(error) });
    }
  }
  return reading;
}

function saidBy({ id, at, subscription }: Unread, connector: string, news: News): Unaddressed {
  const parts = partsOf(news);
  for (const [what, text] of Object.entries({ account: news.account, stream: parts.stream, row: parts.row })) {
    if (text === null) continue;
    if (typeof text !== 'string' || text === '' || text.length > 1_000 || !isCleanText(text))
      throw new Error(`its news of kind ${news.is} names as ${what} what cannot be one: ${JSON.stringify(text)?.slice(0, 80)}`);
  }
  return { account: news.account, subscription, at, delivery: id, connector, kind: news.is, times: 1, ...parts };
}

function partsOf(news: News): Pick<Unaddressed, 'stream' | 'row' | 'body'> {
  switch (news.is) {
    case 'changed':
      return { stream: news.stream, row: news.row.id, body: news.row as unknown as Unaddressed['body'] };
    case 'gone':
      return { stream: news.stream, row: news.id, body: null };
    case 'touched':
      return { stream: news.stream, row: news.id ?? null, body: null };
    case 'call':
      return { stream: null, row: null, body: news.event as unknown as Unaddressed['body'] };
    case 'expiring':
      return { stream: null, row: null, body: news.subscription };
    case 'disconnected':
      return { stream: null, row: null, body: news.reason };
  }
}

const problemOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).replaceAll('\0', '').toWellFormed().slice(0, 500) ||
  'no reason was given';
