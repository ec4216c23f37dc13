/** Xero's contacts, items, tax rates, quotes, invoices, credit notes and payments, and what the CRM has of them. */
import type { contactFields } from '#connectors/xero/contact-fields.ts';
import type { creditNoteFields } from '#connectors/xero/credit-notes.ts';
import type { invoiceFields } from '#connectors/xero/invoice.ts';
import type { itemFields } from '#connectors/xero/items.ts';
import type { paymentFields } from '#connectors/xero/payments.ts';
import type { quoteFields } from '#connectors/xero/quotes.ts';
import type { taxRateFields } from '#connectors/xero/tax-rates.ts';
import type { CodecUse, Mapping } from './format.ts';
import { mapping } from './mapping.ts';

/** A contact is a firm to us, whoever its people are. One that is archived is no customer any more, and keeps its invoices. */
export const contacts = mapping<typeof contactFields, 'company'>({
  from: 'xero.contacts',
  to: 'company',
  winner: 'newest',
  gone: 'archive',
  ours: { gone: 'leave' },
  create: 'both',
  match: [
    { crm: 'tax', theirs: 'taxNumber', strength: 'strong' },
    { crm: 'email', theirs: 'email' },
    { crm: 'name', theirs: 'name' },
  ],
  fields: [
    { crm: 'name', theirs: 'name', via: 'trim' },
    { crm: 'emails', theirs: 'email', via: ['trim', { item: { set: { type: 'billing' } } }] },
    { crm: 'phones', theirs: 'phones', via: { each: { field: 'value', via: 'e164' } } },
    { crm: 'addresses', theirs: 'addresses' },
    { crm: 'people', theirs: 'people' },
    { crm: 'taxNumber', theirs: 'taxNumber' },
    { crm: 'registrationNumber', theirs: 'companyNumber' },
    { crm: 'accountNumber', theirs: 'accountNumber' },
    { crm: 'currency', theirs: 'currency', blank: 'keep' },
    { crm: 'websites', theirs: 'website', via: { item: { set: { type: 'work' } } }, way: 'in', blank: 'keep' },
    { crm: 'receivable', theirs: 'receivable' },
    { crm: 'payable', theirs: 'payable' },
    { crm: 'isCustomer', theirs: 'customer', blank: 'keep' },
    { crm: 'isSupplier', theirs: 'supplier', blank: 'keep' },
    { crm: 'active', theirs: '= row.status == "ACTIVE"' },
  ],
});

const tax: CodecUse = { link: { stream: 'xero.taxRates', object: 'taxCode', missing: 'blank' } };

/** The code is what lines name an item by; a name may be missing there. An account is one of these books: in others it is none. */
export const items = mapping<typeof itemFields, 'item'>({
  from: 'xero.items',
  to: 'item',
  winner: 'newest',
  gone: 'archive',
  ours: { gone: 'leave' },
  create: 'both',
  match: [{ crm: 'sku', theirs: 'code', strength: 'strong' }],
  only: { crm: '= record.sku != ""' },
  fields: [
    { crm: 'sku', theirs: 'code' },
    { crm: 'name', theirs: 'name', via: 'trim', blank: 'keep', default: 'Item without a name' },
    { crm: 'description', theirs: 'description' },
    { crm: 'purchaseDescription', theirs: 'purchaseDescription' },
    { crm: 'salePrice', theirs: 'salePrice', blank: 'keep' },
    { crm: 'saleAccount', theirs: 'saleAccount', way: 'in', blank: 'keep' },
    { crm: 'saleTaxCode', theirs: 'saleTaxType', via: tax, blank: 'keep' },
    { crm: 'purchasePrice', theirs: 'purchasePrice', blank: 'keep' },
    { crm: 'purchaseAccount', theirs: 'purchaseAccount', way: 'in', blank: 'keep' },
    { crm: 'purchaseTaxCode', theirs: 'purchaseTaxType', via: tax, blank: 'keep' },
    { crm: 'sold', theirs: 'sold' },
    { crm: 'purchased', theirs: 'purchased' },
    { crm: 'tracked', theirs: 'tracked' },
    { crm: 'onHand', theirs: 'onHand' },
  ],
});

