import type { Json } from '#kit/fields.ts';
import { number, type Order, type Orders, text, texts } from '../kit/control.ts';
import type { Fault, Trouble } from '../kit/faults.ts';
import type { Gsuite } from './contract.ts';
import type { GivenPerson } from './desk.ts';
import { GOOGLE_QUOTAS, type Quotas } from './quotas.ts';

/** What another process may ask of the emulator. `account` is an e-mail address; absent, the first account is meant. */
export function ordersOf(gsuite: Omit<Gsuite, 'origin' | 'hosts' | 'close'>): Orders {
  const of = (order: Order) => (order.account === undefined ? undefined : text(order, 'account'));
  const done = { ok: true };
  return {
    state: () => ({
      now: gsuite.clock.now(),
      accounts: gsuite.accounts().map(({ id, email, title, book }) => ({ id, email, title, people: book.count() })),
      faults: gsuite.faults.pending().map((fault): Json => ({ ...fault })),
    }),
    counters: () => ({
      calls: { ...gsuite.counters.calls },
      statuses: { ...gsuite.counters.statuses },
      total: gsuite.counters.total(),
      overlappingWrites: gsuite.counters.overlappingWrites,
    }),
    'counters-reset': () => {
      gsuite.counters.reset();
      return done;
    },
    clock: (order) => {
      gsuite.clock.turn(number(order, 'turn'));
      return { now: gsuite.clock.now() };
    },
    faults: (order) => {
      gsuite.faults.add(faultOf(order));
      return done;
    },
    'faults-clear': () => {
      gsuite.faults.clear();
      return done;
    },
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

function person(order: Order): GivenPerson {
  const given = order.person;
  if (given === null || typeof given !== 'object' || Array.isArray(given))
    throw new Error(`person must be an object, found ${JSON.stringify(given)}`);
  return given;
}

/** `{"kind":"rate","retryAfter":2,"operation":"people.people.get","nth":1,"times":3}` */
function faultOf(order: Order): Fault {
  const when = {
    operation: order.operation === undefined ? undefined : text(order, 'operation'),
    nth: number(order, 'nth', 1),
    times: number(order, 'times', 1),
  };
  return { ...troubleOf(order), ...when };
}

function troubleOf(order: Order): Trouble {
  const kind = text(order, 'kind');
  const retryAfter = order.retryAfter === undefined ? undefined : number(order, 'retryAfter');
  switch (kind) {
    case 'rate':
      return { kind, retryAfter };
    case 'status':
      return { kind, status: number(order, 'status'), retryAfter };
    case 'slow':
      return { kind, ms: number(order, 'ms') };
    case 'cut':
    case 'lost':
    case 'hang':
    case 'refused':
    case 'revoked':
    case 'malformed':
      return { kind };
    default:
      throw new Error(`kind ${JSON.stringify(kind)} is unknown`);
  }
}

/** `{"criticalReads":{"calls":90,"perMs":60000}}`; a class that is absent has no limit. */
function quotasOf(order: Order): Quotas {
  let quotas: Quotas = {};
  for (const name of ['criticalReads', 'criticalWrites', 'fullSyncs'] as const) {
    const given = order[name];
    if (given === undefined) continue;
    if (given === null || typeof given !== 'object' || Array.isArray(given)) throw new Error(`${name} must be {calls, perMs}`);
    quotas = { ...quotas, [name]: { calls: number(given, 'calls'), perMs: number(given, 'perMs', 60_000) } };
  }
  return quotas;
}
