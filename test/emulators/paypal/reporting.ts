/** `/v1/reporting`: what happened to the account's money, hours late and never more than 31 days or 10,000 rows at a time. */
import type { Json } from '#kit/fields.ts';
import type { Answer } from '../kit/server.ts';
import type { Account } from './account.ts';
import type { Visit, World } from './desk.ts';
import { ApiError, json, malformed } from './errors.ts';
import { money } from './money.ts';
import { instant, natural, seconds } from './query.ts';
import type { Payer, Shown, Transaction } from './transaction.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const LONGEST = 31 * DAY;
const HISTORY = 3 * 365 * DAY;

/** Up to when the data is published: whole hours, less a second. */
export function refreshed({ clock, reporting }: World): number {
  return Math.floor((clock.now() - reporting.lag) / HOUR) * HOUR - 1000;
}

const FIELDS: ReadonlySet<string> = new Set([
  'transaction_info',
  'payer_info',
  'shipping_info',
  'auction_info',
  'cart_info',
  'incentive_info',
  'store_info',
]);

export function searchTransactions(world: World, { account, call }: Visit): Answer {
  const { query } = call;
  const [start, end] = [instant(query, 'start_date'), instant(query, 'end_date')];
  if (start === undefined || end === undefined) {
    throw malformed({
      issue: 'MISSING_REQUIRED_PARAMETER',
      field: start === undefined ? 'start_date' : 'end_date',
      location: 'query',
    });
  }
  const until = refreshed(world);
  expectWindow(world, start, end, until);
  const fields = (query.get('fields') ?? 'transaction_info').split(',');
  const unknown = fields.find((one) => one !== 'all' && !FIELDS.has(one));
  if (unknown !== undefined)
    throw malformed({ issue: 'Invalid fields value', field: 'fields', value: unknown, location: 'query' });
  const wanted = fields.includes('all') ? FIELDS : new Set(fields);
  const found = matching(account, query, start, Math.min(end, until)).toSorted((a, b) => a.begun - b.begun);
  if (found.length > world.reporting.most) {
    const message = 'Result set size is greater than the maximum limit. Change the filter criteria and try again.';
    throw new ApiError(400, 'RESULTSET_TOO_LARGE', message, [], { more: { maximum_items: world.reporting.most } });
  }
  const size = natural(query, 'page_size', 100, 1, 500);
  const number = natural(query, 'page', 1, 1, 2 ** 31 - 1);
  const shown = found.slice((number - 1) * size, number * size);
  return json({
    // A window without any has no such member at all.
    ...(shown.length > 0 && { transaction_details: shown.map((one) => rowOf(account, one, until, wanted)) }),
    account_number: account.id,
    start_date: seconds(start),
    end_date: seconds(Math.min(end, until)),
    last_refreshed_datetime: seconds(until),
    page: number,
    total_items: found.length,
    total_pages: Math.ceil(found.length / size),
    links: [{ href: `https://api-m.sandbox.paypal.com/v1/reporting/transactions?${query}`, rel: 'self', method: 'GET' }],
  });
}

function expectWindow(world: World, start: number, end: number, until: number): void {
  if (end < start) throw malformed({ issue: 'End date is before start date.', field: 'end_date', location: 'query' });
  if (end - start > LONGEST) throw malformed({ issue: 'Date range is greater than 31 days', location: 'query' });
  if (start < world.clock.now() - HISTORY)
    throw malformed({ issue: 'Start date is more than three years ago.', field: 'start_date', location: 'query' });
  if (start > until) throw malformed({ issue: 'Data for the given start date is not available.' });
}

