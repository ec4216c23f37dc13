/** What a person says of a payment that matches nothing: what it pays, or that it is to be left. */

import type { CrmRecord } from '#crm/core.ts';
import { changeOne, lockOne } from '#crm/edit.ts';
import { Fault } from '#hub/fault.ts';
import { leaveUnmatched } from '#store/open-money.ts';
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
  const at = new Date(now()).toISOString();
  const record = await store.workspace(who.workspace, async (tx) => {
    const before = await lockOne(tx, payment, null);
    if (before.object !== 'payment') throw new Fault('invalid', `Record ${payment} is a ${before.object}.`, 'Name a payment.');
    const allocations = wanted.map(({ invoice, amount }) => ({ invoice, amount: { ...amount } }));
    const evidence = { because: `${who.by} said so.` };
    return changeOne(tx, payment, before.version, 'patch', { allocations, evidence }, { by: who.by, at });
  });
  await engine.edited(who.workspace, ['payment', 'invoice']);
  return record;
}

/** Nobody looks for its invoice any more, until the payment changes. */
export async function leavePayment({ store }: LedgerParts, workspace: number, payment: string): Promise<void> {
  const left = await store.workspace(workspace, (tx) => leaveUnmatched(tx, payment));
  if (!left) throw new Fault('missing', `Payment ${payment} waits for no invoice.`, 'List the payments that do.');
}
