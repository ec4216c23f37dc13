/** What can be done besides streams. Under one key each is done once within some minutes, however often it is asked. */
import type { Action } from '#kit/connector.ts';
import type { Context } from '#kit/context.ts';
import { Refused, TryLater } from '#kit/errors.ts';
import { decimalOf } from '#kit/exact.ts';
import type { Field, Values } from '#kit/fields.ts';
import { type JsonObject, objectOf, textOf } from '#kit/json.ts';
import type { Draft, Outcome, Row, Stream } from '#kit/stream.ts';
import { attach, attachInput, listFiles, listInput } from './attachments.ts';
import { ask } from './client.ts';
import { invoiceFields } from './invoice.ts';
import { invoices, writing } from './invoices.ts';
import { linesBearing } from './lines.ts';
import { paymentFields, payments } from './payments.ts';
import { quoteFields, quotes } from './quotes.ts';
import { isGuid } from './wire.ts';
import { push } from './writing.ts';

const { contact, date, dueDate, reference, link, number, taxMode, currency, lines } = invoiceFields;
const optional = ({ required: _, ...field }: Field): Field => field;

export const actions: { readonly [name: string]: Action } = {
  createInvoice: {
    title: 'Create an invoice for a customer',
    input: {
      ...{ contact, lines, date: optional(date), dueDate, reference, link, number, taxMode, currency },
      approve: { kind: 'flag', title: 'Approve it at once: it wants a due date, and an account for each line' },
      quote: { kind: 'ref', title: 'Quote that it comes from: marked as invoiced', to: 'xero.quotes' },
    },
    undo: 'similar',
    lifetime: 5 * 60_000,
    run: createInvoice,
  },
  createQuote: {
    title: 'Create a quote for a customer',
    input: {
      ...{ contact, lines, date: optional(date), expires: quoteFields.expires, reference, number, taxMode, currency },
      ...{ title: quoteFields.title, summary: quoteFields.summary, terms: quoteFields.terms },
    },
    undo: 'exact',
    lifetime: 5 * 60_000,
    run: createQuote,
  },
  sendInvoice: {
    title: 'Send an approved invoice to the customer by e-mail',
    upon: 'invoices',
    input: { row: { kind: 'ref', title: 'Invoice', to: 'xero.invoices', required: true } },
    undo: 'never',
    lifetime: 5 * 60_000,
    run: sendInvoice,
  },
  recordPayment: {
    title: 'Record a payment of an invoice or bill',
    upon: 'invoices',
    input: {
      row: { kind: 'ref', title: 'Invoice or bill', to: 'xero.invoices', required: true },
      ...{ amount: paymentFields.amount, account: paymentFields.account, date: optional(paymentFields.date) },
      reference: paymentFields.reference,
    },
    serves: 'settle',
    undo: 'exact',
    lifetime: 5 * 60_000,
    run: recordPayment,
  },
  refundCreditNote: {
    title: 'Record that money was paid back for a credit note',
    upon: 'creditNotes',
    input: {
      row: { kind: 'ref', title: 'Credit note', to: 'xero.creditNotes', required: true },
      ...{ amount: paymentFields.amount, account: paymentFields.account, date: optional(paymentFields.date) },
      reference: paymentFields.reference,
    },
    serves: 'settle',
    undo: 'exact',
    lifetime: 5 * 60_000,
    run: (ctx, input, key) => recordPayment(ctx, { ...input, kind: 'refund' }, key),
  },
  attachFile: {
    title: 'Attach a file to an invoice, a credit note, a quote or a contact',
    input: attachInput,
    undo: 'never',
    lifetime: 5 * 60_000,
    run: attach,
  },
  listFiles: {
    title: 'List the files that hang on an invoice, a credit note, a quote or a contact',
    input: listInput,
    undo: 'exact',
    does: 'look',
    run: listFiles,
  },
  correctTax: {
    title: 'Set the tax of an invoice or bill that nothing has settled yet, where rounding came to other cents',
    upon: 'invoices',
    input: {
      row: { kind: 'ref', title: 'Invoice or bill', to: 'xero.invoices', required: true },
      tax: { kind: 'money', title: 'Tax as it is to be', required: true },
    },
    serves: 'tax',
    undo: 'similar',
    lifetime: 5 * 60_000,
    run: correctTax,
  },
};

