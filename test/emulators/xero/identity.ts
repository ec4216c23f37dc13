import { randomUUID } from 'node:crypto';
import type { Json } from '#kit/fields.ts';
import { clientOf, page, sendOn } from '../kit/authorization.ts';
import type { Clock } from '../kit/clock.ts';
import { consentPage, refusalPage } from '../kit/consent.ts';
import { type App, createGrants, type Grants, type Refusal, redirectAllowed, type Tokens, type Wish } from '../kit/grants.ts';
import type { Answer, Call, Route } from '../kit/server.ts';
import type { Connections } from './connections.ts';
import { holderOf, type World } from './desk.ts';
import { missing } from './errors.ts';
import type { Organisation } from './ledger.ts';

export interface Person {
  id: string;
  email: string;
  name: string;
}

const MINUTE = 60_000;
const DAY = 86_400_000;
const LOGIN = 'https://login.xero.com';
const IDENTITY = 'https://identity.xero.com';
const API = 'https://api.xero.com';

/** An access token lives half an hour, a refresh token sixty days, a spent one half an hour more; a code lives five minutes. */
export function createXeroGrants(clock: Clock, apps: readonly App[]): Grants {
  return createGrants({
    clock,
    apps,
    prefixes: { access: 'eyJ', refresh: '', code: '' },
    life: { access: 30 * MINUTE, code: 5 * MINUTE, idle: 60 * DAY },
    liveTokens: 1_000,
    rotates: true,
    grace: 30 * MINUTE,
    sessions: true,
    mint: ({ account, clientId, scopes, session = '' }, life) => {
      const seconds = Math.floor(clock.now() / 1000);
      const claims = {
        ...{ iss: IDENTITY, aud: `${IDENTITY}/resources`, nbf: seconds, exp: seconds + life / 1000, client_id: clientId },
        ...{ sub: account, xero_userid: account, authentication_event_id: session, jti: randomUUID(), scope: [...scopes] },
      };
      return `${part({ alg: 'RS256', typ: 'JWT', kid: 'emulated' })}.${part(claims)}.${randomUUID().replaceAll('-', '')}`;
    },
  });
}

const part = (value: Json): string => Buffer.from(JSON.stringify(value)).toString('base64url');

export interface SignIn {
  apps: readonly App[];
  world: Pick<World, 'grants' | 'ledger'>;
  connections: Connections;
  people: readonly Person[];
  organisations: readonly Organisation[];
}

