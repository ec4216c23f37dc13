/**
 * Writing an invoice. Invoicing knows no key to repeat a request under: what makes a second one of the same invoice impossible is its
 * number, which is the merchant's own; before and after a creation whose answer is in doubt it is looked for.
 */
import type { Context } from '#kit/context.ts';
import { Changed, Refused, TryLater } from '#kit/errors.ts';
import type { Fields, Json, Values } from '#kit/fields.ts';
import { type JsonObject, objectOf, objectsOf, textOf } from '#kit/json.ts';
import { decimalFor, moneyFor, wrong } from './amounts.ts';
import { ask } from './client.ts';
import { hasIssue } from './faults.ts';
import { getInvoice, INVOICES } from './invoices.ts';

const text = (title: string, max: number) => ({ kind: 'text', title, max }) as const;
const number = (title: string) => ({ kind: 'number', title }) as const;

export const draftFields = {
  // "25" in searches, by which alone an invoice is found again; PayPal counts on from the last where none is given.
  number: { kind: 'text', title: 'Number', max: 25, required: true },
  email: { kind: 'email', title: 'To', max: 254 },
  business: text('Business', 300),
  givenName: text('Given name', 140),
  surname: text('Surname', 140),
  lines: {
    kind: 'lines',
    title: 'Lines',
    required: true,
    max: 100,
    of: {
      name: { kind: 'text', title: 'Name', max: 200, required: true },
      description: text('Description', 1_000),
      quantity: number('Quantity (1)'),
      unit: { kind: 'choice', title: 'Unit', options: ['QUANTITY', 'HOURS', 'AMOUNT'] },
      unitPrice: { kind: 'money', title: 'Unit price', required: true },
      discountPercent: number('Discount, %'),
      discount: { kind: 'money', title: 'Discount' },
      taxName: text('Tax', 100),
      taxPercent: number('Tax, %'),
    },
  },
  taxInclusive: { kind: 'flag', title: 'Prices hold their tax' },
  taxAfterDiscount: { kind: 'flag', title: 'Discounts lower the tax' },
  discountPercent: number('Discount on the whole, %'),
  shipping: { kind: 'money', title: 'Shipping' },
  issued: { kind: 'date', title: 'Issued (today)' },
  due: { kind: 'date', title: 'Due' },
  reference: text('Reference', 120),
  note: text('Note for the customer', 4_000),
  terms: text('Terms', 4_000),
  memo: text('Memo', 500),
  partly: { kind: 'flag', title: 'May be paid in parts' },
} satisfies Fields;

/** The draft, made now or found as it was made before. What the merchant's template added is taken out again. */
export async function createInvoice(ctx: Context, input: Values): Promise<Values> {
  const wanted = bodyOf(input);
  const made = (await ours(ctx, wanted)) ?? (await created(ctx, wanted));
  const exact = isAsWanted(made, wanted) ? made : await replaced(ctx, made, wanted);
  return shown(exact);
}

async function created(ctx: Context, wanted: JsonObject): Promise<JsonObject> {
  try {
    return await ask(ctx, { name: 'invoices.create', method: 'POST', path: INVOICES, body: wanted, whole: true });
  } catch (error) {
    const doubtful = error instanceof TryLater && !error.notSent;
    if (!doubtful && !(error instanceof Changed) && !hasIssue(error, 'DUPLICATE_INVOICE_NUMBER')) throw error;
    const found = await ours(ctx, wanted);
    if (found !== undefined) return found;
    throw error;
  }
}

/** The invoice of this number, if there is one: our own of an earlier try. Throws Refused where it is another. */
async function ours(ctx: Context, wanted: JsonObject): Promise<JsonObject | undefined> {
  const number = numberOf(wanted) ?? '';
  const answer = await ask(
    ctx,
    { name: 'invoices.search-invoices', method: 'POST', path: '/v2/invoicing/search-invoices', body: { invoice_number: number } },
    { repeatable: true },
  );
  // The search finds more than what is exactly so.
  const listed = objectsOf(answer.items).find((one) => numberOf(one) === number);
  const found = listed && (await getInvoice(ctx, String(listed.id)));
  if (found === undefined || isSame(found, wanted)) return found;
  throw new Refused(
    `There is an invoice ${number} already, and it is another.`,
    'Give the invoice a number of its own.',
    'number',
  );
}

const numberOf = (invoice: JsonObject): string | undefined => textOf(objectOf(invoice.detail)?.invoice_number);

/** Of the same customer, over the same lines. */
function isSame(found: JsonObject, wanted: JsonObject): boolean {
  const [to, line] = [
    (one: JsonObject) => textOf(objectOf(objectsOf(one.primary_recipients)[0]?.billing_info)?.email_address) ?? '',
    ({ name, quantity, unit_amount: price }: JsonObject) =>
      [name, Number(quantity), objectOf(price)?.currency_code, Number(objectOf(price)?.value)].join('|'),
  ];
  const lines = (one: JsonObject) => objectsOf(one.items).map(line);
  return to(found) === to(wanted) && lines(wanted).every((one, i) => lines(found)[i] === one);
}

