import { randomUUID } from 'node:crypto';
import { clientOf, page, sendOn } from '../kit/authorization.ts';
import type { Clock } from '../kit/clock.ts';
import { consentPage, refusalPage } from '../kit/consent.ts';
import { type App, createGrants, type Grants, type Refusal, redirectAllowed, type Tokens, type Wish } from '../kit/grants.ts';
import type { Answer, Call, Route } from '../kit/server.ts';
import type { Account } from './account.ts';

/** Permissions the emulator knows, with what the consent page calls them. */
export const SCOPES: { readonly [scope: string]: string } = {
  'User.Read': 'Sign you in and read your profile',
  'User.Read.All': 'Read all users’ full profiles',
  'Contacts.Read': 'Read your contacts',
  'Contacts.ReadWrite': 'Have full access of your contacts',
  'Calendars.Read': 'Read your calendars',
  'Calendars.ReadWrite': 'Have full access to your calendars',
  'Tasks.ReadWrite': 'Create, read, update and delete your tasks and task lists',
};

/** Need no tick, and are not named in an answer, or are by other names. */
const BASICS = ['openid', 'profile', 'email', 'offline_access'];
const RESOURCE = 'https://graph.microsoft.com/';
const LOGIN = 'https://login.microsoftonline.com';

/** A code lives ten minutes, a refresh token 90 days unused; one that was exchanged goes on for a while (entra: refresh-tokens). */
export function createEntraGrants(clock: Clock, apps: readonly App[]): Grants {
  return createGrants({
    clock,
    apps,
    prefixes: { access: 'eyJ0eXAiOiJKV1Qi.', refresh: '0.AX', code: '0.AS' },
    life: { access: 3_599_000, code: 600_000, idle: 90 * 86_400_000 },
    liveTokens: 1_000,
    rotates: true,
    grace: 86_400_000,
  });
}

interface Desk {
  clock: Clock;
  apps: readonly App[];
  grants: Grants;
  accounts: () => readonly Account[];
  tenants: readonly string[];
}

/** Sign-in at Microsoft Entra, v2. */
export function identityRoutes(desk: Desk): Route[] {
  const { clock, apps, grants } = desk;
  const pending = new Map<string, { wish: Wish; state: string | null; tenant: string }>();
  const knows = (tenant: string) => ['common', 'organizations', ...desk.tenants].includes(tenant);

  function authorise({ query, params }: Call): Answer {
    const [tenant = ''] = params;
    if (!knows(tenant)) return refusal('AADSTS90002', `Tenant '${tenant}' not found.`);
    const app = apps.find((one) => one.clientId === query.get('client_id'));
    const redirectUri = query.get('redirect_uri') ?? '';
    if (app === undefined) return refusal('AADSTS700016', 'Application with this identifier was not found in the directory.');
    if (!redirectAllowed(app, redirectUri))
      return refusal(
        'AADSTS50011',
        `The redirect URI '${redirectUri}' does not match the redirect URIs configured for the application.`,
      );
    if (query.get('response_type') !== 'code') return refusal('AADSTS900144', "The request must contain 'response_type=code'.");
    if (query.has('code_challenge') && query.get('code_challenge_method') !== 'S256')
      return refusal('AADSTS501491', 'Use code_challenge_method S256.');
    const asked = (query.get('scope') ?? '')
      .split(/\s+/)
      .filter(Boolean)
      .map((scope) => scope.replace(RESOURCE, ''));
    const unknown = asked.find((scope) => !BASICS.includes(scope) && SCOPES[scope] === undefined);
    if (asked.length === 0) return refusal('AADSTS900144', "The request body must contain the following parameter: 'scope'.");
    if (unknown !== undefined)
      return refusal('AADSTS70011', `The provided value for the input parameter 'scope' is not valid: ${unknown}`);
    const wish: Wish = {
      ...{
        clientId: app.clientId,
        redirectUri,
        scopes: asked,
        offline: asked.includes('offline_access'),
        consent: true,
        incremental: false,
      },
      challenge: query.get('code_challenge') ?? undefined,
    };
    const ticket = randomUUID();
    pending.set(ticket, { wish, state: query.get('state'), tenant });
    const hint = query.get('login_hint');
    const accounts = desk.accounts();
    const form = {
      action: `/${tenant}/consent`,
      ticket,
      appTitle: app.clientId,
      accounts,
      chosen: (accounts.find(({ email }) => email === hint) ?? accounts[0])?.id ?? '',
      scopes: asked.flatMap((scope) => (SCOPES[scope] ? [{ scope, title: SCOPES[scope] }] : [])),
    };
    return page(200, consentPage(form));
  }

  /** Microsoft's page knows all or nothing: whoever unticks one declines. The emulator lets one be left out, as an administrator's policy does. */
  function consent({ body }: Call): Answer {
    const form = new URLSearchParams(body.toString());
    const asked = pending.get(form.get('ticket') ?? '');
    if (asked === undefined) return refusal('AADSTS165000', 'Invalid request: this page is out of date.');
    pending.delete(form.get('ticket') ?? '');
    const { wish, state } = asked;
    if (form.get('decision') !== 'allow')
      return sendOn(wish.redirectUri, {
        error: 'access_denied',
        error_description: 'AADSTS65004: User declined to consent to access the app.',
        state,
      });
    const account = desk.accounts().find((one) => one.id === form.get('account') || one.email === form.get('account'));
    if (account === undefined) return refusal('AADSTS50020', 'This account does not exist in the tenant.');
    const ticked = form.getAll('scope');
    const code = grants.accept(
      wish,
      account.id,
      wish.scopes.filter((scope) => BASICS.includes(scope) || ticked.includes(scope)),
    );
    return sendOn(wish.redirectUri, { code, state, session_state: randomUUID() });
  }

  function token(call: Call): Answer {
    if (!knows(call.params[0] ?? ''))
      return tokenError(clock, 400, 'invalid_request', 90002, `Tenant '${call.params[0]}' not found.`);
    const form = new URLSearchParams(call.body.toString());
    const { clientId, clientSecret } = clientOf(call, form);
    const type = form.get('grant_type');
    if (type !== 'authorization_code' && type !== 'refresh_token')
      return tokenError(clock, 400, 'unsupported_grant_type', 70003, `The app requested an unsupported grant type '${type}'.`);
    const wrong = grants.authenticate(clientId, clientSecret);
    if (wrong !== undefined) return refused(wrong);
    const given = type === 'refresh_token' ? (form.get('refresh_token') ?? '') : (form.get('code') ?? '');
    if (given === '')
      return tokenError(clock, 400, 'invalid_request', 900144, 'The request body must contain the code or the refresh token.');
    const result =
      type === 'refresh_token'
        ? grants.refresh({ refreshToken: given, clientId })
        : grants.exchange({
            code: given,
            clientId,
            redirectUri: form.get('redirect_uri') ?? '',
            verifier: form.get('code_verifier') ?? undefined,
          });
    return 'error' in result ? refused(result) : answer(200, bodyOf(result));
  }

  const refused = ({ error, because }: Refusal): Answer => {
    const [code, words] = WORDS[because];
    return tokenError(
      clock,
      error === 'invalid_client' ? 401 : 400,
      error === 'redirect_uri_mismatch' ? 'invalid_grant' : error,
      code,
      words,
    );
  };

  return [
    { name: 'oauth.authorise', method: 'GET', path: /^\/([^/]+)\/oauth2\/v2\.0\/authorize$/, origin: LOGIN, handle: authorise },
    { name: 'consent', method: 'POST', path: /^\/([^/]+)\/consent$/, handle: consent },
    { name: 'oauth.token', method: 'POST', path: /^\/([^/]+)\/oauth2\/v2\.0\/token$/, origin: LOGIN, handle: token },
  ];
}

