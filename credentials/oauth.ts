/** OAuth 2 authorization code with PKCE (RFC 6749, 7636, 7009, 9207), driven by a connector's data. */
import * as oauth from 'oauth4webapi';
import type { OAuth2 } from '#kit/connector.ts';
import { Changed, Reconnect, Refused } from '#kit/errors.ts';
import type { App } from './apps.ts';
import { AlreadyEnded, answer, proofOf, tokensOf, understood } from './endpoint.ts';
import { refusalOf } from './refusals.ts';
import { addressOf, isIssuer, type Service, serverOf } from './service.ts';
import type { Tokens } from './tokens.ts';

/** What is remembered between sending a person off and their coming back. */
export interface Journey {
  state: string;
  verifier: string;
  redirectUri: string;
  /** Asked for. */
  scopes: readonly string[];
}

export function newState(): string {
  return oauth.generateRandomState();
}

export function newVerifier(): string {
  return oauth.generateRandomCodeVerifier();
}

/** Where the person says yes or no. `hint`: the account they are expected to choose. */
export async function authorizeUrl(service: Service<OAuth2>, app: App, journey: Journey, hint?: string): Promise<string> {
  const { auth } = service;
  const url = addressOf(service, auth.authorize);
  const params: { [name: string]: string } = {
    ...auth.params,
    response_type: 'code',
    client_id: app.id,
    redirect_uri: journey.redirectUri,
    ...(journey.scopes.length === 0 ? {} : { scope: journey.scopes.join(' ') }),
    state: journey.state,
  };
  if (hint !== undefined) params.login_hint = hint;
  if (auth.pkce) {
    params.code_challenge = await oauth.calculatePKCECodeChallenge(journey.verifier);
    params.code_challenge_method = 'S256';
  }
  for (const [name, value] of Object.entries(params)) url.searchParams.set(name, value);
  return url.href;
}

/** The tokens for what the person came back with. Throws one of the kit's four errors, also for the person's no. */
export async function exchange(
  service: Service<OAuth2>,
  app: App,
  journey: Journey,
  back: URLSearchParams,
  now: number,
): Promise<Tokens> {
  const client: oauth.Client = { client_id: app.id };
  const params = codeIn(service, client, journey, back);
  const verifier = service.auth.pkce ? journey.verifier : oauth.nopkce;
  const response = await answer(service, 'sign-in', now, (options) =>
    oauth.authorizationCodeGrantRequest(
      serverOf(service),
      client,
      proofOf(service, app),
      params,
      journey.redirectUri,
      verifier,
      options,
    ),
  );
  const given = await understood(service, 'sign-in', () =>
    oauth.processAuthorizationCodeResponse(serverOf(service), client, response),
  );
  const tokens = tokensOf(app, given, now, journey.scopes);
  if (tokens.expires !== undefined && tokens.refresh === undefined) {
    throw new Refused(
      `${service.title} gave an access token that ends, and no refresh token.`,
      `Let the app have refresh tokens in the console of ${service.title}, or remove its access in the account’s security settings there; then connect again.`,
    );
  }
  return tokens;
}

/** New tokens for old. Where the service keeps the refresh token, the answer has the old one. */
export async function refresh(service: Service<OAuth2>, app: App, old: Tokens, now: number): Promise<Tokens> {
  if (old.refresh === undefined) {
    throw new Reconnect(`${service.title} gave no refresh token for this grant.`, `Sign in to ${service.title} again.`);
  }
  if (old.clientId !== app.id) {
    throw new Reconnect(
      `The grant was given to client id ${old.clientId}; the client id set now is ${app.id}.`,
      'Sign in again with the new client id, or set the former one.',
    );
  }
  const token = old.refresh;
  const client: oauth.Client = { client_id: app.id };
  const response = await answer(service, 'refresh', now, (options) =>
    oauth.refreshTokenGrantRequest(serverOf(service), client, proofOf(service, app), token, options),
  );
  const given = await understood(service, 'refresh', () =>
    oauth.processRefreshTokenResponse(serverOf(service), client, response),
  );
  return { refresh: token, ...tokensOf(app, given, now, old.scopes) };
}

/** Ends the grant at the service. True also where it had ended before; false where the service has no such endpoint. */
export async function revoke(service: Service<OAuth2>, app: App, tokens: Tokens, now: number): Promise<boolean> {
  if (service.auth.revoke === undefined) return false;
  const client: oauth.Client = { client_id: app.id };
  const token = tokens.refresh ?? tokens.access;
  try {
    await answer(service, 'revocation', now, (options) =>
      oauth.revocationRequest(
        serverOf(service),
        client,
        service.auth.revoke?.bare ? noProof : proofOf(service, app),
        token,
        options,
      ),
    );
  } catch (error) {
    if (error instanceof AlreadyEnded) return true;
    throw error;
  }
  return true;
}

const noProof: oauth.ClientAuth = () => undefined;

function codeIn(service: Service<OAuth2>, client: oauth.Client, { state }: Journey, back: URLSearchParams): URLSearchParams {
  const issuer = back.get('iss');
  if (issuer !== null && !isIssuer(service, issuer)) {
    throw new Refused(
      `The answer says it comes from ${issuer}, not from ${service.title}.`,
      'Do not go on. Start again from the hub.',
    );
  }
  const error = back.get('error');
  if (error !== null) throw refusalOf(service.title, 'sign-in', error, back.get('error_description') ?? '');
  const plain = new URLSearchParams({ state: back.get('state') ?? '', code: back.get('code') ?? '' });
  if (plain.get('code') === '')
    throw new Changed(`${service.title} sent the person back without a code.`, 'Start again from the hub.');
  return oauth.validateAuthResponse(serverOf(service), client, plain, state);
}