/** Only a draft can still hold what a template put into it, and be rid of it unseen. */
function isAsWanted(made: JsonObject, wanted: JsonObject): boolean {
  if (made.status !== 'DRAFT') return true;
  const [detail, asked] = [objectOf(made.detail) ?? {}, objectOf(wanted.detail) ?? {}];
  const added = ['note', 'terms_and_conditions', 'memo'].some((name) => (detail[name] ?? '') !== (asked[name] ?? ''));
  return !added && objectsOf(made.items).length === objectsOf(wanted.items).length;
}

async function replaced(ctx: Context, { id }: JsonObject, wanted: JsonObject): Promise<JsonObject> {
  const path = `${INVOICES}/${encodeURIComponent(String(id))}`;
  // Unless told not to, PayPal mails a change to the customer.
  const query = { send_to_recipient: false, send_to_invoicer: false };
  const detail = { note: '', terms_and_conditions: '', memo: '', ...objectOf(wanted.detail) };
  return ask(ctx, { name: 'invoices.update', method: 'PUT', path, query, body: { ...wanted, detail } }, { repeatable: true });
}

/** What is told of an invoice that was written or sent. */
export function shown(invoice: JsonObject): Values {
  const detail = objectOf(invoice.detail) ?? {};
  const amount = objectOf(invoice.amount) ?? {};
  const link = textOf(objectOf(detail.metadata)?.recipient_view_url);
  return {
    invoice: String(invoice.id),
    number: textOf(detail.invoice_number) ?? '',
    status: textOf(invoice.status) ?? '',
    total: { amount: textOf(amount.value) ?? '', currency: textOf(amount.currency_code) ?? '' },
    ...(link !== undefined && { link }),
  };
}

/** The invoice in PayPal's words; its currency is that of its first line. Throws Refused, naming the field. */
export function bodyOf(input: Values): JsonObject {
  const lines = objectsOf(input.lines);
  const currency = textOf(objectOf(lines[0]?.unitPrice)?.currency) ?? '';
  const items = lines.map((line, i) => itemOf(line, `lines/${i}`, currency));
  const who = recipientOf(input);
  const breakdown: JsonObject = {
    ...(input.shipping !== undefined && { shipping: { amount: inCurrency(input.shipping, 'shipping', currency) } }),
    ...(input.discountPercent !== undefined && {
      discount: { invoice_discount: { percent: decimalFor(input.discountPercent, 'discountPercent', 14) } },
    }),
  };
  return {
    detail: {
      currency_code: currency,
      invoice_number: input.number!,
      ...given(input, {
        reference: 'reference',
        note: 'note',
        terms: 'terms_and_conditions',
        memo: 'memo',
        issued: 'invoice_date',
      }),
      ...(input.due !== undefined && { payment_term: { term_type: 'DUE_ON_DATE_SPECIFIED', due_date: input.due } }),
    },
    ...(Object.keys(who).length > 0 && { primary_recipients: [{ billing_info: who }] }),
    items,
    configuration: {
      tax_inclusive: input.taxInclusive === true,
      tax_calculated_after_discount: input.taxAfterDiscount !== false,
      ...(input.partly === true && { partial_payment: { allow_partial_payment: true } }),
    },
    ...(Object.keys(breakdown).length > 0 && { amount: { breakdown } }),
  };
}

function recipientOf(input: Values): JsonObject {
  const name = given(input, { givenName: 'given_name', surname: 'surname' });
  return {
    ...given(input, { email: 'email_address', business: 'business_name' }),
    ...(Object.keys(name).length > 0 && { name }),
  };
}

function itemOf(line: JsonObject, field: string, currency: string): JsonObject {
  const discount =
    line.discountPercent === undefined
      ? undefined
      : { percent: decimalFor(line.discountPercent, `${field}/discountPercent`, 14) };
  const cut = line.discount === undefined ? undefined : { amount: inCurrency(line.discount, `${field}/discount`, currency) };
  return {
    ...given(line, { name: 'name', description: 'description', unit: 'unit_of_measure' }),
    quantity: decimalFor(line.quantity ?? 1, `${field}/quantity`, 14),
    unit_amount: inCurrency(line.unitPrice, `${field}/unitPrice`, currency),
    ...((discount ?? cut) && { discount: (discount ?? cut)! }),
    ...(line.taxPercent !== undefined && {
      tax: { name: textOf(line.taxName) ?? 'Tax', percent: decimalFor(line.taxPercent, `${field}/taxPercent`, 14) },
    }),
  };
}

/** An invoice has one currency. */
function inCurrency(money: Json | undefined, field: string, currency: string): JsonObject {
  const value = moneyFor(money, field);
  if (value.currency_code === currency) return value;
  throw wrong(field, String(value.currency_code), `${currency}, as in the first line`);
}

function given(values: { readonly [name: string]: Json }, names: { readonly [ours: string]: string }): JsonObject {
  const body: JsonObject = {};
  for (const [ours, theirs] of Object.entries(names))
    if (values[ours] !== undefined && values[ours] !== '') body[theirs] = values[ours];
  return body;
}
