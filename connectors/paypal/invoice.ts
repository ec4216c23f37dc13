/** From an invoice of invoicing v2 to our row: pure. */
import type { Field, Fields, Json, Values } from '#kit/fields.ts';
import { isObject, type JsonObject, objectOf, objectsOf, textOf } from '#kit/json.ts';
import { checkValues, Misfits, problem } from '#kit/rows.ts';
import type { Row } from '#kit/stream.ts';
import { put } from '#kit/values.ts';
import { multiplied, placesOf, sumOf } from './decimals.ts';
import { decimalOf, digestOf, instantOf, magnitudeOf, moneyOf, type RecordShape } from './records.ts';

const text = (title: string, max = 4_000): Field => ({ kind: 'text', title, max, readOnly: true });
const money = (title: string): Field => ({ kind: 'money', title, readOnly: true });
const number = (title: string): Field => ({ kind: 'number', title, readOnly: true });
const date = (title: string): Field => ({ kind: 'date', title, readOnly: true });
const instant = (title: string): Field => ({ kind: 'instant', title, readOnly: true });
const flag = (title: string): Field => ({ kind: 'flag', title, readOnly: true });

const STATUSES = [
  ...['DRAFT', 'SENT', 'SCHEDULED', 'PAID', 'MARKED_AS_PAID', 'CANCELLED', 'REFUNDED', 'PARTIALLY_PAID'],
  ...['PARTIALLY_REFUNDED', 'MARKED_AS_REFUNDED', 'UNPAID', 'PAYMENT_PENDING'],
] as const;

/** What came or went: by PayPal, where `payment` is the id of a transaction, or noted by hand. */
const moves = {
  payment: text('Payment', 30),
  kind: text('By PayPal or noted by hand', 20),
  method: text('Method', 40),
  date: date('Date'),
  amount: money('Amount'),
  note: text('Note', 2_000),
};

export const invoiceFields = {
  invoice: text('Invoice', 30),
  number: text('Number', 127),
  status: { kind: 'choice', title: 'Status', options: STATUSES, readOnly: true },
  reference: text('Reference', 120),
  issued: date('Issued'),
  due: date('Due'),
  term: text('Payment term', 40),
  currency: text('Currency', 3),
  email: { kind: 'email', title: 'Sent to', max: 254, readOnly: true },
  business: text('Business', 300),
  givenName: text('Given name', 140),
  surname: text('Surname', 140),
  address: {
    kind: 'list',
    title: 'Billing address',
    identity: 'type',
    of: {
      type: text('Type'),
      street: text('Street', 620),
      city: text('City', 120),
      region: text('Region', 300),
      postalCode: text('Postal code', 60),
      country: text('Country', 2),
    },
    max: 1,
    readOnly: true,
  },
  lines: {
    kind: 'lines',
    title: 'Lines',
    of: {
      line: text('Id', 30),
      name: text('Name', 200),
      description: text('Description', 1_000),
      quantity: number('Quantity'),
      unit: text('Unit', 20),
      unitPrice: money('Unit price'),
      amount: money('Amount, less the discount'),
      discountPercent: number('Discount, %'),
      discount: money('Discount'),
      taxName: text('Tax', 100),
      taxPercent: number('Tax, %'),
      tax: money('Tax, amount'),
      date: date('Date of service'),
    },
    max: 100,
    readOnly: true,
  },
  taxInclusive: flag('Prices hold their tax'),
  taxAfterDiscount: flag('Discounts lower the tax'),
  subtotal: money('Sum of the lines'),
  itemDiscount: money('Discounts on lines'),
  discountPercent: number('Discount on the whole, %'),
  discount: money('Discount on the whole'),
  shipping: money('Shipping'),
  shippingTaxPercent: number('Tax on shipping, %'),
  adjustment: money('Further charge'),
  adjustmentName: text('Further charge, what for', 50),
  tip: money('Tip'),
  tax: money('Tax'),
  total: money('Total'),
  balance: money('Due'),
  paid: money('Paid'),
  refunded: money('Refunded'),
  payments: { kind: 'lines', title: 'Payments', of: moves, max: 100, readOnly: true },
  refunds: { kind: 'lines', title: 'Refunds', of: moves, max: 100, readOnly: true },
  /** Of both, what PayPal itself knows only because somebody noted it: no transaction stands for it. */
  noted: {
    kind: 'lines',
    title: 'Noted by hand',
    of: { ...moves, kind: text('Payment or refund', 20) },
    max: 200,
    readOnly: true,
  },
  note: text('Note for the customer'),
  terms: text('Terms'),
  memo: text('Memo', 4_000),
  created: instant('Created'),
  updated: instant('Updated'),
  sent: instant('First sent'),
  cancelled: instant('Cancelled'),
  link: { kind: 'link', title: 'Page for the payer', max: 2_048, readOnly: true },
} satisfies Fields;

