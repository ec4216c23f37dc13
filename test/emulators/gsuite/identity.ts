import { generateKeyPairSync, type KeyObject, randomUUID, sign } from 'node:crypto';
import { bearer, clientOf, page, sendOn } from '../kit/authorization.ts';
import type { Clock } from '../kit/clock.ts';
import { consentPage, refusalPage } from '../kit/consent.ts';
import { type App, createGrants, type Grants, type Refusal, redirectAllowed, type Tokens, type Wish } from '../kit/grants.ts';
import type { Answer, Call, Route } from '../kit/server.ts';
import type { Account } from './account.ts';
import { json, unauthenticated } from './errors.ts';

const AUTH = 'https://www.googleapis.com/auth/';

/** Scopes the emulator knows, with what the consent page calls them. */
export const SCOPES: { readonly [scope: string]: string } = {
  [`${AUTH}contacts`]: 'See, edit, download, and permanently delete your contacts',
  [`${AUTH}contacts.readonly`]: 'See and download your contacts',
  [`${AUTH}contacts.other.readonly`]: 'See and download contact info automatically saved in your "Other contacts"',
  [`${AUTH}directory.readonly`]: "See and download your organization's directory",
  [`${AUTH}calendar.events`]: 'View and edit events on all your calendars',
  [`${AUTH}admin.directory.user.readonly`]: 'See info about users on your domain',
  [`${AUTH}drive.metadata.readonly`]: 'See information about your Google Drive files',
  [`${AUTH}tasks`]: 'Create, edit, organize, and delete all your tasks',
  [`${AUTH}calendar.calendarlist.readonly`]: 'See the list of Google calendars you’re subscribed to',
};

/** Names that mean the same, and what needs no tick. */
const BASIC: { readonly [scope: string]: string } = {
  openid: 'openid',
  email: `${AUTH}userinfo.email`,
  profile: `${AUTH}userinfo.profile`,
  [`${AUTH}userinfo.email`]: `${AUTH}userinfo.email`,
  [`${AUTH}userinfo.profile`]: `${AUTH}userinfo.profile`,
};

const BASICS: ReadonlySet<string> = new Set(Object.values(BASIC));

/** Google's lifetimes: an access token an hour less a second, a code ten minutes, an unused refresh token six months. */
export function createGoogleGrants(clock: Clock, apps: readonly App[], rotates: boolean): Grants {
  return createGrants({
    clock,
    apps,
    prefixes: { access: 'ya29.a0', refresh: '1//0', code: '4/0A' },
    life: { access: 3_599_000, code: 600_000, idle: 182 * 24 * 3_600_000 },
    liveTokens: 100,
    rotates,
  });
}

const ACCOUNTS = 'https://accounts.google.com';
const OAUTH = 'https://oauth2.googleapis.com';
const WWW = 'https://www.googleapis.com';

