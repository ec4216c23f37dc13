/** The operations of `/v2/invoicing`. */
import type { Answer } from '../kit/server.ts';
import type { Visit, World } from './desk.ts';
import { drafted, nextNumber } from './draft.ts';
import { json, malformed, missing, nothing, refused } from './errors.ts';
import {
  abridged,
  dueOf,
  type Entry,
  type Invoice,
  LIVE,
  paidOf,
  payerView,
  refundedOf,
  self,
  standing,
  whole,
} from './invoice.ts';
import { moneyIn } from './money.ts';
import { at, type Body, bodyOf, flag, natural, object, text, wantsAll } from './query.ts';
import { sumsOf } from './sums.ts';

const today = ({ clock }: World): string => new Date(clock.now()).toISOString().slice(0, 10);

function held({ account, params }: Visit): Invoice {
  const found = account.invoices.get(params[0] ?? '');
  if (found === undefined) throw missing('The invoice');
  return found;
}

/** It changed: the time of it, and whoever wants to know. */
function changed(world: World, { account, app }: Pick<Visit, 'account' | 'app'>, invoice: Invoice, event: string): void {
  invoice.updated = world.clock.now();
  world.webhooks.publish(account, app, `INVOICING.INVOICE.${event}`, 'invoices', { invoice: whole(invoice) });
}

export function createInvoice(world: World, visit: Visit): Answer {
  const invoice = draft(world, visit, bodyOf(visit.call));
  return wantsAll(visit.call) ? json(whole(invoice), 201) : json(self(invoice.id), 201);
}

/** Puts a new draft among the account's invoices. */
export function draft(world: World, { account, app }: Pick<Visit, 'account' | 'app'>, given: Body): Invoice {
  const { ids, clock } = world;
  const { body, currency } = drafted(given, { account, ids, today: today(world), template: world.template });
  const now = clock.now();
  const invoice: Invoice = {
    ...{ id: ids.invoice(), status: 'DRAFT', currency, body, sums: sumsOf(body, currency) },
    ...{ created: now, updated: now, payments: [], refunds: [] },
  };
  account.invoices.set(invoice.id, invoice);
  changed(world, { account, app }, invoice, 'CREATED');
  return invoice;
}

export function getInvoice(_world: World, visit: Visit): Answer {
  return json(whole(held(visit)));
}

export function updateInvoice(world: World, visit: Visit): Answer {
  const invoice = held(visit);
  if (!['DRAFT', 'SCHEDULED', 'SENT', 'UNPAID'].includes(invoice.status)) {
    throw refused('CANNOT_UPDATE_INVOICE', `An invoice that is ${invoice.status} cannot be updated.`);
  }
  const mailed = flag(visit.call.query, 'send_to_recipient', true);
  flag(visit.call.query, 'send_to_invoicer', true);
  const { body, currency } = drafted(bodyOf(visit.call), {
    ...{ account: visit.account, ids: world.ids, today: today(world), own: invoice.id },
  });
  Object.assign(invoice, { body, currency, sums: sumsOf(body, currency) });
  if (mailed && invoice.status === 'SENT') world.mails.push({ invoice: invoice.id, kind: 'updated' });
  changed(world, visit, invoice, 'UPDATED');
  return json(whole(invoice));
}

export function deleteInvoice(_world: World, visit: Visit): Answer {
  const invoice = held(visit);
  if (invoice.status !== 'DRAFT' && invoice.status !== 'SCHEDULED') {
    throw refused('CANNOT_DELETE_INVOICE', `An invoice that is ${invoice.status} cannot be deleted.`);
  }
  visit.account.invoices.delete(invoice.id);
  return nothing;
}

export function sendInvoice(world: World, visit: Visit): Answer {
  const invoice = held(visit);
  const body = bodyOf(visit.call);
  const link = { href: payerView(invoice), rel: 'payer-view', method: 'GET' };
  if (invoice.status !== 'DRAFT' && invoice.status !== 'SCHEDULED') return json(link);
  if (invoice.sums.total <= 0n) throw refused('VALUE_CANNOT_BE_ZERO', 'The total of an invoice that is sent must be above zero.');
  const mailed = body.send_to_recipient !== false;
  const recipients = at(invoice.body, 'primary_recipients');
  if (mailed && !(Array.isArray(recipients) && recipients.some((one) => text(object(one), 'billing_info/email_address')))) {
    throw refused('MISSING_REQUIRED_PARAMETER', 'An e-mail address is needed to send the invoice to.', '/primary_recipients');
  }
  if (String(at(invoice.body, 'detail', 'invoice_date')) > today(world)) {
    invoice.status = 'SCHEDULED';
    changed(world, visit, invoice, 'SCHEDULED');
    return json({ links: [link] }, 202);
  }
  issue(world, visit, invoice, mailed);
  return json(link);
}

