/** Payment, payment term, tax code: how what is invoiced is settled. */
import type { Fields } from '#kit/fields.ts';
import { choice, date, flag, instant, json, lines, longText, money, number, ref, text, url } from './field.ts';
import { numberOr, type ObjectShape, textOf } from './shape.ts';

/** What of a payment or a credit note goes to which document. A `credit` note among a payment's allocations is used up by it. */
export const allocations = lines('Allocations', {
  invoice: ref('Invoice', 'invoice'),
  amount: money('Amount'),
  date: date('Date'),
  serviceId: text('Id at the service'),
});

/**
 * Money that moved. `amount` is what the other party paid or got; `net` is what is left of it after `fee`; a refund is a payment of its
 * own that names the one it returns. Where the service converted, `settled` is the amount in the account's currency.
 */
export const payment = {
  title: 'Payment',
  plural: 'Payments',
  fields: {
    number: text('Number'),
    reference: text('Reference'),
    transaction: text('Transaction at the service'),
    direction: choice('Direction', ['received', 'made']),
    kind: choice('Kind', [
      'payment',
      'refund',
      'credit',
      'prepayment',
      'overpayment',
      'reversal',
      'fee',
      'conversion',
      'transfer',
    ]),
    company: ref('Company', 'company'),
    contact: ref('Contact', 'contact'),
    amount: money('Amount'),
    fee: money('Fee'),
    net: money('Net'),
    settled: money('Amount in the currency of the account'),
    exchangeRate: number('Exchange rate'),
    date: date('Date'),
    at: instant('At'),
    method: text('Method'),
    account: text('Account'),
    deposit: text('Bank deposit it is part of'),
    status: choice('Status', ['pending', 'completed', 'failed', 'refunded', 'partly refunded', 'disputed', 'void']),
    refundOf: ref('Refund of', 'payment'),
    allocations,
    unapplied: money('Not allocated', { readOnly: true }),
    evidence: json('Why it is allocated so'),
    payerName: text('Payer'),
    payerEmail: text('E-mail of the payer'),
    payerId: text('Payer at the service'),
    invoiceNumber: text('Number of the invoice, as the payer gave it'),
    memo: longText('What the payer wrote'),
    notes: longText('Notes'),
    link: url('Link'),
    owner: ref('Owner', 'user'),
  } satisfies Fields,
  ownName: () => '',
  nameOf: (values) => numberOr('Payment')(values) || textOf(values, 'payerName') || textOf(values, 'payerEmail'),
  keys: [
    { kind: 'number', field: 'number' },
    { kind: 'number', field: 'reference' },
    { kind: 'number', field: 'transaction' },
    { kind: 'email', field: 'payerEmail' },
    { kind: 'word', field: 'payerName' },
  ],
} satisfies ObjectShape;

/** When an invoice is to be paid. `days` counts from the invoice or from the month's end; `dayOfMonth` names the day instead. */
export const dueRules = ['days after', 'days after month end', 'day of month', 'day of next month'] as const;

export const paymentTerm = {
  title: 'Payment terms',
  plural: 'Payment terms',
  fields: {
    name: text('Name', { required: true }),
    rule: choice('Rule', dueRules),
    days: number('Days'),
    dayOfMonth: number('Day of the month'),
    nextMonthWithin: number('Due a month later if issued so many days before'),
    discountPercent: number('Discount for early payment, %'),
    discountDays: number('Days for the discount'),
    active: flag('Active'),
  } satisfies Fields,
  ownName: (values) => textOf(values, 'name'),
  nameOf: (values) => textOf(values, 'name'),
  keys: [],
} satisfies ObjectShape;

/** A tax that a line can bear. `percent` is all of it; `components` are what it is made of, a compound one taken on those before it. */
export const taxCode = {
  title: 'Tax code',
  plural: 'Tax codes',
  fields: {
    name: text('Name', { required: true }),
    code: text('Code'),
    description: longText('Description'),
    percent: number('Tax, %'),
    purchasePercent: number('Tax on purchases, %, where it is another'),
    components: lines('Components', {
      name: text('Name'),
      percent: number('Tax, %'),
      compound: flag('On top of the others'),
      serviceId: text('Id at the service'),
    }),
    sales: flag('For sales'),
    purchases: flag('For purchases'),
    active: flag('Active'),
  } satisfies Fields,
  ownName: (values) => textOf(values, 'name'),
  nameOf: (values) => textOf(values, 'name') || textOf(values, 'code'),
  keys: [{ kind: 'number', field: 'code' }],
} satisfies ObjectShape;
