/** The stream of quotes. No quote becomes an invoice by itself: the invoice is written, and the quote marked INVOICED. */
import type { Fields, Values } from '#kit/fields.ts';
import { type JsonObject, objectOf } from '#kit/json.ts';
import { documentBody, documentValues, type Members, refuseDocument, trimDocument } from './document.ts';
import { contactRef, currencyFields, given, lines, taxMode, text, totals } from './document-fields.ts';
import { type Documents, documents } from './documents.ts';
import type { Reading } from './fetching.ts';
import { type Listing, ORDER } from './listing.ts';
import type { Shape } from './records.ts';
import { dayOf } from './wire.ts';

export const quoteFields = {
  number: text('Number', 255),
  contact: contactRef,
  date: { kind: 'date', title: 'Date', required: true },
  expires: { kind: 'date', title: 'Valid until' },
  status: {
    kind: 'choice',
    title: 'Status',
    options: ['DRAFT', 'SENT', 'ACCEPTED', 'DECLINED', 'INVOICED'],
    required: true,
  },
  title: text('Title', 100),
  summary: text('Summary', 3_000),
  terms: text('Terms', 4_000),
  reference: text('Reference', 4_000),
  taxMode,
  ...currencyFields,
  lines,
  ...totals,
  discount: given('Discount'),
} satisfies Fields;

const MEMBERS: Members = {
  plain: {
    number: 'QuoteNumber',
    status: 'Status',
    title: 'Title',
    summary: 'Summary',
    terms: 'Terms',
    reference: 'Reference',
    currency: 'CurrencyCode',
    currencyRate: 'CurrencyRate',
  },
  days: { date: 'Date', expires: 'ExpiryDate' },
  amounts: { subTotal: 'SubTotal', totalTax: 'TotalTax', total: 'Total', discount: 'TotalDiscount' },
  capitals: true,
};

export const quoteShape: Shape = {
  plural: 'Quotes',
  id: 'QuoteID',
  fields: quoteFields,
  trim: trimDocument,
  values: (quote) => documentValues(quote, MEMBERS),
  isGone: ({ Status }) => Status === 'DELETED',
};

/** Contact and date are demanded each time. */
function quoteBody(fields: Values, raw: JsonObject): JsonObject {
  const known = { Contact: { ContactID: objectOf(raw.Contact)?.ContactID ?? '' }, Date: dayOf(raw.Date) ?? '' };
  return { ...(raw.QuoteID !== undefined && known), ...documentBody(fields, raw, MEMBERS) };
}

/** Pages of a hundred, and no larger ones. */
const listing: Listing = {
  name: 'getQuotes',
  shape: quoteShape,
  size: 100,
  list: (api, tenant, since, page) => {
    const none = undefined;
    return api.getQuotes(tenant, since, none, none, none, none, none, none, page, ORDER);
  },
};

const reading: Reading = {
  name: 'getQuote',
  shape: quoteShape,
  one: (api, tenant, id) => api.getQuote(tenant, id),
};

const writing: Documents['writing'] = {
  reading,
  create: {
    name: 'createQuotes',
    send: (api, tenant, key) => api.createQuotes(tenant, { quotes: [] }, false, key),
    body: ({ fields }) => quoteBody(fields, {}),
  },
  update: {
    name: 'updateOrCreateQuotes',
    send: (api, tenant, key) => api.updateOrCreateQuotes(tenant, { quotes: [] }, false, key),
    body: ({ fields }, raw) => quoteBody(fields, raw),
  },
  lasting: ['number', 'contact', 'date', 'expires', 'status', 'taxMode', 'currency', 'currencyRate', 'lines'],
  refuse: (draft, raw) => refuseDocument(draft, raw),
};

export const quotes = documents({ title: 'Quotes', listing, writing, fetch: 1, approved: 'DELETED' });
