/** What can be done besides streams. Under the same key a thing is made once. */
import type { Action } from '#kit/connector.ts';
import type { Context } from '#kit/context.ts';
import { Refused } from '#kit/errors.ts';
import { decimalOf } from '#kit/exact.ts';
import type { Fields, Values } from '#kit/fields.ts';
import { type JsonObject, objectOf, textOf } from '#kit/json.ts';
import { newDocument } from './account.ts';
import { attach, attachInput, listFiles, listInput } from './attachments.ts';
import { ask } from './client.ts';
import { estimateFields, estimateMembers } from './estimate.ts';
import { invoiceFields, invoiceMembers } from './invoice.ts';
import { changing, type Members, Unplaced } from './members.ts';
import { paymentFields, paymentMembers } from './payment.ts';
import { REMEMBERED, requestIdOf } from './request-id.ts';
import type { Done, Sdk } from './sdk.ts';

const saleInput = (fields: Fields): Fields => Object.fromEntries(Object.entries(fields).filter(([, field]) => !field.readOnly));

export const actions: { readonly [name: string]: Action } = {
  createInvoice: {
    title: 'Create an invoice, also from an estimate',
    input: {
      ...saleInput(invoiceFields),
      estimate: { kind: 'ref', title: 'Estimate it is made from', to: 'quickbooks.estimates' },
    },
    undo: 'similar',
    lifetime: REMEMBERED,
    run: (ctx, input, key) => createSale(ctx, input, 'Invoice', key),
  },
  createEstimate: {
    title: 'Create an estimate',
    input: saleInput(estimateFields),
    undo: 'similar',
    lifetime: REMEMBERED,
    run: (ctx, input, key) => createSale(ctx, input, 'Estimate', key),
  },
  sendInvoice: {
    title: 'Send an invoice by e-mail',
    upon: 'invoices',
    input: {
      row: { kind: 'ref', title: 'Invoice', to: 'quickbooks.invoices', required: true },
      email: { kind: 'email', title: 'To; absent: the address on the invoice', max: 100 },
    },
    undo: 'never',
    run: sendInvoice,
  },
  recordPayment: {
    title: 'Record a payment',
    input: saleInput(paymentFields),
    undo: 'similar',
    lifetime: REMEMBERED,
    run: recordPayment,
  },
  attachFile: {
    title: 'Attach a file or a link to an invoice or another thing',
    input: attachInput,
    undo: 'never',
    lifetime: REMEMBERED,
    run: (ctx, input, key) => attach(ctx, input, requestIdOf(key)),
  },
  listFiles: {
    title: 'List the files and notes that hang on an invoice or another thing',
    input: listInput,
    undo: 'exact',
    does: 'look',
    run: listFiles,
  },
};

const SALES = {
  Invoice: { members: invoiceMembers, create: (sdk: Sdk, body: JsonObject, done: Done) => sdk.createInvoice(body, done) },
  Estimate: { members: estimateMembers, create: (sdk: Sdk, body: JsonObject, done: Done) => sdk.createEstimate(body, done) },
} as const;

async function createSale(
  ctx: Context,
  { estimate, ...fields }: Values,
  entity: 'Invoice' | 'Estimate',
  key: string,
): Promise<Values> {
  const { members, create } = SALES[entity];
  const linked: Members = textOf(estimate) === undefined ? {} : { LinkedTxn: [{ TxnId: String(estimate), TxnType: 'Estimate' }] };
  const body = {
    ...newDocument(
      ctx,
      said(() => changing(members(fields, {}), {})),
    ),
    ...linked,
  };
  const made = await write(ctx, entity, key, (sdk, done) => create(sdk, body, done));
  return summary(entity === 'Invoice' ? 'invoice' : 'estimate', made);
}

async function recordPayment(ctx: Context, fields: Values, key: string): Promise<Values> {
  const body = newDocument(
    ctx,
    said(() => changing(paymentMembers(fields, {}), {})),
  );
  const made = await write(ctx, 'Payment', key, (sdk, done) => sdk.createPayment(body, done));
  const unapplied = decimalOf(made.UnappliedAmt);
  return { ...summary('payment', made), ...(unapplied !== undefined && { unapplied }) };
}

/** Sent again it would arrive again: only what certainly was not sent is repeated. */
async function sendInvoice(ctx: Context, { row, email }: Values, key: string): Promise<Values> {
  const to = textOf(email);
  const answer = await ask(
    ctx,
    { name: 'send Invoice', requestId: requestIdOf(key) },
    // The SDK puts the address into that of the request as it is.
    (sdk, done) =>
      to === undefined ? sdk.sendInvoicePdf(String(row), done) : sdk.sendInvoicePdf(String(row), encodeURIComponent(to), done),
  );
  const sent = objectOf(answer.Invoice) ?? {};
  const [at, address] = [textOf(objectOf(sent.DeliveryInfo)?.DeliveryTime), textOf(objectOf(sent.BillEmail)?.Address)];
  return {
    ...summary('invoice', sent),
    ...(address !== undefined && { email: address }),
    ...(at !== undefined && { sentAt: new Date(at).toISOString() }),
  };
}

async function write(ctx: Context, entity: string, key: string, send: (sdk: Sdk, done: Done) => void): Promise<JsonObject> {
  const answer = await ask(ctx, { name: `create ${entity}`, requestId: requestIdOf(key) }, send, { repeatable: true });
  return objectOf(answer[entity]) ?? {};
}

/** Id, number and total of what was made; a total as the service reckons it. */
function summary(name: string, made: JsonObject): Values {
  const [id, number, total, balance] = [
    textOf(made.Id),
    textOf(made.DocNumber),
    decimalOf(made.TotalAmt),
    decimalOf(made.Balance),
  ];
  return {
    ...(id !== undefined && { [name]: id }),
    ...(number !== undefined && { number }),
    ...(total !== undefined && { total }),
    ...(balance !== undefined && { balance }),
  };
}

function said(make: () => Members): Members {
  try {
    return make();
  } catch (error) {
    if (error instanceof Unplaced) throw new Refused(error.message, `Correct it: ${error.message}.`, error.field);
    throw error;
  }
}
