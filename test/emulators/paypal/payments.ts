/** Captures, refunds, and the rows they leave in the account: money that came and went. */
import type { Json } from '#kit/fields.ts';
import type { Answer } from '../kit/server.ts';
import type { Account } from './account.ts';
import type { Capture, Refund } from './capture.ts';
import type { Visit, World } from './desk.ts';
import { json, malformed, missing, refused } from './errors.ts';
import { giveBack } from './invoicing.ts';
import { money, moneyIn } from './money.ts';
import { bodyOf, seconds, text, wantsAll } from './query.ts';

const HOST = 'https://api.sandbox.paypal.com/v2/payments';
const LATEST = 180 * 86_400_000;

export function captureView(account: Account, one: Capture): { [member: string]: Json } {
  const said = (minor: bigint) => money(minor, one.currency);
  const link = (rel: string, method: string, end = '') => ({ href: `${HOST}/captures/${one.id}${end}`, rel, method });
  return {
    id: one.id,
    amount: said(one.amount),
    final_capture: true,
    seller_protection: { status: 'NOT_ELIGIBLE' },
    ...(one.status !== 'DECLINED' &&
      one.status !== 'PENDING' && {
        seller_receivable_breakdown: {
          gross_amount: said(one.amount),
          paypal_fee: said(one.fee),
          net_amount: said(one.amount - one.fee),
        },
      }),
    ...(one.invoiceId !== undefined && { invoice_id: one.invoiceId }),
    ...(one.customId !== undefined && { custom_id: one.customId }),
    status: one.status,
    ...(one.status === 'PENDING' && { status_details: { reason: 'ECHECK' } }),
    payee: { email_address: account.email, merchant_id: account.id },
    create_time: seconds(one.created),
    update_time: seconds(one.updated),
    links: [link('self', 'GET'), link('refund', 'POST', '/refund')],
  };
}

/** Times of refunds come with the offset of California. */
function refundView(one: Refund): { [member: string]: Json } {
  const time = `${new Date(one.created - 7 * 3_600_000).toISOString().slice(0, 19)}-07:00`;
  const said = (minor: bigint) => money(minor, one.currency);
  return {
    id: one.id,
    amount: said(one.amount),
    seller_payable_breakdown: {
      ...{ gross_amount: said(one.amount), paypal_fee: said(0n), net_amount: said(one.amount) },
      total_refunded_amount: said(one.total),
    },
    status: 'COMPLETED',
    ...(one.note !== undefined && { note_to_payer: one.note }),
    create_time: time,
    update_time: time,
    links: refundLinks(one),
  };
}

function refundLinks({ id, capture }: Refund) {
  return [
    { href: `${HOST}/refunds/${id}`, rel: 'self', method: 'GET' },
    { href: `${HOST}/captures/${capture}`, rel: 'up', method: 'GET' },
  ];
}

export function getCapture(_world: World, { account, params }: Visit): Answer {
  const found = account.captures.get(params[0] ?? '');
  if (found === undefined) throw missing('The capture');
  return json(captureView(account, found));
}

export function getRefund(_world: World, { account, params }: Visit): Answer {
  const found = account.refunds.get(params[0] ?? '');
  if (found === undefined) throw missing('The refund');
  return json(refundView(found));
}

export function refundCapture(world: World, visit: Visit): Answer {
  const capture = visit.account.captures.get(visit.params[0] ?? '');
  if (capture === undefined) throw missing('The capture');
  const body = bodyOf(visit.call);
  const given = body.amount === undefined ? undefined : moneyIn(body.amount, '/amount');
  if (given !== undefined && given.currency !== capture.currency) {
    throw refused(
      'REFUND_CAPTURE_CURRENCY_MISMATCH',
      'Refund must be in the same currency as the capture.',
      '/amount/currency_code',
    );
  }
  if (given !== undefined && given.minor <= 0n)
    throw malformed({ issue: 'CANNOT_BE_ZERO_OR_NEGATIVE', field: '/amount/value', location: 'body' });
  const left = capture.amount - capture.refunded;
  if (capture.status === 'PENDING') throw refused('PENDING_CAPTURE', 'Cannot initiate a refund as the capture is pending.');
  if (capture.status === 'DECLINED') throw refused('REFUND_NOT_ALLOWED', 'The capture was declined.');
  if (capture.disputed)
    throw refused('TRANSACTION_DISPUTED', 'Partial refunds cannot be offered while the transaction is disputed.');
  if (left === 0n) throw refused('CAPTURE_FULLY_REFUNDED', 'The capture has already been fully refunded.');
  if (world.clock.now() - capture.created > LATEST)
    throw refused('REFUND_TIME_LIMIT_EXCEEDED', 'You are over the time limit to perform a refund on this capture.');
  const amount = given?.minor ?? left;
  if (amount > left)
    throw refused(
      'REFUND_AMOUNT_EXCEEDED',
      'The refund amount must be less than or equal to the capture amount that has not yet been refunded.',
      '/amount/value',
    );
  const refund = refundNow(world, visit, capture, amount, text(body, 'note_to_payer', 255));
  return json(
    wantsAll(visit.call) ? refundView(refund) : { id: refund.id, status: 'COMPLETED', links: refundLinks(refund) },
    201,
  );
}

/** Gives money back, with all that follows. */
export function refundNow(
  world: World,
  who: Pick<Visit, 'account' | 'app'>,
  capture: Capture,
  amount: bigint,
  note?: string,
): Refund {
  const { account, app } = who;
  const now = world.clock.now();
  capture.refunded += amount;
  capture.status = capture.refunded === capture.amount ? 'REFUNDED' : 'PARTIALLY_REFUNDED';
  capture.updated = now;
  const refund: Refund = {
    ...{
      id: world.ids.payment(),
      capture: capture.id,
      currency: capture.currency,
      amount,
      total: capture.refunded,
      created: now,
    },
    ...(note !== undefined && { note }),
  };
  account.refunds.set(refund.id, refund);
  const paid = account.transactions.find(({ id, code }) => id === capture.id && code.startsWith('T00'));
  account.transactions.push({
    ...{ id: refund.id, code: 'T1107', begun: now, currency: capture.currency, amount: -amount, fee: 0n },
    ...{ reference: { id: capture.id, type: 'TXN' }, payer: paid?.payer, invoiceId: capture.invoiceId, custom: capture.customId },
    ...{ paypalInvoice: capture.invoice, states: [{ at: now, status: 'S' }] },
  });
  const invoice = capture.invoice === undefined ? undefined : account.invoices.get(capture.invoice);
  if (invoice) {
    const date = new Date(now).toISOString().slice(0, 10);
    giveBack(world, who, invoice, { id: refund.id, type: 'PAYPAL', method: 'PAYPAL', date, amount });
  }
  world.webhooks.publish(account, app, 'PAYMENT.CAPTURE.REFUNDED', 'refund', refundView(refund));
  return refund;
}