function matching(account: Account, query: URLSearchParams, start: number, end: number): Transaction[] {
  const [id, currency, status, type] = ['transaction_id', 'transaction_currency', 'transaction_status', 'transaction_type'].map(
    (name) => query.get(name),
  );
  const range = /^(\d+) TO (\d+)$/.exec(query.get('transaction_amount') ?? '');
  // Without it only rows that moved the balance show: what is pending has not.
  const all = query.get('balance_affecting_records_only') === 'N';
  return account.transactions.filter(
    (one) =>
      (all || statusOf(one, end) !== 'P') &&
      one.begun >= start &&
      one.begun <= end &&
      (id === null || one.id === id) &&
      (currency === null || one.currency === currency) &&
      (type === null || one.code === type) &&
      (status === null || statusOf(one, end) === status) &&
      (range === null || (one.amount >= BigInt(range[1]!) && one.amount <= BigInt(range[2]!))),
  );
}

function changedOf({ states }: Transaction, until: number) {
  return states.findLast(({ at }) => at <= until) ?? states[0]!;
}

const statusOf = (one: Transaction, until: number): Shown => changedOf(one, until).status;

const PARTS: readonly string[] = ['shipping_info', 'auction_info', 'incentive_info', 'store_info'];

function rowOf(account: Account, one: Transaction, until: number, wanted: ReadonlySet<string>): Json {
  const { at, status } = changedOf(one, until);
  const said = (minor: bigint) => money(minor, one.currency);
  const row: { [member: string]: Json } = {
    transaction_info: {
      paypal_account_id: one.payer?.account ?? account.id,
      transaction_id: one.id,
      ...(one.reference && { paypal_reference_id: one.reference.id, paypal_reference_id_type: one.reference.type }),
      transaction_event_code: one.code,
      transaction_initiation_date: seconds(one.begun),
      transaction_updated_date: seconds(at),
      transaction_amount: said(one.amount),
      ...(one.fee !== 0n && { fee_amount: said(one.fee) }),
      transaction_status: status,
      ...(one.subject !== undefined && { transaction_subject: one.subject }),
      ...(one.note !== undefined && { transaction_note: one.note }),
      ...(one.invoiceId !== undefined && { invoice_id: one.invoiceId }),
      ...(one.custom !== undefined && { custom_field: one.custom }),
      protection_eligibility: '02',
    },
  };
  if (wanted.has('payer_info')) row.payer_info = payerOf(one.payer);
  if (wanted.has('cart_info')) row.cart_info = one.paypalInvoice === undefined ? {} : { paypal_invoice_id: one.paypalInvoice };
  for (const part of PARTS) if (wanted.has(part)) row[part] = {};
  return row;
}

function payerOf(payer: Payer | undefined): Json {
  if (payer === undefined) return { address_status: 'N', payer_name: {} };
  const { account, email, given, surname, country } = payer;
  return {
    ...(account !== undefined && { account_id: account }),
    ...(email !== undefined && { email_address: email }),
    address_status: 'N',
    payer_status: 'Y',
    payer_name: {
      ...(given !== undefined && { given_name: given }),
      ...(surname !== undefined && { surname }),
      ...(given !== undefined && surname !== undefined && { alternate_full_name: `${given} ${surname}` }),
    },
    ...(country !== undefined && { country_code: country }),
  };
}

export function listBalances(world: World, { account, call }: Visit): Answer {
  const until = refreshed(world);
  const asOf = Math.min(instant(call.query, 'as_of_time') ?? until, until);
  const totals = new Map<string, bigint>();
  for (const one of account.transactions) {
    if (one.begun > asOf || statusOf(one, asOf) !== 'S') continue;
    totals.set(one.currency, (totals.get(one.currency) ?? 0n) + one.amount + one.fee);
  }
  if (totals.size === 0) totals.set('USD', 0n);
  const wanted = call.query.get('currency_code');
  const balances = [...totals].filter(([currency]) => wanted === null || wanted === 'ALL' || currency === wanted);
  return json({
    balances: balances.map(([currency, minor], i) => ({
      currency,
      ...(i === 0 && { primary: true }),
      total_balance: money(minor, currency),
      available_balance: money(minor, currency),
      withheld_balance: money(0n, currency),
    })),
    account_id: account.id,
    as_of_time: seconds(asOf),
    last_refresh_time: seconds(until),
  });
}
