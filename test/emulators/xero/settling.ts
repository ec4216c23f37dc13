import Big from 'big.js';
import type { Ledger, Organisation } from './ledger.ts';
import { type Body, bodies, body } from './wire.ts';

/** What was paid and credited of a document, derived from its payments and allocations and never typed. */
export function settled(ledger: Ledger, of: Organisation, kind: 'Invoices' | 'CreditNotes', document: Body): Body {
  const dead = document.Status === 'DELETED' || document.Status === 'VOIDED';
  const total = dead ? 0 : Number(document.Total);
  const payments = paymentsOf(ledger, of, kind, document);
  const paid = add(payments.map((one) => Number(one.Amount)));
  const applied =
    kind === 'Invoices'
      ? add([...creditsOf(ledger, of, document).map(({ amount }) => amount), ...setOff(document)])
      : add(bodies(document.Allocations).map((one) => Number(one.Amount)));
  const left = Number(Big(total).minus(paid).minus(applied));
  const status = !['AUTHORISED', 'PAID'].includes(String(document.Status))
    ? document.Status!
    : left === 0 && total > 0
      ? 'PAID'
      : 'AUTHORISED';
  const { FullyPaidOnDate: _, ...rest } = document;
  const done: Body = { ...rest, Status: status };
  if (status === 'PAID') done.FullyPaidOnDate = lastDay(ledger, of, kind, document, payments);
  if (kind === 'CreditNotes') return { ...done, RemainingCredit: left, AppliedAmount: applied };
  return { ...done, AmountDue: left, AmountPaid: paid, AmountCredited: applied };
}

/** Money that lay there before: overpayments and prepayments that were set off. */
function setOff(invoice: Body): number[] {
  return [...bodies(invoice.Overpayments), ...bodies(invoice.Prepayments)].map(({ AppliedAmount }) => Number(AppliedAmount));
}

/** Payments of a document that stand. */
export function paymentsOf(ledger: Ledger, of: Organisation, kind: 'Invoices' | 'CreditNotes', document: Body): Body[] {
  const [member, id] = kind === 'Invoices' ? (['Invoice', 'InvoiceID'] as const) : (['CreditNote', 'CreditNoteID'] as const);
  return ledger
    .among(of, 'Payments', 'document', String(document[id]))
    .filter((one) => one.Status === 'AUTHORISED' && body(one[member])[id] === document[id]);
}

/** Credit notes that were put against an invoice, with how much. */
export function creditsOf(ledger: Ledger, of: Organisation, invoice: Body): { note: Body; amount: number; day: string }[] {
  return ledger.among(of, 'CreditNotes', 'document', String(invoice.InvoiceID)).flatMap((note) =>
    bodies(note.Allocations)
      .filter((one) => body(one.Invoice).InvoiceID === invoice.InvoiceID)
      .map((one) => ({ note, amount: Number(one.Amount), day: String(one.Date) })),
  );
}

function lastDay(ledger: Ledger, of: Organisation, kind: 'Invoices' | 'CreditNotes', document: Body, payments: Body[]): string {
  const credits =
    kind === 'Invoices'
      ? creditsOf(ledger, of, document).map(({ day }) => day)
      : bodies(document.Allocations).map((one) => String(one.Date));
  return [...payments.map((one) => String(one.Date)), ...credits].sort().at(-1) ?? String(document.Date);
}

function add(values: readonly number[]): number {
  return Number(values.reduce((all, one) => all.plus(one), Big(0)));
}
