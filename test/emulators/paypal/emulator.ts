import { createClock } from '../kit/clock.ts';
import { controlRoutes } from '../kit/control.ts';
import { createCounters } from '../kit/counters.ts';
import { createFaults } from '../kit/faults.ts';
import { type Answer, type Route, type Service, serve } from '../kit/server.ts';
import { createAccount, createIds } from './account.ts';
import { DEMO_ACCOUNT, DEMO_APP, type Paypal, type PaypalOptions } from './contract.ts';
import { createControl } from './control.ts';
import { admit, type Operation, Unauthorised, type World } from './desk.ts';
import { ApiError, failure, missing, unauthorised } from './errors.ts';
import { createRemembered } from './idempotency.ts';
import { type App, createIdentity } from './identity.ts';
import { operations } from './operations.ts';
import { ordersOf } from './orders.ts';
import { createRates } from './rates.ts';
import { createWebhooks } from './webhooks.ts';

const ORIGIN = 'https://api-m.paypal.com';
const HOUR = 3_600_000;

/** Starts PayPal on the loopback interface. */
export async function startPaypal(options: PaypalOptions = {}): Promise<Paypal> {
  const clock = options.clock ?? createClock();
  const [faults, counters] = [createFaults(), createCounters()];
  const apps = new Map<string, App>((options.apps ?? [DEMO_APP]).map((app) => [app.clientId, app]));
  const ids = createIds(1);
  const accounts = (options.accounts ?? [DEMO_ACCOUNT]).map(({ id, email }) => createAccount(id, email));
  const world: World = {
    ...{ clock, ids, accounts: new Map(accounts.map((one) => [one.id, one])) },
    identity: createIdentity(clock, apps),
    rates: createRates(clock, options.rates ?? {}),
    remembered: createRemembered(clock),
    webhooks: createWebhooks(clock, ids, options.traffic),
    reporting: { lag: options.lag ?? 2 * HOUR, most: options.most ?? 10_000 },
    ...{ template: {}, mails: [] },
  };
  const control = createControl(world, { faults, counters, apps });
  const service: Service = {
    name: 'paypal',
    routes: [...operations.map((one) => routeOf(world, one)), ...otherRoutes(world), ...controlRoutes(ordersOf(control))],
    failed: failure,
    unknown: (): Answer => missing('The resource').answer(),
    revoke: () => control.removeApp(),
  };
  if (options.seed) control.seed(options.seed);
  const running = await serve(service, { faults, counters, traffic: options.traffic }, options.port ?? 0);
  const heart = setInterval(() => world.webhooks.tick(), 1000);
  heart.unref();
  return {
    ...control,
    hosts: { rest: running.origin, certs: running.origin },
    close: async () => {
      clearInterval(heart);
      await running.close();
    },
  };
}

function routeOf(world: World, operation: Operation): Route {
  return {
    name: operation.name,
    method: operation.verb,
    path: new RegExp(`^${operation.path}$`),
    origin: ORIGIN,
    handle: async (call) => {
      try {
        const visit = admit(world, operation, call);
        const id = operation.keyed ? call.headers['paypal-request-id'] : undefined;
        const of = `${visit.app.clientId} ${visit.account.id} ${operation.name} ${visit.params.join('/')}`;
        return await world.remembered.once(id === undefined ? undefined : String(id), of, () => operation.handle(world, visit));
      } catch (error) {
        if (error instanceof Unauthorised) return unauthorised();
        if (error instanceof ApiError) return error.answer();
        throw error;
      }
    },
  };
}

/** The token endpoint, and the address of the certificate that messages are signed with. */
function otherRoutes(world: World): Route[] {
  return [
    { name: 'oauth.token', method: 'POST', path: /^\/v1\/oauth2\/token$/, origin: ORIGIN, handle: world.identity.issue },
    {
      name: 'certs.get',
      method: 'GET',
      path: /^\/v1\/notifications\/certs\/([\w-]+)$/,
      origin: 'https://api.paypal.com',
      handle: ({ params }) =>
        params[0] === world.webhooks.certificate
          ? { status: 200, headers: { 'content-type': 'application/x-pem-file' }, body: world.webhooks.chain() }
          : missing('The certificate').answer(),
    },
  ];
}