/** Codes mean another thing in each country: only by its name is a tax known to be that of other books. */
export const taxRates = mapping<typeof taxRateFields, 'taxCode'>({
  from: 'xero.taxRates',
  to: 'taxCode',
  winner: 'theirs',
  gone: 'archive',
  create: 'crm',
  match: [{ crm: 'name', theirs: 'name' }],
  fields: [
    { crm: 'name', theirs: 'name' },
    { crm: 'code', theirs: 'code' },
    { crm: 'percent', theirs: 'percent' },
    { crm: 'components', theirs: 'components' },
    { crm: 'sales', theirs: 'sales' },
    { crm: 'purchases', theirs: 'purchases' },
    { crm: 'active', theirs: 'active' },
  ],
});

/** Lines of all documents: theirs by our names, items by their codes, tax rates by what they became. */
const lines: CodecUse[] = [
  {
    rename: {
      fields: {
        id: 'serviceId',
        itemCode: 'item',
        itemName: 'name',
        unitAmount: 'unitPrice',
        discountRate: 'discountPercent',
        discountAmount: 'discount',
        lineAmount: 'amount',
        taxType: 'taxCode',
        taxAmount: 'tax',
        accountCode: 'account',
      },
    },
  },
  { each: { field: 'item', via: { find: { object: 'item', by: 'sku', stream: 'xero.items', missing: 'blank' } } } },
  { each: { field: 'taxCode', via: tax } },
];

const taxMode: CodecUse = { table: { map: { Exclusive: 'exclusive', Inclusive: 'inclusive', NoTax: 'none' } } };
const company: CodecUse = { link: { stream: 'xero.contacts', object: 'company' } };

/** How quotes, invoices and credit notes are kept in step. */
const document = {
  winner: 'newest',
  gone: 'archive',
  ours: { gone: 'leave' },
  create: 'both',
  match: [{ crm: 'number' as const, theirs: 'number' as const, strength: 'strong' as const }],
} satisfies Partial<Mapping>;

/** What they come to. */
const sums = [
  { crm: 'taxMode', theirs: 'taxMode', via: taxMode, blank: 'keep' },
  { crm: 'currency', theirs: 'currency', blank: 'keep' },
  { crm: 'exchangeRate', theirs: '= row.currencyRate > 0.0 ? 1.0 / row.currencyRate : 1.0' },
  { crm: 'lines', theirs: 'lines', via: lines },
  { crm: 'subtotal', theirs: 'subTotal' },
  { crm: 'tax', theirs: 'totalTax' },
  { crm: 'total', theirs: 'total' },
] as const;

/** An estimate of ours. What came of a quote is said by its status; which invoice it became nobody says. */
export const quotes = mapping<typeof quoteFields, 'estimate'>({
  from: 'xero.quotes',
  to: 'estimate',
  ...document,
  fields: [
    { crm: 'number', theirs: 'number', blank: 'keep' },
    { crm: 'company', theirs: 'contact', via: company },
    { crm: 'issued', theirs: 'date' },
    { crm: 'expires', theirs: 'expires', blank: 'keep' },
    {
      crm: 'status',
      theirs: 'status',
      via: {
        table: { map: { DRAFT: 'draft', SENT: 'sent', ACCEPTED: 'accepted', DECLINED: 'declined', INVOICED: 'invoiced' } },
      },
    },
    { crm: 'reference', theirs: 'reference' },
    { crm: 'notes', theirs: 'summary' },
    { crm: 'terms', theirs: 'terms' },
    ...sums.map((rule) => ({ ...rule })),
  ],
});

/** What a person or the service decided; what was paid follows from payments. PAID is an issued one too. */
const stage: CodecUse = {
  table: { map: { DRAFT: 'draft', SUBMITTED: 'submitted', AUTHORISED: 'issued', PAID: 'issued', VOIDED: 'void' } },
};

