/** Giving money back, once under a key: PayPal keeps keys of payments for 45 days, and answers a repetition as it did at first. */
import type { Context } from '#kit/context.ts';
import type { Fields, Values } from '#kit/fields.ts';
import { textOf } from '#kit/json.ts';
import { moneyFor } from './amounts.ts';
import { ask } from './client.ts';
import { moneyOf } from './records.ts';
import { partsOf } from './transaction.ts';

export const refundFields = {
  // A row's id, or what PayPal itself calls the transaction.
  row: { kind: 'text', title: 'Payment', max: 64, required: true },
  amount: { kind: 'money', title: 'Amount (all that is left)' },
  note: { kind: 'text', title: 'Note for the payer', max: 255 },
} satisfies Fields;

export async function refund(ctx: Context, input: Values, key: string): Promise<Values> {
  const row = textOf(input.row)!;
  const transaction = partsOf(row)?.transaction ?? row;
  const note = textOf(input.note);
  const body = {
    ...(input.amount !== undefined && { amount: moneyFor(input.amount, 'amount') }),
    ...(note !== undefined && { note_to_payer: note }),
  };
  const path = `/v2/payments/captures/${encodeURIComponent(transaction)}/refund`;
  const answer = await ask(ctx, { name: 'captures.refund', method: 'POST', path, body, key: `refund-${key}`, whole: true });
  const amount = moneyOf(answer.amount);
  return { refund: String(answer.id), status: textOf(answer.status) ?? '', ...(amount !== undefined && { amount }) };
}
