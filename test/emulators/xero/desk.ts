import { bearer } from '../kit/authorization.ts';
import type { Grants } from '../kit/grants.ts';
import type { Answer, Call } from '../kit/server.ts';
import type { Connections } from './connections.ts';
import { forbidden, unauthorised } from './errors.ts';
import type { Once } from './idempotency.ts';
import type { Ledger, Organisation } from './ledger.ts';
import type { LimitKeeper } from './limits.ts';

/** A mail that was sent to a customer. */
export interface Mail {
  invoice: string;
  to: string;
}

/** Everything behind the API. */
export interface World {
  ledger: Ledger;
  organisations: Organisation[];
  grants: Grants;
  connections: Connections;
  limits: LimitKeeper;
  once: Once;
  mails: Mail[];
}

/** A call that was let in. */
export interface Visit {
  call: Call;
  ledger: Ledger;
  organisation: Organisation;
  mail(mail: Mail): void;
}

export interface Operation {
  /** Its operationId: what faults and counters call it. */
  name: string;
  method: string;
  path: RegExp;
  /** What the grant must allow; `.read` of it is enough to read. */
  scope: string;
  handle(visit: Visit): Answer;
}

/** Lets a call in (token, organisation, limit, scope) and carries it out, once under an Idempotency-Key. */
export function visited(world: World, operation: Operation, call: Call): Answer {
  const { account, clientId, scopes } = holderOf(world, call);
  const tenant = String(call.headers['xero-tenant-id'] ?? '').toLowerCase();
  const organisation = world.organisations.find(({ id }) => id === tenant);
  if (organisation === undefined || !world.connections.has(account, clientId, tenant)) throw forbidden();
  const headers = world.limits.take(clientId, tenant);
  const { scope } = operation;
  const read = call.method === 'GET' && scopes.includes(`${scope}.read`);
  if (!read && !scopes.includes(scope)) throw unauthorised('AuthenticationUnsuccessful');
  if (!/json/i.test(call.headers.accept ?? '')) return { ...xml, headers: { ...xml.headers, ...headers } };
  const visit: Visit = { call, ledger: world.ledger, organisation, mail: (mail) => void world.mails.push(mail) };
  const key = call.headers['idempotency-key'];
  const named = call.method === 'GET' || key === undefined ? undefined : String(key);
  const answer = world.once(named, `${clientId} ${tenant}`, call, () => operation.handle(visit));
  return { ...answer, headers: { ...answer.headers, ...headers } };
}

/** Who asks for nothing gets XML. */
const xml: Answer = {
  status: 200,
  headers: { 'content-type': 'text/xml; charset=utf-8' },
  body: '<Response><Status>OK</Status></Response>',
};

export function holderOf({ grants, ledger }: Pick<World, 'grants' | 'ledger'>, call: Call) {
  const token = bearer(call);
  const held = grants.find(token);
  if (held !== undefined) return held;
  throw unauthorised(
    grants.knows(token)
      ? `TokenExpired: token expired at ${new Date(ledger.clock.now()).toISOString()}`
      : 'AuthenticationUnsuccessful',
  );
}
