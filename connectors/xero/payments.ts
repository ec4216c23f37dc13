/** The stream of payments: of invoices, of bills, and refunds of credit notes. None is ever changed: it is deleted and made anew. */
import type { Context } from '#kit/context.ts';
import { Refused } from '#kit/errors.ts';
import { numberFor } from '#kit/exact.ts';
import type { Fields, Values } from '#kit/fields.ts';
import { type JsonObject, objectOf, objectsOf, textOf } from '#kit/json.ts';
import type { Draft, Outcome, Removal, Stream } from '#kit/stream.ts';
import { equal, put } from '#kit/values.ts';
import { ask } from './client.ts';
import { given, text } from './document-fields.ts';
import { isMissing } from './faults.ts';
import { fetchMany, type Reading } from './fetching.ts';
import { type Listing, ORDER, pull } from './listing.ts';
import { only, rowOf, type Shape, without } from './records.ts';
import { removeEach } from './removing.ts';
import { dayOf, moneyOf } from './wire.ts';
import { push, type Writing } from './writing.ts';

export const paymentFields = {
  allocations: {
    kind: 'lines',
    title: 'What is paid: one invoice or bill, and all of the amount; of a refund its credit note',
    max: 100,
    of: {
      invoice: { kind: 'ref', title: 'Invoice, bill or credit note', to: 'xero.invoices' },
      amount: { kind: 'money', title: 'Amount' },
    },
  },
  amount: { kind: 'money', title: 'Amount', required: true },
  date: { kind: 'date', title: 'Date', required: true },
  account: text('Code of the account', 10, { required: true }),
  reference: text('Reference', 4_000),
  kind: {
    kind: 'choice',
    title: 'Payment, or money paid back for a credit note; absent: a payment',
    options: ['payment', 'refund'],
  },
  currencyRate: { kind: 'number', title: 'Rate: units of this currency for one of the organisation’s' },
  status: { kind: 'choice', title: 'Status; what is void is deleted there', options: ['completed', 'void'] },
  // What the service calls it, word for word.
  type: text('Kind of payment', 50, { readOnly: true }),
  direction: { kind: 'choice', title: 'Direction', options: ['received', 'made'], readOnly: true },
  refund: { kind: 'flag', title: 'Is a refund', readOnly: true },
  contact: { kind: 'ref', title: 'Contact', to: 'xero.contacts', readOnly: true },
  number: text('Number of the document', 255, { readOnly: true }),
  entry: text('Id of the entry', 50, { readOnly: true }),
  bankAmount: given('Amount in the currency of the account'),
  reconciled: { kind: 'flag', title: 'Reconciled with the bank', readOnly: true },
} satisfies Fields;

const NOISE = new Set([
  'HasAccount',
  'HasValidationErrors',
  'StatusAttributeString',
  'ValidationErrors',
  'Warnings',
  'UpdatedDateUTCString',
]);

export const paymentShape: Shape = {
  plural: 'Payments',
  id: 'PaymentID',
  fields: paymentFields,
  trim(payment, currency) {
    const kept = without(payment, NOISE);
    for (const [member, id, number] of [
      ['Invoice', 'InvoiceID', 'InvoiceNumber'],
      ['CreditNote', 'CreditNoteID', 'CreditNoteNumber'],
    ] as const) {
      const document = objectOf(payment[member]);
      if (document === undefined) continue;
      const contact = only(document.Contact, 'ContactID', 'Name');
      kept[member] = { ...only(document, id, number, 'CurrencyCode'), Contact: contact };
    }
    return { ...kept, BaseCurrency: currency };
  },
  values,
  isGone: ({ Status }) => Status === 'DELETED',
};

/** Word ends: AR is what customers owe, AP what is owed to suppliers; a CREDIT is paid back the other way. */
function values(payment: JsonObject): Values {
  const fields: Values = { status: 'completed' };
  const [invoice, note] = [objectOf(payment.Invoice), objectOf(payment.CreditNote)];
  const document = invoice ?? note;
  const currency = document?.CurrencyCode ?? payment.BaseCurrency;
  const type = textOf(payment.PaymentType) ?? '';
  const refund = !/^ACC(REC|PAY)PAYMENT$/.test(type);
  const amount = moneyOf(payment.Amount, currency);
  put(fields, 'amount', amount);
  const paid = invoice?.InvoiceID ?? note?.CreditNoteID;
  if (amount !== undefined && paid !== undefined) fields.allocations = [{ invoice: paid, amount }];
  put(fields, 'date', dayOf(payment.Date));
  put(fields, 'account', objectOf(payment.Account)?.Code ?? objectOf(payment.Account)?.AccountID?.toString().slice(0, 8));
  put(fields, 'reference', payment.Reference);
  put(fields, 'currencyRate', payment.CurrencyRate);
  put(fields, 'type', type);
  const sales = /^(ACCREC|AR)/.test(type);
  if (type !== '') fields.direction = sales === refund ? 'made' : 'received';
  if (type !== '') fields.kind = refund ? 'refund' : 'payment';
  if (refund && type !== '') fields.refund = true;
  put(fields, 'contact', objectOf(document?.Contact)?.ContactID);
  put(fields, 'entry', payment.PaymentID);
  put(fields, 'number', invoice?.InvoiceNumber ?? note?.CreditNoteNumber);
  if (payment.BankAmount !== undefined && payment.BankAmount !== payment.Amount) {
    put(fields, 'bankAmount', moneyOf(payment.BankAmount, payment.BaseCurrency));
  }
  if (payment.IsReconciled === true) fields.reconciled = true;
  return fields;
}

