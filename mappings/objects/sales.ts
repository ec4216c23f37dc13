/** Opportunity, item, estimate, invoice, payment: what is offered, sold and paid. */
import type { Fields, Values } from '#kit/fields.ts';
import { choice, date, flag, instant, longText, money, number, ref, saleLines, text, url } from './field.ts';
import { type ObjectShape, textOf } from './shape.ts';

const none = (): string => '';
const numberOr = (fallback: string) => (values: Values) => {
  const value = textOf(values, 'number') || textOf(values, 'reference');
  return value === '' ? '' : `${fallback} ${value}`;
};

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
    kind: choice('Kind', ['product', 'service', 'bundle']),
    unit: text('Unit'),
    salePrice: money('Sale price'),
    purchasePrice: money('Purchase price'),
    saleTaxCode: text('Tax code of sales'),
    purchaseTaxCode: text('Tax code of purchases'),
    saleAccount: text('Account of sales'),
    purchaseAccount: text('Account of purchases'),
    tracked: flag('Stock is tracked'),
    onHand: number('Quantity on hand'),
    active: flag('Active'),
  } satisfies Fields,
  ownName: (values) => textOf(values, 'name'),
  nameOf: (values) => textOf(values, 'name') || textOf(values, 'sku'),
  keys: [{ kind: 'number', field: 'sku' }],
} satisfies ObjectShape;

/** What estimates and invoices share. Totals are the service's or computed; never re-rounded. */
const document = {
  number: text('Number'),
  reference: text('Reference'),
  company: ref('Company', 'company'),
  contact: ref('Contact', 'contact'),
  opportunity: ref('Opportunity', 'opportunity'),
  issued: date('Issued'),
  currency: text('Currency', { max: 3 }),
  exchangeRate: number('Exchange rate'),
  taxInclusive: flag('Prices include tax'),
  lines: saleLines(),
  subtotal: money('Subtotal'),
  discount: money('Discount'),
  tax: money('Tax'),
  total: money('Total'),
  notes: longText('Notes'),
  terms: longText('Terms'),
  link: url('Link'),
  owner: ref('Owner', 'user'),
} satisfies Fields;

export const estimate = {
  title: 'Estimate',
  plural: 'Estimates',
  fields: {
    ...document,
    expires: date('Expires'),
    status: choice('Status', ['draft', 'sent', 'accepted', 'declined', 'invoiced', 'expired']),
    invoice: ref('Became invoice', 'invoice'),
  } satisfies Fields,
  ownName: none,
  nameOf: numberOr('Estimate'),
  keys: [
    { kind: 'number', field: 'number' },
    { kind: 'word', field: 'reference' },
  ],
} satisfies ObjectShape;

export const invoice = {
  title: 'Invoice',
  plural: 'Invoices',
  fields: {
    ...document,
    kind: choice('Kind', ['sale', 'purchase', 'credit']),
    due: date('Due'),
    status: choice('Status', ['draft', 'sent', 'partly paid', 'paid', 'overdue', 'void']),
    paid: money('Paid'),
    balance: money('Balance'),
    estimate: ref('Estimate', 'estimate'),
    sentAt: instant('Sent at'),
  } satisfies Fields,
  ownName: none,
  nameOf: numberOr('Invoice'),
  keys: [
    { kind: 'number', field: 'number' },
    { kind: 'word', field: 'reference' },
  ],
} satisfies ObjectShape;

export const payment = {
  title: 'Payment',
  plural: 'Payments',
  fields: {
    number: text('Number'),
    reference: text('Reference'),
    direction: choice('Direction', ['received', 'made', 'refund']),
    company: ref('Company', 'company'),
    contact: ref('Contact', 'contact'),
    amount: money('Amount'),
    fee: money('Fee'),
    net: money('Net'),
    date: date('Date'),
    at: instant('At'),
    method: text('Method'),
    account: text('Account'),
    status: choice('Status', ['pending', 'completed', 'failed', 'refunded', 'partly refunded', 'disputed', 'void']),
    invoice: ref('Invoice', 'invoice'),
    allocations: {
      kind: 'lines',
      title: 'Allocations',
      of: { invoice: ref('Invoice', 'invoice'), amount: money('Amount') },
      max: 5_000,
    },
    payerName: text('Payer'),
    payerEmail: text('E-mail of the payer'),
    notes: longText('Notes'),
  } satisfies Fields,
  ownName: none,
  nameOf: (values) => numberOr('Payment')(values) || textOf(values, 'payerName') || textOf(values, 'payerEmail'),
  keys: [
    { kind: 'number', field: 'number' },
    { kind: 'number', field: 'reference' },
    { kind: 'email', field: 'payerEmail' },
    { kind: 'word', field: 'payerName' },
  ],
} satisfies ObjectShape;
