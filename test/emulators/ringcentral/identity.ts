import { randomUUID } from 'node:crypto';
import type { Json } from '#kit/fields.ts';
import { clientOf, page, sendOn } from '../kit/authorization.ts';
import type { Clock } from '../kit/clock.ts';
import { consentPage, refusalPage } from '../kit/consent.ts';
import { type App, createGrants, type Grants, type Refusal, redirectAllowed, type Tokens, type Wish } from '../kit/grants.ts';
import type { Answer, Call, Route } from '../kit/server.ts';
import type { Company } from './company.ts';
import { json } from './errors.ts';
import type { RateKeeper } from './rates.ts';

/** What the app may do: permissions are set for the app, never asked for in a request. */
export const PERMISSIONS = [
  'ReadAccounts',
  'ReadCallLog',
  'ReadCallRecording',
  'ReadMessages',
  'EditMessages',
  'SMS',
  'RingOut',
  'CallControl',
  'ReadContacts',
  'Contacts',
  'ReadPresence',
  'SubscriptionWebhook',
] as const;

const HOUR = 3_600_000;

/**
 * RingCentral's lifetimes: an access token an hour, a code a minute, a refresh token seven days and used once; about five
 * sessions of one user and app live at a time.
 */
export function createRingcentralGrants(clock: Clock, apps: readonly App[]): Grants {
  return createGrants({
    clock,
    apps,
    prefixes: { access: 'U0pDMTJQMDFQQVMwMH', refresh: 'U0pDMTJQMDFQQVMwMR', code: 'U0pDMTJQMDFQQVMwMC' },
    life: { access: HOUR, code: 60_000, idle: 7 * 24 * HOUR },
    liveTokens: 5,
    rotates: true,
    oneAccess: true,
    repeats: { afterUse: 10_000, atMost: HOUR },
    sessions: true,
  });
}

const PLATFORM = 'https://platform.ringcentral.com';
const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer';

export interface SignIn {
  clock: Clock;
  apps: readonly App[];
  grants: Grants;
  company: Company;
  rates: RateKeeper;
  permissions: () => readonly string[];
  /** JWT credentials made in the console, each with the id of the user it acts for. */
  credentials: ReadonlyMap<string, string>;
}

