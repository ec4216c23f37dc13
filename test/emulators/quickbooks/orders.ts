import type { Json } from '#kit/fields.ts';
import { number, type Order, type Orders, text } from '../kit/control.ts';
import { commonOrders } from '../kit/orders.ts';
import { ENTITIES, type Entity } from './company.ts';
import type { Controlled } from './contract.ts';
import type { Ledger } from './ledger.ts';
import { QUICKBOOKS_QUOTAS } from './quotas.ts';
import { type Thing, thing } from './thing.ts';

/** What another process may ask of the emulator. `realm` names the company; absent: the first. */
export function ordersOf(on: Controlled): Orders {
  const realm = (order: Order) => (order.realm === undefined ? undefined : text(order, 'realm'));
  const done = { ok: true };
  return {
    ...commonOrders(on),
    state: () => ({
      now: on.clock.now(),
      companies: on.companies().map((character): Json => ({ ...character })),
      deliveries: on.deliveries(),
      faults: on.faults.pending().map((fault): Json => ({ ...fault })),
    }),
    list: (order) => [...on.books(realm(order)).all(entity(order))],
    save: (order) => on.save(entity(order), thing(order.body), realm(order)),
    delete: (order) => {
      on.delete(entity(order), text(order, 'id'), realm(order));
      return done;
    },
    void: (order) => {
      on.void(entity(order) as 'Invoice', text(order, 'id'), realm(order));
      return done;
    },
    seed: (order) => {
      const placed = on.seed(thing(order.ledger) as Thing & Ledger, realm(order));
      return Object.fromEntries(Object.entries(placed).map(([name, ids]): [string, Json] => [name, Object.fromEntries(ids)]));
    },
    hook: (order) => {
      const shape = order.shape === 'legacy' ? 'legacy' : 'events';
      on.setHook(order.url === undefined ? undefined : { url: text(order, 'url'), secret: text(order, 'secret'), shape });
      return done;
    },
    settled: async () => {
      await on.settled();
      return { ...on.deliveries() };
    },
    revoke: (order) => {
      on.revoke(realm(order));
      return done;
    },
    'expire-access': (order) => {
      on.expireAccess(realm(order));
      return done;
    },
    quotas: (order) => {
      on.setQuotas(order.usual === true ? QUICKBOOKS_QUOTAS : { requests: { calls: number(order, 'perMinute'), perMs: 60_000 } });
      return done;
    },
  };
}

function entity(order: Order): Entity {
  const name = text(order, 'entity');
  const found = ENTITIES.find((one) => one === name);
  if (found === undefined) throw new Error(`entity ${name} is unknown; there are ${ENTITIES.join(', ')}`);
  return found;
}
