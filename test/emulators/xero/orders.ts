import type { Json } from '#kit/fields.ts';
import { type Order, type Orders, text } from '../kit/control.ts';
import { commonOrders } from '../kit/orders.ts';
import type { Controlled } from './contract.ts';
import { KINDS, type Kind } from './ledger.ts';
import type { Seed } from './seed.ts';
import { body } from './wire.ts';

/** What another process may ask: `POST /_control/<name>`. */
export function ordersOf(control: Controlled): Orders {
  const done = { ok: true };
  const which = (order: Order) => (order.organisation === undefined ? undefined : text(order, 'organisation'));
  return {
    ...commonOrders(control),
    /** `{"books":{"Contacts":[…],"Invoices":[…]},"organisation":"Quayside Books Ltd"}` */
    seed: (order) => {
      control.seed(body(order.books) as Seed, which(order));
      return done;
    },
    list: (order) => control.list(kindOf(order), which(order)),
    edit: (order) => control.edit(kindOf(order), text(order, 'id'), body(order.changes), which(order)),
    delete: (order) => {
      control.delete(kindOf(order), text(order, 'id'), which(order));
      return done;
    },
    lock: (order) => {
      control.lock(order.day === undefined ? undefined : text(order, 'day'), which(order));
      return done;
    },
    mails: () => control.mails().map(({ invoice, to }) => ({ invoice, to })),
    revoke: () => {
      control.revoke();
      return done;
    },
    'expire-access': () => {
      control.expireAccess();
      return done;
    },
    subscribe: async (order): Promise<Json> => {
      const { url, state } = await control.subscribe(text(order, 'url'), text(order, 'key'));
      return { url, state };
    },
    settled: async () => {
      await control.settled();
      return done;
    },
  };
}

function kindOf(order: Order): Kind {
  const name = text(order, 'kind');
  const kind = KINDS.find((one) => one === name);
  if (kind === undefined) throw new Error(`kind must be one of ${KINDS.join(', ')}, found ${name}`);
  return kind;
}
