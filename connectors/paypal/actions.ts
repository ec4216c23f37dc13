/** What can be done besides streams: an invoice, a link to pay by, money back. */
import type { Action } from '#kit/connector.ts';
import { createInvoice, draftFields } from './drafts.ts';
import { issue } from './issue.ts';
import { refund, refundFields } from './refunds.ts';

const text = (title: string, max: number, required = false) =>
  ({ kind: 'text', title, max, ...(required && { required }) }) as const;

export const actions: { readonly [name: string]: Action } = {
  createInvoice: {
    title: 'Write an invoice, as a draft',
    input: draftFields,
    undo: 'never',
    run: createInvoice,
  },
  sendInvoice: {
    title: 'Send an invoice by e-mail',
    input: {
      invoice: text('Invoice', 30, true),
      subject: text('Subject', 4_000),
      note: text('Note', 4_000),
      copyToSelf: { kind: 'flag', title: 'A copy to the merchant' },
    },
    undo: 'never',
    run: (ctx, input) => issue(ctx, input, true),
  },
  paymentLink: {
    title: 'Make a link to pay by, which is sent to nobody',
    input: {
      number: { ...draftFields.number },
      amount: { kind: 'money', title: 'Amount', required: true },
      name: text('What for', 200, true),
      description: text('Description', 1_000),
      email: draftFields.email,
      due: draftFields.due,
      reference: draftFields.reference,
    },
    undo: 'never',
    async run(ctx, { amount, name, description, ...rest }) {
      const line = { name: name!, quantity: 1, unitPrice: amount!, ...(description !== undefined && { description }) };
      const made = await createInvoice(ctx, { ...rest, lines: [line] });
      return issue(ctx, { invoice: made.invoice! }, false);
    },
  },
  refund: {
    title: 'Give a payment back, all of it or a part',
    input: refundFields,
    undo: 'never',
    paysOut: true,
    run: refund,
  },
};
