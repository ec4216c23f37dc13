/** What can be done besides streams. A `key` makes a repetition harmless: under the same one a thing is made once. */
import type { Action } from '#kit/connector.ts';
import type { Context } from '#kit/context.ts';
import { Refused } from '#kit/errors.ts';
import type { Field, Fields, Values } from '#kit/fields.ts';
import { type JsonObject, objectOf, textOf } from '#kit/json.ts';
import { checkValues } from '#kit/rows.ts';
import { newDocument } from './account.ts';
import { attach, attachInput } from './attachments.ts';
import { ask } from './client.ts';
import { estimateFields, estimateMembers } from './estimate.ts';
import { decimalOf } from './exact.ts';
import { invoiceFields, invoiceMembers } from './invoice.ts';
import { changing, type Members, Unplaced } from './members.ts';
import { paymentFields, paymentMembers } from './payment.ts';
import { requestIdOf } from './request-id.ts';
import type { Done, Sdk } from './sdk.ts';

const key: Field = {
  kind: 'text',
  title: 'Key of the action: under the same one it is carried out once',
  required: true,
  max: 200,
};

const saleInput = (fields: Fields): Fields => ({
  key,
  ...Object.fromEntries(Object.entries(fields).filter(([, field]) => !field.readOnly)),
});

export const actions: { readonly [name: string]: Action } = {
  createInvoice: {
    title: 'Create an invoice, also from an estimate',
    input: {
      ...saleInput(invoiceFields),
      estimate: { kind: 'ref', title: 'Estimate it is made from', to: 'quickbooks.estimates' },
    },
    undo: 'similar',
    run: (ctx, input) => createSale(ctx, input, 'Invoice'),
  },
  createEstimate: {
    title: 'Create an estimate',
    input: saleInput(estimateFields),
    undo: 'similar',
    run: (ctx, input) => createSale(ctx, input, 'Estimate'),
  },
  sendInvoice: {
    title: 'Send an invoice by e-mail',
    input: {
      key,
      invoice: { kind: 'ref', title: 'Invoice', to: 'quickbooks.invoices', required: true },
      email: { kind: 'email', title: 'To; absent: the address on the invoice', max: 100 },
    },
    undo: 'never',
    run: sendInvoice,
  },
  recordPayment: {
    title: 'Record a payment',
    input: saleInput(paymentFields),
    undo: 'similar',
    run: recordPayment,
  },
  attachFile: {
    title: 'Attach a file or a link to an invoice or another thing',
    input: { key, ...attachInput },
    undo: 'never',
    run: (ctx, input) => attach(ctx, checked(actions.attachFile!, input), requestIdOf(String(input.key))),
  },
};

const SALES = {
  Invoice: { members: invoiceMembers, create: (sdk: Sdk, body: JsonObject, done: Done) => sdk.createInvoice(body, done) },
  Estimate: { members: estimateMembers, create: (sdk: Sdk, body: JsonObject, done: Done) => sdk.createEstimate(body, done) },
} as const;

async function createSale(ctx: Context, input: Values, entity: 'Invoice' | 'Estimate'): Promise<Values> {
  const { key: name, estimate, ...fields } = checked(actions[`create${entity}`]!, input);
  const { members, create } = SALES[entity];
  const linked: Members = textOf(estimate) === undefined ? {} : { LinkedTxn: [{ TxnId: String(estimate), TxnType: 'Estimate' }] };
  const body = {
    ...newDocument(
      ctx,
      said(() => changing(members(fields, {}), {})),
    ),
    ...linked,
  };
  const made = await write(ctx, entity, String(name), (sdk, done) => create(sdk, body, done));
  return summary(entity === 'Invoice' ? 'invoice' : 'estimate', made);
}

async function recordPayment(ctx: Context, input: Values): Promise<Values> {
  const { key: name, ...fields } = checked(actions.recordPayment!, input);
  const body = newDocument(
    ctx,
    said(() => changing(paymentMembers(fields, {}), {})),
  );
  const made = await write(ctx, 'Payment', String(name), (sdk, done) => sdk.createPayment(body, done));
  const unapplied = decimalOf(made.UnappliedAmt);
  return { ...summary('payment', made), ...(unapplied !== undefined && { unapplied }) };
}

/** Sent again it would arrive again: only what certainly was not sent is repeated. */
async function sendInvoice(ctx: Context, input: Values): Promise<Values> {
  const { key: name, invoice, email } = checked(actions.sendInvoice!, input);
  const to = textOf(email);
  const answer = await ask(
    ctx,
    { name: 'send Invoice', requestId: requestIdOf(String(name)) },
    // The SDK puts the address into that of the request as it is.
    (sdk, done) =>
      to === undefined
        ? sdk.sendInvoicePdf(String(invoice), done)
        : sdk.sendInvoicePdf(String(invoice), encodeURIComponent(to), done),
  );
  const sent = objectOf(answer.Invoice) ?? {};
  const [at, address] = [textOf(objectOf(sent.DeliveryInfo)?.DeliveryTime), textOf(objectOf(sent.BillEmail)?.Address)];
  return {
    ...summary('invoice', sent),
    ...(address !== undefined && { email: address }),
    ...(at !== undefined && { sentAt: new Date(at).toISOString() }),
  };
}

async function write(ctx: Context, entity: string, name: string, send: (sdk: Sdk, done: Done) => void): Promise<JsonObject> {
  const answer = await ask(ctx, { name: `create ${entity}`, requestId: requestIdOf(name) }, send, { repeatable: true });
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

/** Refuses at once what the service would refuse. */
function checked({ input }: Action, values: Values): Values {
  const problem = checkValues(input, values)[0];
  if (problem === undefined) return values;
  const words = `${problem.path}: found ${problem.found}, allowed is ${problem.allowed}`;
  throw new Refused(words, `Correct it: ${words}.`, problem.path.split('/')[0]);
}

function said(make: () => Members): Members {
  try {
    return make();
  } catch (error) {
    if (error instanceof Unplaced) throw new Refused(error.message, `Correct it: ${error.message}.`, error.field);
    throw error;
  }
}
