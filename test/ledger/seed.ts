/** A generated ledger as the rows of books in memory. What they say of balances is reckoned in whole units, not by the hub. */
import type { Json, Values } from '#kit/fields.ts';
import type { Document, Ledger } from './ledger.ts';
import { decimal, decimalsOf, units } from './units.ts';
import type { Books } from './world.ts';

/** Ids of the ledger → ids of rows. */
export type Rows = Map<string, string>;

export function seedBooks(books: Books, ledger: Ledger): Rows {
  const { of } = books;
  const rows: Rows = new Map();
  const put = (id: string, row: string): void => void rows.set(id, row);
  const money = (amount: string, currency: string): Json => ({ amount, currency });
  for (const party of ledger.parties) put(party.id, of.customers.add({ name: party.name, email: party.email }));
  for (const item of ledger.items) put(item.id, of.items.add({ name: item.name, code: item.code }));
  const document = (one: Document): Values => ({
    ...{ number: one.number, customer: rows.get(one.party)!, issued: one.issued, currency: one.currency },
    status: one.stage === 'issued' ? 'OPEN' : one.stage === 'void' ? 'VOID' : 'DRAFT',
    total: money(one.total, one.currency),
    balance: money(balanceOf(one, ledger), one.currency),
    lines: one.lines.map((line, at) => ({
      ...(line.item !== undefined && { item: rows.get(line.item)! }),
      ...{ text: line.description, amount: money(line.amount, one.currency), id: String(at + 1) },
    })),
  });
  for (const one of ledger.documents) if (one.kind === 'sale') put(one.id, of.invoices.add(document(one)));
  for (const one of ledger.documents) {
    if (one.kind !== 'credit') continue;
    const applied = ledger.applications.filter(({ credit }) => credit === one.id);
    const allocations = applied.map((to) => ({ invoice: rows.get(to.document)!, amount: money(to.amount, one.currency) }));
    put(one.id, of.credits.add({ ...document(one), ...(allocations.length > 0 && { allocations }) }));
  }
  for (const one of ledger.payments) {
    // A refund of a credit note names a row of another stream than invoices: these books say nothing of it.
    const to = one.allocations.filter(({ document: id }) => ledger.documents.find((each) => each.id === id)?.kind === 'sale');
    const values: Values = {
      ...{ number: one.id, customer: rows.get(one.party)!, date: one.date, kind: one.kind, status: one.status },
      amount: money(one.amount, one.currency),
      allocations: to.map(({ document: id, amount }) => ({ invoice: rows.get(id)!, amount: money(amount, one.currency) })),
    };
    put(one.id, of.payments.add(values));
  }
  return rows;
}

/** In whole units: what is left to pay of an invoice, or to use of a credit note. */
function balanceOf(one: Document, ledger: Ledger): string {
  const decimals = decimalsOf(one.currency);
  if (one.stage === 'void') return '0';
  let left = units(one.total, decimals);
  for (const { credit, document, amount } of ledger.applications)
    if ((one.kind === 'credit' ? credit : document) === one.id) left -= units(amount, decimals);
  if (one.kind === 'sale')
    for (const { kind, status, allocations } of ledger.payments)
      for (const { document, amount } of allocations)
        if (kind === 'payment' && status === 'completed' && document === one.id) left -= units(amount, decimals);
  return decimal(left, decimals);
}