/** From now on it can be paid. */
export function issue(world: World, who: Pick<Visit, 'account' | 'app'>, invoice: Invoice, mailed = true): void {
  const now = world.clock.now();
  invoice.sent = { first: invoice.sent?.first ?? now, last: now };
  if (!mailed) invoice.quiet = true;
  invoice.status = standing(invoice);
  if (mailed) world.mails.push({ invoice: invoice.id, kind: 'sent' });
  changed(world, who, invoice, 'UPDATED');
}

export function remindInvoice(world: World, visit: Visit): Answer {
  const invoice = held(visit);
  bodyOf(visit.call);
  if (!LIVE.has(invoice.status))
    throw refused('CANNOT_REMIND_INVOICE', `An invoice that is ${invoice.status} cannot be reminded of.`);
  world.mails.push({ invoice: invoice.id, kind: 'reminder' });
  return nothing;
}

export function cancelInvoice(world: World, visit: Visit): Answer {
  const invoice = held(visit);
  bodyOf(visit.call);
  const { status } = invoice;
  if (status === 'CANCELLED') throw refused('INVOICE_CANCELED_ALREADY', 'Invoice is already cancelled.');
  if (status === 'DRAFT') throw refused('CANNOT_CANCEL_DRAFT_INVOICE', 'Draft invoice cannot be canceled.');
  if (status === 'SCHEDULED') throw refused('CANNOT_CANCEL_SCHEDULED_INVOICE', 'Cannot cancel a scheduled invoice.');
  if (status.endsWith('REFUNDED'))
    throw refused('CANNOT_CANCEL_REFUNDED_INVOICE', 'Cannot cancel a refunded or partially refunded invoice.');
  if (status !== 'SENT' && status !== 'UNPAID')
    throw refused('CANNOT_CANCEL_PAID_INVOICE', 'Cannot cancel a paid or partially paid invoice.');
  invoice.status = 'CANCELLED';
  invoice.cancelled = world.clock.now();
  changed(world, visit, invoice, 'CANCELLED');
  return nothing;
}

const METHODS: ReadonlySet<string> = new Set([
  'BANK_TRANSFER',
  'CASH',
  'CHECK',
  'CREDIT_CARD',
  'DEBIT_CARD',
  'PAYPAL',
  'WIRE_TRANSFER',
  'OTHER',
]);

function entryIn(world: World, invoice: Invoice, body: Body, date: 'payment_date' | 'refund_date', otherwise: bigint): Entry {
  const method = text(body, 'method');
  if (method === undefined || !METHODS.has(method))
    throw malformed({ issue: 'INVALID_PAYMENT_METHOD', field: '/method', location: 'body' });
  const given = body.amount === undefined ? undefined : moneyIn(body.amount, '/amount');
  if (given !== undefined && given.currency !== invoice.currency)
    throw malformed({ issue: 'INVALID_CURRENCY_CODE', field: '/amount', location: 'body' });
  const note = text(body, 'note', 2000);
  return {
    ...{ id: world.ids.external(), type: 'EXTERNAL', method, date: text(body, date, 10) ?? today(world) },
    amount: given?.minor ?? otherwise,
    ...(note !== undefined && { note }),
  };
}

export function recordPayment(world: World, visit: Visit): Answer {
  const invoice = held(visit);
  if (!LIVE.has(invoice.status) && invoice.status !== 'DRAFT') {
    throw refused('CANNOT_PROCESS_PAYMENTS', 'Current invoice state does not support payment processing.');
  }
  const entry = entryIn(world, invoice, bodyOf(visit.call), 'payment_date', dueOf(invoice));
  pay(world, visit, invoice, entry);
  return json({ payment_id: entry.id });
}

/** Money for an invoice, however it came. */
export function pay(world: World, who: Pick<Visit, 'account' | 'app'>, invoice: Invoice, entry: Entry): void {
  if (entry.amount > dueOf(invoice)) {
    throw refused('PAYMENT_AMOUNT_GREATER_THAN_AMOUNT_DUE', 'Payment amount is greater than the amount due.', '/amount');
  }
  invoice.payments.push(entry);
  invoice.status = standing(invoice);
  changed(world, who, invoice, 'PAID');
}

