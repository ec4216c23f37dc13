import { number, type Order, type Orders, text, texts } from '../kit/control.ts';
import { commonOrders } from '../kit/orders.ts';
import type { Office365 } from './contract.ts';
import { isThing, type Thing } from './thing.ts';

/** What another process may ask of the emulator. `account` is an e-mail address; absent, the first account is meant. */
export function ordersOf(office: Omit<Office365, 'origin' | 'hosts' | 'close'>): Orders {
  const of = (order: Order) => (order.account === undefined ? undefined : text(order, 'account'));
  const done = { ok: true };
  return {
    ...commonOrders(office),
    state: () => ({
      now: office.clock.now(),
      accounts: office
        .accounts()
        .map(({ id, email, title, contacts }) => ({ id, email, title, contacts: contacts.all().length })),
    }),
    'account-add': (order) => {
      const { id, email } = office.addAccount({ email: text(order, 'email'), rows: number(order, 'rows', 0) });
      return { id, email };
    },
    'contacts-list': (order) => office.mailbox(of(order)).contacts.list(),
    'contacts-get': (order) => office.mailbox(of(order)).contacts.get(text(order, 'id')) ?? null,
    'contacts-add': (order) => ({ id: office.mailbox(of(order)).contacts.add(thing(order, 'contact')) }),
    'contacts-edit': (order) => {
      office.mailbox(of(order)).contacts.edit(text(order, 'id'), thing(order, 'contact'));
      return done;
    },
    'contacts-delete': (order) => {
      office.mailbox(of(order)).contacts.delete(text(order, 'id'));
      return done;
    },
    'events-list': (order) => office.mailbox(of(order)).events.list(),
    'events-add': (order) => ({ id: office.mailbox(of(order)).events.add(thing(order, 'event')) }),
    'events-edit': (order) => {
      office.mailbox(of(order)).events.edit(text(order, 'id'), thing(order, 'event'));
      return done;
    },
    'events-delete': (order) => {
      office.mailbox(of(order)).events.delete(text(order, 'id'));
      return done;
    },
    lifecycle: (order) => {
      const event = LIFECYCLE.find((one) => one === order.event);
      if (event === undefined) throw new Error(`event must be one of ${LIFECYCLE.join(', ')}`);
      office.lifecycle(event, of(order));
      return done;
    },
    'rounds-forget': (order) => {
      office.forgetRounds(of(order));
      return done;
    },
    'access-expire': (order) => {
      office.expireAccess(of(order));
      return done;
    },
    revoke: (order) => {
      office.revoke(of(order));
      return done;
    },
    grant: (order) => {
      const { accessToken, refreshToken, expiresIn, scopes } = office.grant(of(order), texts(order, 'scopes'));
      return { accessToken, refreshToken: refreshToken ?? null, expiresIn, scopes: [...scopes] };
    },
    consent: async (order) => ({
      location: await office.consent(text(order, 'url'), {
        account: of(order),
        scopes: texts(order, 'scopes'),
        deny: order.deny === true,
      }),
    }),
  };
}

const LIFECYCLE = ['reauthorizationRequired', 'missed', 'subscriptionRemoved'] as const;

function thing(order: Order, name: string): Thing {
  const given = order[name];
  if (!isThing(given)) throw new Error(`${name} must be an object, found ${JSON.stringify(given) ?? 'nothing'}`);
  return given;
}
