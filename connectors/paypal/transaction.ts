/** From a row of the transaction search to ours: pure. One movement of the account's money, from the account's view. */
import type { Field, Fields, Json, Values } from '#kit/fields.ts';
import { isObject, type JsonObject, objectOf, textOf } from '#kit/json.ts';
import { checkValues, Misfits, problem } from '#kit/rows.ts';
import type { Row } from '#kit/stream.ts';
import { put } from '#kit/values.ts';
import { sumOf } from './decimals.ts';
import { digestOf, instantOf, magnitudeOf, moneyOf, msOf, type RecordShape } from './records.ts';

const text = (title: string, max = 4_000): Field => ({ kind: 'text', title, max, readOnly: true });
const money = (title: string): Field => ({ kind: 'money', title, readOnly: true });

/**
 * What moved. A payment is what a customer paid; what belongs to it but is no payment (its refund, a fee on its own, the conversion of
 * its currency) is a row of its own, which names it as `reference`.
 */
export const KINDS = ['payment', 'refund', 'reversal', 'chargeback', 'fee', 'conversion', 'transfer', 'hold', 'other'] as const;

export const transactionFields = {
  transaction: text('Transaction', 24),
  kind: { kind: 'choice', title: 'What moved', options: KINDS, readOnly: true },
  direction: { kind: 'choice', title: 'Direction', options: ['received', 'made'], readOnly: true },
  event: text('Event code', 5),
  status: { kind: 'choice', title: 'Status', options: ['completed', 'pending', 'denied', 'reversed'], readOnly: true },
  // Signed: what leaves the account is negative, and fees are.
  amount: money('Amount'),
  fee: money('Fee'),
  net: money('Net'),
  paid: money('Amount, without its sign'),
  charge: money('Fee, without its sign'),
  begun: { kind: 'instant', title: 'Begun', required: true, readOnly: true },
  day: { kind: 'date', title: 'Day', readOnly: true },
  updated: { kind: 'instant', title: 'Updated', readOnly: true },
  reference: text('Belongs to', 24),
  referenceKind: text('Kind of what it belongs to', 3),
  invoiceNumber: text('Invoice number, as the merchant gave it', 127),
  invoice: { kind: 'ref', title: 'Invoice at PayPal', to: 'paypal.invoices', max: 127, readOnly: true },
  allocations: {
    kind: 'lines',
    title: 'What it pays, or is given back for',
    of: { invoice: { kind: 'ref', title: 'Invoice', to: 'paypal.invoices', max: 127 }, amount: money('Amount') },
    max: 1,
    readOnly: true,
  },
  custom: text('Custom', 127),
  subject: text('Subject', 256),
  note: text('Note of the payer'),
  payer: text('Payer at PayPal', 24),
  payerName: text('Payer', 300),
  payerEmail: { kind: 'email', title: 'E-mail of the payer', max: 254, readOnly: true },
  payerCountry: text('Country of the payer', 2),
} satisfies Fields;

/** The id of a transaction is not its own: conversions and holds bear that of the payment they belong to. */
export function rowIdOf(raw: JsonObject): string | undefined {
  const info = objectOf(raw.transaction_info) ?? {};
  const [id, code, amount] = [
    textOf(info.transaction_id),
    textOf(info.transaction_event_code),
    objectOf(info.transaction_amount),
  ];
  const begun = msOf(info.transaction_initiation_date);
  if (id === undefined || begun === undefined) return undefined;
  return [id, code ?? '', Math.floor(begun / 1000), `${textOf(amount?.currency_code) ?? ''}${textOf(amount?.value) ?? ''}`].join(
    '/',
  );
}

/** What a row's id says of where it can be found again. */
export function partsOf(id: string): { transaction: string; begun: number } | undefined {
  const [transaction = '', , seconds = ''] = id.split('/');
  return /^\w{17,19}$/.test(transaction) && /^\d{1,12}$/.test(seconds)
    ? { transaction, begun: Number(seconds) * 1000 }
    : undefined;
}

