import { bearer } from '../kit/authorization.ts';
import { createClock } from '../kit/clock.ts';
import { controlRoutes } from '../kit/control.ts';
import { createCounters } from '../kit/counters.ts';
import { createFaults } from '../kit/faults.ts';
import { type Route, serve } from '../kit/server.ts';
import { createConnections } from './connections.ts';
import { DEMO_APPS, DEMO_PEOPLE, type Xero, type XeroOptions } from './contract.ts';
import { createControl } from './control.ts';
import { DEMO_BOOKS, DEMO_ORGANISATIONS } from './demo.ts';
import { type Operation, visited, type World } from './desk.ts';
import { failure, missing, XeroError } from './errors.ts';
import { createOnce } from './idempotency.ts';
import { createXeroGrants, identityRoutes } from './identity.ts';
import { createLedger } from './ledger.ts';
import { createLimits } from './limits.ts';
import { operations } from './operations.ts';
import { ordersOf } from './orders.ts';
import { createOrganisation } from './organisation.ts';
import { createWebhooks } from './webhooks.ts';

const ORIGIN = 'https://api.xero.com';

/** Starts Xero on the loopback interface: identity and API are one server. */
export async function startXero(options: XeroOptions = {}): Promise<Xero> {
  const clock = options.clock ?? createClock();
  const apps = options.apps ?? DEMO_APPS;
  const people = options.people ?? DEMO_PEOPLE;
  const [faults, counters, connections] = [createFaults(), createCounters(), createConnections(clock)];
  const webhooks = createWebhooks(clock, options.traffic, (tenantId) => connections.apps(tenantId).size > 0);
  const ledger = createLedger(clock, (change) => webhooks.tell(change));
  const organisations = (options.organisations ?? DEMO_ORGANISATIONS).map((plan) => createOrganisation(ledger, plan));
  const limits = createLimits(clock, options.limits ?? {});
  const world: World = {
    ...{ ledger, organisations, connections, limits, mails: [] },
    grants: createXeroGrants(clock, apps),
    once: createOnce(clock),
  };
  const control = createControl(world, { faults, counters, webhooks, people, clientId: apps[0]?.clientId ?? '' });
  const books = options.books ?? (options.organisations === undefined ? DEMO_BOOKS : undefined);
  if (books !== undefined) control.seed(books);
  const signIn = identityRoutes({ apps, world, connections, people, organisations });
  const server = await serve(
    {
      name: 'xero',
      routes: [...operations.map((one) => routeOf(world, one)), ...signIn.map(guarded), ...controlRoutes(ordersOf(control))],
      enter: (route, { headers }) => {
        const held =
          route.origin === ORIGIN ? world.grants.find(String(headers.authorization ?? '').replace(/^Bearer /i, '')) : undefined;
        return held === undefined ? () => {} : limits.enter(held.clientId, String(headers['xero-tenant-id'] ?? '').toLowerCase());
      },
      failed: failure,
      unknown: () => missing().answer,
      revoke: (call) => {
        const form = new URLSearchParams(call.body.toString());
        const account = world.grants.owner(bearer(call) || (form.get('refresh_token') ?? ''));
        if (account !== undefined) control.revoke(account);
      },
    },
    { faults, counters, ...(options.traffic && { traffic: options.traffic }) },
    options.port ?? 0,
  );
  return {
    ...control,
    hosts: { api: server.origin, identity: server.origin, login: server.origin },
    close: () => server.close(),
  };
}

function routeOf(world: World, operation: Operation): Route {
  const { name, method, path } = operation;
  return guarded({ name, method, path, origin: ORIGIN, handle: (call) => visited(world, operation, call) });
}

/** Turns what an operation throws into the answer it stands for. */
function guarded(route: Route): Route {
  return {
    ...route,
    handle: async (call) => {
      try {
        return await route.handle(call);
      } catch (error) {
        if (error instanceof XeroError) return error.answer;
        throw error;
      }
    },
  };
}
