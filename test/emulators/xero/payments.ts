import { randomUUID } from 'node:crypto';
import { CREDIT_NOTE, INVOICE, isLocked, type Sort } from './documents.ts';
import type { Ledger, Organisation } from './ledger.ts';
import { money } from './reckoning.ts';
import { complaints, RowError } from './rows.ts';
import { settled } from './settling.ts';
import { amount, type Body, bodies, body, dayOf, said } from './wire.ts';

/** A payment of an invoice or bill, or the refund of a credit note. Never changed afterwards, only deleted. */
export function writePayment(ledger: Ledger, of: Organisation, row: Body): Body {
  if (said(row.PaymentID) !== undefined && row.Status === 'DELETED') return deletePayment(ledger, of, String(row.PaymentID));
  const { sort, document } = paidDocument(ledger, of, row);
  const account = accountOf(ledger, of, body(row.Account));
  const value = money(amount(row.Amount) ?? 0);
  const day = dayOf(row.Date) ?? new Date(ledger.clock.now()).toISOString().slice(0, 10);
  const left = Number(sort === INVOICE ? document.AmountDue : document.RemainingCredit);
  const wrong = complaints();
  wrong.unless(document.Status === 'AUTHORISED', 'Payment can only be made against Authorised documents');
  wrong.unless(value > 0, 'Payment amount must be greater than 0');
  wrong.unless(value <= left, 'Payment amount exceeds the amount outstanding on this document');
  wrong.unless(!isLocked(of, day), 'The payment date cannot be before the period lock date');
  wrong.end();
  const sale = document.Type === sort.sale;
  const rate = typeof row.CurrencyRate === 'number' ? row.CurrencyRate : Number(document.CurrencyRate);
  const payment: Body = {
    PaymentID: said(row.PaymentID) ?? randomUUID(),
    Date: day,
    Amount: value,
    BankAmount: amount(row.BankAmount) ?? value,
    CurrencyRate: rate,
    ...(row.Reference !== undefined && { Reference: row.Reference }),
    PaymentType: sort === INVOICE ? (sale ? 'ACCRECPAYMENT' : 'ACCPAYPAYMENT') : sale ? 'ARCREDITPAYMENT' : 'APCREDITPAYMENT',
    Status: 'AUTHORISED',
    IsReconciled: row.IsReconciled === true,
    Account: { AccountID: account.AccountID! },
    ...(sort === INVOICE
      ? { Invoice: { InvoiceID: document.InvoiceID! } }
      : { CreditNote: { CreditNoteID: document.CreditNoteID! } }),
  };
  const kept = ledger.put(of, 'Payments', payment);
  // The document bears the payment's own time.
  ledger.put(of, sort.kind, settled(ledger, of, sort.kind, document), Number(kept.UpdatedDateUTC));
  return kept;
}

export function deletePayment(ledger: Ledger, of: Organisation, id: string): Body {
  const payment = ledger.get(of, 'Payments', id);
  if (payment === undefined) throw new RowError(`Payment with ID ${id} could not be found`);
  const wrong = complaints();
  wrong.unless(payment.Status === 'AUTHORISED', 'This payment has been deleted already');
  wrong.unless(payment.IsReconciled !== true, 'This payment has been reconciled and cannot be deleted');
  wrong.unless(!isLocked(of, payment.Date), 'The payment date cannot be before the period lock date');
  wrong.end();
  const kept = ledger.put(of, 'Payments', { ...payment, Status: 'DELETED' });
  const sort = payment.Invoice === undefined ? CREDIT_NOTE : INVOICE;
  const document = ledger.get(of, sort.kind, String(body(payment[sort === INVOICE ? 'Invoice' : 'CreditNote'])[sort.id]))!;
  ledger.put(of, sort.kind, settled(ledger, of, sort.kind, document), Number(kept.UpdatedDateUTC));
  return kept;
}

function paidDocument(ledger: Ledger, of: Organisation, row: Body): { sort: Sort; document: Body } {
  const note = row.CreditNote !== undefined || row.CreditNoteNumber !== undefined;
  const [sort, sent] = note ? [CREDIT_NOTE, body(row.CreditNote)] : [INVOICE, body(row.Invoice)];
  const id = said(sent[sort.id]);
  const number = said(sent[sort.number]) ?? said(row[sort.number]);
  const document =
    id === undefined
      ? ledger.among(of, sort.kind, 'number', number ?? '').find((one) => one[sort.number] === number)
      : ledger.get(of, sort.kind, id);
  if (document === undefined) throw new RowError(`${sort === INVOICE ? 'Invoice' : 'Credit note'} could not be found`);
  return { sort, document };
}

function accountOf(ledger: Ledger, of: Organisation, sent: Body): Body {
  const found = ledger
    .list(of, 'Accounts')
    .find((one) => (said(sent.AccountID) === undefined ? one.Code === sent.Code : one.AccountID === sent.AccountID));
  if (found === undefined || found.Status !== 'ACTIVE') throw new RowError('Account could not be found');
  if (found.Type !== 'BANK' && found.EnablePaymentsToAccount !== true) {
    throw new RowError('Account type is invalid for payments: it must be a bank account or have payments enabled');
  }
  return found;
}

/** Puts a credit note, or a part of it, against an invoice of the same contact. */
export function allocate(ledger: Ledger, of: Organisation, note: Body, row: Body): Body {
  const invoice = ledger.get(of, 'Invoices', said(body(row.Invoice).InvoiceID) ?? '');
  const value = money(amount(row.Amount) ?? 0);
  const wrong = complaints();
  wrong.unless(invoice, 'Invoice could not be found');
  wrong.unless(note.Status === 'AUTHORISED', 'Credit note must be authorised with credit remaining');
  wrong.unless(
    invoice === undefined || invoice.Status === 'AUTHORISED',
    'Allocation can only be made against Authorised documents',
  );
  wrong.unless(value > 0, 'Allocation amount must be greater than 0');
  wrong.unless(value <= Number(note.RemainingCredit), 'Allocation amount exceeds the credit remaining');
  wrong.unless(value <= Number(invoice?.AmountDue ?? 0), 'Allocation amount exceeds the amount outstanding on this document');
  wrong.end();
  const day = dayOf(row.Date) ?? new Date(ledger.clock.now()).toISOString().slice(0, 10);
  const allocation: Body = { AllocationID: randomUUID(), Amount: value, Date: day, Invoice: { InvoiceID: invoice!.InvoiceID! } };
  const Allocations = [...(Array.isArray(note.Allocations) ? note.Allocations : []), allocation];
  const changed = ledger.put(of, 'CreditNotes', settled(ledger, of, 'CreditNotes', { ...note, Allocations }));
  ledger.put(of, 'Invoices', settled(ledger, of, 'Invoices', invoice!), Number(changed.UpdatedDateUTC));
  return allocation;
}

/** Takes away what a credit note was put against. Undefined where there is none of that id. */
export function unallocate(ledger: Ledger, of: Organisation, note: Body, id: string): Body | undefined {
  const all = bodies(note.Allocations);
  const gone = all.find((one) => one.AllocationID === id);
  if (gone === undefined) return undefined;
  const Allocations = all.filter((one) => one !== gone);
  const changed = ledger.put(of, 'CreditNotes', settled(ledger, of, 'CreditNotes', { ...note, Allocations }));
  const invoice = ledger.get(of, 'Invoices', String(body(gone.Invoice).InvoiceID))!;
  ledger.put(of, 'Invoices', settled(ledger, of, 'Invoices', invoice), Number(changed.UpdatedDateUTC));
  return gone;
}
