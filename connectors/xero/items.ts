/** The stream of items. There are no pages, and one that is deleted leaves no trace: all are read each time. */

import type { Context } from '#kit/context.ts';
import { numberFor } from '#kit/exact.ts';
import type { Field, Fields, Json, Values } from '#kit/fields.ts';
import { type JsonObject, objectOf } from '#kit/json.ts';
import type { Draft, Removal, Stream } from '#kit/stream.ts';
import { put } from '#kit/values.ts';
import { ask } from './client.ts';
import { isMissing } from './faults.ts';
import { fetchMany, type Reading } from './fetching.ts';
import { rowOf, type Shape, without } from './records.ts';
import { removeEach } from './removing.ts';
import { pullWhole } from './whole.ts';
import { moneyOf } from './wire.ts';
import { push, type Writing } from './writing.ts';

const text = (title: string, max: number, more?: Partial<Field>): Field => ({ kind: 'text', title, max, ...more });
const money = (title: string): Field => ({ kind: 'money', title });

export const itemFields = {
  code: text('Code, unique', 30, { required: true }),
  name: text('Name', 50),
  description: text('Description for sales', 4_000),
  purchaseDescription: text('Description for purchases', 4_000),
  salePrice: money('Sale price'),
  saleAccount: text('Account of sales', 10),
  saleTaxType: { kind: 'ref', title: 'Tax of sales', to: 'xero.taxRates' },
  purchasePrice: money('Purchase price'),
  purchaseAccount: text('Account of purchases', 10),
  purchaseTaxType: { kind: 'ref', title: 'Tax of purchases', to: 'xero.taxRates' },
  sold: { kind: 'flag', title: 'Is sold', readOnly: true },
  purchased: { kind: 'flag', title: 'Is purchased', readOnly: true },
  tracked: { kind: 'flag', title: 'Stock is tracked', readOnly: true },
  onHand: { kind: 'number', title: 'Quantity on hand', readOnly: true },
} satisfies Fields;

const MEMBERS = { code: 'Code', name: 'Name', description: 'Description', purchaseDescription: 'PurchaseDescription' } as const;
/** Half of the details of a price: where each of our fields stands. */
const DETAILS = {
  salePrice: ['SalesDetails', 'UnitPrice'],
  saleAccount: ['SalesDetails', 'AccountCode'],
  saleTaxType: ['SalesDetails', 'TaxType'],
  purchasePrice: ['PurchaseDetails', 'UnitPrice'],
  purchaseAccount: ['PurchaseDetails', 'AccountCode'],
  purchaseTaxType: ['PurchaseDetails', 'TaxType'],
} as const;

export const itemShape: Shape = {
  plural: 'Items',
  id: 'ItemID',
  fields: itemFields,
  // Prices are in the currency of the organisation, which an item does not name.
  trim: (item, currency) => ({
    ...without(item, new Set(['StatusAttributeString', 'ValidationErrors'])),
    BaseCurrency: currency,
  }),
  values,
};

function values(item: JsonObject): Values {
  const fields: Values = {};
  for (const [field, member] of Object.entries(MEMBERS)) put(fields, field, item[member]);
  for (const [field, [details, member]] of Object.entries(DETAILS)) {
    const value = objectOf(item[details])?.[member];
    put(fields, field, member === 'UnitPrice' && value !== undefined ? moneyOf(value, item.BaseCurrency) : value);
  }
  for (const [field, member] of [
    ['sold', 'IsSold'],
    ['purchased', 'IsPurchased'],
    ['tracked', 'IsTrackedAsInventory'],
  ] as const) {
    if (item[member] === true) fields[field] = true;
  }
  put(fields, 'onHand', item.QuantityOnHand);
  return fields;
}

function itemBody(fields: Values, raw: JsonObject): JsonObject {
  const body: JsonObject = {};
  for (const [field, value] of Object.entries(fields)) {
    const place = DETAILS[field as keyof typeof DETAILS];
    if (place === undefined) body[MEMBERS[field as keyof typeof MEMBERS]] = value ?? '';
    else body[place[0]] = { ...objectOf(raw[place[0]]), ...objectOf(body[place[0]]), [place[1]]: written(place[1], value) };
  }
  return body;
}

function written(member: string, value: Json | undefined): Json {
  if (value === undefined || value === null || value === '') return '';
  return member === 'UnitPrice' ? numberFor(String(objectOf(value)?.amount))! : value;
}

const reading: Reading = {
  name: 'getItem',
  shape: itemShape,
  one: (api, tenant, id) => api.getItem(tenant, id, 4),
};

const writing: Writing = {
  reading,
  create: {
    name: 'createItems',
    send: (api, tenant, key) => api.createItems(tenant, { items: [] }, false, 4, key),
    body: ({ fields }) => itemBody(fields, {}),
  },
  update: {
    name: 'updateOrCreateItems',
    send: (api, tenant, key) => api.updateOrCreateItems(tenant, { items: [] }, false, 4, key),
    body: ({ fields }, raw) => ({ Code: raw.Code!, ...itemBody(fields, raw) }),
  },
  lasting: ['code', 'salePrice', 'purchasePrice'],
  refuse: wrongCurrency,
};

/** An item has no currency of its own. */
function wrongCurrency({ fields }: Draft, raw: JsonObject | undefined): ReturnType<NonNullable<Writing['refuse']>> {
  for (const field of ['salePrice', 'purchasePrice'] as const) {
    const price = objectOf(fields[field]);
    if (price === undefined) continue;
    if (numberFor(String(price.amount)) === undefined) {
      return { is: 'refused', reason: `${field}: found ${price.amount}; Xero holds about 15 digits`, field };
    }
    const base = raw?.BaseCurrency;
    if (base !== undefined && base !== '' && price.currency !== base) {
      return { is: 'refused', reason: `${field}: found ${price.currency}; an item is priced in ${base}`, field };
    }
  }
  return undefined;
}

const remove = (ctx: Context, ids: readonly string[]): Promise<Removal[]> =>
  removeEach(ids, async (id, onSent) => {
    onSent();
    try {
      await ask(ctx, { name: 'deleteItem' }, (api, tenant) => api.deleteItem(tenant, id), { repeatable: false });
      return { is: 'done' };
    } catch (error) {
      if (isMissing(error)) return { is: 'gone' };
      throw error;
    }
  });

export const items: Stream = {
  title: 'Items',
  fields: itemFields,
  shape: 1,
  deletions: 'by absence',
  timed: true,
  creates: { by: 'key', lifetime: 5 * 60_000 },
  batch: { push: 50, create: 1, fetch: 1, remove: 1 },
  // Created anew an item has another id, and lines name it by its code.
  undo: { update: 'exact', create: 'exact', remove: 'similar' },
  toRow: (raw) => rowOf(itemShape, raw),
  pull: (ctx, since) =>
    pullWhole(
      ctx,
      { name: 'getItems', shape: itemShape, list: (api, tenant) => api.getItems(tenant, undefined, undefined, undefined, 4) },
      since,
    ),
  fetch: (ctx, ids) => fetchMany(ctx, reading, ids),
  push: (ctx, drafts) => push(ctx, writing, drafts),
  remove,
};
