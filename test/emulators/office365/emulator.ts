import { bearer } from '../kit/authorization.ts';
import { createClock } from '../kit/clock.ts';
import { answerConsent } from '../kit/consenting.ts';
import { controlRoutes } from '../kit/control.ts';
import { createCounters } from '../kit/counters.ts';
import { createFaults, type Faults } from '../kit/faults.ts';
import type { Grants } from '../kit/grants.ts';
import { type Answer, type Call, type Route, type Service, serve } from '../kit/server.ts';
import { type Account, createAccount } from './account.ts';
import { answerBatch, type BatchPart, batchName } from './batch.ts';
import { DEMO_APP, type Office365, type Office365Options } from './contract.ts';
import { ordersOf } from './control.ts';
import { createDesk } from './desk.ts';
import { createDirectory, type Directory } from './directory.ts';
import { badRequest, denied, failure, GraphError, throttled, unauthenticated } from './errors.ts';
import { createEntraGrants, identityRoutes, SCOPES } from './identity.ts';
import { wantsImmutable } from './odata.ts';
import { GRAPH, type Operation, operations } from './operations.ts';
import { createSubscriptions, type Subscriptions } from './subscriptions.ts';
import { isThing, type Thing } from './thing.ts';

interface World {
  grants: Grants;
  accounts: Account[];
  directory: Directory;
  subscriptions: Subscriptions;
  faults: Faults;
  now(): number;
  place: { origin: string };
  /** Most requests at once for a mailbox, and how many there are. */
  atOnce: number;
  busy: Map<string, number>;
}

/** Starts Microsoft 365 on the loopback interface: one server for Graph and the sign-in. */
export async function startOffice365(options: Office365Options = {}): Promise<Office365> {
  const clock = options.clock ?? createClock();
  const apps = options.apps ?? [DEMO_APP];
  const grants = createEntraGrants(clock, apps);
  const [faults, counters] = [createFaults(), createCounters()];
  const accounts = (options.accounts ?? [{ email: 'ada@contoso.example', title: 'Ada Lovelace' }]).map((plan) =>
    createAccount(clock, plan),
  );
  const directory = createDirectory(clock, options.users ?? 0);
  const subscriptions = createSubscriptions(clock, options.traffic);
  for (const account of accounts) subscriptions.watch(account);
  const accountOf = (email?: string): Account => {
    const account = email === undefined ? accounts[0] : accounts.find((one) => one.email === email);
    if (account === undefined) throw new Error(`no account ${email}; there are ${accounts.map((one) => one.email).join(', ')}`);
    return account;
  };
  const office: Omit<Office365, 'origin' | 'hosts' | 'close'> = {
    ...{ clock, faults, counters, grants, directory, subscriptions },
    accounts: () => accounts,
    addAccount: (plan) => {
      const account = createAccount(clock, plan);
      accounts.push(account);
      subscriptions.watch(account);
      return account;
    },
    mailbox: (email) => createDesk(accountOf(email), clock.now),
    grant: (email, scopes = [...Object.keys(SCOPES), 'offline_access']) =>
      grants.give({ account: accountOf(email).id, clientId: apps[0]?.clientId ?? '', scopes }),
    consent: answerConsent,
    revoke: (email) => grants.forget(accountOf(email).id),
    lifecycle: (event, email) => subscriptions.lifecycle(accountOf(email), event),
    settled: () => subscriptions.settled(),
    expireAccess: (email) => grants.expireAccess(accountOf(email).id),
    forgetRounds: (email) => {
      accountOf(email).generation++;
      directory.expire();
    },
  };
  const world: World = {
    ...{ grants, accounts, directory, subscriptions, faults, now: clock.now, place: { origin: '' } },
    ...{ atOnce: options.atOnce ?? 4, busy: new Map() },
  };
  const service: Service = {
    name: 'office365',
    routes: [
      batchRoute(world),
      ...operations.map((operation) => routeOf(world, operation)),
      ...identityRoutes({ clock, apps, grants, accounts: () => accounts, tenants: ['contoso.example'] }),
      ...controlRoutes(ordersOf(office)),
    ],
    enter: watch(world, counters.overlapped),
    failed: (status) => failure(status).answer(clock.now()),
    unknown: ({ path }) =>
      new GraphError(400, 'BadRequest', `Resource not found for the segment '${path.split('/')[2] ?? ''}'.`).answer(clock.now()),
    revoke: (call) => {
      grants.revoke(bearer(call) || (new URLSearchParams(call.body.toString()).get('refresh_token') ?? ''));
    },
  };
  const running = await serve(service, { faults, counters, traffic: options.traffic }, options.port ?? 0);
  world.place.origin = running.origin;
  const { origin } = running;
  return { ...office, origin, hosts: { graph: origin, login: `${origin}common` }, close: running.close };
}

