import type { Json } from '#kit/fields.ts';
import { number, type Order, type Orders, text, texts } from '../kit/control.ts';
import { commonOrders } from '../kit/orders.ts';
import type { Controlled } from './contract.ts';
import { object } from './query.ts';
import { DEMO_SEED, type SeedPlan } from './seed.ts';

const may = (order: Order, name: string): string | undefined => (order[name] === undefined ? undefined : text(order, name));

/** What another process may ask of the emulator. Money is text in the currency's own decimals. */
export function ordersOf(on: Controlled): Orders {
  const done = { ok: true };
  return {
    ...commonOrders(on),
    state: () => ({
      now: on.clock.now(),
      account: { id: on.account().id, email: on.account().email },
      invoices: on.account().invoices.size,
      transactions: on.account().transactions.length,
      products: on.account().products.size,
      disputes: on.account().disputes.size,
      webhooks: on.hooks().map(({ id, url, types }) => ({ id, url, types: [...types] })),
      events: on.events().length,
      mails: on.mails().map((one): Json => ({ ...one })),
      faults: on.faults.pending().map((fault): Json => ({ ...fault })),
    }),
    /** `{"products":[…],"invoices":[{"body":{…},"paid":"20.00"}],"transactions":[…]}` after seed.ts; empty: a small account of our own. */
    seed: (order) => {
      on.seed(Object.keys(order).length === 0 ? DEMO_SEED : (order as unknown as SeedPlan));
      return done;
    },
    root: () => ({ pem: on.root() }),
    /** `{"amount":"25.00","currency":"USD","invoiceId":"A-1","invoice":"INV2-…"}` */
    pay: (order) => {
      const payer = object(order.payer);
      const one = on.pay({
        amount: text(order, 'amount'),
        currency: may(order, 'currency'),
        invoiceId: may(order, 'invoiceId'),
        custom: may(order, 'custom'),
        note: may(order, 'note'),
        invoice: may(order, 'invoice'),
        ...(payer && { payer: { email: may(payer, 'email'), given: may(payer, 'given'), surname: may(payer, 'surname') } }),
      });
      return { capture: one.id };
    },
    refund: (order) => ({ refund: on.refund(text(order, 'capture'), may(order, 'amount')) }),
    invoice: (order) => ({ id: on.addInvoice(object(order.body) ?? {}, order.send === true).id }),
    dispute: (order) => ({ id: on.addDispute({ transaction: text(order, 'transaction') }).id }),
    scopes: (order) => {
      on.setScopes(texts(order, 'scopes') ?? []);
      return done;
    },
    lag: (order) => {
      on.setLag(number(order, 'ms'));
      return done;
    },
    rates: (order) => {
      on.setRates({
        ...(order.perMinute !== undefined && { perMinute: number(order, 'perMinute') }),
        ...(order.retryAfter !== undefined && { retryAfter: number(order, 'retryAfter') }),
      });
      return done;
    },
    'access-expire': () => {
      on.expireAccess();
      return done;
    },
    'app-remove': () => {
      on.removeApp();
      return done;
    },
    grant: () => ({ ...on.grant() }),
    settled: async () => {
      await on.settled();
      return done;
    },
  };
}
