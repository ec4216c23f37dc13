/** The stream of credit notes, given to customers and got from suppliers. Putting one against an invoice is Xero's to show, not ours to write. */
import type { Fields, Json, Values } from '#kit/fields.ts';
import { type JsonObject, objectOf, objectsOf } from '#kit/json.ts';
import { put } from '#kit/values.ts';
import { documentBody, documentValues, type Members, refuseDocument, trimDocument } from './document.ts';
import { contactRef, currencyFields, given, lines, taxMode, text, totals } from './document-fields.ts';
import { type Documents, documents } from './documents.ts';
import type { Reading } from './fetching.ts';
import { type Listing, ORDER } from './listing.ts';
import type { Shape } from './records.ts';
import { dayOf, moneyOf } from './wire.ts';

export const creditNoteFields = {
  number: text('Number', 255),
  kind: { kind: 'choice', title: 'For a sale or a bill', options: ['sale', 'bill'], required: true },
  contact: contactRef,
  date: { kind: 'date', title: 'Date', required: true },
  status: { kind: 'choice', title: 'Status', options: ['DRAFT', 'SUBMITTED', 'AUTHORISED', 'PAID', 'VOIDED'], required: true },
  reference: text('Reference', 4_000),
  taxMode,
  ...currencyFields,
  lines,
  ...totals,
  remaining: given('Not used up'),
  applied: given('Used up'),
  allocations: {
    kind: 'lines',
    title: 'Put against',
    readOnly: true,
    max: 5_000,
    of: {
      id: text('Id', 50),
      invoice: { kind: 'ref', title: 'Invoice', to: 'xero.invoices' },
      amount: { kind: 'money', title: 'Amount' },
      date: { kind: 'date', title: 'Date' },
    },
  },
} satisfies Fields;

const MEMBERS: Members = {
  plain: {
    number: 'CreditNoteNumber',
    status: 'Status',
    reference: 'Reference',
    currency: 'CurrencyCode',
    currencyRate: 'CurrencyRate',
  },
  days: { date: 'Date' },
  amounts: {
    subTotal: 'SubTotal',
    totalTax: 'TotalTax',
    total: 'Total',
    remaining: 'RemainingCredit',
    applied: 'AppliedAmount',
  },
};

export const creditNoteShape: Shape = {
  plural: 'CreditNotes',
  id: 'CreditNoteID',
  fields: creditNoteFields,
  trim: trimDocument,
  values,
  isGone: ({ Status }) => Status === 'DELETED',
};

function values(note: JsonObject): Values {
  const fields = documentValues(note, MEMBERS);
  fields.kind = note.Type === 'ACCPAYCREDIT' ? 'bill' : 'sale';
  put(fields, 'allocations', allocationsOf(note));
  return fields;
}

function allocationsOf(note: JsonObject): Json[] {
  return objectsOf(note.Allocations)
    .filter(({ IsDeleted }) => IsDeleted !== true)
    .map((one) => {
      const part: Values = {};
      put(part, 'id', one.AllocationID);
      put(part, 'invoice', objectOf(one.Invoice)?.InvoiceID);
      put(part, 'amount', moneyOf(one.Amount, note.CurrencyCode));
      put(part, 'date', dayOf(one.Date));
      return part;
    });
}

function creditNoteBody({ kind, ...fields }: Values, raw: JsonObject): JsonObject {
  const body = documentBody(fields, raw, MEMBERS);
  if (kind !== undefined) body.Type = kind === 'bill' ? 'ACCPAYCREDIT' : 'ACCRECCREDIT';
  return body;
}

const listing: Listing = {
  name: 'getCreditNotes',
  shape: creditNoteShape,
  size: 1_000,
  list: (api, tenant, since, page) => api.getCreditNotes(tenant, since, undefined, ORDER, page, 4, 1_000),
};

const reading: Reading = {
  name: 'getCreditNote',
  shape: creditNoteShape,
  one: (api, tenant, id) => api.getCreditNote(tenant, id, 4),
};

const BROUGHT = { PAID: 'a credit note is used up by what it is put against' };

const writing: Documents['writing'] = {
  reading,
  create: {
    name: 'createCreditNotes',
    send: (api, tenant, key) => api.createCreditNotes(tenant, {}, false, 4, key),
    body: ({ fields }) => creditNoteBody(fields, {}),
  },
  update: {
    name: 'updateOrCreateCreditNotes',
    send: (api, tenant, key) => api.updateOrCreateCreditNotes(tenant, { creditNotes: [] }, false, 4, key),
    body: ({ fields }, raw) => creditNoteBody(fields, raw),
  },
  lasting: ['number', 'kind', 'contact', 'date', 'status', 'taxMode', 'currency', 'currencyRate', 'lines'],
  refuse: (draft, raw) => {
    const { kind } = draft.fields;
    if (raw?.Type !== undefined && kind !== undefined && kind !== (raw.Type === 'ACCPAYCREDIT' ? 'bill' : 'sale')) {
      return { is: 'refused', reason: `kind: found ${kind}; a credit note stays what it is`, field: 'kind' };
    }
    return refuseDocument(draft, raw, BROUGHT);
  },
};

export const creditNotes = documents({ title: 'Credit notes', listing, writing, fetch: 1, approved: 'VOIDED' });