function routeOf(world: World, operation: Operation): Route {
  return {
    name: operation.name,
    method: operation.verb,
    path: operation.path,
    origin: GRAPH,
    handle: (call) =>
      guarded(world, () => {
        const asker = admit(world, call);
        return carryOut(world, asker, operation, call, call.params, bodyOf(call));
      }),
  };
}

function batchRoute(world: World): Route {
  return {
    name: 'batch',
    nameOf: batchName,
    method: 'POST',
    path: /^\/v1\.0\/(?:\$|%24)batch$/,
    origin: GRAPH,
    handle: (call) =>
      guarded(world, () => {
        const asker = admit(world, call);
        return answerBatch(bodyOf(call), (part) => guarded(world, () => answerPart(world, asker, part)));
      }),
  };
}

/** A request of a batch, which has faults of its own. */
function answerPart(world: World, asker: Asker, part: BatchPart): Answer | Promise<Answer> {
  for (const operation of operations) {
    const match = operation.verb === part.method ? operation.path.exec(part.path) : null;
    if (match === null) continue;
    const trouble = world.faults.strike(operation.name);
    if (trouble?.kind === 'rate') throw throttled('Application is over its MailboxConcurrency limit.', trouble.retryAfter);
    if (trouble?.kind === 'status') throw failure(trouble.status);
    return carryOut(
      world,
      asker,
      operation,
      part,
      match.slice(1).map((one) => one && decodeURIComponent(one)),
      part.body,
    );
  }
  throw badRequest(`Resource not found for the segment '${part.path.split('/')[2] ?? ''}'.`);
}

function carryOut(
  { directory, subscriptions, now, place }: World,
  { account, scopes }: Asker,
  operation: Operation,
  call: Pick<Call, 'headers' | 'query'>,
  params: readonly string[],
  body: Thing | undefined,
): Answer | Promise<Answer> {
  if (!operation.scopes.some((scope) => scopes.includes(scope))) throw denied();
  const root = `${place.origin}v1.0`;
  const asked = { call, params, body, immutable: wantsImmutable(call) };
  return operation.handle({ account, directory, subscriptions, ...asked, now: now(), root });
}

/** Who asks, and what they were allowed. */
interface Asker {
  account: Account;
  scopes: readonly string[];
}

function admit({ grants, accounts, busy, atOnce }: World, call: Call): Asker {
  const held = grants.find(bearer(call));
  const account = held && accounts.find((one) => one.id === held.account);
  if (held === undefined || account === undefined) throw unauthenticated();
  if ((busy.get(account.id) ?? 0) > atOnce) throw throttled('Application is over its MailboxConcurrency limit.', 1.128);
  return { account, scopes: held.scopes };
}

/** Counts what is under way for a mailbox, and the writes that overlap. */
function watch({ grants, busy }: World, overlapped: () => void): NonNullable<Service['enter']> {
  const writing = new Map<string, number>();
  const more = (counts: Map<string, number>, id: string, by: number) => counts.set(id, (counts.get(id) ?? 0) + by);
  return (route, call) => {
    const id = route.origin === GRAPH ? grants.find(bearer(call))?.account : undefined;
    if (id === undefined) return () => {};
    const writes = call.method === 'GET' ? 0 : 1;
    if (writes > 0 && (writing.get(id) ?? 0) > 0) overlapped();
    more(busy, id, 1);
    more(writing, id, writes);
    return () => {
      more(busy, id, -1);
      more(writing, id, -writes);
    };
  };
}

function bodyOf({ body }: Call): Thing | undefined {
  if (body.length === 0) return undefined;
  try {
    const read: unknown = JSON.parse(body.toString());
    if (isThing(read)) return read;
  } catch {
    // told below
  }
  throw badRequest(
    'Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid JSON format.',
  );
}

/** Turns what an operation throws into the answer it stands for. */
async function guarded({ now }: World, handle: () => Answer | Promise<Answer>): Promise<Answer> {
  try {
    return await handle();
  } catch (error) {
    if (error instanceof GraphError) return error.answer(now());
    throw error;
  }
}
