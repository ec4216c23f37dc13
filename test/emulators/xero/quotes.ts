import { randomUUID } from 'node:crypto';
import { contactOf } from './contacts.ts';
import { rateOf } from './documents.ts';
import type { Ledger, Organisation } from './ledger.ts';
import { reckon } from './reckoning.ts';
import { complaints, RowError, tooLong } from './rows.ts';
import { type Body, bodies, body, dayOf, said } from './wire.ts';

/** Quotes write the modes in capitals. */
const MODES: { readonly [written: string]: 'exclusive' | 'inclusive' | 'none' } = {
  EXCLUSIVE: 'exclusive',
  INCLUSIVE: 'inclusive',
  NOTAX: 'none',
};
const LENGTHS = { Title: 100, Summary: 3_000, Terms: 4_000, Reference: 4_000, QuoteNumber: 255 };
const PLAIN = ['Title', 'Summary', 'Terms', 'Reference', 'BrandingThemeID'];
/** From where to where: only certain orders are accepted. */
const TRANSITIONS: { readonly [from: string]: readonly string[] } = {
  DRAFT: ['SENT', 'DELETED'],
  SENT: ['ACCEPTED', 'DECLINED', 'DRAFT', 'DELETED'],
  ACCEPTED: ['INVOICED', 'DECLINED', 'DRAFT', 'SENT'],
  DECLINED: ['DRAFT', 'SENT', 'ACCEPTED', 'DELETED'],
  INVOICED: ['DRAFT', 'SENT', 'ACCEPTED'],
};

/** Creates a quote, or updates one; contact and date are asked for each time. */
export function writeQuote(ledger: Ledger, of: Organisation, row: Body, create: boolean): Body {
  const old = create ? undefined : existing(ledger, of, row);
  const wrong = complaints();
  wrong.unless(row.Contact, 'Contact cannot be empty');
  wrong.unless(dayOf(row.Date), 'Date cannot be empty');
  for (const message of tooLong(row, LENGTHS)) wrong.unless(false, message);
  wrong.end();
  const from = said(old?.Status);
  const status = said(row.Status) ?? from ?? 'DRAFT';
  if (from === 'DELETED') throw new RowError('The quote is deleted and cannot be changed');
  const fine = from === undefined ? ['DRAFT', 'SENT'].includes(status) : status === from || TRANSITIONS[from]?.includes(status);
  if (!fine) throw new RowError(`Invalid status change from ${from ?? 'none'} to ${status}`);
  const currency = said(row.CurrencyCode) ?? said(old?.CurrencyCode) ?? of.base;
  const quote: Body = {
    QuoteID: said(row.QuoteID) ?? randomUUID(),
    LineAmountTypes: 'EXCLUSIVE',
    Reference: '',
    Terms: '',
    ...old,
    Status: status,
    CurrencyCode: currency,
    CurrencyRate:
      currency === old?.CurrencyCode && row.CurrencyRate === undefined
        ? old.CurrencyRate!
        : rateOf(of, currency, row.CurrencyRate),
    Date: dayOf(row.Date)!,
    Contact: { ContactID: contactOf(ledger, of, body(row.Contact)).ContactID! },
  };
  for (const member of PLAIN) if (row[member] !== undefined) quote[member] = row[member]!;
  if (row.ExpiryDate !== undefined) quote.ExpiryDate = dayOf(row.ExpiryDate) ?? null;
  if (row.LineAmountTypes !== undefined) quote.LineAmountTypes = row.LineAmountTypes;
  count(ledger, of, quote, row, from);
  number(ledger, of, quote, row);
  return ledger.put(of, 'Quotes', quote);
}

function existing(ledger: Ledger, of: Organisation, row: Body): Body | undefined {
  const id = said(row.QuoteID);
  if (id !== undefined) {
    const found = ledger.get(of, 'Quotes', id);
    if (found === undefined) throw new RowError('The quote could not be found');
    return found;
  }
  const number = said(row.QuoteNumber);
  return number === undefined ? undefined : ledger.among(of, 'Quotes', 'number', number)[0];
}

function count(ledger: Ledger, of: Organisation, quote: Body, row: Body, from: string | undefined): void {
  const tax = MODES[String(quote.LineAmountTypes)];
  if (tax === undefined) throw new RowError(`LineAmountTypes ${quote.LineAmountTypes} is not valid`);
  if (row.LineItems === undefined && row.LineAmountTypes === undefined && from !== undefined) return;
  if (from !== undefined && from !== 'DRAFT') throw new RowError('Line items can only be changed while the quote is a draft');
  const old = bodies(quote.LineItems);
  const again = old.map(({ LineAmount: _amount, TaxAmount: _tax, ...line }) => line);
  const lines = row.LineItems === undefined ? again : bodies(row.LineItems);
  Object.assign(quote, reckon(ledger, of, lines, old, { sale: true, tax, discounts: true, decimals: 4, whole: false }));
}

function number({ among }: Ledger, of: Organisation, quote: Body, row: Body): void {
  const taken = (given: string) => among(of, 'Quotes', 'number', given).some((one) => one.QuoteID !== quote.QuoteID);
  const given = said(row.QuoteNumber);
  if (given !== undefined) {
    if (taken(given)) throw new RowError('The quote number must be unique');
    quote.QuoteNumber = given;
  }
  while (quote.QuoteNumber === undefined) {
    const next = `QU-${String(++of.numbers.Quotes).padStart(4, '0')}`;
    if (!taken(next)) quote.QuoteNumber = next;
  }
}
