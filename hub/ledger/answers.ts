/** What a person says of a payment that matches nothing: what it pays, or that it is to be left. */

import type { CrmRecord } from '#crm/core.ts';
import { changeOne, invalid, lockOne } from '#crm/edit.ts';
import { amountIn, exact, isMoney } from '#crm/ledger/amounts.ts';
import { Fault } from '#hub/fault.ts';
import type { FieldProblem } from '#kit/stream.ts';
import type { Tx } from '#store/database.ts';
import { leaveUnmatched } from '#store/open-money.ts';
import { readRecords } from '#store/records.ts';
import type { LedgerParts, Who } from './parts.ts';

/** Of a payment to an invoice or a credit note, in the currency of both. */
export interface Allocation {
  invoice: string;
  amount: { amount: string; currency: string };
}

/** Allocates a payment as a person says. Throws `Fault`. */
export async function allocateTo(
  { store, now, engine }: LedgerParts,
  who: Who,
  payment: string,
  wanted: readonly Allocation[],
): Promise<CrmRecord> {
  const to = wanted.map((one) => ({ ...one, invoice: one.invoice.toLowerCase() }));
  const at = new Date(now()).toISOString();
  const record = await store.workspace(who.workspace, async (tx) => {
    const before = await lockOne(tx, payment, null);
    if (before.object !== 'payment') throw new Fault('invalid', `Record ${payment} is a ${before.object}.`, 'Name a payment.');
    const problems = await problemsOf(tx, before, to);
    if (problems.length > 0) throw invalid('The payment cannot be allocated so', problems);
    const allocations = to.map(({ invoice, amount }) => ({ invoice, amount: { ...amount } }));
    const evidence = { because: `${who.by} said so.` };
    return changeOne(tx, payment, before.version, 'patch', { allocations, evidence }, { by: who.by, at });
  });
  await engine.edited(who.workspace, ['payment', 'invoice']);
  return record;
}

/** Why nothing can be paid of it any more; null where it can. */
function closedBy({ archived, mergedInto, fields }: CrmRecord): string | null {
  if (mergedInto !== null) return `merged into ${mergedInto}`;
  if (archived !== null) return 'archived';
  return fields.stage === 'void' ? 'void' : null;
}

async function problemsOf(tx: Tx, { fields }: CrmRecord, to: readonly Allocation[]): Promise<FieldProblem[]> {
  const { amount } = fields;
  if (!isMoney(amount)) return [{ path: 'amount', found: 'a payment without an amount', allowed: 'one that has an amount' }];
  const invoices = new Map((await readRecords(tx, [...new Set(to.map(({ invoice }) => invoice))])).map((one) => [one.id, one]));
  const problems = to.flatMap(({ invoice, amount: part }, at): FieldProblem[] => {
    const path = `allocations/${at}`;
    const record = invoices.get(invoice);
    if (record?.object !== 'invoice')
      return [{ path: `${path}/invoice`, found: JSON.stringify(invoice), allowed: 'id of an invoice' }];
    const closed = closedBy(record);
    if (closed !== null)
      return [{ path: `${path}/invoice`, found: `an invoice that is ${closed}`, allowed: 'one that can be paid' }];
    if (part.currency !== amount.currency || amountIn(record.fields.total, part.currency) === null)
      return [{ path: `${path}/amount`, found: part.currency, allowed: `an amount in ${amount.currency}, for an invoice in it` }];
    return exact(part.amount).gt(0) ? [] : [{ path: `${path}/amount`, found: part.amount, allowed: 'more than nothing' }];
  });
  if (problems.length > 0) return problems;
  const sum = to.reduce((all, one) => all.plus(exact(one.amount.amount)), exact(0));
  const most = exact(amount.amount);
  return sum.gt(most)
    ? [{ path: 'allocations', found: `${sum.toFixed()} in all`, allowed: `at most ${most.toFixed()}, which was paid` }]
    : [];
}

/** Nobody looks for its invoice any more, until the payment changes. */
export async function leavePayment({ store }: LedgerParts, workspace: number, payment: string): Promise<void> {
  const left = await store.workspace(workspace, (tx) => leaveUnmatched(tx, payment));
  if (!left) throw new Fault('missing', `Payment ${payment} waits for no invoice.`, 'List the payments that do.');
}