/** A payment as it is sent. */
export function paymentBody(fields: Values): JsonObject {
  const { account, reference, currencyRate } = fields;
  const document = objectsOf(fields.allocations)[0]!.invoice!;
  return {
    ...(fields.kind === 'refund' ? { CreditNote: { CreditNoteID: document } } : { Invoice: { InvoiceID: document } }),
    Account: { Code: account! },
    Date: fields.date!,
    Amount: numberFor(String(objectOf(fields.amount)?.amount))!,
    ...(textOf(reference) && { Reference: reference! }),
    ...(typeof currencyRate === 'number' && { CurrencyRate: currencyRate }),
  };
}

const listing: Listing = {
  name: 'getPayments',
  shape: paymentShape,
  size: 1_000,
  list: (api, tenant, since, page) => api.getPayments(tenant, since, undefined, ORDER, page, 1_000),
};

const reading: Reading = {
  name: 'getPayment',
  shape: paymentShape,
  one: (api, tenant, id) => api.getPayment(tenant, id),
};

const writing: Writing = {
  reading,
  create: {
    name: 'createPayments',
    send: (api, tenant, key) => api.createPayments(tenant, {}, false, key),
    body: ({ fields }) => paymentBody(fields),
  },
  lasting: [],
  refuse,
};

function refuse({ fields }: Draft): ReturnType<NonNullable<Writing['refuse']>> {
  if (fields.status === 'void')
    return { is: 'refused', reason: 'status: found void; what is not in Xero has nothing to be voided there', field: 'status' };
  const amount = String(objectOf(fields.amount)?.amount);
  if (numberFor(amount) === undefined || !(Number(amount) > 0)) {
    return {
      is: 'refused',
      reason: `amount: found ${amount}; a payment is more than nothing, in about 15 digits`,
      field: 'amount',
    };
  }
  const parts = objectsOf(fields.allocations);
  const whole = equal(paymentFields.amount, parts[0]?.amount ?? fields.amount, fields.amount);
  if (parts.length !== 1 || textOf(parts[0]!.invoice) === undefined || !whole) {
    const found = parts.length === 1 ? 'a part of the amount, or no invoice' : `${parts.length} allocations`;
    return {
      is: 'refused',
      reason: `allocations: found ${found}; a payment is of one invoice or bill, money paid back of one credit note, whole`,
      field: 'allocations',
    };
  }
  return undefined;
}

const remove = (ctx: Context, ids: readonly string[]): Promise<Removal[]> =>
  removeEach(ids, async (id, onSent) => {
    const body = { Status: 'DELETED' };
    onSent();
    try {
      await ask(ctx, { name: 'deletePayment', body }, (api, tenant) => api.deletePayment(tenant, id, { status: 'DELETED' }));
      return { is: 'done' };
    } catch (error) {
      if (isMissing(error) || (error instanceof Refused && (await isDeleted(ctx, id)))) return { is: 'gone' };
      throw error;
    }
  });

/** A payment that becomes void is deleted: of it nothing is left but that it is gone. */
async function pushPayments(ctx: Context, drafts: readonly Draft[]): Promise<Outcome[]> {
  const voided = drafts.flatMap(({ id, fields }) => (id !== undefined && fields.status === 'void' ? [id] : []));
  const removals = voided.length === 0 ? [] : await remove(ctx, voided);
  const ended = new Map(voided.map((id, at) => [id, removals[at]!]));
  const open = drafts.filter(({ id }) => id === undefined || !ended.has(id));
  const outcomes = (open.length === 0 ? [] : await push(ctx, writing, open)).values();
  return drafts.map(({ id }): Outcome => {
    const removal = id === undefined ? undefined : ended.get(id);
    if (removal === undefined) return outcomes.next().value!;
    return removal.is === 'done' ? { is: 'gone' } : removal;
  });
}

/** Of a refusal nothing but a sentence says why. */
async function isDeleted(ctx: Context, id: string): Promise<boolean> {
  const { gone } = await fetchMany(ctx, reading, [id]);
  return gone.length > 0;
}

export const payments: Stream = {
  title: 'Payments',
  fields: paymentFields,
  shape: 3,
  deletions: 'told',
  timed: true,
  books: true,
  creates: { by: 'key', lifetime: 5 * 60_000 },
  batch: { push: 50, create: 1, fetch: 1, remove: 1 },
  undo: { update: 'never', create: 'exact', remove: 'similar' },
  toRow: (raw) => rowOf(paymentShape, raw),
  pull: (ctx, since) => pull(ctx, listing, since),
  fetch: (ctx, ids) => fetchMany(ctx, reading, ids),
  push: pushPayments,
  remove,
};
