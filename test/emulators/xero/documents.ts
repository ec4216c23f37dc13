import { randomUUID } from 'node:crypto';
import type { Json } from '#kit/fields.ts';
import { contactOf } from './contacts.ts';
import type { Ledger, Organisation } from './ledger.ts';
import { money, reckon } from './reckoning.ts';
import { complaints, RowError, tooLong } from './rows.ts';
import { settled } from './settling.ts';
import { type Body, bodies, body, dayOf, said } from './wire.ts';

/** Invoices, bills and credit notes are one thing with a few differences. */
export interface Sort {
  kind: 'Invoices' | 'CreditNotes';
  id: 'InvoiceID' | 'CreditNoteID';
  number: 'InvoiceNumber' | 'CreditNoteNumber';
  /** The type of a sale, and of a purchase. */
  sale: string;
  purchase: string;
  prefix: string;
}

export const INVOICE: Sort = {
  kind: 'Invoices',
  id: 'InvoiceID',
  number: 'InvoiceNumber',
  sale: 'ACCREC',
  purchase: 'ACCPAY',
  prefix: 'INV-',
};

export const CREDIT_NOTE: Sort = {
  kind: 'CreditNotes',
  id: 'CreditNoteID',
  number: 'CreditNoteNumber',
  sale: 'ACCRECCREDIT',
  purchase: 'ACCPAYCREDIT',
  prefix: 'CN-',
};

const MODES: { readonly [written: string]: 'exclusive' | 'inclusive' | 'none' } = {
  Exclusive: 'exclusive',
  Inclusive: 'inclusive',
  NoTax: 'none',
};
const PLAIN = ['Reference', 'Url', 'BrandingThemeID', 'SentToContact', 'ExpectedPaymentDate', 'PlannedPaymentDate'];
/** What may still be changed of a document that is paid or credited, or lies in a locked period. */
const ALWAYS = new Set(['Reference', 'Url', 'BrandingThemeID', 'SentToContact']);
const TRANSITIONS: { readonly [from: string]: readonly string[] } = {
  DRAFT: ['DRAFT', 'SUBMITTED', 'AUTHORISED', 'DELETED'],
  SUBMITTED: ['SUBMITTED', 'DRAFT', 'AUTHORISED', 'DELETED'],
  AUTHORISED: ['AUTHORISED', 'VOIDED'],
};

/** Creates a document, or updates the one that its id, or a sale's number, names. */
export function writeDocument(
  ledger: Ledger,
  of: Organisation,
  sort: Sort,
  row: Body,
  { create, decimals, seeded }: { create: boolean; decimals: 2 | 4; seeded?: Body },
): Body {
  const old = create ? undefined : existing(ledger, of, sort, row);
  if (old !== undefined) return change(ledger, of, sort, old, row, decimals);
  const type = said(row.Type);
  if (type !== sort.sale && type !== sort.purchase) throw new RowError(`Type must be ${sort.sale} or ${sort.purchase}`);
  const status = said(row.Status) ?? 'DRAFT';
  if (!['DRAFT', 'SUBMITTED', 'AUTHORISED'].includes(status)) throw new RowError('Invoice not of valid status for creation');
  const currency = said(row.CurrencyCode) ?? of.base;
  const document: Body = {
    [sort.id]: said(row[sort.id]) ?? randomUUID(),
    Type: type,
    Status: status,
    CurrencyCode: currency,
    CurrencyRate: rateOf(of, currency, row.CurrencyRate),
    Date: dayOf(row.Date) ?? new Date(ledger.clock.now()).toISOString().slice(0, 10),
    LineAmountTypes: 'Exclusive',
    SentToContact: false,
    Reference: '',
  };
  fill(ledger, of, sort, document, row, decimals);
  for (const member of ['Overpayments', 'Prepayments']) if (seeded?.[member] !== undefined) document[member] = seeded[member];
  numbered(ledger, of, sort, document, row);
  finish(of, sort, document);
  return ledger.put(of, sort.kind, settled(ledger, of, sort.kind, document));
}

function existing(ledger: Ledger, of: Organisation, sort: Sort, row: Body): Body | undefined {
  const id = said(row[sort.id]);
  if (id !== undefined) {
    const found = ledger.get(of, sort.kind, id);
    if (found === undefined) throw new RowError(`Invoice with ID ${id} could not be found`);
    return found;
  }
  const number = said(row[sort.number]);
  if (number === undefined) return undefined;
  return ledger.among(of, sort.kind, 'number', number).find((one) => one[sort.number] === number && one.Type === sort.sale);
}

function change(ledger: Ledger, of: Organisation, sort: Sort, old: Body, row: Body, decimals: 2 | 4): Body {
  const from = String(old.Status);
  const to = said(row.Status) ?? from;
  if (from === 'DELETED' || from === 'VOIDED') throw new RowError('Invoice not of valid status for modification');
  if (said(row.Type) !== undefined && row.Type !== old.Type) throw new RowError('The type of a document cannot be changed');
  const applied = Number(old.Total) !== remaining(sort, old);
  const locked = isLocked(of, old.Date) && from !== 'DRAFT' && from !== 'SUBMITTED';
  const changes = Object.keys(row).filter((member) => ![sort.id, 'Type'].includes(member) && !same(old, row, member));
  if (applied || locked || from === 'PAID') {
    const barred = changes.filter((member) => !ALWAYS.has(member));
    if (barred.length > 0) {
      throw new RowError(
        'Invoice not of valid status for modification',
        locked
          ? 'The document date cannot be before the period lock date'
          : 'This document cannot be edited as it has a payment or credit note allocated to it.',
      );
    }
  }
  if (to !== from && !TRANSITIONS[from]?.includes(to)) throw new RowError(`Invalid status change from ${from} to ${to}`);
  const document: Body = { ...old, Status: to };
  if (to === 'DELETED' || to === 'VOIDED') return ledger.put(of, sort.kind, settled(ledger, of, sort.kind, document));
  fill(ledger, of, sort, document, row, decimals);
  if (said(row[sort.number]) !== undefined) numbered(ledger, of, sort, document, row);
  if (changes.some((member) => !ALWAYS.has(member))) finish(of, sort, document);
  return ledger.put(of, sort.kind, settled(ledger, of, sort.kind, document));
}

