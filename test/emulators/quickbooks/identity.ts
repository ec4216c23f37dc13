import { randomUUID } from 'node:crypto';
import { clientOf, page, sendOn } from '../kit/authorization.ts';
import type { Clock } from '../kit/clock.ts';
import { consentPage, refusalPage } from '../kit/consent.ts';
import { type App, createGrants, type Grants, type Refusal, redirectAllowed, type Tokens, type Wish } from '../kit/grants.ts';
import type { Answer, Call, Route } from '../kit/server.ts';
import type { Character } from './company.ts';
import { answerOf } from './thing.ts';

export const ACCOUNTING = 'com.intuit.quickbooks.accounting';

const SCOPES: { readonly [scope: string]: string } = {
  [ACCOUNTING]: 'See and change the books of the company',
  'com.intuit.quickbooks.payment': 'Take payments',
  openid: 'Know who you are',
  profile: 'Know your name',
  email: 'Know your e-mail address',
};

const DAY = 86_400_000;

/**
 * An access token lives an hour, a code ten minutes, an unused refresh token 101 days; its value changes when it is a day old, and the
 * former one is worth nothing from then on.
 */
export function createIntuitGrants(clock: Clock, apps: readonly App[]): Grants {
  return createGrants({
    clock,
    apps,
    prefixes: { access: 'eyJlbmMi', refresh: 'RT1-101-H0-', code: 'AB11' },
    life: { access: 3_600_000, code: 600_000, idle: 101 * DAY },
    liveTokens: 10,
    rotates: true,
    rotatesAfter: DAY,
  });
}

const APP_CENTER = 'https://appcenter.intuit.com';
const OAUTH = 'https://oauth.platform.intuit.com';
const DEVELOPER = 'https://developer.api.intuit.com';

/** Sign-in: whoever says yes chooses the company, and its id comes back beside the code. */
export function identityRoutes(desk: {
  clock: Clock;
  apps: readonly App[];
  grants: Grants;
  companies: () => readonly Character[];
}): Route[] {
  const { apps, grants } = desk;
  const pending = new Map<string, { wish: Wish; state: string | null }>();

  function authorise({ query }: Call): Answer {
    const app = apps.find((one) => one.clientId === query.get('client_id'));
    const redirectUri = query.get('redirect_uri') ?? '';
    if (app === undefined) return refusal('The client id is not known.');
    if (!redirectAllowed(app, redirectUri)) return refusal('The redirect_uri query parameter value is invalid.');
    if (query.get('response_type') !== 'code') return refusal('The response_type query parameter value is invalid.');
    if ((query.get('state') ?? '') === '') return refusal('The state query parameter is missing.');
    const scopes = (query.get('scope') ?? '').split(/\s+/).filter(Boolean);
    if (scopes.length === 0 || scopes.some((scope) => SCOPES[scope] === undefined))
      return refusal('The scope query parameter is invalid.');
    const ticket = randomUUID();
    const wish: Wish = { clientId: app.clientId, redirectUri, scopes, offline: true, consent: true, incremental: false };
    pending.set(ticket, { wish, state: query.get('state') });
    const companies = desk.companies();
    return page(
      200,
      consentPage({
        action: '/connect/oauth2/consent',
        ticket,
        appTitle: app.clientId,
        accounts: companies.map(({ realm, name }) => ({ id: realm, email: name, title: name })),
        chosen: companies[0]?.realm ?? '',
        scopes: scopes.map((scope) => ({ scope, title: SCOPES[scope] ?? scope })),
      }),
    );
  }

  function consent({ body }: Call): Answer {
    const form = new URLSearchParams(body.toString());
    const asked = pending.get(form.get('ticket') ?? '');
    if (asked === undefined) return refusal('This page is out of date; go back to the app and begin again.');
    pending.delete(form.get('ticket') ?? '');
    const { wish, state } = asked;
    if (form.get('decision') !== 'allow') return sendOn(wish.redirectUri, { error: 'access_denied', state });
    const company = desk.companies().find(({ realm, name }) => realm === form.get('account') || name === form.get('account'));
    if (company === undefined) return refusal('Choose a company.');
    const code = grants.accept(wish, company.realm, wish.scopes);
    return sendOn(wish.redirectUri, { code, state, realmId: company.realm });
  }

  function token(call: Call): Answer {
    const form = new URLSearchParams(call.body.toString());
    const { clientId, clientSecret } = clientOf(call, form);
    const wrong = grants.authenticate(clientId, clientSecret);
    if (wrong) return refused(wrong);
    const type = form.get('grant_type');
    if (type === 'refresh_token') {
      const refreshToken = form.get('refresh_token') ?? '';
      const result = grants.refresh({ refreshToken, clientId });
      return 'error' in result ? refused(result) : answerOf({ ...tokenBody({ refreshToken, ...result }) });
    }
    if (type !== 'authorization_code') return tokenError(400, 'unsupported_grant_type', 'Unsupported grant type');
    const result = grants.exchange({ code: form.get('code') ?? '', clientId, redirectUri: form.get('redirect_uri') ?? '' });
    return 'error' in result ? refused(result) : answerOf({ ...tokenBody(result) });
  }

  /** The token comes in a JSON object or in a form; whichever it is, the whole connection ends. */
  function revoke(call: Call): Answer {
    const text = call.body.toString();
    const { clientId, clientSecret } = clientOf(call, new URLSearchParams());
    const wrong = grants.authenticate(clientId, clientSecret);
    if (wrong) return refused(wrong);
    const asked = text.startsWith('{') ? String(JSON.parse(text).token ?? '') : (new URLSearchParams(text).get('token') ?? '');
    return grants.revoke(asked) ? { status: 200, body: '' } : tokenError(400, 'invalid_request', 'Token invalid');
  }

  return [
    { name: 'oauth.authorise', method: 'GET', path: /^\/connect\/oauth2$/, origin: APP_CENTER, handle: authorise },
    { name: 'consent', method: 'POST', path: /^\/connect\/oauth2\/consent$/, handle: consent },
    { name: 'oauth.token', method: 'POST', path: /^\/oauth2\/v1\/tokens\/bearer$/, origin: OAUTH, handle: token },
    { name: 'oauth.revoke', method: 'POST', path: /^\/v2\/oauth2\/tokens\/revoke$/, origin: DEVELOPER, handle: revoke },
  ];
}

function tokenBody({ accessToken, refreshToken, expiresIn }: Tokens) {
  return {
    token_type: 'bearer',
    access_token: accessToken,
    expires_in: expiresIn,
    ...(refreshToken !== undefined && { refresh_token: refreshToken, x_refresh_token_expires_in: 8_726_400 }),
  };
}

function refused({ error, because }: Refusal): Answer {
  if (error === 'invalid_client')
    return tokenError(401, 'invalid_client', because === 'client' ? 'Client id invalid' : 'Client secret invalid');
  return tokenError(400, 'invalid_grant', 'Token invalid');
}

function tokenError(status: number, error: string, error_description: string): Answer {
  return answerOf({ error_description, error }, status);
}

function refusal(detail: string): Answer {
  return page(400, refusalPage('Sorry, but undefined didn’t connect', detail));
}
