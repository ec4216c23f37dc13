/** A neutral ledger as the CRM's values, under ids of the caller's choosing. */
import type { Json, Values } from '#kit/fields.ts';
import type { Document, Ledger, Payment } from './ledger.ts';

/** The record that stands for a thing of the ledger. */
export type RecordOf = (id: string) => string;

const money = (amount: string, currency: string): Json => ({ amount, currency });

/** `stated`: with what the ledger says that the lines come to. */
export function documentValues(document: Document, ledger: Ledger, recordOf: RecordOf, stated = true): Values {
  const { currency } = document;
  const note = document.kind === 'credit';
  const applied = ledger.applications.filter(({ credit }) => credit === document.id);
  return {
    number: document.number,
    issued: document.issued,
    currency,
    exchangeRate: Number(document.rate),
    taxMode: document.taxMode,
    lines: document.lines.map((line) => ({
      description: line.description,
      quantity: Number(line.quantity),
      unitPrice: money(line.price, currency),
      ...(line.discountPercent !== undefined && { discountPercent: Number(line.discountPercent) }),
      taxPercent: Number(line.taxPercent),
      ...(stated && { amount: money(line.amount, currency), tax: money(line.taxAmount, currency) }),
    })),
    ...(document.discount !== '0' && { discount: money(document.discount, currency) }),
    discountBeforeTax: document.discountBeforeTax,
    ...(document.shipping !== '0' && { shipping: money(document.shipping, currency) }),
    ...(stated && {
      subtotal: money(document.subtotal, currency),
      tax: money(document.tax, currency),
      total: money(document.total, currency),
    }),
    ...(document.kind !== 'estimate' && { kind: document.kind, stage: document.stage, due: document.due }),
    ...(note &&
      applied.length > 0 && {
        allocations: applied.map((one) => ({
          invoice: recordOf(one.document),
          amount: money(one.amount, currency),
          date: one.date,
        })),
      }),
  };
}

export function paymentValues(payment: Payment, recordOf: RecordOf): Values {
  const { currency } = payment;
  return {
    reference: payment.reference,
    direction: payment.kind === 'refund' ? 'made' : 'received',
    kind: payment.kind,
    amount: money(payment.amount, currency),
    date: payment.date,
    method: payment.method,
    status: payment.status,
    allocations: payment.allocations.map((one) => ({ invoice: recordOf(one.document), amount: money(one.amount, currency) })),
  };
}