/** Sign-in: consent, tokens, and their end. */
export function identityRoutes(desk: SignIn): Route[] {
  const { apps, grants, company } = desk;
  const pending = new Map<string, { wish: Wish; state: string | null }>();

  function authorise({ query }: Call): Answer {
    const app = apps.find((one) => one.clientId === query.get('client_id'));
    const redirectUri = query.get('redirect_uri') ?? '';
    if (app === undefined) return refusal('OAU-112', 'The application is unknown.');
    if (!redirectAllowed(app, redirectUri)) return refusal('OAU-109', 'The redirect URI is none of this application.');
    const back = (error: string, detail: string) =>
      sendOn(redirectUri, { error, error_description: detail, state: query.get('state') });
    if (query.get('response_type') !== 'code') return back('unsupported_response_type', 'response_type must be code');
    const method = query.get('code_challenge_method') ?? 'plain';
    if (method !== 'S256' && method !== 'plain') return back('invalid_request', 'code_challenge_method must be S256 or plain');
    if (app.public && !query.has('code_challenge')) return back('invalid_request', 'code_challenge is required');
    const challenge = query.get('code_challenge') ?? undefined;
    const wish: Wish = {
      clientId: app.clientId,
      redirectUri,
      scopes: desk.permissions(),
      offline: true,
      consent: true,
      incremental: false,
      challenge,
      method,
    };
    const ticket = randomUUID();
    pending.set(ticket, { wish, state: query.get('state') });
    const hint = query.get('login_hint');
    const accounts = company
      .extensions()
      .filter((one) => one.type === 'User' && one.status === 'Enabled')
      .map(({ id, email = '', name }) => ({ id: String(id), email, title: name }));
    const chosen = accounts.find((one) => one.email === hint) ?? accounts[0];
    const asks = { action: '/restapi/oauth/consent', ticket, appTitle: app.clientId, accounts, chosen: chosen?.id ?? '' };
    return page(200, consentPage({ ...asks, scopes: [] }));
  }

  function consent({ body }: Call): Answer {
    const form = new URLSearchParams(body.toString());
    const ticket = form.get('ticket') ?? '';
    const asked = pending.get(ticket);
    if (asked === undefined) return refusal('OAU-152', 'This page is out of date; go back to the app and begin again.');
    pending.delete(ticket);
    const { wish, state } = asked;
    if (form.get('decision') !== 'allow')
      return sendOn(wish.redirectUri, { error: 'access_denied', error_description: 'Access denied', state });
    const user = company.find(form.get('account') ?? '');
    if (user === undefined) return refusal('OAU-123', 'Choose a user.');
    return sendOn(wish.redirectUri, { code: grants.accept(wish, String(user.id), wish.scopes), expires_in: '60', state });
  }

  function token(call: Call): Answer {
    const form = new URLSearchParams(call.body.toString());
    const { clientId, clientSecret } = clientOf(call, form);
    const wrong = grants.authenticate(clientId, clientSecret);
    if (wrong) return refused(wrong);
    const type = form.get('grant_type');
    const needs = type === null ? undefined : NEEDS[type];
    if (needs === undefined)
      return tokenError(400, 'unsupported_grant_type', 'OAU-250', `Unsupported grant type: ${type ?? 'none'}`);
    for (const name of needs)
      if (!form.get(name)) return tokenError(400, 'invalid_request', 'CMN-101', `Parameter [${name}] is missing`);
    const life = lifeOf(form.get('access_token_ttl'));
    if (life === 'wrong') return tokenError(400, 'invalid_request', 'CMN-101', 'Parameter [access_token_ttl] value is invalid');
    const given = (name: string) => form.get(name) ?? '';
    const account =
      grants.owner(given('refresh_token')) ?? grants.owner(given('code')) ?? desk.credentials.get(given('assertion')) ?? '';
    const headers = desk.rates.take('Auth', keyOf({ account, clientId }));
    const result = tokensFor(type ?? '', form, clientId, life);
    return 'error' in result ? refused(result) : json(tokenBody(result), 200, headers);
  }

  function tokensFor(type: string, form: URLSearchParams, clientId: string, life: number | undefined): Tokens | Refusal {
    const given = (name: string) => form.get(name) ?? '';
    if (type === 'refresh_token') return grants.refresh({ refreshToken: given('refresh_token'), clientId, life });
    if (type === 'authorization_code') {
      const verifier = form.get('code_verifier') ?? undefined;
      return grants.exchange({ code: given('code'), clientId, redirectUri: given('redirect_uri'), verifier, life });
    }
    const account = desk.credentials.get(given('assertion'));
    if (account === undefined) return { error: 'invalid_grant', because: 'unknown' };
    return grants.give({ account, clientId, scopes: desk.permissions() });
  }

  function tokenBody({ accessToken, expiresIn, refreshToken, scopes, account, session = '' }: Tokens): Json {
    return {
      access_token: accessToken,
      token_type: 'bearer',
      expires_in: expiresIn,
      ...(refreshToken ? { refresh_token: refreshToken, refresh_token_expires_in: 7 * 24 * 3600 } : {}),
      scope: scopes.join(' '),
      owner_id: account,
      endpoint_id: session.slice(0, 22),
      session_id: session,
    };
  }

  function revoke(call: Call): Answer {
    const form = new URLSearchParams(call.body.toString());
    const { clientId, clientSecret } = clientOf(call, form);
    const wrong = grants.authenticate(clientId, clientSecret);
    if (wrong) return refused(wrong);
    const asked = form.get('token') ?? call.query.get('token') ?? '';
    if (!grants.revoke(asked)) return tokenError(400, 'invalid_request', 'OAU-213', 'Token not found');
    return { status: 200, headers: { 'content-type': 'application/json' }, body: '{}' };
  }

  return [
    { name: 'authorize', method: 'GET', path: /^\/restapi\/oauth\/authorize$/, origin: PLATFORM, handle: authorise },
    { name: 'consent', method: 'POST', path: /^\/restapi\/oauth\/consent$/, handle: consent },
    { name: 'getToken', method: 'POST', path: /^\/restapi\/oauth\/token$/, origin: PLATFORM, handle: token },
    { name: 'revokeToken', method: 'POST', path: /^\/restapi\/oauth\/revoke$/, origin: PLATFORM, handle: revoke },
  ];
}

/** User and app: whose limits a call counts against. */
export function keyOf({ account, clientId }: { account: string; clientId: string }): string {
  return `${account} ${clientId}`;
}

/** What each grant type cannot do without. */
const NEEDS: { readonly [type: string]: readonly string[] } = {
  authorization_code: ['code', 'redirect_uri'],
  refresh_token: ['refresh_token'],
  [JWT_BEARER]: ['assertion'],
};

/** Seconds from 600 to 3600; -1, which RingCentral's own SDK sends after a 401, is taken as the least. */
function lifeOf(given: string | null): number | 'wrong' | undefined {
  if (given === null) return undefined;
  if (!/^-?\d+$/.test(given)) return 'wrong';
  return Math.min(3600, Math.max(600, Number(given))) * 1000;
}

const WORDS: { readonly [because in Refusal['because']]: readonly [code: string, description: string] } = {
  client: ['OAU-146', 'Invalid client application'],
  secret: ['OAU-153', 'Invalid authorization header'],
  unknown: ['OAU-213', 'Token not found'],
  expired: ['OAU-211', 'Token is expired'],
  spent: ['OAU-213', 'Token not found'],
  'verifier-missing': ['OAU-261', 'Code verifier is missing'],
  'verifier-wrong': ['OAU-262', 'Code verifier does not match'],
  redirect: ['OAU-109', 'Redirect URI does not match'],
};

function refused({ error, because }: Refusal): Answer {
  const [code, description] = WORDS[because];
  return error === 'invalid_client'
    ? tokenError(401, 'invalid_client', code, description)
    : tokenError(400, 'invalid_grant', code, description);
}

function tokenError(status: number, error: string, errorCode: string, message: string): Answer {
  return json({ error, error_description: message, errorCode, message, errors: [{ errorCode, message }] }, status);
}

function refusal(code: string, detail: string): Answer {
  return page(400, refusalPage(`Error ${code}`, detail));
}
