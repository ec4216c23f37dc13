import type { Json } from '#kit/fields.ts';
import { number, type Order, type Orders, text, texts } from '../kit/control.ts';
import { commonOrders } from '../kit/orders.ts';
import type { Gsuite } from './contract.ts';
import type { GivenPerson } from './desk.ts';
import { GOOGLE_QUOTAS, type Quotas } from './quotas.ts';

/** What another process may ask of the emulator. `account` is an e-mail address; absent, the first account is meant. */
export function ordersOf(gsuite: Omit<Gsuite, 'origin' | 'hosts' | 'close'>): Orders {
  const of = (order: Order) => (order.account === undefined ? undefined : text(order, 'account'));
  const done = { ok: true };
  return {
    ...commonOrders(gsuite),
    state: () => ({
      now: gsuite.clock.now(),
      accounts: gsuite.accounts().map(({ id, email, title, book }) => ({ id, email, title, people: book.count() })),
      faults: gsuite.faults.pending().map((fault): Json => ({ ...fault })),
    }),
    'account-add': (order) => {
      const { id, email } = gsuite.addAccount({
        email: text(order, 'email'),
        rows: number(order, 'rows', 0),
        seed: number(order, 'seed', 1),
      });
      return { id, email };
    },
    'people-list': (order) => gsuite.people(of(order)).list(),
    'people-get': (order) => gsuite.people(of(order)).get(text(order, 'resourceName')) ?? null,
    'people-add': (order) => ({ resourceName: gsuite.people(of(order)).add(person(order)) }),
    'people-edit': (order) => ({ resourceName: gsuite.people(of(order)).edit(text(order, 'resourceName'), person(order)) }),
    'people-delete': (order) => {
      gsuite.people(of(order)).delete(text(order, 'resourceName'));
      return done;
    },
    'people-rename': (order) => ({ resourceName: gsuite.people(of(order)).rename(text(order, 'resourceName')) }),
    'people-touch': (order) => ({
      resourceNames: gsuite.people(of(order)).touch(number(order, 'count'), number(order, 'seed', 1)),
    }),
    'events-list': (order) => gsuite.agenda(of(order)).list(),
    'events-add': (order) => ({ id: gsuite.agenda(of(order)).add(thing(order, 'event')) }),
    'events-edit': (order) => {
      gsuite.agenda(of(order)).edit(text(order, 'id'), thing(order, 'event'));
      return done;
    },
    'events-delete': (order) => {
      gsuite.agenda(of(order)).delete(text(order, 'id'));
      return done;
    },
    'tasks-list': (order) => gsuite.todo(of(order)).list(),
    'tasks-add': (order) => ({ id: gsuite.todo(of(order)).add(thing(order, 'task')) }),
    'tasks-complete': (order) => {
      gsuite.todo(of(order)).complete(text(order, 'id'));
      return done;
    },
    'files-add': (order) => ({ id: gsuite.drive(of(order)).add({ ...thing(order, 'file') }) }),
    channels: () => gsuite.channels.list(),
    'sync-tokens-expire': (order) => {
      gsuite.expireSyncTokens(of(order));
      return done;
    },
    'access-expire': (order) => {
      gsuite.expireAccess(of(order));
      return done;
    },
    revoke: (order) => {
      gsuite.revoke(of(order));
      return done;
    },
    propagate: (order) => {
      gsuite.propagate({ lists: number(order, 'lists', 0), gets: number(order, 'gets', 0) }, of(order));
      return done;
    },
    quotas: (order) => {
      gsuite.setQuotas(order.google === true ? GOOGLE_QUOTAS : quotasOf(order));
      return done;
    },
    grant: (order) => {
      const { accessToken, refreshToken, expiresIn, scopes } = gsuite.grant(of(order), texts(order, 'scopes'));
      return { accessToken, refreshToken: refreshToken ?? null, expiresIn, scopes: [...scopes] };
    },
    consent: async (order) => ({
      location: await gsuite.consent(text(order, 'url'), {
        account: of(order),
        scopes: texts(order, 'scopes'),
        deny: order.deny === true,
      }),
    }),
  };
}

const person = (order: Order): GivenPerson => thing(order, 'person');

function thing(order: Order, name: string): { readonly [member: string]: Json } {
  const given = order[name];
  if (given === null || typeof given !== 'object' || Array.isArray(given))
    throw new Error(`${name} must be an object, found ${JSON.stringify(given)}`);
  return given;
}

/** `{"criticalReads":{"calls":90,"perMs":60000}}`; a class that is absent has no limit. */
function quotasOf(order: Order): Quotas {
  let quotas: Quotas = {};
  for (const name of ['criticalReads', 'criticalWrites', 'fullSyncs', 'calendar', 'tasks', 'directory', 'drive'] as const) {
    const given = order[name];
    if (given === undefined) continue;
    if (given === null || typeof given !== 'object' || Array.isArray(given)) throw new Error(`${name} must be {calls, perMs}`);
    quotas = { ...quotas, [name]: { calls: number(given, 'calls'), perMs: number(given, 'perMs', 60_000) } };
  }
  return quotas;
}
