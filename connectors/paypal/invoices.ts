/** The stream of invoices. Lists are abridged and know no time of change: each invoice that is not as we hold it is fetched. */
import type { Context } from '#kit/context.ts';
import { type JsonObject, numberOf, objectOf, textOf } from '#kit/json.ts';
import type { Cursor, Known, Page, Stream } from '#kit/stream.ts';
import type { Sending } from './client.ts';
import { fetchEach, find } from './fetching.ts';
import { invoiceFields, invoiceShape, toRow, versionOf } from './invoice.ts';
import { list, numberAfter } from './pages.ts';

export const INVOICES = '/v2/invoicing/invoices';

export const invoices: Stream = {
  title: 'Invoices',
  fields: invoiceFields,
  shape: 1,
  // Drafts can be deleted, and nothing tells of it.
  deletions: 'by absence',
  timed: true,
  books: true,
  creates: { by: 'nothing' },
  batch: { fetch: 1 },
  undo: { update: 'never', create: 'never', remove: 'never' },
  toRow,
  pull,
  fetch,
};

const LIST = 'invoices.list';
const PAGE_SIZE = 100;

async function* pull(ctx: Context, since: Cursor | null, known?: Known): AsyncGenerator<Page, void, void> {
  for (let page: number | undefined = numberOf(objectOf(since ?? undefined)?.page) ?? 1; page !== undefined; ) {
    const query = { page, page_size: PAGE_SIZE, total_required: true, fields: 'all' };
    const listed = await list(ctx, { name: LIST, path: INVOICES, query }, 'items');
    const next = numberAfter(LIST, page, listed);
    const { total } = listed;
    yield {
      ...(await wholeOf(ctx, listed.things, known)),
      next: next === undefined ? null : { page: next },
      last: next === undefined,
      ...(total !== undefined && { total }),
    };
    page = next;
  }
}

async function wholeOf(
  ctx: Context,
  things: readonly JsonObject[],
  known?: Known,
): Promise<Omit<Page, 'next' | 'last' | 'total'>> {
  const listed = things.flatMap(
    (one) => ({ id: textOf(one.id) ?? [], version: versionOf(one) }) as { id: string; version: string },
  );
  const same = known === undefined ? new Set<string>() : await known(listed);
  const wanted = listed.filter(({ id }) => !same.has(id)).map(({ id }) => id);
  return { ...(await fetch(ctx, wanted)), same: [...same] };
}

const one = (id: string): Sending => ({ name: 'invoices.get', path: `${INVOICES}/${encodeURIComponent(id)}` });

function fetch(ctx: Context, ids: readonly string[]): ReturnType<typeof fetchEach> {
  return fetchEach(ctx, ids, one, invoiceShape);
}

/** Undefined where PayPal knows none of this id. */
export const getInvoice = (ctx: Context, id: string): Promise<JsonObject | undefined> => find(ctx, one(id));
