/** The stream of invoices: sales and bills, told apart by `kind`. A deleted one is gone; a void one is still a document. */
import type { JsonObject } from '#kit/json.ts';
import type { Draft } from '#kit/stream.ts';
import { refuseDocument } from './document.ts';
import { type Documents, documents } from './documents.ts';
import type { Reading } from './fetching.ts';
import { invoiceBody, invoiceShape } from './invoice.ts';
import { type Listing, ORDER } from './listing.ts';

const MOST = 50;

const listing: Listing = {
  name: 'getInvoices',
  shape: invoiceShape,
  size: 1_000,
  list: (api, tenant, since, page) => {
    const none = undefined;
    return api.getInvoices(tenant, since, none, ORDER, none, none, none, none, page, none, none, 4, none, 1_000);
  },
};

const reading: Reading = {
  name: 'getInvoices',
  shape: invoiceShape,
  many: (api, tenant, ids) => {
    const none = undefined;
    return api.getInvoices(tenant, none, none, none, [...ids], none, none, none, 1, none, none, 4, none, MOST);
  },
};

/** What only events bring about. */
const BROUGHT = { PAID: 'an invoice is paid by its payments' };

export const writing: Documents['writing'] = {
  reading,
  create: {
    name: 'createInvoices',
    send: (api, tenant, key) => api.createInvoices(tenant, {}, false, 4, key),
    body: ({ fields }) => invoiceBody(fields, {}),
  },
  update: {
    name: 'updateOrCreateInvoices',
    send: (api, tenant, key) => api.updateOrCreateInvoices(tenant, { invoices: [] }, false, 4, key),
    body: ({ fields }, raw) => invoiceBody(fields, raw),
  },
  lasting: ['number', 'kind', 'contact', 'date', 'dueDate', 'status', 'taxMode', 'currency', 'currencyRate', 'lines'],
  refuse,
};

function refuse(draft: Draft, raw: JsonObject | undefined): ReturnType<NonNullable<Documents['writing']['refuse']>> {
  const { kind } = draft.fields;
  if (raw?.Type !== undefined && kind !== undefined && kind !== (raw.Type === 'ACCPAY' ? 'bill' : 'sale')) {
    return { is: 'refused', reason: `kind: found ${kind}; a document stays what it is`, field: 'kind' };
  }
  return refuseDocument(draft, raw, BROUGHT);
}

export const invoices = documents({ title: 'Invoices and bills', listing, writing, fetch: MOST, approved: 'VOIDED' });