/** Sign-in at Google: consent, tokens and who somebody is. */
export function identityRoutes(desk: {
  clock: Clock;
  apps: readonly App[];
  grants: Grants;
  accounts: () => readonly Account[];
}): Route[] {
  const { clock, apps, grants } = desk;
  const pending = new Map<string, { wish: Wish; state: string | null }>();
  const accountOf = (id: string) => desk.accounts().find((one) => one.id === id);
  let key: { privateKey: KeyObject; publicKey: KeyObject } | undefined;
  const keys = () => {
    key ??= generateKeyPairSync('rsa', { modulusLength: 2048 });
    return key;
  };

  function authorise({ query }: Call): Answer {
    const app = apps.find((one) => one.clientId === query.get('client_id'));
    const redirectUri = query.get('redirect_uri') ?? '';
    if (app === undefined) return refusal(401, 'invalid_client', 'The OAuth client was not found.');
    if (!redirectAllowed(app, redirectUri))
      return refusal(400, 'redirect_uri_mismatch', `The redirect URI ${redirectUri} is not among those of this app.`);
    if (query.get('response_type') !== 'code')
      return refusal(400, 'invalid_request', 'Required parameter is missing or wrong: response_type.');
    const method = query.get('code_challenge_method');
    if (query.has('code_challenge') && method !== 'S256')
      return refusal(400, 'invalid_request', `This emulator takes code_challenge_method S256 only, found ${method}.`);
    const asked = (query.get('scope') ?? '').split(/\s+/).filter(Boolean);
    const unknown = asked.filter((scope) => BASIC[scope] === undefined && SCOPES[scope] === undefined);
    if (asked.length === 0) return refusal(400, 'invalid_request', 'Missing required parameter: scope.');
    if (unknown.length > 0) return refusal(400, 'invalid_scope', `Some requested scopes were invalid: ${unknown.join(', ')}`);
    const scopes = [...new Set(asked.map((scope) => BASIC[scope] ?? scope))];
    const wish: Wish = {
      clientId: app.clientId,
      redirectUri,
      scopes,
      offline: query.get('access_type') === 'offline',
      consent: (query.get('prompt') ?? '').split(' ').includes('consent'),
      incremental: query.get('include_granted_scopes') === 'true',
      challenge: query.get('code_challenge') ?? undefined,
      nonce: query.get('nonce') ?? undefined,
    };
    if (query.get('prompt') === 'none') return sendOn(redirectUri, { error: 'interaction_required', state: query.get('state') });
    const ticket = randomUUID();
    pending.set(ticket, { wish, state: query.get('state') });
    const hint = query.get('login_hint');
    const accounts = desk.accounts();
    const chosen = accounts.find((one) => one.email === hint || one.id === hint) ?? accounts[0];
    return page(
      200,
      consentPage({
        action: '/o/oauth2/v2/auth/consent',
        ticket,
        appTitle: app.clientId,
        accounts,
        chosen: chosen?.id ?? '',
        scopes: scopes.flatMap((scope) => (SCOPES[scope] ? [{ scope, title: SCOPES[scope] }] : [])),
      }),
    );
  }

  function consent({ body }: Call): Answer {
    const form = new URLSearchParams(body.toString());
    const ticket = form.get('ticket') ?? '';
    const asked = pending.get(ticket);
    if (asked === undefined)
      return refusal(400, 'invalid_request', 'This page is out of date; go back to the app and begin again.');
    pending.delete(ticket);
    const { wish, state } = asked;
    if (form.get('decision') !== 'allow') return sendOn(wish.redirectUri, { error: 'access_denied', state });
    const account = desk.accounts().find((one) => one.id === form.get('account') || one.email === form.get('account'));
    if (account === undefined) return refusal(400, 'invalid_request', 'Choose an account.');
    const ticked = form.getAll('scope');
    const scopes = wish.scopes.filter((scope) => BASICS.has(scope) || ticked.includes(scope));
    const code = grants.accept(wish, account.id, scopes);
    return sendOn(wish.redirectUri, { state, iss: ACCOUNTS, code, scope: scopes.join(' '), authuser: '0', prompt: 'consent' });
  }

  function token(call: Call): Answer {
    const form = new URLSearchParams(call.body.toString());
    const { clientId, clientSecret } = clientOf(call, form);
    const type = form.get('grant_type');
    if (type !== 'authorization_code' && type !== 'refresh_token')
      return tokenError(400, 'unsupported_grant_type', `Invalid grant_type: ${type ?? ''}`);
    const wrong = grants.authenticate(clientId, clientSecret);
    if (wrong) return refused(wrong);
    const needed = type === 'refresh_token' ? ['refresh_token'] : ['code', 'redirect_uri'];
    for (const name of needed)
      if (!form.get(name)) return tokenError(400, 'invalid_request', `Missing required parameter: ${name}`);
    const result =
      type === 'refresh_token'
        ? grants.refresh({ refreshToken: form.get('refresh_token') ?? '', clientId })
        : grants.exchange({
            code: form.get('code') ?? '',
            clientId,
            redirectUri: form.get('redirect_uri') ?? '',
            verifier: form.get('code_verifier') ?? undefined,
          });
    return 'error' in result ? refused(result) : json(tokenBody(result));
  }

  function tokenBody(tokens: Tokens) {
    return {
      access_token: tokens.accessToken,
      expires_in: tokens.expiresIn,
      ...(tokens.refreshToken ? { refresh_token: tokens.refreshToken } : {}),
      scope: tokens.scopes.join(' '),
      token_type: 'Bearer',
      ...(tokens.scopes.includes('openid') ? { id_token: idToken(tokens) } : {}),
    };
  }

  function idToken({ account: id, clientId, scopes, expiresIn, nonce }: Tokens): string {
    const seconds = Math.floor(clock.now() / 1000);
    const account = accountOf(id);
    const email = account && scopes.includes(`${AUTH}userinfo.email`) ? { email: account.email, email_verified: true } : {};
    const name = account && scopes.includes(`${AUTH}userinfo.profile`) ? { name: account.title } : {};
    const claims = {
      iss: ACCOUNTS,
      azp: clientId,
      aud: clientId,
      sub: id,
      ...email,
      ...name,
      ...(nonce ? { nonce } : {}),
      iat: seconds,
      exp: seconds + expiresIn + 1,
    };
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const content = `${part({ alg: 'RS256', kid: 'emulator', typ: 'JWT' })}.${part(claims)}`;
    return `${content}.${sign('RSA-SHA256', Buffer.from(content), keys().privateKey).toString('base64url')}`;
  }

  function revoke({ query, body }: Call): Answer {
    const asked = query.get('token') ?? new URLSearchParams(body.toString()).get('token') ?? '';
    return grants.revoke(asked) ? json({}) : tokenError(400, 'invalid_token', 'Token expired or revoked');
  }

  function tokenInfo({ query }: Call): Answer {
    const held = grants.find(query.get('access_token') ?? '');
    if (held === undefined) return tokenError(400, 'invalid_token', 'Invalid Value');
    const exp = String(Math.floor(clock.now() / 1000) + held.expiresIn);
    return json({
      azp: held.clientId,
      aud: held.clientId,
      sub: held.account,
      scope: held.scopes.join(' '),
      exp,
      expires_in: String(held.expiresIn),
      access_type: 'offline',
    });
  }

  /** Who somebody is: the old form (`id`) and that of OpenID Connect (`sub`). */
  function userInfo(call: Call, form: 'id' | 'sub'): Answer {
    const held = grants.find(bearer(call));
    const account = held && accountOf(held.account);
    if (held === undefined || account === undefined || !held.scopes.some((scope) => BASICS.has(scope))) throw unauthenticated();
    const email = held.scopes.includes(`${AUTH}userinfo.email`);
    const [id, verified] = form === 'id' ? ['id', 'verified_email'] : ['sub', 'email_verified'];
    return json({
      [id]: account.id,
      ...(email ? { email: account.email, [verified]: true } : {}),
      ...(held.scopes.includes(`${AUTH}userinfo.profile`) ? { name: account.title } : {}),
      picture: `https://lh3.googleusercontent.com/a/${account.id}=s96-c`,
    });
  }

  const certs = () => {
    const { n = '', e = '' } = keys().publicKey.export({ format: 'jwk' });
    return json({ keys: [{ kty: 'RSA', kid: 'emulator', alg: 'RS256', use: 'sig', n, e }] });
  };

  return [
    { name: 'oauth.authorise', method: 'GET', path: /^\/o\/oauth2\/(?:v2\/)?auth$/, origin: ACCOUNTS, handle: authorise },
    { name: 'consent', method: 'POST', path: /^\/o\/oauth2\/v2\/auth\/consent$/, handle: consent },
    { name: 'oauth.token', method: 'POST', path: /^\/token$/, origin: OAUTH, handle: token },
    { name: 'oauth.revoke', method: 'POST', path: /^\/revoke$/, origin: OAUTH, handle: revoke },
    { name: 'oauth.revoke', method: 'GET', path: /^\/revoke$/, origin: OAUTH, handle: revoke },
    { name: 'oauth.tokeninfo', method: 'GET', path: /^\/tokeninfo$/, origin: OAUTH, handle: tokenInfo },
    { name: 'oauth.certs', method: 'GET', path: /^\/oauth2\/v3\/certs$/, origin: WWW, handle: certs },
    {
      name: 'oauth2.userinfo.get',
      method: 'GET',
      path: /^\/oauth2\/v2\/userinfo$/,
      origin: WWW,
      handle: (call) => userInfo(call, 'id'),
    },
    {
      name: 'oauth2.userinfo.v2.me.get',
      method: 'GET',
      path: /^\/userinfo\/v2\/me$/,
      origin: WWW,
      handle: (call) => userInfo(call, 'id'),
    },
    {
      name: 'openid.userinfo',
      method: 'GET',
      path: /^\/oauth2\/v3\/userinfo$/,
      origin: WWW,
      handle: (call) => userInfo(call, 'sub'),
    },
    {
      name: 'openid.userinfo',
      method: 'GET',
      path: /^\/v1\/userinfo$/,
      origin: 'https://openidconnect.googleapis.com',
      handle: (call) => userInfo(call, 'sub'),
    },
  ];
}

const WORDS: { readonly [because in Refusal['because']]: string } = {
  client: 'The OAuth client was not found.',
  secret: 'Unauthorized',
  unknown: 'Token has been expired or revoked.',
  expired: 'Token has been expired or revoked.',
  spent: 'Bad Request',
  'verifier-missing': 'Missing code verifier.',
  'verifier-wrong': 'Invalid code verifier.',
  redirect: 'Bad Request',
};

function refused({ error, because }: Refusal): Answer {
  return tokenError(error === 'invalid_client' ? 401 : 400, error, WORDS[because]);
}

function tokenError(status: number, error: string, description: string): Answer {
  return json({ error, error_description: description }, status);
}

function refusal(status: number, error: string, detail: string): Answer {
  return page(status, refusalPage(`Error ${status}: ${error}`, detail));
}
