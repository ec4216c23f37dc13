/** The stream of catalogue products, made for subscriptions: no price, no stock, no deletion. Lists show half of each. */
import type { Context } from '#kit/context.ts';
import type { Field, Fields, Json, Values } from '#kit/fields.ts';
import { isObject, type JsonObject, numberOf, objectOf, textOf } from '#kit/json.ts';
import { checkValues, Misfits, problem } from '#kit/rows.ts';
import type { Cursor, Page, Row, Stream } from '#kit/stream.ts';
import { put } from '#kit/values.ts';
import { fetchEach } from './fetching.ts';
import { list, numberAfter } from './pages.ts';
import { instantOf } from './records.ts';

const text = (title: string, max: number): Field => ({ kind: 'text', title, max, readOnly: true });

export const productFields = {
  product: text('Product', 50),
  name: text('Name', 127),
  description: text('Description', 256),
  type: { kind: 'choice', title: 'Type', options: ['PHYSICAL', 'DIGITAL', 'SERVICE'], readOnly: true },
  category: text('Category', 256),
  image: { kind: 'link', title: 'Picture', max: 2_000, readOnly: true },
  page: { kind: 'link', title: 'Page', max: 2_000, readOnly: true },
  created: { kind: 'instant', title: 'Created', readOnly: true },
  updated: { kind: 'instant', title: 'Updated', readOnly: true },
} satisfies Fields;

export const products: Stream = {
  title: 'Products',
  fields: productFields,
  shape: 1,
  // None is ever deleted, but nothing tells what is new either: all is read each time.
  deletions: 'by absence',
  timed: true,
  creates: { by: 'nothing' },
  batch: { fetch: 1 },
  undo: { update: 'never', create: 'never', remove: 'never' },
  toRow,
  pull,
  fetch,
};

const PATH = '/v1/catalogs/products';
const LIST = 'products.list';
const PAGE_SIZE = 20;

export function toRow(raw: Json): Row {
  const product = isObject(raw) ? raw : {};
  const id = textOf(product.id);
  if (id === undefined) throw new Misfits([problem('id', isObject(raw) ? product.id : raw, 'the id of a product')]);
  const fields: Values = { product: id };
  put(fields, 'name', product.name);
  put(fields, 'description', product.description);
  put(fields, 'type', product.type);
  put(fields, 'category', product.category);
  put(fields, 'image', product.image_url);
  put(fields, 'page', product.home_url);
  put(fields, 'created', instantOf(product.create_time));
  put(fields, 'updated', instantOf(product.update_time));
  const problems = checkValues(productFields, fields);
  if (problems.length > 0) throw new Misfits(problems);
  const time = fields.updated;
  return { id, fields, raw, ...(typeof time === 'string' && { time }) };
}

const shape = { toRow, idOf: ({ id }: JsonObject) => textOf(id) };

async function* pull(ctx: Context, since: Cursor | null): AsyncGenerator<Page, void, void> {
  for (let page: number | undefined = numberOf(objectOf(since ?? undefined)?.page) ?? 1; page !== undefined; ) {
    const query = { page, page_size: PAGE_SIZE, total_required: true };
    const listed = await list(ctx, { name: LIST, path: PATH, query }, 'products');
    const next = numberAfter(LIST, page, listed);
    const found = await fetch(
      ctx,
      listed.things.flatMap(({ id }) => textOf(id) ?? []),
    );
    const { total } = listed;
    yield {
      ...found,
      next: next === undefined ? null : { page: next },
      last: next === undefined,
      ...(total !== undefined && { total }),
    };
    page = next;
  }
}

function fetch(ctx: Context, ids: readonly string[]): ReturnType<typeof fetchEach> {
  return fetchEach(ctx, ids, (id) => ({ name: 'products.get', path: `${PATH}/${encodeURIComponent(id)}` }), shape);
}
