/** What can be done besides streams. Each may be given a key, under which it is done once within some minutes however often it is asked. */
import type { Action } from '#kit/connector.ts';
import type { Context } from '#kit/context.ts';
import { Refused, TryLater } from '#kit/errors.ts';
import type { Field, Values } from '#kit/fields.ts';
import { textOf } from '#kit/json.ts';
import { checkValues } from '#kit/rows.ts';
import type { Draft, Row, Stream } from '#kit/stream.ts';
import { ask } from './client.ts';
import { invoiceFields } from './invoice.ts';
import { invoices } from './invoices.ts';
import { paymentFields, payments } from './payments.ts';
import { quoteFields, quotes } from './quotes.ts';
import { isGuid } from './wire.ts';

/** Longest that Xero takes (xero_accounting.yaml, idempotencyKey). */
const key: Field = { kind: 'text', title: 'Key: what is asked again under it is not done again', max: 128 };

const { contact, date, dueDate, reference, link, number, taxMode, currency, lines } = invoiceFields;
const optional = ({ required: _, ...field }: Field): Field => field;

export const actions: { readonly [name: string]: Action } = {
  createInvoice: {
    title: 'Create an invoice for a customer',
    input: {
      ...{ contact, lines, date: optional(date), dueDate, reference, link, number, taxMode, currency },
      approve: { kind: 'flag', title: 'Approve it at once: it wants a due date, and an account for each line' },
      quote: { kind: 'ref', title: 'Quote that it comes from: marked as invoiced', to: 'xero.quotes' },
      key,
    },
    undo: 'similar',
    run: createInvoice,
  },
  createQuote: {
    title: 'Create a quote for a customer',
    input: {
      ...{ contact, lines, date: optional(date), expires: quoteFields.expires, reference, number, taxMode, currency },
      ...{ title: quoteFields.title, summary: quoteFields.summary, terms: quoteFields.terms, key },
    },
    undo: 'exact',
    run: createQuote,
  },
  sendInvoice: {
    title: 'Send an approved invoice to the customer by e-mail',
    input: { invoice: { kind: 'ref', title: 'Invoice', to: 'xero.invoices', required: true }, key },
    undo: 'never',
    run: sendInvoice,
  },
  recordPayment: {
    title: 'Record a payment of an invoice or bill',
    input: {
      invoice: { kind: 'ref', title: 'Invoice or bill', to: 'xero.invoices', required: true },
      ...{ amount: paymentFields.amount, account: paymentFields.account, date: optional(paymentFields.date) },
      ...{ reference: paymentFields.reference, key },
    },
    undo: 'exact',
    run: recordPayment,
  },
};

async function createInvoice(ctx: Context, input: Values): Promise<Values> {
  const { approve, quote, ...fields } = checked(actions.createInvoice!, input);
  const status = approve === true ? 'AUTHORISED' : 'DRAFT';
  const made = await create(ctx, invoices, { date: today(ctx), ...fields, kind: 'sale', status });
  const marked: Values = textOf(quote) === undefined ? {} : { quoteMarked: await markInvoiced(ctx, String(quote)) };
  return { invoice: made.id, ...said(made, 'number', 'status', 'total', 'totalTax'), ...marked };
}

/** The service knows no tie between the two, so that the quote is only marked; false where its status does not allow that. */
async function markInvoiced(ctx: Context, id: string): Promise<boolean> {
  const draft: Draft = { key: crypto.randomUUID(), mark: '', id, fields: { status: 'INVOICED' } };
  return (await quotes.push!(ctx, [draft]))[0]?.is === 'done';
}

async function createQuote(ctx: Context, input: Values): Promise<Values> {
  const fields = checked(actions.createQuote!, input);
  const made = await create(ctx, quotes, { date: today(ctx), ...fields, status: 'DRAFT' });
  return { quote: made.id, ...said(made, 'number', 'total', 'totalTax') };
}

async function sendInvoice(ctx: Context, input: Values): Promise<Values> {
  const { invoice, key } = checked(actions.sendInvoice!, input);
  const id = String(invoice);
  if (!isGuid(id)) throw new Refused(`sendInvoice: found ${id}; an id is a GUID`, 'Name the invoice by its id.', 'invoice');
  const under = textOf(key) ?? crypto.randomUUID();
  await ask(ctx, { name: 'emailInvoice', body: {} }, (api, tenant) => api.emailInvoice(tenant, id, {}, under));
  return { invoice: id };
}

async function recordPayment(ctx: Context, input: Values): Promise<Values> {
  const { invoice, ...fields } = checked(actions.recordPayment!, input);
  const allocations = [{ invoice: invoice!, amount: fields.amount! }];
  const made = await create(ctx, payments, { date: today(ctx), ...fields, allocations });
  return { payment: made.id, ...said(made, 'amount', 'date') };
}

/** Through the stream, so that what a sync would refuse is refused here too. */
async function create(ctx: Context, stream: Stream, { key, ...fields }: Values): Promise<Row> {
  const [outcome] = await stream.push!(ctx, [{ key: textOf(key) ?? crypto.randomUUID(), mark: '', fields }]);
  switch (outcome?.is) {
    case 'done':
      return outcome.row;
    case 'refused':
      throw new Refused(outcome.reason, `Xero refuses this: ${outcome.reason}`, outcome.field);
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

/** Refuses at once what the service would refuse. */
function checked({ input }: Action, values: Values): Values {
  const problem = checkValues(input, values)[0];
  if (problem === undefined) return values;
  const found = `${problem.path}: found ${problem.found}, allowed is ${problem.allowed}`;
  throw new Refused(found, `Correct it: ${found}.`, problem.path.split('/')[0]);
}