/** Sales and bills. Void ones stay, since they are in the books. */
export const invoices = mapping<typeof invoiceFields, 'invoice'>({
  from: 'xero.invoices',
  to: 'invoice',
  ...document,
  only: { crm: '= record.kind == "sale" || record.kind == "purchase"' },
  fields: [
    { crm: 'number', theirs: 'number', blank: 'keep' },
    { crm: 'kind', theirs: 'kind', via: { table: { map: { sale: 'sale', bill: 'purchase' } } } },
    { crm: 'company', theirs: 'contact', via: company },
    { crm: 'issued', theirs: 'date' },
    { crm: 'due', theirs: 'dueDate', blank: 'keep' },
    { crm: 'stage', theirs: 'status', via: stage },
    { crm: 'reference', theirs: 'reference' },
    { crm: 'link', theirs: 'link', blank: 'keep' },
    ...sums.map((rule) => ({ ...rule })),
    // What a payment or a credit note of its own settles is said by those.
    { crm: 'settlements', theirs: 'setOff', via: { rename: { fields: { id: 'serviceId' } } } },
  ],
  states: [{ crm: 'balance', theirs: 'due' }],
});

export const creditNotes = mapping<typeof creditNoteFields, 'invoice'>({
  from: 'xero.creditNotes',
  to: 'invoice',
  ...document,
  only: { crm: '= record.kind == "credit" || record.kind == "purchase credit"' },
  fields: [
    { crm: 'number', theirs: 'number', blank: 'keep' },
    { crm: 'kind', theirs: 'kind', via: { table: { map: { sale: 'credit', bill: 'purchase credit' } } } },
    { crm: 'company', theirs: 'contact', via: company },
    { crm: 'issued', theirs: 'date' },
    { crm: 'stage', theirs: 'status', via: stage },
    { crm: 'reference', theirs: 'reference' },
    ...sums.map((rule) => ({ ...rule })),
    {
      crm: 'allocations',
      theirs: 'allocations',
      via: [
        { rename: { fields: { id: 'serviceId' } } },
        { each: { field: 'invoice', via: { link: { stream: 'xero.invoices', object: 'invoice' } } } },
      ],
    },
  ],
  states: [{ crm: 'balance', theirs: 'remaining' }],
});

/** Of money that came with no invoice nothing is shown before it is set off; what pays an invoice is a record of its own. */
export const payments = mapping<typeof paymentFields, 'payment'>({
  from: 'xero.payments',
  to: 'payment',
  winner: 'theirs',
  gone: 'archive',
  ours: { gone: 'leave' },
  create: 'both',
  // References are no one's own: nothing but the entry says which payment it is, and that is over there alone.
  match: [{ crm: 'transaction', theirs: 'entry', strength: 'strong' }],
  only: { crm: '= record.kind == "payment" || record.kind == "refund" && size(record.allocations) > 0' },
  fields: [
    { crm: 'kind', theirs: 'kind', blank: 'keep' },
    { crm: 'direction', theirs: 'direction', blank: 'keep' },
    { crm: 'status', theirs: 'status' },
    { crm: 'company', theirs: 'contact', via: { link: { stream: 'xero.contacts', object: 'company', missing: 'blank' } } },
    { crm: 'amount', theirs: 'amount' },
    { crm: 'settled', theirs: 'bankAmount', blank: 'keep' },
    { crm: 'date', theirs: 'date' },
    { crm: 'account', theirs: 'account' },
    { crm: 'reference', theirs: 'reference', blank: 'keep' },
    { crm: 'invoiceNumber', theirs: 'number', blank: 'keep' },
    {
      crm: 'allocations',
      theirs: 'allocations',
      // What is paid back is paid back for a credit note, which is an invoice to us too.
      via: {
        each: {
          field: 'invoice',
          via: { link: { stream: 'xero.invoices', else: 'xero.creditNotes', object: 'invoice' } },
        },
      },
    },
  ],
});
