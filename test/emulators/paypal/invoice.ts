/** One invoice: what it holds, what it may become, and how it is shown whole and in lists. */
import type { Json } from '#kit/fields.ts';
import { money } from './money.ts';
import { at, type Body, object, seconds } from './query.ts';
import type { Sums } from './sums.ts';

export type Status =
  | 'DRAFT'
  | 'SENT'
  | 'SCHEDULED'
  | 'PAID'
  | 'MARKED_AS_PAID'
  | 'CANCELLED'
  | 'REFUNDED'
  | 'PARTIALLY_PAID'
  | 'PARTIALLY_REFUNDED'
  | 'MARKED_AS_REFUNDED'
  | 'UNPAID';

/** Money that came or went, by PayPal or recorded by hand. */
export interface Entry {
  id: string;
  type: 'PAYPAL' | 'EXTERNAL';
  method: string;
  /** `YYYY-MM-DD` */
  date: string;
  amount: bigint;
  note?: string;
}

export interface Invoice {
  id: string;
  status: Status;
  currency: string;
  /** What the merchant wrote, with ids of the lines. */
  body: Body;
  sums: Sums;
  created: number;
  updated: number;
  /** When it was first and last sent; absent: never. */
  sent?: { first: number; last: number };
  /** Shared by link alone, without an e-mail. */
  quiet?: true;
  cancelled?: number;
  payments: Entry[];
  refunds: Entry[];
}

export const LIVE: ReadonlySet<Status> = new Set(['SENT', 'UNPAID', 'PARTIALLY_PAID']);

const total = (entries: readonly Entry[]): bigint => entries.reduce((sum, { amount }) => sum + amount, 0n);

export const paidOf = ({ payments }: Invoice): bigint => total(payments);
export const refundedOf = ({ refunds }: Invoice): bigint => total(refunds);
/** A cancelled one keeps its amount due. */
export const dueOf = (invoice: Invoice): bigint => invoice.sums.total - paidOf(invoice);

/** What it is after money came or went. */
export function standing(invoice: Invoice): Status {
  const [paid, refunded] = [paidOf(invoice), refundedOf(invoice)];
  const byHand = [...invoice.payments, ...invoice.refunds].every(({ type }) => type === 'EXTERNAL');
  if (refunded > 0n) return refunded < paid ? 'PARTIALLY_REFUNDED' : byHand ? 'MARKED_AS_REFUNDED' : 'REFUNDED';
  if (paid === 0n) return invoice.quiet ? 'UNPAID' : 'SENT';
  return paid < invoice.sums.total ? 'PARTIALLY_PAID' : byHand ? 'MARKED_AS_PAID' : 'PAID';
}

export const numberOf = (invoice: Invoice): string => String(at(invoice.body, 'detail', 'invoice_number'));

const HOST = 'https://api.sandbox.paypal.com';
const WEB = 'https://www.sandbox.paypal.com/invoice';

export const payerView = ({ id }: Invoice): string => `${WEB}/p/#${id.replace(/^INV2|-/g, '')}`;

export function self(id: string): { href: string; rel: string; method: string } {
  return { href: `${HOST}/v2/invoicing/invoices/${id}`, rel: 'self', method: 'GET' };
}

/** The whole of it. */
export function whole(invoice: Invoice): { [member: string]: Json } {
  const { id, status, body, currency, sums, created, updated, sent, cancelled } = invoice;
  const { status: _status, ...given } = body;
  return {
    ...given,
    id,
    status,
    detail: {
      category_code: 'SHIPPABLE',
      ...object(body.detail),
      viewed_by_recipient: false,
      group_draft: false,
      metadata: {
        create_time: seconds(created),
        last_update_time: seconds(updated),
        ...(sent && { first_sent_time: seconds(sent.first), last_sent_time: seconds(sent.last) }),
        ...(cancelled !== undefined && { cancel_time: seconds(cancelled) }),
        created_by_flow: 'REGULAR_SINGLE',
        recipient_view_url: payerView(invoice),
        invoicer_view_url: `${WEB}/details/${id}`,
        caller_type: 'API_V2_INVOICE',
        spam_info: {},
      },
      archived: false,
    },
    invoicer: object(body.invoicer) ?? {},
    items: sums.items.map((one) => ({ ...one })),
    amount: { ...sums.amount },
    due_amount: money(dueOf(invoice), currency),
    ...moneyMoved(invoice, true),
    links: linksOf(invoice),
    unilateral: false,
  };
}

/** As lists show it: no lines, no payments one by one, no terms' kind, and of its times only the first. */
export function abridged(invoice: Invoice, email: string): { [member: string]: Json } {
  const { id, status, body, currency, sums, created } = invoice;
  const { payment_term: term, ...detail } = object(body.detail) ?? {};
  const due = object(term)?.due_date;
  return {
    id,
    status,
    detail: {
      ...detail,
      ...(due !== undefined && { payment_term: { due_date: due } }),
      viewed_by_recipient: false,
      group_draft: false,
      metadata: { create_time: seconds(created) },
    },
    invoicer: { email_address: email },
    ...(body.primary_recipients !== undefined && { primary_recipients: body.primary_recipients }),
    amount: money(sums.total, currency),
    due_amount: money(dueOf(invoice), currency),
    ...moneyMoved(invoice, false),
    links: linksOf(invoice),
    unilateral: false,
  };
}

function moneyMoved(invoice: Invoice, each: boolean): { [member: string]: Json } {
  const { payments, refunds, currency } = invoice;
  const moved: { [member: string]: Json } = {};
  if (payments.length > 0) {
    moved.payments = {
      paid_amount: money(paidOf(invoice), currency),
      ...(each && {
        transactions: payments.map(({ id, date, note, amount, ...one }) => ({
          ...one,
          payment_id: id,
          payment_date: date,
          amount: money(amount, currency),
          ...(note !== undefined && { note }),
        })),
      }),
    };
  }
  if (refunds.length > 0) {
    moved.refunds = {
      refund_amount: money(refundedOf(invoice), currency),
      ...(each && {
        transactions: refunds.map(({ id, type, method, date, amount }) => ({
          ...{ type, method, refund_id: id, refund_date: date },
          amount: money(amount, currency),
        })),
      }),
    };
  }
  return moved;
}

/** What can be done with it next. */
function linksOf({ id, status }: Invoice): Json[] {
  const link = (rel: string, method: string, end = ''): Json => ({
    href: `${HOST}/v2/invoicing/invoices/${id}${end}`,
    rel,
    method,
  });
  const record = link('record-payment', 'POST', '/payments');
  const qr = link('qr-code', 'POST', '/generate-qr-code');
  switch (status) {
    case 'DRAFT':
    case 'SCHEDULED':
      return [self(id), link('send', 'POST', '/send'), link('replace', 'PUT'), link('delete', 'DELETE'), record];
    case 'SENT':
    case 'UNPAID':
      return [self(id), link('replace', 'PUT'), link('cancel', 'POST', '/cancel'), link('remind', 'POST', '/remind'), record, qr];
    case 'PARTIALLY_PAID':
      return [self(id), link('remind', 'POST', '/remind'), record, link('record-refund', 'POST', '/refunds')];
    case 'PAID':
    case 'MARKED_AS_PAID':
    case 'PARTIALLY_REFUNDED':
      return [self(id), link('record-refund', 'POST', '/refunds')];
    default:
      return [self(id)];
  }
}