async function createInvoice(ctx: Context, { approve, quote, ...fields }: Values, key: string): Promise<Values> {
  const status = approve === true ? 'AUTHORISED' : 'DRAFT';
  const made = await create(ctx, invoices, key, { date: today(ctx), ...fields, kind: 'sale', status });
  const marked: Values = textOf(quote) === undefined ? {} : { quoteMarked: await markInvoiced(ctx, String(quote)) };
  return { invoice: made.id, ...said(made, 'number', 'status', 'total', 'totalTax'), ...marked };
}

/** The service knows no tie between the two, so that the quote is only marked; false where its status does not allow that. */
async function markInvoiced(ctx: Context, id: string): Promise<boolean> {
  const draft: Draft = { key: crypto.randomUUID(), mark: '', id, fields: { status: 'INVOICED' } };
  return (await quotes.push!(ctx, [draft]))[0]?.is === 'done';
}

async function createQuote(ctx: Context, fields: Values, key: string): Promise<Values> {
  const made = await create(ctx, quotes, key, { date: today(ctx), ...fields, status: 'DRAFT' });
  return { quote: made.id, ...said(made, 'number', 'total', 'totalTax') };
}

async function sendInvoice(ctx: Context, { row }: Values, key: string): Promise<Values> {
  const id = String(row);
  if (!isGuid(id)) throw new Refused(`sendInvoice: found ${id}; an id is a GUID`, 'Name the invoice by its id.', 'row');
  await ask(ctx, { name: 'emailInvoice', body: {} }, (api, tenant) => api.emailInvoice(tenant, id, {}, key));
  return { invoice: id };
}

async function recordPayment(ctx: Context, { row, ...fields }: Values, key: string): Promise<Values> {
  const allocations = [{ invoice: row!, amount: fields.amount! }];
  const made = await create(ctx, payments, key, { date: today(ctx), ...fields, allocations });
  return { payment: made.id, ...said(made, 'amount', 'date') };
}

/** What is too little or too much goes onto the line that bears most tax. */
async function correctTax(ctx: Context, { row, tax }: Values, key: string): Promise<Values> {
  const wanted = decimalOf(objectOf(tax)?.amount) ?? '0';
  const update = { ...writing.update!, body: (_: Draft, raw: JsonObject) => ({ LineItems: linesBearing(wanted, raw) }) };
  const [outcome] = await push(ctx, { ...writing, update }, [{ key, mark: '', id: String(row), fields: {} }]);
  const { id, ...made } = doneBy(invoices, outcome);
  return { invoice: id, ...said({ id, ...made }, 'total', 'totalTax') };
}

/** Through the stream, so that what a sync would refuse is refused here too. */
async function create(ctx: Context, stream: Stream, key: string, fields: Values): Promise<Row> {
  const [outcome] = await stream.push!(ctx, [{ key, mark: '', fields }]);
  return doneBy(stream, outcome);
}

function doneBy(stream: Stream, outcome: Outcome | undefined): Row {
  switch (outcome?.is) {
    case 'done':
      return outcome.row;
    case 'refused':
      throw new Refused(outcome.reason, `Xero refuses this: ${outcome.reason}`, outcome.field);
    case 'gone':
      throw new Refused(`${stream.title}: it is not there any more`, 'Look for it in Xero.', 'row');
    case 'later':
      throw new TryLater(`${stream.title}: not now`, 'Try again later: nothing was sent.', outcome.afterMs, true);
    default: {
      const reason = outcome?.is === 'unknown' ? outcome.reason : 'no outcome';
      const advice = 'It may have been carried out: ask again under the same key, or look in Xero first.';
      throw new TryLater(`${stream.title}: ${reason}`, advice, 0, false);
    }
  }
}

const today = (ctx: Context): string => new Date(ctx.now()).toISOString().slice(0, 10);

function said({ fields }: Row, ...names: readonly string[]): Values {
  return Object.fromEntries(names.flatMap((name) => (fields[name] === undefined ? [] : [[name, fields[name]]])));
}