/** A member that says what the document says already changes nothing. */
function same(old: Body, row: Body, member: string): boolean {
  if (member === 'Contact') return body(old.Contact).ContactID === body(row.Contact).ContactID;
  if (member === 'Date' || member === 'DueDate') return dayOf(old[member]) === dayOf(row[member]);
  return JSON.stringify(old[member]) === JSON.stringify(row[member]);
}

function remaining(sort: Sort, document: Body): number {
  return Number(sort.kind === 'Invoices' ? document.AmountDue : document.RemainingCredit);
}

export function isLocked({ lockDate }: Organisation, day: Json | undefined): boolean {
  return lockDate !== undefined && String(day) <= lockDate;
}

/** Takes over what was sent. */
function fill(ledger: Ledger, of: Organisation, sort: Sort, document: Body, row: Body, decimals: 2 | 4): void {
  const wrong = complaints();
  for (const message of tooLong(row, { [sort.number]: 255, Url: 2_000 })) wrong.unless(false, message);
  for (const member of PLAIN) if (row[member] !== undefined) document[member] = row[member]!;
  for (const member of ['Date', 'DueDate'] as const) {
    if (row[member] === undefined) continue;
    const day = dayOf(row[member]);
    wrong.unless(day, `The ${member} is not a valid date`);
    if (day !== undefined) document[member] = day;
  }
  if (row.LineAmountTypes !== undefined) {
    wrong.unless(Object.hasOwn(MODES, String(row.LineAmountTypes)), `LineAmountTypes ${row.LineAmountTypes} is not valid`);
    document.LineAmountTypes = row.LineAmountTypes;
  }
  if (said(row.CurrencyCode) !== undefined && row.CurrencyCode !== document.CurrencyCode) {
    document.CurrencyCode = row.CurrencyCode!;
    document.CurrencyRate = rateOf(of, String(row.CurrencyCode), row.CurrencyRate);
  } else if (typeof row.CurrencyRate === 'number') document.CurrencyRate = row.CurrencyRate;
  wrong.end();
  if (row.Contact !== undefined || document.Contact === undefined) {
    document.Contact = { ContactID: contactOf(ledger, of, body(row.Contact)).ContactID! };
  }
  const recoded = row.LineAmountTypes !== undefined || (said(row.Status) === 'AUTHORISED' && row.LineItems === undefined);
  if (row.LineItems === undefined && document.LineItems !== undefined && !recoded) return;
  const lines = row.LineItems === undefined ? bodies(document.LineItems).map(uncounted) : bodies(row.LineItems);
  Object.assign(
    document,
    reckon(ledger, of, lines, bodies(document.LineItems), {
      sale: document.Type === sort.sale,
      tax: MODES[String(document.LineAmountTypes)]!,
      discounts: document.Type === 'ACCREC',
      decimals,
      whole: document.Status === 'AUTHORISED',
    }),
  );
}

/** A line as it was sent once: what was counted is counted anew. */
function uncounted({ LineAmount: _amount, TaxAmount: _tax, ...line }: Body): Body {
  return line;
}

/** What a document must have to be approved. */
function finish(of: Organisation, sort: Sort, document: Body): void {
  const wrong = complaints();
  if (document.Status === 'AUTHORISED') {
    if (sort.kind === 'Invoices') wrong.unless(document.DueDate, 'DueDate cannot be empty');
    wrong.unless(!isLocked(of, document.Date), 'The document date cannot be before the period lock date');
  }
  wrong.end();
}

/** A sale has a number of its own; a bill's is its supplier's. */
function numbered(ledger: Ledger, of: Organisation, sort: Sort, document: Body, row: Body): void {
  const given = said(row[sort.number]);
  const sale = document.Type === sort.sale;
  const taken = (number: string) =>
    ledger
      .among(of, sort.kind, 'number', number)
      .some(
        (one) =>
          one[sort.number] === number &&
          one.Type === sort.sale &&
          one[sort.id] !== document[sort.id] &&
          !['DELETED', 'VOIDED'].includes(String(one.Status)),
      );
  if (given !== undefined) {
    if (sale && taken(given)) throw new RowError('Invoice # must be unique.');
    document[sort.number] = given;
    return;
  }
  if (!sale) return;
  let number: string;
  do number = `${sort.prefix}${String(++of.numbers[sort.kind]).padStart(4, '0')}`;
  while (taken(number));
  document[sort.number] = number;
}

export function rateOf(of: Organisation, currency: string, given: Json | undefined): number {
  const rate = currency === of.base ? 1 : of.currencies.get(currency);
  if (rate === undefined) throw new RowError(`Organisation is not subscribed to currency ${currency}`);
  return typeof given === 'number' && currency !== of.base ? money(given, 6) : rate;
}