/** Sign-in: a person chooses which of their organisations the app may see; tokens, their end, and the list of what is connected. */
export function identityRoutes(desk: SignIn): Route[] {
  const { apps, people, organisations, connections } = desk;
  const { grants } = desk.world;
  const pending = new Map<string, { wish: Wish; state: string | null }>();

  function authorise({ query }: Call): Answer {
    const app = apps.find((one) => one.clientId === query.get('client_id'));
    const redirectUri = query.get('redirect_uri') ?? '';
    if (app === undefined) return page(400, refusalPage('unauthorized_client', 'Unknown client or client not enabled'));
    if (!redirectAllowed(app, redirectUri)) return page(400, refusalPage('unauthorized_client', 'Invalid redirect_uri'));
    const back = (error: string) => sendOn(redirectUri, { error, state: query.get('state') });
    if (query.get('response_type') !== 'code') return back('unsupported_response_type');
    if (query.has('code_challenge') && query.get('code_challenge_method') !== 'S256') return back('invalid_request');
    if (app.public && !query.has('code_challenge')) return back('invalid_request');
    const scopes = (query.get('scope') ?? '').split(' ').filter((scope) => scope !== '');
    if (scopes.length === 0 || scopes.some((scope) => !SCOPE.test(scope))) return back('invalid_scope');
    const challenge = query.get('code_challenge') ?? undefined;
    const offline = scopes.includes('offline_access');
    const wish: Wish = { clientId: app.clientId, redirectUri, scopes, offline, consent: true, incremental: false, challenge };
    const ticket = randomUUID();
    pending.set(ticket, { wish, state: query.get('state') });
    const accounts = people.map(({ id, email, name }) => ({ id, email, title: name }));
    const chosen = accounts.find(({ email }) => email === query.get('login_hint')) ?? accounts[0];
    const asks = { action: '/identity/connect/consent', ticket, appTitle: app.clientId, accounts, chosen: chosen?.id ?? '' };
    return page(200, consentPage({ ...asks, scopes: organisations.map(({ id, name }) => ({ scope: id, title: name })) }));
  }

  function consent({ body }: Call): Answer {
    const form = new URLSearchParams(body.toString());
    const asked = pending.get(form.get('ticket') ?? '');
    if (asked === undefined)
      return page(400, refusalPage('error', 'This page is out of date; go back to the app and begin again.'));
    pending.delete(form.get('ticket') ?? '');
    const { wish, state } = asked;
    const chosen = organisations.filter(({ id }) => form.getAll('scope').includes(id));
    if (form.get('decision') !== 'allow' || chosen.length === 0)
      return sendOn(wish.redirectUri, { error: 'access_denied', state });
    const person = people.find(({ id, email }) => id === form.get('account') || email === form.get('account')) ?? people[0]!;
    const session = randomUUID();
    connect(person.id, wish.clientId, session, chosen);
    return sendOn(wish.redirectUri, {
      code: grants.accept({ ...wish, session }, person.id, wish.scopes),
      scope: wish.scopes.join(' '),
      session_state: randomUUID(),
      state,
    });
  }

  function connect(account: string, clientId: string, authEventId: string, chosen: readonly Organisation[]): void {
    for (const { id: tenantId, name: tenantName } of chosen)
      connections.add({ account, clientId, tenantId, tenantName, authEventId });
  }

  function token(call: Call): Answer {
    const form = new URLSearchParams(call.body.toString());
    const { clientId, clientSecret } = clientOf(call, form);
    const wrong = grants.authenticate(clientId, clientSecret);
    if (wrong) return refused(wrong);
    const given = (name: string) => form.get(name) ?? '';
    switch (form.get('grant_type')) {
      case 'authorization_code': {
        const verifier = form.get('code_verifier') ?? undefined;
        return granted(grants.exchange({ code: given('code'), clientId, redirectUri: given('redirect_uri'), verifier }));
      }
      case 'refresh_token':
        return granted(grants.refresh({ refreshToken: given('refresh_token'), clientId }));
      default:
        return tokenAnswer(400, { error: 'unsupported_grant_type' });
    }
  }

  function granted(result: Tokens | Refusal): Answer {
    if ('error' in result) return refused(result);
    return tokenAnswer(200, {
      ...(result.scopes.includes('openid') && { id_token: result.accessToken }),
      access_token: result.accessToken,
      expires_in: result.expiresIn,
      token_type: 'Bearer',
      ...(result.refreshToken !== undefined && { refresh_token: result.refreshToken }),
      scope: result.scopes.join(' '),
    });
  }

  /** Ends all that the person has connected to this app. */
  function revoke(call: Call): Answer {
    const form = new URLSearchParams(call.body.toString());
    const { clientId, clientSecret } = clientOf(call, form);
    const wrong = grants.authenticate(clientId, clientSecret);
    if (wrong) return refused(wrong);
    const account = grants.owner(form.get('token') ?? '');
    if (account !== undefined) {
      grants.forget(account, clientId);
      connections.dropAll(account, clientId);
    }
    return { status: 200, body: '' };
  }

  function listConnections(call: Call): Answer {
    const { account, clientId } = holderOf(desk.world, call);
    const found = connections.of(account, clientId, call.query.get('authEventId'));
    const shown = found.map(({ id, authEventId, tenantId, tenantName, created, updated }) => ({
      ...{ id, authEventId, tenantId, tenantType: 'ORGANISATION', tenantName },
      ...{ createdDateUtc: fine(created), updatedDateUtc: fine(updated) },
    }));
    return { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(shown) };
  }

  function deleteConnection(call: Call): Answer {
    const { account, clientId } = holderOf(desk.world, call);
    if (!connections.drop(account, clientId, call.params[0] ?? '')) throw missing();
    return { status: 204, body: '' };
  }

  return [
    { name: 'authorize', method: 'GET', path: /^\/identity\/connect\/authorize$/, origin: LOGIN, handle: authorise },
    { name: 'consent', method: 'POST', path: /^\/identity\/connect\/consent$/, handle: consent },
    { name: 'token', method: 'POST', path: /^\/connect\/token$/, origin: IDENTITY, handle: token },
    { name: 'revocation', method: 'POST', path: /^\/connect\/revocation$/, origin: IDENTITY, handle: revoke },
    { name: 'getConnections', method: 'GET', path: /^\/connections$/i, origin: API, handle: listConnections },
    { name: 'deleteConnection', method: 'DELETE', path: /^\/connections\/([^/]+)$/i, origin: API, handle: deleteConnection },
  ];
}

/** Broad scopes are for older apps only. */
const SCOPE =
  /^(openid|profile|email|offline_access|accounting\.(invoices|payments|contacts|settings|attachments|banktransactions|manualjournals)(\.read)?)$/;

/** Seven decimals and no zone. */
function fine(ms: number): string {
  return new Date(ms).toISOString().replace('Z', '0000');
}

function refused({ error }: Refusal): Answer {
  return tokenAnswer(400, { error: error === 'redirect_uri_mismatch' ? 'invalid_grant' : error });
}

function tokenAnswer(status: number, body: Json): Answer {
  const headers = { 'content-type': 'application/json; charset=UTF-8', 'cache-control': 'max-age=0, no-cache, no-store' };
  return { status, headers, body: JSON.stringify(body) };
}
