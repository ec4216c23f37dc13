/** From an invoice or bill to our row: pure. */
import type { Field, Fields, Values } from '#kit/fields.ts';
import { type JsonObject, objectsOf } from '#kit/json.ts';
import { put } from '#kit/values.ts';
import { documentBody, documentValues, type Members, trimDocument } from './document.ts';
import { contactRef, currencyFields, given, lines, taxMode, text, totals } from './document-fields.ts';
import type { Shape } from './records.ts';
import { dayOf, moneyOf } from './wire.ts';

/** What has settled a part of it: a payment, a credit note, money that lay there already. */
const settled = (title: string): Field => ({
  kind: 'lines',
  title,
  readOnly: true,
  max: 5_000,
  of: {
    id: text('Id', 50),
    amount: { kind: 'money', title: 'Amount' },
    date: { kind: 'date', title: 'Date' },
    reference: text('Reference', 4_000),
  },
});

export const invoiceFields = {
  number: text('Number', 255),
  kind: { kind: 'choice', title: 'Sale or bill', options: ['sale', 'bill'], required: true },
  contact: contactRef,
  date: { kind: 'date', title: 'Date', required: true },
  dueDate: { kind: 'date', title: 'Due' },
  status: { kind: 'choice', title: 'Status', options: ['DRAFT', 'SUBMITTED', 'AUTHORISED', 'PAID', 'VOIDED'], required: true },
  reference: text('Reference', 4_000),
  link: { kind: 'link', title: 'Link back to the CRM', max: 2_000 },
  sent: { kind: 'flag', title: 'Sent to the contact' },
  taxMode,
  ...currencyFields,
  lines,
  ...totals,
  discount: given('Discount'),
  due: given('Still due'),
  paid: given('Paid'),
  credited: given('Credited'),
  fullyPaid: { kind: 'date', title: 'Fully paid', readOnly: true },
  payments: settled('Payments'),
  creditNotes: settled('Credit notes'),
  setOff: {
    ...settled('Set off: money that was there before'),
    of: {
      kind: { kind: 'choice', title: 'Kind', options: ['overpayment', 'prepayment'] },
      ...settled('').of,
    },
  },
} satisfies Fields;

const MEMBERS: Members = {
  plain: {
    number: 'InvoiceNumber',
    status: 'Status',
    reference: 'Reference',
    link: 'Url',
    currency: 'CurrencyCode',
    currencyRate: 'CurrencyRate',
  },
  days: { date: 'Date', dueDate: 'DueDate', fullyPaid: 'FullyPaidOnDate' },
  amounts: {
    subTotal: 'SubTotal',
    totalTax: 'TotalTax',
    total: 'Total',
    discount: 'TotalDiscount',
    due: 'AmountDue',
    paid: 'AmountPaid',
    credited: 'AmountCredited',
  },
};

export const invoiceShape: Shape = {
  plural: 'Invoices',
  id: 'InvoiceID',
  fields: invoiceFields,
  trim: trimDocument,
  values,
  isGone: ({ Status }) => Status === 'DELETED',
};

function values(invoice: JsonObject): Values {
  const fields = documentValues(invoice, MEMBERS);
  fields.kind = invoice.Type === 'ACCPAY' ? 'bill' : 'sale';
  if (invoice.SentToContact === true) fields.sent = true;
  put(fields, 'payments', settlements(invoice, 'Payments', 'PaymentID', 'Amount', 'Reference'));
  put(fields, 'creditNotes', settlements(invoice, 'CreditNotes', 'CreditNoteID', 'AppliedAmount', 'CreditNoteNumber'));
  const over = settlements(invoice, 'Overpayments', 'OverpaymentID', 'AppliedAmount', 'Reference');
  const early = settlements(invoice, 'Prepayments', 'PrepaymentID', 'AppliedAmount', 'Reference');
  put(fields, 'setOff', [
    ...over.map((one) => ({ kind: 'overpayment', ...one })),
    ...early.map((one) => ({ kind: 'prepayment', ...one })),
  ]);
  return fields;
}

function settlements(invoice: JsonObject, list: string, id: string, amount: string, reference: string): Values[] {
  return objectsOf(invoice[list]).map((one) => {
    const part: Values = {};
    put(part, 'id', one[id]);
    put(part, 'amount', one[amount] === undefined ? undefined : moneyOf(one[amount], invoice.CurrencyCode));
    put(part, 'date', dayOf(one.Date));
    put(part, 'reference', one[reference]);
    return part;
  });
}

export function invoiceBody(fields: Values, raw: JsonObject): JsonObject {
  const { kind, sent, ...rest } = fields;
  const body = documentBody(rest, raw, MEMBERS);
  if (kind !== undefined) body.Type = kind === 'bill' ? 'ACCPAY' : 'ACCREC';
  if ('sent' in fields) body.SentToContact = sent === true;
  return body;
}
