/** QuickBooks Online's books, and what the CRM has of them. For money the books win; for whom one deals with, the newer word does. */
import type { creditMemoFields } from '#connectors/quickbooks/credit-memo.ts';
import type { customerFields } from '#connectors/quickbooks/customer.ts';
import type { estimateFields } from '#connectors/quickbooks/estimate.ts';
import type { invoiceFields } from '#connectors/quickbooks/invoice.ts';
import type { itemFields } from '#connectors/quickbooks/item.ts';
import type { paymentFields } from '#connectors/quickbooks/payment.ts';
import type { taxCodeFields, termFields } from '#connectors/quickbooks/terms.ts';
import type { CodecUse, Mapping } from './format.ts';
import { mapping } from './mapping.ts';

const customer: CodecUse = { link: { stream: 'quickbooks.customers', object: 'company' } };
const term: CodecUse = { link: { stream: 'quickbooks.terms', object: 'paymentTerm', missing: 'blank' } };
const taxCode: CodecUse = { link: { stream: 'quickbooks.taxCodes', object: 'taxCode', missing: 'blank' } };

/** Their lines in our words. Who is sold is a line of ours only when the item is here too; a line without one stays a line. */
const lines: CodecUse[] = [
  { rename: { fields: { id: 'serviceId', itemName: 'name' } } },
  { each: { field: 'item', via: { link: { stream: 'quickbooks.items', object: 'item', missing: 'blank' } } } },
  { each: { field: 'taxCode', via: taxCode } },
];

export const terms = mapping<typeof termFields, 'paymentTerm'>({
  from: 'quickbooks.terms',
  to: 'paymentTerm',
  winner: 'theirs',
  gone: 'keep',
  create: 'crm',
  match: [{ crm: 'name', theirs: 'name' }],
  fields: [
    { crm: 'name', theirs: 'name' },
    { crm: 'rule', theirs: '= has(row.dayOfMonth) ? "day of month" : "days after"' },
    { crm: 'days', theirs: 'dueDays' },
    { crm: 'dayOfMonth', theirs: 'dayOfMonth' },
    { crm: 'nextMonthWithin', theirs: 'nextMonthWithin' },
    { crm: 'discountPercent', theirs: 'discountPercent' },
    { crm: 'discountDays', theirs: 'discountDays' },
    { crm: 'active', theirs: 'active' },
  ],
});

export const taxCodes = mapping<typeof taxCodeFields, 'taxCode'>({
  from: 'quickbooks.taxCodes',
  to: 'taxCode',
  winner: 'theirs',
  gone: 'keep',
  create: 'crm',
  match: [{ crm: 'name', theirs: 'name' }],
  fields: [
    { crm: 'name', theirs: 'name' },
    { crm: 'description', theirs: 'description' },
    { crm: 'percent', theirs: 'percent' },
    { crm: 'components', theirs: 'components', via: { rename: { fields: { rate: 'serviceId' } } } },
    { crm: 'sales', theirs: 'sales' },
    { crm: 'purchases', theirs: 'purchases' },
    { crm: 'active', theirs: 'active' },
  ],
});