/**
 * What lists show of an invoice too, as one word: where it is the same, an invoice that we hold is not fetched. Lists have no time of
 * change; edits that touch none of this are told by notifications.
 */
export function versionOf(raw: JsonObject): string {
  const detail = objectOf(raw.detail) ?? {};
  const amount = objectOf(raw.amount) ?? {};
  const due = objectOf(raw.due_amount) ?? {};
  return digestOf(
    ...[raw.status, detail.invoice_number, detail.invoice_date, detail.reference, detail.note, detail.memo],
    ...[objectOf(detail.payment_term)?.due_date, amount.currency_code, amount.value, due.value],
    ...[objectOf(objectOf(raw.payments)?.paid_amount)?.value, objectOf(objectOf(raw.refunds)?.refund_amount)?.value],
    raw.primary_recipients,
  );
}

export function toRow(raw: Json): Row {
  const invoice = isObject(raw) ? raw : {};
  const id = textOf(invoice.id);
  if (id === undefined) throw new Misfits([problem('id', isObject(raw) ? invoice.id : raw, 'the id of an invoice')]);
  const fields: Values = { invoice: id };
  put(fields, 'status', invoice.status);
  putDetail(fields, objectOf(invoice.detail) ?? {});
  putRecipient(fields, objectOf(objectsOf(invoice.primary_recipients)[0]?.billing_info) ?? {});
  put(fields, 'lines', objectsOf(invoice.items).map(lineOf));
  const configuration = objectOf(invoice.configuration) ?? {};
  put(fields, 'taxInclusive', configuration.tax_inclusive);
  put(fields, 'taxAfterDiscount', configuration.tax_calculated_after_discount);
  putSums(fields, invoice);
  put(fields, 'payments', objectsOf(objectOf(invoice.payments)?.transactions).map(paymentOf));
  put(fields, 'refunds', objectsOf(objectOf(invoice.refunds)?.transactions).map(refundOf));
  put(fields, 'noted', [...notedIn(fields.payments, 'payment'), ...notedIn(fields.refunds, 'refund')]);
  const problems = checkValues(invoiceFields, fields);
  if (problems.length > 0) throw new Misfits(problems);
  const time = fields.updated;
  return { id, version: versionOf(invoice), fields, raw, ...(typeof time === 'string' && { time }) };
}

export const invoiceShape: RecordShape = { toRow, idOf: ({ id }) => textOf(id) };

function putDetail(fields: Values, detail: JsonObject): void {
  const metadata = objectOf(detail.metadata) ?? {};
  const term = objectOf(detail.payment_term) ?? {};
  put(fields, 'number', detail.invoice_number);
  put(fields, 'reference', detail.reference);
  put(fields, 'issued', detail.invoice_date);
  put(fields, 'due', term.due_date);
  put(fields, 'term', term.term_type);
  put(fields, 'currency', detail.currency_code);
  put(fields, 'note', detail.note);
  put(fields, 'terms', detail.terms_and_conditions ?? detail.term);
  put(fields, 'memo', detail.memo);
  put(fields, 'created', instantOf(metadata.create_time));
  put(fields, 'updated', instantOf(metadata.last_update_time));
  put(fields, 'sent', instantOf(metadata.first_sent_time));
  put(fields, 'cancelled', instantOf(metadata.cancel_time));
  put(fields, 'link', metadata.recipient_view_url);
}

function putRecipient(fields: Values, who: JsonObject): void {
  const [name, address] = [objectOf(who.name) ?? {}, objectOf(who.address)];
  put(fields, 'email', who.email_address);
  put(fields, 'business', who.business_name);
  put(fields, 'givenName', name.given_name);
  put(fields, 'surname', name.surname ?? (name.given_name === undefined ? name.full_name : undefined));
  if (address !== undefined) put(fields, 'address', [addressOf(address)]);
}

