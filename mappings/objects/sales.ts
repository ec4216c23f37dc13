/** Opportunity, item, estimate, invoice: what is offered and sold. */
import type { Fields } from '#kit/fields.ts';
import { document } from './document.ts';
import { choice, date, flag, instant, lines, longText, money, number, ref, text, url } from './field.ts';
import { allocations } from './payments.ts';
import { numberOr, type ObjectShape, textOf } from './shape.ts';

const none = (): string => '';

export const opportunity = {
  title: 'Opportunity',
  plural: 'Opportunities',
  fields: {
    name: text('Name', { required: true }),
    company: ref('Company', 'company'),
    contact: ref('Contact', 'contact'),
    pipeline: text('Pipeline'),
    stage: text('Stage'),
    status: choice('Status', ['open', 'won', 'lost']),
    amount: money('Amount'),
    probability: number('Probability, %'),
    expectedClose: date('Expected close'),
    closed: instant('Closed'),
    lostReason: text('Reason lost'),
    source: text('Source'),
    notes: longText('Notes'),
    owner: ref('Owner', 'user'),
  } satisfies Fields,
  ownName: (values) => textOf(values, 'name'),
  nameOf: (values) => textOf(values, 'name'),
  keys: [],
} satisfies ObjectShape;

export const item = {
  title: 'Item',
  plural: 'Items',
  fields: {
    name: text('Name', { required: true }),
    sku: text('Code'),
    description: longText('Description'),
    purchaseDescription: longText('Description for purchases'),
    kind: choice('Kind', ['product', 'service', 'bundle']),
    category: text('Category'),
    parent: ref('Belongs to', 'item'),
    parts: lines('Parts of the bundle', { item: ref('Item', 'item'), quantity: number('Quantity') }),
    unit: text('Unit'),
    salePrice: money('Sale price'),
    purchasePrice: money('Purchase price'),
    saleTaxCode: ref('Tax code of sales', 'taxCode'),
    purchaseTaxCode: ref('Tax code of purchases', 'taxCode'),
    taxMode: choice('Prices and tax', ['exclusive', 'inclusive']),
    saleAccount: text('Account of sales'),
    purchaseAccount: text('Account of purchases'),
    tracked: flag('Stock is tracked'),
    onHand: number('Quantity on hand'),
    sold: flag('Is sold'),
    purchased: flag('Is purchased'),
    active: flag('Active'),
    page: url('Page'),
    image: url('Picture'),
  } satisfies Fields,
  ownName: (values) => textOf(values, 'name'),
  nameOf: (values) => textOf(values, 'name') || textOf(values, 'sku'),
  keys: [{ kind: 'number', field: 'sku' }],
} satisfies ObjectShape;

export const estimate = {
  title: 'Estimate',
  plural: 'Estimates',
  fields: {
    ...document,
    expires: date('Expires'),
    status: choice('Status', ['draft', 'sent', 'accepted', 'declined', 'invoiced', 'expired', 'void']),
    acceptedBy: text('Accepted by'),
    accepted: date('Accepted'),
    sentAt: instant('Sent at'),
    invoice: ref('Became invoice', 'invoice'),
  } satisfies Fields,
  ownName: none,
  nameOf: numberOr('Estimate'),
  keys: [
    { kind: 'number', field: 'number' },
    { kind: 'word', field: 'reference' },
  ],
} satisfies ObjectShape;

/** What a document is called by its kind, where it is no invoice. */
const CALLED: { readonly [kind: string]: string } = {
  purchase: 'Bill',
  credit: 'Credit note',
  'purchase credit': 'Supplier credit',
};

/**
 * A sale, a purchase (a bill), or a credit note for either: amounts of credit notes are positive. `stage` is what a person or the service
 * decided; `status`, `paid`, `credited`, `refunded` and `balance` follow from it and from what was allocated to the document: payments,
 * credit notes, and `settlements`, which have no record of their own (a deposit on the invoice, a payment that was only noted).
 */
export const invoice = {
  title: 'Invoice',
  plural: 'Invoices',
  fields: {
    ...document,
    kind: choice('Kind', ['sale', 'purchase', 'credit', 'purchase credit']),
    due: date('Due'),
    stage: choice('Stage', ['draft', 'submitted', 'scheduled', 'issued', 'void']),
    settlements: lines('Settled without a payment of its own', {
      kind: choice('Kind', ['payment', 'deposit', 'prepayment', 'overpayment', 'credit', 'write-off', 'refund']),
      amount: money('Amount'),
      date: date('Date'),
      method: text('Method'),
      reference: text('Reference'),
      serviceId: text('Id at the service'),
    }),
    allocations,
    status: choice(
      'Status',
      ['draft', 'submitted', 'scheduled', 'open', 'partly paid', 'paid', 'partly refunded', 'refunded', 'void'],
      { readOnly: true },
    ),
    paid: money('Paid', { readOnly: true }),
    credited: money('Credited', { readOnly: true }),
    refunded: money('Refunded', { readOnly: true }),
    balance: money('Balance', { readOnly: true }),
    estimate: ref('Estimate', 'estimate'),
    creditOf: ref('Credit for', 'invoice'),
    sentAt: instant('Sent at'),
  } satisfies Fields,
  ownName: none,
  nameOf: (values) => numberOr(CALLED[textOf(values, 'kind')] ?? 'Invoice')(values),
  keys: [
    { kind: 'number', field: 'number' },
    { kind: 'word', field: 'reference' },
  ],
} satisfies ObjectShape;
