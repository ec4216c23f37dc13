import { bearer } from '../kit/authorization.ts';
import type { Answer, Call } from '../kit/server.ts';
import type { Account, Ground } from './account.ts';
import type { Template } from './draft.ts';
import { ApiError, forbidden, tooMany } from './errors.ts';
import type { Remembered } from './idempotency.ts';
import type { App, Identity } from './identity.ts';
import { object } from './query.ts';
import type { Rates } from './rates.ts';
import { SCOPE } from './scopes.ts';
import type { Webhooks } from './webhooks.ts';

export interface Mail {
  invoice: string;
  kind: 'sent' | 'updated' | 'reminder';
}

/** Everything behind the API. */
export interface World extends Ground {
  accounts: Map<string, Account>;
  identity: Identity;
  rates: Rates;
  remembered: Remembered;
  webhooks: Webhooks;
  /** How late the reports are, ms, and the most rows of one search. */
  reporting: { lag: number; most: number };
  /** What the merchant's default template adds to new drafts. */
  template: Template;
  /** E-mails that went to customers. */
  mails: Mail[];
}

/** A call that was let in. */
export interface Visit {
  call: Call;
  params: readonly string[];
  app: App;
  /** Whom it is about: the app's own account, or the one it acts for. */
  account: Account;
}

/** One operation of the API, after the official description. */
export interface Operation {
  /** Its operationId there: what faults and counters call it. */
  name: string;
  verb: string;
  path: string;
  /** One of these is needed, below `https://uri.paypal.com/services/`; empty: any token will do. */
  scopes: readonly string[];
  /** A repeated PayPal-Request-Id gives the first answer again; only where the description has that header. */
  keyed?: true;
  handle(world: World, visit: Visit): Answer | Promise<Answer>;
}

/** A bearer that is none, or none any more. */
export class Unauthorised extends Error {}

/** Lets a call in: token, rate, permission, and for whom it acts. */
export function admit(world: World, operation: Operation, call: Call): Visit {
  const token = world.identity.find(bearer(call));
  if (token === undefined) throw new Unauthorised();
  if (!world.rates.take(token.app.clientId)) throw tooMany(world.rates.retryAfter());
  const { scopes } = operation;
  if (scopes.length > 0 && !scopes.some((one) => token.scopes.includes(SCOPE + one))) throw forbidden();
  const account = world.accounts.get(actingFor(call, token.app) ?? token.app.account);
  if (account === undefined) throw forbidden('The account is not known.');
  if (account.id !== token.app.account && !account.partners.has(token.app.clientId)) {
    throw forbidden('The seller has not allowed the partner to act for it.');
  }
  return { call, params: call.params, app: token.app, account };
}

/** An unsigned JWT that names the app and the seller: `{"alg":"none"}`, `{"iss","payer_id"}`, and nothing after the second dot. */
function actingFor({ headers }: Call, { clientId }: App): string | undefined {
  const given = headers['paypal-auth-assertion'];
  if (given === undefined) return undefined;
  const [head = '', claims = '', signature] = String(given).split('.');
  try {
    const { alg } = JSON.parse(Buffer.from(head, 'base64url').toString());
    const { iss, payer_id: seller } = object(JSON.parse(Buffer.from(claims, 'base64url').toString())) ?? {};
    if (alg === 'none' && signature === '' && iss === clientId && typeof seller === 'string') return seller;
  } catch {
    // no JWT: refused below
  }
  throw new ApiError(401, 'AUTHENTICATION_FAILURE', 'Authentication failed due to invalid authentication credentials.', [
    { issue: 'INVALID_AUTH_ASSERTION', location: 'header', field: 'PayPal-Auth-Assertion' },
  ]);
}
