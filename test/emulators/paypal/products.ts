/** `/v1/catalogs/products`: neither price nor stock, no deletion, and lists that show only the half. */
import type { Json } from '#kit/fields.ts';
import type { Answer } from '../kit/server.ts';
import type { Visit, World } from './desk.ts';
import { json, malformed, missing, nothing, refused } from './errors.ts';
import type { Product } from './product.ts';
import { type Body, bodyOf, flag, jsonOf, natural, object, required, seconds, text, wantsAll } from './query.ts';

const HOST = 'https://api.sandbox.paypal.com/v1/catalogs/products';
const TYPES: ReadonlySet<string> = new Set(['PHYSICAL', 'DIGITAL', 'SERVICE']);
const LONGEST: { readonly [member: string]: number } = { description: 256, category: 256, image_url: 2000, home_url: 2000 };

const linksOf = (id: string) => [
  { href: `${HOST}/${id}`, rel: 'self', method: 'GET' },
  { href: `${HOST}/${id}`, rel: 'edit', method: 'PATCH' },
];

function whole({ id, body, created, updated }: Product): { [member: string]: Json } {
  return { id, ...body, create_time: seconds(created), update_time: seconds(updated), links: linksOf(id) };
}

function abridged({ id, body: { name, description }, created }: Product): Json {
  return {
    id,
    name: name!,
    ...(description !== undefined && { description }),
    create_time: seconds(created),
    links: linksOf(id).slice(0, 1),
  };
}

export function createProduct(world: World, visit: Visit): Answer {
  const made = addProduct(world, visit, bodyOf(visit.call));
  return json(wantsAll(visit.call) ? whole(made) : (abridged(made) as { [member: string]: Json }), 201);
}

export function addProduct(world: World, { account, app }: Pick<Visit, 'account' | 'app'>, given: Body): Product {
  const name = required(text(given, 'name', 127), '/name');
  const type = required(text(given, 'type', 24), '/type');
  if (!TYPES.has(type)) throw malformed({ issue: 'INVALID_PARAMETER_VALUE', field: '/type', value: type, location: 'body' });
  const id = text(given, 'id', 50) ?? world.ids.product();
  if (id.length < 6) throw malformed({ issue: 'INVALID_STRING_LENGTH', field: '/id', value: id, location: 'body' });
  if (account.products.has(id)) throw refused('DUPLICATE_RESOURCE_IDENTIFIER', 'A product with this id exists already.', '/id');
  const body: Product['body'] = { name, type };
  for (const [member, most] of Object.entries(LONGEST)) {
    const value = text(given, member, most);
    if (value !== undefined) body[member] = value;
  }
  const now = world.clock.now();
  const product: Product = { id, body, created: now, updated: now };
  account.products.set(id, product);
  world.webhooks.publish(account, app, 'CATALOG.PRODUCT.CREATED', 'product', whole(product));
  return product;
}

function held({ account, params }: Visit): Product {
  const found = account.products.get(params[0] ?? '');
  if (found === undefined) throw missing('The product');
  return found;
}

export function getProduct(_world: World, visit: Visit): Answer {
  return json(whole(held(visit)));
}

export function listProducts(_world: World, { account, call }: Visit): Answer {
  const size = natural(call.query, 'page_size', 10, 1, 20);
  const number = natural(call.query, 'page', 1, 1, 100_000);
  const counted = flag(call.query, 'total_required', false);
  const all = [...account.products.values()];
  const link = (n: number, rel: string) => ({ href: `${HOST}?page_size=${size}&page=${n}`, rel, method: 'GET' });
  return json({
    products: all.slice((number - 1) * size, number * size).map(abridged),
    ...(counted && { total_items: all.length, total_pages: Math.ceil(all.length / size) }),
    links: [link(number, 'self'), ...(number * size < all.length ? [link(number + 1, 'next')] : [])],
  });
}

/** A JSON Patch; name and type can never be changed. */
export function patchProduct(world: World, visit: Visit): Answer {
  const product = held(visit);
  const patch = jsonOf(visit.call);
  if (!Array.isArray(patch))
    throw malformed({ issue: 'MALFORMED_REQUEST_JSON', description: 'A list of operations is expected.' });
  const body = { ...product.body };
  for (const step of patch) {
    const { op, path, value } = object(step) ?? {};
    const member = typeof path === 'string' ? path.slice(1) : '';
    if (LONGEST[member] === undefined) throw refused('INVALID_PATCH_PATH', `${String(path)} cannot be patched.`, '/path');
    if (op === 'remove') delete body[member];
    else if ((op === 'add' || op === 'replace') && typeof value === 'string')
      body[member] = required(text({ [member]: value }, member, LONGEST[member]), member);
    else throw malformed({ issue: 'INVALID_PATCH_OPERATION', field: '/op', location: 'body' });
  }
  changeProduct(world, visit, product, body);
  return nothing;
}

export function changeProduct(
  world: World,
  { account, app }: Pick<Visit, 'account' | 'app'>,
  product: Product,
  body: Product['body'],
): void {
  product.body = body;
  product.updated = world.clock.now();
  world.webhooks.publish(account, app, 'CATALOG.PRODUCT.UPDATED', 'product', whole(product));
}
