/** Where an invoice stands: what was paid, credited and refunded, what is left, and what that makes of it. Pure, and never typed over. */
import type { Big } from 'big.js';
import type { Json, Values } from '#kit/fields.ts';
import { amountIn, moneyOf, sum, ZERO } from './amounts.ts';
import { currencyOf } from './totals.ts';

/** Something that names the invoice among its allocations: a payment or a credit note, whole. */
export interface Allocating {
  object: string;
  fields: Values;
}

/** Fields of an invoice that follow from others. */
export const derivedOfInvoice = ['status', 'paid', 'credited', 'refunded', 'balance'] as const;
export const derivedOfPayment = ['unapplied'] as const;

export const isCredit = (kind: Json | undefined): boolean => kind === 'credit' || kind === 'purchase credit';

/**
 * `status`, `paid`, `credited`, `refunded` and `balance` of an invoice or credit note; of one without a total only `status`. An
 * allocation in another currency than the invoice's settles nothing.
 *
 * A credit note's balance is what is left of it: less what its own allocations use up, what payments use of it, and what was paid out
 * for it. A refund of an invoice gives back what was paid, and reopens nothing. A balance below zero is what was paid too much.
 */
export function standingOf(id: string, invoice: Values, allocating: readonly Allocating[]): Values {
  const currency = currencyOf(invoice);
  const total = amountIn(invoice.total, currency);
  const stage = typeof invoice.stage === 'string' ? invoice.stage : 'issued';
  if (total === null) return { status: stage === 'issued' ? 'open' : stage };
  const settled = isCredit(invoice.kind)
    ? usedOf(id, invoice, allocating, currency)
    : settledOf(id, invoice, allocating, currency);
  const balance = stage === 'void' ? ZERO : total.minus(settled.paid).minus(settled.credited);
  const values: Values = { status: statusOf(stage, total, balance, settled), balance: { ...moneyOf(balance, currency) } };
  for (const part of ['paid', 'credited', 'refunded'] as const)
    if (!settled[part].eq(0)) values[part] = { ...moneyOf(settled[part], currency) };
  return values;
}

interface Settled {
  paid: Big;
  credited: Big;
  refunded: Big;
}

function settledOf(id: string, invoice: Values, allocating: readonly Allocating[], currency: string): Settled {
  const settled: Settled = { paid: ZERO, credited: ZERO, refunded: ZERO };
  const add = (part: keyof Settled, amount: Big) => {
    settled[part] = settled[part].plus(amount);
  };
  for (const { object, fields } of allocating) {
    if (!counts(object, fields)) continue;
    const amount = allocatedTo(id, fields, currency);
    if (object === 'invoice') add('credited', amount);
    else if (givesBack(fields.kind)) add('refunded', amount);
    else add(fields.kind === 'credit' ? 'credited' : 'paid', amount);
  }
  for (const part of partsOf(invoice.settlements)) {
    const amount = amountIn(part.amount, currency) ?? ZERO;
    if (part.kind === 'refund') add('refunded', amount);
    else add(part.kind === 'credit' || part.kind === 'write-off' ? 'credited' : 'paid', amount);
  }
  return settled;
}

/** Of a credit note: `credited` is what invoices had of it, `paid` what was paid out for it. */
function usedOf(id: string, note: Values, allocating: readonly Allocating[], currency: string): Settled {
  const credited = sum(partsOf(note.allocations).map((part) => amountIn(part.amount, currency) ?? ZERO));
  const settled: Settled = { paid: ZERO, credited, refunded: ZERO };
  for (const { object, fields } of allocating) {
    if (object !== 'payment' || !counts(object, fields)) continue;
    const part = givesBack(fields.kind) ? 'paid' : 'credited';
    settled[part] = settled[part].plus(allocatedTo(id, fields, currency));
  }
  for (const part of partsOf(note.settlements)) {
    const kind = part.kind === 'refund' || part.kind === 'payment' ? 'paid' : 'credited';
    settled[kind] = settled[kind].plus(amountIn(part.amount, currency) ?? ZERO);
  }
  return settled;
}

const givesBack = (kind: Json | undefined): boolean => kind === 'refund' || kind === 'reversal';

/** Money that has not come, and documents that are void or not yet issued, settle nothing. */
function counts(object: string, fields: Values): boolean {
  if (object === 'payment') return !['pending', 'failed', 'void'].includes(String(fields.status));
  return object === 'invoice' && !['draft', 'submitted', 'scheduled', 'void'].includes(String(fields.stage));
}

function allocatedTo(id: string, { allocations }: Values, currency: string): Big {
  return sum(partsOf(allocations).flatMap((part) => (part.invoice === id ? [amountIn(part.amount, currency) ?? ZERO] : [])));
}

export function partsOf(value: Json | undefined): { [part: string]: Json }[] {
  return Array.isArray(value) ? (value as { [part: string]: Json }[]) : [];
}

/** A stage that is not `issued` speaks for itself. */
function statusOf(stage: string, total: Big, balance: Big, { paid, credited, refunded }: Settled): string {
  if (stage !== 'issued') return stage;
  if (refunded.gt(0)) return refunded.gte(paid) ? 'refunded' : 'partly refunded';
  const used = paid.plus(credited);
  if (used.eq(0) && !total.eq(0)) return 'open';
  return balance.lte(0) ? 'paid' : 'partly paid';
}

/**
 * What of a payment is allocated to nothing: its amount less what invoices had of it, and with the credit notes that it used up beside
 * the money. `credits` are the ids of those among its allocations that are credit notes.
 */
export function unappliedOf(payment: Values, credits: ReadonlySet<string>): Values {
  const currency = currencyOf({ total: payment.amount ?? null });
  const amount = amountIn(payment.amount, currency);
  if (amount === null) return {};
  const used = partsOf(payment.allocations).map((part) => {
    const each = amountIn(part.amount, currency) ?? ZERO;
    return !givesBack(payment.kind) && credits.has(String(part.invoice)) ? each.neg() : each;
  });
  const left = payment.status === 'void' || payment.status === 'failed' ? ZERO : amount.minus(sum(used));
  return { unapplied: { ...moneyOf(left, currency) } };
}

/** Is it late on that day? The day decides, so it is no stored status. */
export function isOverdue(invoice: Values, today: string): boolean {
  if (typeof invoice.due !== 'string' || invoice.due >= today) return false;
  return invoice.status === 'open' || invoice.status === 'partly paid';
}
