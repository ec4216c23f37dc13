/** What a merchant sends as an invoice, checked and completed as PayPal does. */
import type { Json } from '#kit/fields.ts';
import type { Account, Ids } from './account.ts';
import { malformed, refused } from './errors.ts';
import { numberOf } from './invoice.ts';
import { at, type Body, object, required, text } from './query.ts';

/** What the default template adds to every new draft. */
export interface Template {
  note?: string;
  terms_and_conditions?: string;
}

/** Answers of ours: dropped where they come back. */
const ANSWERED: ReadonlySet<string> = new Set([
  'id',
  'status',
  'due_amount',
  'gratuity',
  'links',
  'payments',
  'refunds',
  'amount',
  'unilateral',
  'settings',
]);

const TERMS: { readonly [term: string]: number } = {
  DUE_ON_RECEIPT: 0,
  NET_10: 10,
  NET_15: 15,
  NET_30: 30,
  NET_45: 45,
  NET_60: 60,
  NET_90: 90,
};
const DATE = /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/;
const EMAIL = /^.+@[^"-].+$/;

export interface Drafting {
  account: Account;
  ids: Ids;
  /** `YYYY-MM-DD` of the merchant. */
  today: string;
  template?: Template;
  /** Of the invoice that is replaced. */
  own?: string;
}

/** The body as it is kept. Throws what is wrong with it. */
export function drafted(given: Body, { account, ids, today, template = {}, own }: Drafting): { body: Body; currency: string } {
  const currency = required(text(given, 'detail/currency_code', 3), '/detail/currency_code');
  const detail = { ...template, ...object(given.detail) };
  const number = text(given, 'detail/invoice_number', 127) ?? nextNumber(account);
  for (const one of account.invoices.values()) {
    if (one.id !== own && numberOf(one) === number) {
      throw refused('DUPLICATE_INVOICE_NUMBER', `Invoice number ${number} already exists.`, '/detail/invoice_number');
    }
  }
  account.lastNumber = number;
  const date = dateOf(given, 'detail/invoice_date') ?? today;
  const invoicer = text(given, 'invoicer/email_address', 254);
  if (invoicer !== undefined && invoicer !== account.email) {
    throw refused('USER_NOT_FOUND', 'User is not associated with paypal based on invoicer email.', '/invoicer/email_address');
  }
  const kept = Object.fromEntries(Object.entries(given).filter(([name]) => !ANSWERED.has(name)));
  const breakdown = at(given, 'amount', 'breakdown');
  return {
    currency,
    body: {
      ...kept,
      ...(breakdown !== undefined && { amount: { breakdown } }),
      detail: {
        ...detail,
        currency_code: currency,
        invoice_number: number,
        invoice_date: date,
        payment_term: termOf(given, date),
      },
      items: itemsOf(given, ids),
      ...(given.primary_recipients !== undefined && { primary_recipients: recipientsOf(given) }),
      configuration: {
        ...{
          tax_calculated_after_discount: false,
          tax_inclusive: false,
          allow_tip: false,
          template_id: 'TEMP-4SU2133284739510J',
        },
        ...object(given.configuration),
      },
    },
  };
}

/** The last number with its last run of digits one higher. */
export function nextNumber({ lastNumber }: Account): string {
  const digits = /\d+(?!.*\d)/.exec(lastNumber);
  if (digits === null) return `${lastNumber}-0001`;
  const next = String(BigInt(digits[0]) + 1n).padStart(digits[0].length, '0');
  return lastNumber.slice(0, digits.index) + next + lastNumber.slice(digits.index + digits[0].length);
}

function dateOf(given: Body, path: string): string | undefined {
  const value = text(given, path, 10);
  if (value !== undefined && !DATE.test(value))
    throw malformed({ issue: 'INVALID_PARAMETER_SYNTAX', field: `/${path}`, value, location: 'body' });
  return value;
}

function termOf(given: Body, date: string): Json {
  const term = text(given, 'detail/payment_term/term_type');
  const due = dateOf(given, 'detail/payment_term/due_date');
  if (term === undefined)
    return due === undefined ? { term_type: 'NO_DUE_DATE' } : { term_type: 'DUE_ON_DATE_SPECIFIED', due_date: due };
  if (term === 'NO_DUE_DATE') return { term_type: term };
  const days = TERMS[term];
  if (days !== undefined)
    return { term_type: term, due_date: new Date(Date.parse(date) + days * 86_400_000).toISOString().slice(0, 10) };
  if (term === 'DUE_ON_DATE_SPECIFIED') return { term_type: term, due_date: required(due, '/detail/payment_term/due_date') };
  throw malformed({ issue: 'INVALID_PARAMETER_SYNTAX', field: '/detail/payment_term/term_type', value: term, location: 'body' });
}

function itemsOf(given: Body, ids: Ids): Json[] {
  if (given.items === undefined) return [];
  if (!Array.isArray(given.items)) throw malformed({ issue: 'INVALID_PARAMETER_SYNTAX', field: '/items', location: 'body' });
  if (given.items.length > 100) throw malformed({ issue: 'INVALID_ARRAY_MAX_ITEMS', field: '/items', location: 'body' });
  return given.items.map((one) => {
    const item = object(one) ?? {};
    required(text(item, 'name', 200), '/items/name');
    text(item, 'description', 1000);
    return { ...item, id: text(item, 'id') ?? ids.item() };
  });
}

function recipientsOf(given: Body): Json {
  const all = given.primary_recipients;
  if (!Array.isArray(all)) throw malformed({ issue: 'INVALID_PARAMETER_SYNTAX', field: '/primary_recipients', location: 'body' });
  if (all.length > 100) throw malformed({ issue: 'INVALID_ARRAY_MAX_ITEMS', field: '/primary_recipients', location: 'body' });
  for (const one of all) {
    const address = text(object(one), 'billing_info/email_address', 254);
    if (address !== undefined && !EMAIL.test(address)) {
      throw malformed({
        issue: 'INVALID_PARAMETER_SYNTAX',
        field: '/primary_recipients/billing_info/email_address',
        value: address,
        location: 'body',
      });
    }
  }
  return all;
}