/** Mainland China is C2 at PayPal. */
function addressOf(address: JsonObject): Values {
  const item: Values = { type: 'billing' };
  const street = [textOf(address.address_line_1), textOf(address.address_line_2)].filter((line) => line !== undefined);
  put(item, 'street', street.join('\n'));
  put(item, 'city', address.admin_area_2);
  put(item, 'region', address.admin_area_1);
  put(item, 'postalCode', address.postal_code);
  put(item, 'country', address.country_code === 'C2' ? 'CN' : address.country_code);
  return item;
}

function lineOf(line: JsonObject): Values {
  const [tax, discount] = [objectOf(line.tax) ?? {}, objectOf(line.discount) ?? {}];
  const item: Values = {};
  put(item, 'line', line.id);
  put(item, 'name', line.name);
  put(item, 'description', line.description);
  put(item, 'quantity', decimalOf(line.quantity));
  put(item, 'unit', line.unit_of_measure);
  put(item, 'unitPrice', moneyOf(line.unit_amount));
  put(item, 'discountPercent', decimalOf(discount.percent));
  put(item, 'discount', magnitudeOf(discount.amount));
  put(item, 'amount', amountOf(line));
  put(item, 'taxName', tax.name);
  put(item, 'taxPercent', decimalOf(tax.percent));
  put(item, 'tax', moneyOf(tax.amount));
  put(item, 'date', line.item_date);
  return item;
}

/** Price × quantity, rounded to what the currency has, halves away from zero; then less the discount, which PayPal tells. */
function amountOf(line: JsonObject): Json | undefined {
  const [price, quantity] = [objectOf(moneyOf(line.unit_amount)), textOf(line.quantity)];
  const gross =
    price && quantity !== undefined ? multiplied(String(price.amount), quantity, placesOf(String(price.currency))) : undefined;
  if (gross === undefined || price === undefined) return undefined;
  const cut = objectOf(magnitudeOf(objectOf(line.discount)?.amount));
  const amount = { amount: gross, currency: price.currency! };
  return cut === undefined ? amount : sumOf(amount, { amount: `-${cut.amount}`, currency: cut.currency! });
}

function notedIn(moved: Json | undefined, kind: 'payment' | 'refund'): Values[] {
  return objectsOf(moved).flatMap((one) => (one.kind === 'EXTERNAL' ? [{ ...one, kind }] : []));
}

function putSums(fields: Values, invoice: JsonObject): void {
  const amount = objectOf(invoice.amount) ?? {};
  const breakdown = objectOf(amount.breakdown) ?? {};
  const discount = objectOf(breakdown.discount) ?? {};
  const whole = objectOf(discount.invoice_discount) ?? {};
  const [shipping, custom] = [objectOf(breakdown.shipping) ?? {}, objectOf(breakdown.custom) ?? {}];
  put(fields, 'subtotal', moneyOf(breakdown.item_total));
  put(fields, 'itemDiscount', magnitudeOf(discount.item_discount));
  put(fields, 'discountPercent', decimalOf(whole.percent));
  put(fields, 'discount', magnitudeOf(whole.amount));
  put(fields, 'shipping', moneyOf(shipping.amount));
  put(fields, 'shippingTaxPercent', decimalOf(objectOf(shipping.tax)?.percent));
  put(fields, 'adjustment', moneyOf(custom.amount));
  put(fields, 'adjustmentName', custom.label);
  put(fields, 'tip', moneyOf(invoice.gratuity));
  put(fields, 'tax', moneyOf(breakdown.tax_total));
  put(fields, 'total', amount.value === undefined ? undefined : moneyOf(amount));
  put(fields, 'balance', moneyOf(invoice.due_amount));
  put(fields, 'paid', moneyOf(objectOf(invoice.payments)?.paid_amount));
  put(fields, 'refunded', moneyOf(objectOf(invoice.refunds)?.refund_amount));
}

function paymentOf(one: JsonObject): Values {
  return moveOf(one, one.payment_id, one.payment_date);
}

function refundOf(one: JsonObject): Values {
  return moveOf(one, one.refund_id, one.refund_date);
}

function moveOf({ type, method, amount, note }: JsonObject, id: Json | undefined, date: Json | undefined): Values {
  const item: Values = {};
  put(item, 'payment', id);
  put(item, 'kind', type);
  put(item, 'method', method);
  put(item, 'date', date);
  put(item, 'amount', moneyOf(amount));
  put(item, 'note', note);
  return item;
}
