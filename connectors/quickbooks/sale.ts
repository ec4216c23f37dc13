/** What estimates, invoices and credit memos share. To our row and back: pure. */
import type { Fields, Values } from '#kit/fields.ts';
import { type JsonObject, objectOf, objectsOf, textOf } from '#kit/json.ts';
import { put } from '#kit/values.ts';
import { choice, date, flag, lines, money, number, RO, ref, text } from './fields.ts';
import { cleared, type Members, Unplaced } from './members.ts';
import { isInclusive, lineMembers, lineParts, linesOf, sumsOf } from './sale-lines.ts';
import { currencyOf, moneyOf, refOf } from './things.ts';

export const saleFields = {
  number: text('Number', 21),
  customer: ref('Customer', 'customers', { required: true }),
  customerName: text('Customer, as it is called', 500, RO),
  issued: date('Date'),
  email: { kind: 'email', title: 'Sent to', max: 100 },
  taxMode: choice('Prices and tax, outside the US', ['exclusive', 'inclusive', 'none']),
  lines: lines('Lines', lineParts, { required: true }),
  term: ref('Payment terms', 'terms'),
  memo: text('Message to the customer', 1_000),
  note: text('Note of the firm', 4_000),
  currency: text('Currency', 3, RO),
  exchangeRate: number('Home units for one of the currency', RO),
  subtotal: money('Sum of the lines', RO),
  discount: money('Discount', RO),
  discountPercent: number('Discount, %', RO),
  discountBeforeTax: flag('The discount lowers the tax', RO),
  tax: money('Tax', RO),
  total: money('Total', RO),
  sent: choice('E-mail', ['not sent', 'to be sent', 'sent'], RO),
  stage: choice('Stage', ['issued', 'void']),
} satisfies Fields;

type SaleField = keyof typeof saleFields;

const TAX_MODES: { readonly [theirs: string]: string } = {
  TaxExcluded: 'exclusive',
  TaxInclusive: 'inclusive',
  NotApplicable: 'none',
};
const SENT: { readonly [theirs: string]: string } = { NotSet: 'not sent', NeedToSend: 'to be sent', EmailSent: 'sent' };

const PLAIN = { number: 'DocNumber', issued: 'TxnDate', note: 'PrivateNote', exchangeRate: 'ExchangeRate' } as const;

export function saleFieldsOf(raw: JsonObject): Values {
  const currency = currencyOf(raw);
  const { discount, discountPercent, subtotal } = sumsOf(raw);
  const fields: Values = {};
  for (const [field, member] of Object.entries(PLAIN)) put(fields, field, raw[member]);
  put(fields, 'customer', refOf(raw.CustomerRef));
  put(fields, 'customerName', textOf(objectOf(raw.CustomerRef)?.name));
  put(fields, 'email', objectOf(raw.BillEmail)?.Address);
  put(fields, 'taxMode', TAX_MODES[String(raw.GlobalTaxCalculation)]);
  put(fields, 'lines', linesOf(raw, currency));
  put(fields, 'term', refOf(raw.SalesTermRef));
  put(fields, 'memo', refOf(raw.CustomerMemo));
  put(fields, 'currency', currency);
  // Of prices with tax the service's subtotal is without: it would not be the sum of the lines.
  if (!isInclusive(raw)) put(fields, 'subtotal', moneyOf(subtotal, currency));
  put(fields, 'discount', moneyOf(discount, currency));
  put(fields, 'discountPercent', discountPercent);
  if (discount !== undefined) put(fields, 'discountBeforeTax', raw.ApplyTaxAfterDiscount);
  put(fields, 'tax', moneyOf(objectOf(raw.TxnTaxDetail)?.TotalTax, currency));
  put(fields, 'total', moneyOf(raw.TotalAmt, currency));
  put(fields, 'sent', SENT[String(raw.EmailStatus)]);
  put(fields, 'stage', isVoid(raw) ? 'void' : 'issued');
  return fields;
}

/** No member says so: everything is 0, and the note begins with the word. */
export function isVoid(raw: JsonObject): boolean {
  return (
    raw.TotalAmt === 0 &&
    /^Voided\b/.test(textOf(raw.PrivateNote) ?? '') &&
    objectsOf(raw.Line).every(({ Amount = 0 }) => Amount === 0)
  );
}

/** Members for the given fields, composed over the document as it is. */
export function saleMembers(fields: Values, raw: JsonObject): Members {
  const members: Members = {};
  for (const [field, value] of Object.entries(fields)) {
    const blank = value === null || value === '' || (Array.isArray(value) && value.length === 0);
    switch (field as SaleField) {
      case 'customer':
        if (!blank) members.CustomerRef = { value };
        break;
      case 'email':
        // No address is no address to the service: the one that is there stays.
        if (!blank) members.BillEmail = { Address: value };
        break;
      case 'taxMode':
        if (!blank) Object.assign(members, taxModeMembers(value, raw));
        break;
      case 'term':
        members.SalesTermRef = { value: blank ? '' : value };
        break;
      case 'memo':
        members.CustomerMemo = { value: blank ? '' : value };
        break;
      case 'lines':
        if (!blank) Object.assign(members, { Line: lineMembers(objectsOf(value), raw), ...foreign(objectsOf(value), raw) });
        break;
      case 'issued':
      case 'number':
        if (!blank) members[PLAIN[field as 'issued']] = value;
        break;
      default:
        if (field in PLAIN) members[PLAIN[field as 'note']] = cleared(value);
    }
  }
  return members;
}

/** A document of a company in the US says nothing of it. What prices with tax are without it is not reckoned here. */
function taxModeMembers(value: Values[string], raw: JsonObject): Members {
  if (raw.Id !== undefined && raw.GlobalTaxCalculation === undefined) return {};
  if (value === 'inclusive' && !isInclusive(raw)) {
    throw new Unplaced(
      'taxMode',
      'QuickBooks is sent prices without tax; make the prices exclusive, or enter the document there',
    );
  }
  return { GlobalTaxCalculation: Object.keys(TAX_MODES).find((theirs) => TAX_MODES[theirs] === value)! };
}

/** A new document says in which currency its lines are: a customer has one, and another is refused. */
function foreign(items: readonly JsonObject[], raw: JsonObject): JsonObject {
  if (raw.Id !== undefined) return {};
  const found = new Set(
    items.flatMap((line) => [line.amount, line.unitPrice].flatMap((money) => textOf(objectOf(money)?.currency) ?? [])),
  );
  const [currency] = found;
  return currency === undefined || currency === currencyOf(raw) ? {} : { CurrencyRef: { value: currency } };
}