/** Scopes come back by the address of what they are for; `offline_access` is never among them. */
function bodyOf({ accessToken, refreshToken, expiresIn, scopes }: Tokens): object {
  const named = scopes
    .filter((scope) => scope !== 'offline_access')
    .map((scope) => (BASICS.includes(scope) ? scope : `${RESOURCE}${scope}`));
  return {
    ...{
      token_type: 'Bearer',
      scope: named.join(' '),
      expires_in: expiresIn,
      ext_expires_in: expiresIn,
      access_token: accessToken,
    },
    ...(refreshToken !== undefined && { refresh_token: refreshToken }),
  };
}

const WORDS: { readonly [because in Refusal['because']]: readonly [code: number, words: string] } = {
  client: [700016, 'Application with this identifier was not found in the directory.'],
  secret: [7000215, 'Invalid client secret provided.'],
  unknown: [50173, 'The provided grant has expired due to it being revoked, a fresh auth token is needed.'],
  expired: [700082, 'The refresh token has expired due to inactivity.'],
  spent: [54005, 'OAuth2 Authorization code was already redeemed.'],
  'verifier-missing': [501481, 'The Code_Verifier does not match the code_challenge supplied in the authorization request.'],
  'verifier-wrong': [501481, 'The Code_Verifier does not match the code_challenge supplied in the authorization request.'],
  redirect: [500112, 'The reply address does not match the reply address provided when requesting the authorization code.'],
};

function tokenError(clock: Clock, status: number, error: string, code: number, words: string): Answer {
  const [trace, correlation] = [randomUUID(), randomUUID()];
  const timestamp = `${new Date(clock.now()).toISOString().slice(0, 19).replace('T', ' ')}Z`;
  return answer(status, {
    error,
    error_description: `AADSTS${code}: ${words}\r\nTrace ID: ${trace}\r\nCorrelation ID: ${correlation}\r\nTimestamp: ${timestamp}`,
    error_codes: [code],
    timestamp,
    trace_id: trace,
    correlation_id: correlation,
    error_uri: `${LOGIN}/error?code=${code}`,
  });
}

function answer(status: number, body: object): Answer {
  return {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' },
    body: JSON.stringify(body),
  };
}

function refusal(code: string, detail: string): Answer {
  return page(400, refusalPage('Sorry, but we’re having trouble signing you in.', `${code}: ${detail}`));
}
