import { randomUUID } from 'node:crypto';
import { bearer } from '../kit/authorization.ts';
import { createClock } from '../kit/clock.ts';
import { controlRoutes } from '../kit/control.ts';
import { createCounters } from '../kit/counters.ts';
import { createFaults } from '../kit/faults.ts';
import { type Answer, type Call, type Route, type Service, serve } from '../kit/server.ts';
import { type Books, createBooks } from './company.ts';
import { type CompanyPlan, DEMO_APP, type Quickbooks, type QuickbooksOptions } from './contract.ts';
import { createControl, type Parts } from './control.ts';
import { BusinessFault, failure, GatewayFault, outage, unauthenticated } from './faults.ts';
import { createHooks, type Hooks } from './hooks.ts';
import { createIntuitGrants, identityRoutes } from './identity.ts';
import { type Operation, operations } from './operations.ts';
import { ordersOf } from './orders.ts';
import { createQuotas } from './quotas.ts';
import { furnish, seedDemo, seedRows } from './seed.ts';
import { answerOf, rootTime } from './thing.ts';

const API = 'https://quickbooks.api.intuit.com';

/** Minor versions below it were switched off on 1 August 2025; a request that names one is served as if it named this. */
export const MINOR_VERSION = 75;

/** Starts QuickBooks on the loopback interface: one server for its four hosts. */
export async function startQuickbooks(options: QuickbooksOptions = {}): Promise<Quickbooks> {
  const clock = options.clock ?? createClock();
  const apps = options.apps ?? [DEMO_APP];
  const [faults, counters] = [createFaults(), createCounters()];
  const hooks = createHooks(clock, options.traffic);
  const companies = (options.companies ?? [{}]).map((plan, i) => found(clock, plan, i, hooks));
  hooks.set(options.hook);
  const parts: Parts = {
    ...{ clock, faults, counters, hooks, companies },
    grants: createIntuitGrants(clock, apps),
    quotas: createQuotas(clock, options.quotas ?? {}),
    clientId: apps[0]?.clientId ?? '',
  };
  const control = createControl(parts);
  const contents = new Map<string, Buffer>();
  const place = { origin: '' };
  const service: Service = {
    name: 'quickbooks',
    routes: [
      ...operations.map((operation) => routeOf(parts, operation, contents, place)),
      fileRoute(contents),
      ...identityRoutes({ clock, apps, grants: parts.grants, companies: control.companies }),
      ...controlRoutes(ordersOf(control)),
    ],
    enter: watchWrites(parts),
    failed: (status) => (status === 503 ? outage() : traced(failure(status).answer(clock.now()))),
    unknown: () => traced(answerOf({ fault: { error: [{ message: 'No such resource', code: '404' }], type: 'SYSTEM' } }, 404)),
    revoke: (call) => {
      parts.grants.revoke(bearer(call) || (new URLSearchParams(call.body.toString()).get('refresh_token') ?? ''));
    },
  };
  const running = await serve(service, { faults, counters, traffic: options.traffic }, options.port ?? 0);
  place.origin = running.origin;
  const { origin } = running;
  return { ...control, hosts: { api: origin, oauth: origin, appcenter: origin, developer: origin }, close: running.close };
}

function found(clock: Parts['clock'], plan: CompanyPlan, i: number, hooks: Hooks): Books {
  const { with: content = 'demo', rows, ...character } = plan;
  const books = createBooks(
    clock,
    {
      realm: `91303500000${10_000 + i}`,
      name: i === 0 ? 'Gardener’s World Ltd' : `Company ${i + 1}`,
      country: 'US',
      currency: 'USD',
      multicurrency: false,
      taxes: 'us',
      customNumbers: false,
      warnsOfDuplicates: true,
      ...character,
    },
    hooks.happened,
  );
  furnish(books);
  if (content === 'demo') seedDemo(books);
  if (rows !== undefined) seedRows(books, rows);
  return books;
}

function routeOf(parts: Parts, operation: Operation, contents: Map<string, Buffer>, place: { origin: string }): Route {
  return {
    name: operation.name,
    method: operation.method,
    path: new RegExp(`^/v3/company/([^/]+)/${operation.path.source}$`),
    origin: API,
    handle: (call) =>
      guarded(parts, () => {
        const books = admit(parts, call, operation);
        return operation.handle({ books, call, params: call.params.slice(1), contents, origin: place.origin });
      }),
  };
}

/** Counts the writes of a company that overlap. */
function watchWrites({ grants, counters }: Parts): NonNullable<Service['enter']> {
  const busy = new Map<string, number>();
  return (route, call) => {
    const realm = /\.write$|^batch$/.test(route.name) ? grants.find(bearer(call))?.account : undefined;
    if (realm === undefined) return () => {};
    const others = busy.get(realm) ?? 0;
    if (others > 0) counters.overlapped();
    busy.set(realm, others + 1);
    return () => busy.set(realm, (busy.get(realm) ?? 1) - 1);
  };
}

/** Lets a call in: token, company, limits. */
function admit({ grants, companies, quotas }: Parts, call: Call, operation: Operation): Books {
  const token = bearer(call);
  const held = grants.find(token);
  if (held === undefined)
    throw unauthenticated(grants.knows(token) ? `Token expired: ${token.slice(0, 6)}…` : `Token invalid: ${token.slice(0, 6)}…`);
  const books = companies.find(({ character }) => character.realm === call.params[0]);
  if (books === undefined || held.account !== books.character.realm) throw failure(403);
  quotas.take(books.character.realm, operation.name === 'batch');
  const accept = String(call.headers.accept ?? '');
  if (!/json|\*\/\*|pdf/.test(accept))
    throw new BusinessFault('2010', 'Request has invalid or unsupported property', 'Accept must be application/json');
  return books;
}

function guarded({ clock }: Parts, handle: () => Answer): Answer {
  try {
    return traced(handle());
  } catch (error) {
    if (error instanceof GatewayFault) return traced(error.answer(clock.now()));
    if (error instanceof BusinessFault) return traced(answerOf({ Fault: error.fault(), time: rootTime(clock.now()) }, 400));
    throw error;
  }
}

/** Every answer names itself, for Intuit's support. */
function traced(answer: Answer): Answer {
  return { ...answer, headers: { ...answer.headers, 'intuit-tid': `1-${randomUUID()}` } };
}

/** Files lie elsewhere, and their addresses need no token. */
function fileRoute(contents: Map<string, Buffer>): Route {
  return {
    name: 'file',
    method: 'GET',
    path: /^\/files\/(\d+)$/,
    handle: (call) => {
      const bytes = contents.get(call.params[0]!);
      return bytes === undefined
        ? { status: 404, body: '' }
        : { status: 200, headers: { 'content-type': 'application/octet-stream' }, body: bytes };
    },
  };
}
