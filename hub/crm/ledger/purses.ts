/** What is open, as payments and invoices look for each other: kept beside the records, in their transaction. */
import type { Values } from '#kit/fields.ts';
import type { Tx } from '#store/database.ts';
import { dropOpenInvoices, dropUnmatched, type Purse, putOpenInvoices, putUnmatched, wakeUnmatched } from '#store/open-money.ts';
import { exact, isMoney } from './amounts.ts';

/** Letters and digits of a number, small: `INV-0042` and `inv 0042` are one. */
export const bareNumber = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '')
    .slice(0, 100);

/** Records as they were written. `fresh`: they were not there before. */
export async function keepPurses(
  tx: Tx,
  written: readonly { id: string; object: string; fields: Values }[],
  at: string,
  fresh: boolean,
): Promise<void> {
  const invoices = written.filter(({ object }) => object === 'invoice');
  const payments = written.filter(({ object }) => object === 'payment');
  if (invoices.length + payments.length === 0) return;
  const open = invoices.flatMap(({ id, fields }) => openInvoice(id, fields) ?? []);
  const waiting = payments.flatMap(({ id, fields }) => openPayment(id, fields) ?? []);
  if (!fresh) {
    const kept = new Set([...open, ...waiting].map(({ id }) => id));
    await dropPurses(
      tx,
      [...invoices, ...payments].filter(({ id }) => !kept.has(id)),
    );
  }
  await putOpenInvoices(tx, open);
  await wakeUnmatched(tx, open, at);
  await putUnmatched(tx, waiting, at);
}

/** Records that are gone or archived. */
export async function dropPurses(tx: Tx, gone: readonly { id: string; object: string }[]): Promise<void> {
  const of = (name: string) => gone.flatMap(({ id, object }) => (object === name ? [id] : []));
  await dropOpenInvoices(tx, of('invoice'));
  await dropUnmatched(tx, of('payment'));
}

/** A sale of which something is left to pay. */
function openInvoice(id: string, fields: Values): Purse | null {
  const { balance, kind = 'sale', stage = 'issued' } = fields;
  if (kind !== 'sale' || stage !== 'issued' || !isMoney(balance) || !exact(balance.amount).gt(0)) return null;
  return purse(id, balance, fields.company, fields.number);
}

/** Money that came, and of which nothing is allocated. */
function openPayment(id: string, fields: Values): Purse | null {
  const { unapplied, allocations, kind = 'payment', direction = 'received', status = 'completed' } = fields;
  if (kind !== 'payment' || direction !== 'received' || status !== 'completed') return null;
  if (allocations !== undefined || !isMoney(unapplied) || !exact(unapplied.amount).gt(0)) return null;
  return purse(id, unapplied, fields.company, fields.invoiceNumber);
}

function purse(id: string, money: { amount: string; currency: string }, company: unknown, number: unknown): Purse {
  return {
    id,
    currency: money.currency,
    amount: exact(money.amount).toFixed(),
    company: typeof company === 'string' ? company : null,
    number: typeof number === 'string' ? bareNumber(number) : '',
  };
}
