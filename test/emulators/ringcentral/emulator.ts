import { bearer } from '../kit/authorization.ts';
import { type Clock, createClock } from '../kit/clock.ts';
import { answerConsent } from '../kit/consenting.ts';
import { controlRoutes } from '../kit/control.ts';
import { createCounters } from '../kit/counters.ts';
import { createFaults } from '../kit/faults.ts';
import { type Answer, type Call, type Route, type Service, serve } from '../kit/server.ts';
import { createAddressBooks } from './address-book.ts';
import { createCompany } from './company.ts';
import { DEMO_APPS, type Ringcentral, type RingcentralOptions } from './contract.ts';
import { createControl } from './control.ts';
import { admit, type Operation, patternOf, type World } from './desk.ts';
import { ApiError, failure, notFound } from './errors.ts';
import type { Happening } from './filters.ts';
import { createRingcentralGrants, identityRoutes, PERMISSIONS } from './identity.ts';
import { createLog } from './log.ts';
import { createMailboxes } from './mailbox.ts';
import { operations } from './operations.ts';
import { ordersOf } from './orders.ts';
import { createRates } from './rates.ts';
import type { Places } from './record.ts';
import { createRingOuts } from './ring-out.ts';
import { storyOf } from './stories/corpus.ts';
import { createSubscriptions } from './subscriptions.ts';
import { createTelephony } from './telephony.ts';
import { createPost } from './weather.ts';

const ORIGINS = { platform: 'https://platform.ringcentral.com', media: 'https://media.ringcentral.com' };

/** Starts RingCentral on the loopback interface: the platform, and beside it the host for sounds. */
export async function startRingcentral(options: RingcentralOptions = {}): Promise<Ringcentral> {
  const clock = options.clock ?? createClock();
  const [faults, counters] = [createFaults(), createCounters()];
  const credentials = new Map<string, string>();
  const post = createPost(options.weather);
  const places: Places = { platform: '', media: '' };
  let permissions: readonly string[] = PERMISSIONS;
  const world = createWorld(options, clock, places, post.send, () => permissions);
  const { grants, company, rates } = world;
  const control = createControl(world, {
    faults,
    counters,
    credentials,
    post,
    consent: answerConsent,
    setPermissions: (next) => {
      permissions = next;
    },
    clientId: (options.apps ?? DEMO_APPS)[0]?.clientId ?? '',
  });
  const shared = { failed: (status: number) => failure(status).answer(), unknown, revoke: revoking(grants) };
  const signIn = identityRoutes({
    clock,
    apps: options.apps ?? DEMO_APPS,
    grants,
    company,
    rates,
    permissions: () => permissions,
    credentials,
  });
  const equipment = { faults, counters, traffic: options.traffic };
  const service = (host: 'platform' | 'media', more: readonly Route[]): Service => ({
    name: 'ringcentral',
    routes: [...operations[host].map((one) => routeOf(world, host, one)), ...more],
    ...shared,
  });
  const media = await serve(service('media', []), equipment, options.mediaPort ?? 0);
  const orders = controlRoutes(ordersOf(control));
  const platform = await serve(service('platform', [...signIn.map(guardedRoute), ...orders]), equipment, options.port ?? 0);
  places.platform = platform.origin;
  places.media = media.origin;
  const heart = setInterval(() => void world.subscriptions.tick(), 1000);
  heart.unref();
  return {
    ...control,
    hosts: { platform: platform.origin, media: media.origin },
    close: async () => {
      clearInterval(heart);
      world.telephony.close();
      post.close();
      await Promise.all([platform.close(), media.close()]);
    },
  };
}

function createWorld(
  options: RingcentralOptions,
  clock: Clock,
  places: Places,
  send: (deliveries: readonly (() => Promise<void>)[]) => void,
  permissions: () => readonly string[],
): World {
  const company = createCompany(options.company);
  const log = createLog(clock, options.lag ?? { least: 15_000, most: 30_000 });
  const mailboxes = createMailboxes(clock, company);
  const manners = { within: 3000, patience: 1, ...options.manners };
  const subscriptions = createSubscriptions(clock, company, manners, options.traffic);
  const publish = (happenings: readonly Happening[]) => send(happenings.flatMap((one) => subscriptions.notify(one)));
  const telephony = createTelephony({ clock, company, log, mailboxes, publish });
  const ringOuts = createRingOuts(company, telephony, {
    story: storyOf(options.ringOut?.story ?? 'ring-out-answered'),
    cancelled: storyOf('ring-out-cancelled'),
    callOut: storyOf('call-out'),
    speed: options.ringOut?.speed ?? 10,
  });
  return {
    ...{ clock, company, log, mailboxes, subscriptions, publish, telephony, ringOuts, places, permissions },
    grants: createRingcentralGrants(clock, options.apps ?? DEMO_APPS),
    rates: createRates(clock, options.rates ?? {}),
    books: createAddressBooks(clock, company),
  };
}

function routeOf(world: World, host: 'platform' | 'media', operation: Operation): Route {
  return guardedRoute({
    name: operation.name,
    method: operation.verb,
    path: patternOf(operation),
    origin: ORIGINS[host],
    handle: async (call) => {
      const { visit, headers } = admit(world, operation, call);
      const answer = await operation.handle(world, visit);
      return { ...answer, headers: { ...answer.headers, ...headers } };
    },
  });
}

/** Turns what an operation throws into the answer it stands for. */
function guardedRoute(route: Route): Route {
  return {
    ...route,
    handle: async (call) => {
      try {
        return await route.handle(call);
      } catch (error) {
        if (error instanceof ApiError) return error.answer();
        throw error;
      }
    },
  };
}

function revoking(grants: World['grants']): (call: Call) => void {
  return (call) => {
    const form = new URLSearchParams(call.body.toString());
    grants.revoke(bearer(call) || (form.get('refresh_token') ?? ''));
  };
}

function unknown(): Answer {
  return notFound('uri').answer();
}
