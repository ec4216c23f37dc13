/** The streams: what can be done with each kind of thing. */
import type { Context } from '#kit/context.ts';
import { Refused } from '#kit/errors.ts';
import { textOf } from '#kit/json.ts';
import type { Stream } from '#kit/stream.ts';
import { newDocument } from './account.ts';
import { creditMemoKind } from './credit-memo.ts';
import { customerKind, customerMembers } from './customer.ts';
import { estimateKind, estimateMembers } from './estimate.ts';
import { find, findByIds, MOST_IDS } from './finding.ts';
import { invoiceKind, invoiceMembers } from './invoice.ts';
import { itemKind, itemMembers } from './item.ts';
import type { Members } from './members.ts';
import { paymentKind, paymentMembers } from './payment.ts';
import { inCurrency, type PullOptions, pull } from './pull.ts';
import { MOST, push, type Writing } from './push.ts';
import { remove } from './remove.ts';
import { REMEMBERED } from './request-id.ts';
import { saleMembers } from './sale.ts';
import { taxCodeKind, termKind, withRates } from './terms.ts';
import { type Kind, sorted, toRow } from './things.ts';

function read(kind: Kind, title: string, options: PullOptions): Stream {
  return {
    title,
    fields: kind.fields,
    shape: 2,
    deletions: options.feed ? 'told' : 'by absence',
    timed: true,
    creates: { by: 'nothing' },
    batch: { fetch: MOST_IDS },
    undo: { update: 'never', create: 'never', remove: 'never' },
    toRow: (raw) => toRow(kind, raw),
    pull: (ctx, since, known) => pull(kind, options, ctx, since, known),
    async fetch(ctx, ids) {
      const found = await findByIds(ctx, kind, ids);
      const there = ids.map((id) => found.get(id)).filter((one) => one !== undefined);
      const whole = (await options.complete?.(ctx, there)) ?? there;
      return {
        ...sorted(
          kind,
          whole.map((one) => inCurrency(ctx, one)),
        ),
        gone: ids.filter((id) => !found.has(id)),
      };
    },
  };
}

function written(writing: Writing, title: string): Stream {
  const { kind } = writing;
  return {
    ...read(kind, title, { feed: true }),
    books: !kind.named,
    creates: { by: 'key', lifetime: REMEMBERED },
    batch: { push: MOST, create: 1, fetch: MOST_IDS, remove: MOST },
    undo: { update: 'exact', create: 'similar', remove: kind.named ? 'exact' : 'never' },
    push: (ctx, drafts) => push(writing, ctx, drafts),
    remove: (ctx, ids) => remove(kind, ctx, ids),
  };
}

/** "If omitted, the current date on the server" (invoice, TxnDate): always said. How prices and tax stand is said outside the US alone. */
async function dated(ctx: Context): Promise<(body: Members) => Members> {
  return (body) => newDocument(ctx, body);
}

/** What is sold is booked somewhere: on the account that was chosen, else on the company's first income account. */
async function sellable(ctx: Context): Promise<(body: Members) => Members> {
  let account = textOf(ctx.settings.incomeAccount);
  if (account === undefined) {
    const { things } = await find(ctx, 'Account', ["AccountType = 'Income'"], 'maxresults 1');
    account = textOf(things[0]?.Id);
  }
  return (body) => {
    const income = body.IncomeAccountRef ?? (account === undefined ? undefined : { value: account });
    if (income === undefined) {
      throw new Refused('the company has no income account', 'Choose the account on which new items are sold.', 'incomeAccount');
    }
    return { Type: 'Service', IncomeAccountRef: income, ...body };
  };
}

export const customers = written(
  { kind: customerKind, members: customerMembers, create: (sdk, body, done) => sdk.createCustomer(body, done) },
  'Customers',
);

export const items = written(
  { kind: itemKind, members: itemMembers, create: (sdk, body, done) => sdk.createItem(body, done), prepare: sellable },
  'Products and services',
);

export const estimates = written(
  { kind: estimateKind, members: estimateMembers, create: (sdk, body, done) => sdk.createEstimate(body, done), prepare: dated },
  'Estimates',
);

export const invoices = written(
  { kind: invoiceKind, members: invoiceMembers, create: (sdk, body, done) => sdk.createInvoice(body, done), prepare: dated },
  'Invoices',
);

export const creditMemos = written(
  { kind: creditMemoKind, members: saleMembers, create: (sdk, body, done) => sdk.createCreditMemo(body, done), prepare: dated },
  'Credit memos',
);

export const payments = written(
  { kind: paymentKind, members: paymentMembers, create: (sdk, body, done) => sdk.createPayment(body, done), prepare: dated },
  'Payments',
);

export const terms = read(termKind, 'Payment terms', { feed: true });

/** Change data capture does not tell of tax codes: each pass reads all. */
export const taxCodes = read(taxCodeKind, 'Tax codes', { feed: false, complete: withRates });