export function toRow(raw: Json): Row {
  const row = isObject(raw) ? raw : {};
  const info = objectOf(row.transaction_info) ?? {};
  const id = rowIdOf(row);
  if (id === undefined) throw new Misfits([problem('transaction_info', row.transaction_info ?? raw, 'an id and a time')]);
  const [amount, fee] = [moneyOf(info.transaction_amount), moneyOf(info.fee_amount)];
  const fields: Values = {};
  put(fields, 'transaction', info.transaction_id);
  put(fields, 'event', info.transaction_event_code);
  put(fields, 'kind', kindOf(textOf(info.transaction_event_code) ?? ''));
  put(fields, 'status', STATUSES.get(textOf(info.transaction_status) ?? '') ?? info.transaction_status);
  put(fields, 'amount', amount);
  put(fields, 'direction', directionOf(amount));
  put(fields, 'paid', magnitudeOf(info.transaction_amount));
  put(fields, 'fee', fee);
  put(fields, 'charge', magnitudeOf(info.fee_amount));
  put(fields, 'net', sumOf(amount, fee));
  const begun = instantOf(info.transaction_initiation_date);
  put(fields, 'begun', begun);
  put(fields, 'day', typeof begun === 'string' ? begun.slice(0, 10) : undefined);
  put(fields, 'updated', instantOf(info.transaction_updated_date));
  put(fields, 'reference', info.paypal_reference_id);
  put(fields, 'referenceKind', info.paypal_reference_id_type);
  put(fields, 'invoiceNumber', info.invoice_id);
  const invoice = textOf(objectOf(row.cart_info)?.paypal_invoice_id);
  put(fields, 'invoice', invoice);
  if (invoice !== undefined && fields.paid !== undefined) fields.allocations = [{ invoice, amount: fields.paid }];
  put(fields, 'custom', info.custom_field);
  put(fields, 'subject', info.transaction_subject);
  put(fields, 'note', info.transaction_note);
  putPayer(fields, objectOf(row.payer_info) ?? {});
  const problems = checkValues(transactionFields, fields);
  if (problems.length > 0) throw new Misfits(problems);
  const time = fields.updated ?? fields.begun;
  return { id, version: digestOf(row), fields, raw, ...(typeof time === 'string' && { time }) };
}

export const transactionShape: RecordShape = { toRow, idOf: rowIdOf };

function putPayer(fields: Values, payer: JsonObject): void {
  const name = objectOf(payer.payer_name) ?? {};
  const parts = [textOf(name.given_name), textOf(name.surname)].filter((part) => part !== undefined).join(' ');
  put(fields, 'payer', payer.account_id);
  put(fields, 'payerName', textOf(name.alternate_full_name) ?? textOf(name.full_name) ?? parts);
  put(fields, 'payerEmail', payer.email_address);
  put(fields, 'payerCountry', payer.country_code);
}

const STATUSES = new Map(Object.entries({ S: 'completed', P: 'pending', D: 'denied', V: 'reversed', F: 'reversed' }));

/** By the event code (developer.paypal.com/docs/transaction-search/transaction-event-codes): the group first, then exceptions. */
export function kindOf(code: string): (typeof KINDS)[number] {
  if (code === 'T1107' || code === 'T1101' || code === 'T1110') return code === 'T1107' ? 'refund' : 'hold';
  const group = code.slice(0, 3);
  return GROUPS.get(group) ?? 'other';
}

const GROUPS: ReadonlyMap<string, (typeof KINDS)[number]> = new Map([
  ['T00', 'payment'],
  ['T01', 'fee'],
  ['T02', 'conversion'],
  ['T03', 'transfer'],
  ['T04', 'transfer'],
  ['T07', 'transfer'],
  ['T11', 'reversal'],
  ['T12', 'chargeback'],
  ['T15', 'hold'],
  ['T21', 'hold'],
]);

function directionOf(amount: Json | undefined): string | undefined {
  const digits = textOf(objectOf(amount)?.amount);
  return digits === undefined ? undefined : digits.startsWith('-') ? 'made' : 'received';
}
