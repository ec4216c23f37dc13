/** Giving money back, once under a key: PayPal keeps keys of payments for 45 days, and answers a repetition as it did at first. */
import { createHash } from 'node:crypto';
import type { Context } from '#kit/context.ts';
import type { Fields, Values } from '#kit/fields.ts';
import { textOf } from '#kit/json.ts';
import { moneyFor } from './amounts.ts';
import { ask } from './client.ts';
import { checked } from './drafts.ts';
import { moneyOf } from './records.ts';

export const refundFields = {
  transaction: { kind: 'text', title: 'Payment', max: 24, required: true },
  amount: { kind: 'money', title: 'Amount (all that is left)' },
  note: { kind: 'text', title: 'Note for the payer', max: 255 },
  key: { kind: 'text', title: 'Names this refund: the same key gives back once', max: 64, required: true },
} satisfies Fields;

export async function refund(ctx: Context, input: Values): Promise<Values> {
  checked(refundFields, input);
  const transaction = textOf(input.transaction)!;
  const note = textOf(input.note);
  const body = {
    ...(input.amount !== undefined && { amount: moneyFor(input.amount, 'amount') }),
    ...(note !== undefined && { note_to_payer: note }),
  };
  // The same key with another body would be answered with what the first one did: what is asked is part of it.
  const key = `refund-${createHash('sha256')
    .update(JSON.stringify([input.key!, transaction, body]))
    .digest('hex')
    .slice(0, 40)}`;
  const path = `/v2/payments/captures/${encodeURIComponent(transaction)}/refund`;
  const answer = await ask(ctx, { name: 'captures.refund', method: 'POST', path, body, key, whole: true });
  const amount = moneyOf(answer.amount);
  return { refund: String(answer.id), status: textOf(answer.status) ?? '', ...(amount !== undefined && { amount }) };
}
