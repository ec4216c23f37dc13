/**
 * A neutral ledger in Xero's own members, for its emulator: a payment is of one invoice there, so that one of several becomes as many;
 * money is paid back for credit notes only.
 */
import { createHash } from 'node:crypto';
import type { Seed } from '#test/emulators/xero/seed.ts';
import type { Body } from '#test/emulators/xero/wire.ts';
import type { Regime } from './generate.ts';
import type { Document, Ledger } from './ledger.ts';

/** As an emulated organisation in the United Kingdom is furnished. */
export const XERO_REGIMES: readonly Regime[] = [
  {
    mode: 'exclusive',
    taxes: [
      { id: 'OUTPUT2', name: '20% (VAT on Income)', percent: '20' },
      { id: 'RROUTPUT', name: '5% (VAT on Income)', percent: '5' },
    ],
  },
  { mode: 'inclusive', taxes: [{ id: 'OUTPUT2', name: '20% (VAT on Income)', percent: '20' }] },
  { mode: 'none', taxes: [{ id: 'NONE', name: 'No VAT', percent: '0' }] },
];

const MODES = { exclusive: 'Exclusive', inclusive: 'Inclusive', none: 'NoTax' } as const;
const STATUS = { draft: 'DRAFT', issued: 'AUTHORISED', void: 'VOIDED' } as const;

export function xeroLedger(ledger: Ledger): Seed {
  const of = (kind: Document['kind']) => ledger.documents.filter((one) => one.kind === kind);
  const alive = new Map(ledger.documents.filter(({ stage }) => stage === 'issued').map((one) => [one.id, one]));
  return {
    Contacts: ledger.parties.map(({ id, name, email, currency }, n) => ({
      ...{ ContactID: guid(id), Name: name, EmailAddress: email, DefaultCurrency: currency },
      UpdatedDateUTC: at(ledger.documents[0]?.issued ?? '2023-01-01', 0, n),
    })),
    Items: ledger.items.map(({ id, code, name, price }) => ({
      ...{ ItemID: guid(id), Code: code, Name: name, SalesDetails: { UnitPrice: Number(price), AccountCode: '200' } },
    })),
    Invoices: of('sale').map((one) => ({
      ...document(one, ledger),
      ...{ InvoiceID: guid(one.id), InvoiceNumber: one.number, Type: 'ACCREC', DueDate: one.due, Status: STATUS[one.stage] },
    })),
    CreditNotes: of('credit').map((one) => ({
      ...document(one, ledger),
      ...{ CreditNoteID: guid(one.id), CreditNoteNumber: one.number, Type: 'ACCRECCREDIT', Status: STATUS[one.stage] },
      Allocations: ledger.applications
        .filter(({ credit, document }) => credit === one.id && alive.has(document))
        .map(({ document, amount, date }) => ({ Invoice: { InvoiceID: guid(document) }, Amount: Number(amount), Date: date })),
    })),
    Quotes: of('estimate')
      .filter(({ stage }) => stage !== 'void')
      .map((one) => ({
        ...document(one, ledger),
        ...{ QuoteID: guid(one.id), QuoteNumber: one.number, Status: one.stage === 'draft' ? 'DRAFT' : 'SENT' },
        LineAmountTypes: MODES[one.taxMode].toUpperCase(),
      })),
    Payments: payments(ledger, alive),
  };
}

function document(one: Document, { items }: Ledger): Body {
  const codes = new Map(items.map(({ id, code }) => [id, code]));
  return {
    ...{ Contact: { ContactID: guid(one.party) }, Date: one.issued, CurrencyCode: one.currency },
    UpdatedDateUTC: at(one.issued, 12, Number(one.id.slice(1))),
    // Theirs is the other way round.
    ...{ CurrencyRate: Math.round(1e6 / Number(one.rate)) / 1e6, LineAmountTypes: MODES[one.taxMode] },
    LineItems: one.lines.map((line) => ({
      ...{ Description: line.description, Quantity: Number(line.quantity), UnitAmount: Number(line.price), AccountCode: '200' },
      ...(line.item !== undefined && { ItemCode: codes.get(line.item)! }),
      ...(one.taxMode !== 'none' && { TaxType: line.tax! }),
    })),
  };
}

function payments(ledger: Ledger, alive: ReadonlyMap<string, Document>): Body[] {
  return ledger.payments.flatMap(({ id, kind, status, date, reference, allocations }) =>
    allocations
      .filter(({ document }) => alive.get(document)?.kind === (kind === 'refund' ? 'credit' : 'sale'))
      .map(({ document, amount }, n) => ({
        ...{ PaymentID: guid(`${id}/${n}`), Account: { Code: '090' }, Date: date, Amount: Number(amount), Reference: reference },
        ...(kind === 'refund' ? { CreditNote: { CreditNoteID: guid(document) } } : { Invoice: { InvoiceID: guid(document) } }),
        ...(status === 'void' && { Status: 'DELETED' }),
        UpdatedDateUTC: at(date, 13, Number(id.slice(1))),
      })),
  );
}

/** A second of a day's hour, as people work: not all of them in the same one. */
function at(day: string, hour: number, n: number): string {
  const [minute, second] = [Math.floor(n / 60) % 60, n % 60].map((part) => String(part).padStart(2, '0'));
  return `${day}T${String(hour).padStart(2, '0')}:${minute}:${second}Z`;
}

/** The same for the same name. */
function guid(name: string): string {
  const hex = createHash('sha256').update(name).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
