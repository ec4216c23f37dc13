/** Issuing an invoice: by e-mail, or quietly, so that only a link leads to it. */
import type { Context } from '#kit/context.ts';
import { Refused } from '#kit/errors.ts';
import type { Values } from '#kit/fields.ts';
import { objectOf, textOf } from '#kit/json.ts';
import { ask } from './client.ts';
import { shown } from './drafts.ts';
import { getInvoice, INVOICES } from './invoices.ts';

/** Sending what was sent already has no effect (spec): it may be said again. */
export async function issue(ctx: Context, input: Values, mailed: boolean): Promise<Values> {
  const id = textOf(input.invoice) ?? '';
  const before = await needed(ctx, id);
  if (before.status === 'DRAFT' || before.status === 'SCHEDULED') {
    const body = {
      send_to_recipient: mailed,
      send_to_invoicer: input.copyToSelf === true,
      ...(textOf(input.subject) !== undefined && { subject: input.subject! }),
      ...(textOf(input.note) !== undefined && { note: input.note! }),
    };
    const path = `${INVOICES}/${encodeURIComponent(id)}/send`;
    await ask(ctx, { name: 'invoices.send', method: 'POST', path, body }, { repeatable: true });
  } else if (before.status === 'CANCELLED') {
    throw new Refused(`Invoice ${id} is cancelled.`, 'Write a new one.', 'invoice');
  }
  return shown(await needed(ctx, id));
}

async function needed(ctx: Context, id: string) {
  const found = id === '' ? undefined : await getInvoice(ctx, id);
  if (found !== undefined && objectOf(found.detail) !== undefined) return found;
  throw new Refused(`PayPal knows no invoice ${id}.`, 'Give the id of an invoice, as createInvoice gave it.', 'invoice');
}