export function recordRefund(world: World, visit: Visit): Answer {
  const invoice = held(visit);
  if (paidOf(invoice) === 0n) throw refused('CANNOT_PROCESS_REFUNDS', 'Current invoice state does not support refunds.');
  const entry = entryIn(world, invoice, bodyOf(visit.call), 'refund_date', paidOf(invoice) - refundedOf(invoice));
  giveBack(world, visit, invoice, entry);
  return json({ refund_id: entry.id });
}

export function giveBack(world: World, who: Pick<Visit, 'account' | 'app'>, invoice: Invoice, entry: Entry): void {
  if (entry.amount > paidOf(invoice) - refundedOf(invoice)) {
    throw refused('INVALID_REFUND_AMOUNT', 'Recorded refunds cannot exceed recorded payments.', '/amount');
  }
  invoice.refunds.push(entry);
  invoice.status = standing(invoice);
  changed(world, who, invoice, 'REFUNDED');
}

/** Takes back what was recorded by hand. */
export function removePayment(world: World, visit: Visit): Answer {
  const invoice = held(visit);
  const entry = invoice.payments.find(({ id, type }) => id === visit.params[1] && type === 'EXTERNAL');
  if (entry === undefined) throw missing('The payment');
  if (refundedOf(invoice) > paidOf(invoice) - entry.amount) {
    throw refused('CANNOT_DELETE_EXTERNAL_PAYMENT', 'The recorded refund cannot exceed the recorded payment for an invoice.');
  }
  invoice.payments.splice(invoice.payments.indexOf(entry), 1);
  invoice.status = standing(invoice);
  changed(world, visit, invoice, 'UPDATED');
  return nothing;
}

export function suggestNumber(_world: World, { account, call }: Visit): Answer {
  bodyOf(call);
  return json({ invoice_number: nextNumber(account) });
}

const newestFirst = (a: Invoice, b: Invoice): number => b.created - a.created || (a.id < b.id ? 1 : -1);

function page({ account, call }: Visit, all: readonly Invoice[], path: string): Answer {
  const size = natural(call.query, 'page_size', 20, 1, 100);
  const number = natural(call.query, 'page', 1, 1, 1000);
  const counted = flag(call.query, 'total_required', false);
  const shown = all.toSorted(newestFirst).slice((number - 1) * size, number * size);
  const link = (n: number, rel: string) => ({
    href: `https://api.sandbox.paypal.com${path}?page=${n}&page_size=${size}&total_required=${counted}`,
    rel,
    method: 'GET',
  });
  return json({
    ...(counted && { total_items: all.length, total_pages: Math.ceil(all.length / size) }),
    items: shown.map((one) => abridged(one, account.email)),
    links: [link(number, 'self'), ...(number * size < all.length ? [link(number + 1, 'next')] : [])],
  });
}

export function listInvoices(_world: World, visit: Visit): Answer {
  const fields = visit.call.query.get('fields') ?? 'all';
  if (!/^(all|none)$/i.test(fields))
    throw malformed({ issue: 'INVALID_PARAMETER_SYNTAX', field: 'fields', value: fields, location: 'query' });
  return page(visit, [...visit.account.invoices.values()], '/v2/invoicing/invoices');
}

export function searchInvoices(_world: World, visit: Visit): Answer {
  const body = bodyOf(visit.call);
  const statuses = body.status;
  if (statuses !== undefined && (!Array.isArray(statuses) || statuses.length > 5)) {
    throw malformed({ issue: 'INVALID_ARRAY_MAX_ITEMS', field: '/status', location: 'body' });
  }
  const number = text(body, 'invoice_number', 25);
  const email = text(body, 'recipient_email', 254);
  const reference = text(body, 'reference', 120);
  const currency = text(body, 'currency_code', 3);
  const created = rangeOf(body, 'creation_date_range');
  const found = [...visit.account.invoices.values()].filter((one) => {
    const detail = object(one.body.detail);
    const recipients = one.body.primary_recipients;
    return (
      (statuses === undefined || statuses.includes(one.status)) &&
      // It finds what contains the number, too: whoever asks has to compare.
      (number === undefined || String(detail?.invoice_number).includes(number)) &&
      (reference === undefined || detail?.reference === reference) &&
      (currency === undefined || one.currency === currency) &&
      (email === undefined || JSON.stringify(recipients ?? []).includes(`"${email}"`)) &&
      (created === undefined || (one.created >= created[0] && one.created <= created[1]))
    );
  });
  return page(visit, found, '/v2/invoicing/search-invoices');
}

function rangeOf(body: Body, name: string): [number, number] | undefined {
  const [start, end] = [text(body, `${name}/start`), text(body, `${name}/end`)];
  return start === undefined || end === undefined ? undefined : [Date.parse(start), Date.parse(end)];
}