/** A customer is a company, also where it is a person: that is whom one invoices. Projects are none. */
export const customers = mapping<typeof customerFields, 'company'>({
  from: 'quickbooks.customers',
  to: 'company',
  winner: 'newest',
  gone: 'keep',
  ours: { gone: 'leave' },
  create: 'both',
  match: [
    { crm: 'tax', theirs: 'taxNumber', strength: 'strong' },
    { crm: 'email', theirs: 'email' },
    { crm: 'name', theirs: 'displayName' },
    { crm: 'phone', theirs: 'phones' },
  ],
  only: { theirs: '= row.project != true', crm: '= record.isCustomer' },
  fields: [
    // Unique over there among customers, vendors and employees; companies named alike are usual here.
    { crm: 'name', theirs: 'displayName', via: ['trim', { unique: { object: 'company' } }] },
    { crm: 'legalName', theirs: 'companyName', via: 'trim' },
    { crm: 'emails', theirs: 'email', via: ['trim', { item: { set: { type: 'billing' } } }] },
    { crm: 'phones', theirs: 'phones', via: { each: { field: 'value', via: 'e164' } } },
    { crm: 'addresses', theirs: 'addresses' },
    { crm: 'websites', theirs: 'website', via: { item: { set: { type: 'work' }, field: 'value' } } },
    { crm: 'taxNumber', theirs: 'taxNumber', blank: 'keep' },
    { crm: 'accountNumber', theirs: 'accountNumber', blank: 'keep' },
    { crm: 'paymentTerm', theirs: 'term', via: term },
    { crm: 'taxCode', theirs: 'taxCode', via: taxCode },
    { crm: 'currency', theirs: 'currency' },
    { crm: 'receivable', theirs: 'balance' },
    { crm: 'parent', theirs: 'parent', via: { link: { stream: 'quickbooks.customers', object: 'company', missing: 'blank' } } },
    { crm: 'notes', theirs: 'note' },
    { crm: 'active', theirs: 'active' },
    { crm: 'isCustomer', theirs: '= true' },
  ],
});

export const items = mapping<typeof itemFields, 'item'>({
  from: 'quickbooks.items',
  to: 'item',
  winner: 'newest',
  gone: 'keep',
  ours: { gone: 'leave' },
  create: 'both',
  match: [
    { crm: 'number', theirs: 'sku' },
    { crm: 'name', theirs: 'name' },
  ],
  only: { theirs: '= row.type != "Category"' },
  fields: [
    { crm: 'name', theirs: 'name', via: 'trim' },
    { crm: 'sku', theirs: 'sku', via: 'trim' },
    { crm: 'description', theirs: 'description' },
    { crm: 'purchaseDescription', theirs: 'purchaseDescription' },
    {
      crm: 'kind',
      theirs: 'type',
      via: { table: { map: { Service: 'service', NonInventory: 'product', Inventory: 'product', Group: 'bundle' } } },
    },
    { crm: 'salePrice', theirs: 'unitPrice' },
    { crm: 'purchasePrice', theirs: 'purchaseCost' },
    { crm: 'saleAccount', theirs: 'incomeAccount', way: 'in', blank: 'keep' },
    { crm: 'purchaseAccount', theirs: 'expenseAccount', way: 'in', blank: 'keep' },
    { crm: 'tracked', theirs: 'tracked' },
    { crm: 'onHand', theirs: 'onHand' },
    { crm: 'active', theirs: 'active' },
  ],
});

/** How estimates, invoices and credit memos are kept in step. */
const document = {
  winner: 'theirs',
  gone: 'archive',
  ours: { gone: 'leave' },
  create: 'both',
  match: [{ crm: 'number' as const, theirs: 'number' as const, strength: 'strong' as const }],
} satisfies Partial<Mapping>;

/** What they share. */
const sale = [
  { crm: 'number', theirs: 'number', blank: 'keep' },
  { crm: 'company', theirs: 'customer', via: customer },
  { crm: 'email', theirs: 'email', blank: 'keep' },
  { crm: 'issued', theirs: 'issued' },
  { crm: 'currency', theirs: 'currency' },
  { crm: 'exchangeRate', theirs: 'exchangeRate' },
  { crm: 'taxMode', theirs: 'taxMode' },
  { crm: 'lines', theirs: 'lines', via: lines },
  { crm: 'subtotal', theirs: 'subtotal' },
  { crm: 'discount', theirs: 'discount' },
  { crm: 'discountPercent', theirs: 'discountPercent' },
  { crm: 'discountBeforeTax', theirs: 'discountBeforeTax' },
  { crm: 'tax', theirs: 'tax' },
  { crm: 'total', theirs: 'total' },
  { crm: 'paymentTerm', theirs: 'term', via: term },
  { crm: 'notes', theirs: 'memo' },
  { crm: 'memo', theirs: 'note' },
] as const;

