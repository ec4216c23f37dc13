import type { Json } from '#kit/fields.ts';
import { number, type Order, type Orders, text } from '../kit/control.ts';
import { commonOrders } from '../kit/orders.ts';
import type { Controlled } from './contract.ts';
import { object } from './query.ts';
import { RINGCENTRAL_RATES } from './rates.ts';
import { stories } from './stories/corpus.ts';
import type { Outsider } from './stories/story.ts';

/** What another process may ask of the emulator. `who` is a role (`ann`) or an e-mail address; absent, the first user is meant. */
export function ordersOf(on: Controlled): Orders {
  const who = (order: Order) => (order.who === undefined ? undefined : text(order, 'who'));
  const done = { ok: true };
  return {
    ...commonOrders(on),
    state: () => ({
      now: on.clock.now(),
      account: { id: on.company.id, name: on.company.name, mainNumber: on.company.mainNumber },
      extensions: on.company.extensions().map(({ id, number: short, name, type, email = null, direct }) => ({
        id,
        number: short,
        name,
        type,
        email,
        direct: [...direct],
      })),
      subscriptions: on
        .subscriptions()
        .map(({ id, address, blacklisted }) => ({ id, address, blacklisted: blacklisted !== undefined })),
      deliveries: on.deliveries(),
      faults: on.faults.pending().map((fault): Json => ({ ...fault })),
    }),
    stories: () => [...stories.values()].map(({ name, title }) => ({ name, title })),
    ring: (order) => {
      const speed = order.speed === undefined ? undefined : number(order, 'speed');
      const { truths } = on.ring(text(order, 'story'), { speed, cast: castIn(order) });
      return truths.map((truth): Json => JSON.parse(JSON.stringify(truth)));
    },
    settled: async () => {
      await on.settled();
      return done;
    },
    'extension-add': (order) => {
      const { id } = on.addExtension({
        role: text(order, 'role'),
        name: text(order, 'name'),
        email: order.email === undefined ? undefined : text(order, 'email'),
      });
      return { id };
    },
    'text-receive': (order) => ({
      id: on.receiveText(text(order, 'who'), { from: text(order, 'from'), text: text(order, 'text') }).id,
    }),
    weather: (order) => {
      on.setWeather({
        lost: number(order, 'lost', 0),
        doubled: number(order, 'doubled', 0),
        late: number(order, 'late', 0),
        abreast: number(order, 'abreast', 1),
        shuffled: order.shuffled === true,
        seed: number(order, 'seed', 1),
      });
      return done;
    },
    redeliver: (order) => {
      on.redeliver(number(order, 'count'));
      return done;
    },
    manners: (order) => {
      on.setManners({ patience: number(order, 'patience', 1), within: number(order, 'within', 3000) });
      return done;
    },
    lag: (order) => {
      on.setLag({ least: number(order, 'least'), most: number(order, 'most') });
      return done;
    },
    blacklist: (order) => {
      on.blacklist(text(order, 'id'));
      return done;
    },
    rates: (order) => {
      on.setRates(order.ringcentral === true ? RINGCENTRAL_RATES : {});
      return done;
    },
    logged: () => on.logged(),
    'log-clear': () => {
      on.clearLog();
      return done;
    },
    'access-expire': (order) => {
      on.expireAccess(who(order));
      return done;
    },
    revoke: (order) => {
      on.revoke(who(order));
      return done;
    },
    grant: (order) => {
      const { accessToken, refreshToken, expiresIn } = on.grant(who(order));
      return { accessToken, refreshToken: refreshToken ?? null, expiresIn };
    },
    jwt: (order) => ({ assertion: on.jwt(who(order)) }),
    consent: async (order) => ({
      location: await on.consent(text(order, 'url'), { account: who(order), deny: order.deny === true }),
    }),
  };
}

/** `{"ann":"bob","customer":{"number":"+14155550199","form":"national"}}`, or a number for somebody outside. */
function castIn(order: Order): { [role: string]: string | Outsider } | undefined {
  const given = object(order.cast);
  if (given === undefined) return undefined;
  return Object.fromEntries(
    Object.entries(given).map(([role, value]) => {
      if (typeof value === 'string') return [role, value];
      const outsider = object(value);
      if (outsider === undefined) throw new Error(`cast.${role} must be a text or an object`);
      return [role, outsider as Outsider];
    }),
  );
}