export const estimates = mapping<typeof estimateFields, 'estimate'>({
  from: 'quickbooks.estimates',
  to: 'estimate',
  ...document,
  only: { crm: '= !(record.status in ["draft", "expired", "void"])' },
  fields: [
    ...sale.map((rule) => ({ ...rule })),
    { crm: 'expires', theirs: 'expires' },
    {
      crm: 'status',
      theirs: 'status',
      via: {
        table: {
          map: { Pending: 'sent', Accepted: 'accepted', Rejected: 'declined', Closed: 'invoiced', Converted: 'invoiced' },
        },
      },
    },
    { crm: 'acceptedBy', theirs: 'acceptedBy' },
    { crm: 'accepted', theirs: 'accepted' },
    { crm: 'invoice', theirs: 'invoice', via: { link: { stream: 'quickbooks.invoices', object: 'invoice', missing: 'blank' } } },
  ],
});

export const invoices = mapping<typeof invoiceFields, 'invoice'>({
  from: 'quickbooks.invoices',
  to: 'invoice',
  ...document,
  // There are no drafts over there: what is issued goes out.
  only: { crm: '= record.kind == "sale" && record.stage in ["issued", "void"]' },
  fields: [
    { crm: 'kind', theirs: '= "sale"' },
    ...sale.map((rule) => ({ ...rule })),
    { crm: 'due', theirs: 'due' },
    { crm: 'stage', theirs: 'stage' },
    {
      crm: 'estimate',
      theirs: 'estimate',
      via: { link: { stream: 'quickbooks.estimates', object: 'estimate', missing: 'blank' } },
    },
  ],
  states: [{ crm: 'balance', theirs: 'balance' }],
});

/** A credit memo is an invoice that gives back: with positive amounts, used up by payments. */
export const creditMemos = mapping<typeof creditMemoFields, 'invoice'>({
  from: 'quickbooks.creditMemos',
  to: 'invoice',
  ...document,
  only: { crm: '= record.kind == "credit" && record.stage in ["issued", "void"]' },
  fields: [{ crm: 'kind', theirs: '= "credit"' }, ...sale.map((rule) => ({ ...rule })), { crm: 'stage', theirs: 'stage' }],
  states: [{ crm: 'balance', theirs: 'remaining' }],
});

/** Money received. One of 0 sets credit off against invoices: no money moved, and what it settles is said by its allocations. */
export const payments = mapping<typeof paymentFields, 'payment'>({
  from: 'quickbooks.payments',
  to: 'payment',
  winner: 'theirs',
  gone: 'archive',
  ours: { gone: 'leave' },
  create: 'both',
  // References are no one's own ("VISA"): nothing but the entry itself says which payment it is, and that is over there alone.
  match: [{ crm: 'transaction', theirs: 'entry', strength: 'strong' }],
  only: {
    crm: '= record.direction == "received" && record.kind in ["payment", "credit"] && !(record.status in ["pending", "failed"])',
  },
  fields: [
    { crm: 'direction', theirs: '= "received"' },
    { crm: 'kind', theirs: '= row.status == "completed" && row.amount == money(0, row.currency) ? "credit" : "payment"' },
    { crm: 'reference', theirs: 'reference' },
    { crm: 'company', theirs: 'customer', via: customer },
    { crm: 'amount', theirs: 'amount' },
    { crm: 'exchangeRate', theirs: 'exchangeRate' },
    { crm: 'date', theirs: 'date' },
    { crm: 'account', theirs: 'account', blank: 'keep' },
    { crm: 'method', theirs: 'method', blank: 'keep' },
    { crm: 'status', theirs: 'status' },
    {
      crm: 'allocations',
      theirs: 'allocations',
      via: [
        { rename: { fields: { document: 'invoice' } } },
        {
          each: {
            field: 'invoice',
            via: {
              links: { streams: { Invoice: 'quickbooks.invoices', CreditMemo: 'quickbooks.creditMemos' }, object: 'invoice' },
            },
          },
        },
      ],
    },
    { crm: 'notes', theirs: 'note' },
  ],
});
