/** OAuth 2 authorization code with PKCE (RFC 6749, 7636, 7009, 9207), driven by a connector's data. */
import * as oauth from 'oauth4webapi';
import { Changed, Problem, Reconnect, Refused } from '#kit/errors.ts';
import type { App } from './apps.ts';
import { type Doing, failureOf, refusalOf, silenceOf } from './refusals.ts';
import { addressOf, isIssuer, isLoopback, type Service, serverOf } from './service.ts';
import type { Tokens } from './tokens.ts';

/** Longest a token endpoint may take, in ms. A claim on a refresh lasts longer (safe.ts). */
export const ANSWER_MS = 10_000;

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
export async function authorizeUrl(service: Service, app: App, journey: Journey, hint?: string): Promise<string> {
  const { auth } = service;
  const url = addressOf(service, auth.authorize);
  const params: { [name: string]: string } = {
    ...auth.params,
    response_type: 'code',
    client_id: app.id,
    redirect_uri: journey.redirectUri,
    scope: journey.scopes.join(' '),
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
  service: Service,
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
      `Remove this app’s access in the account’s security settings at ${service.title}, then connect again.`,
    );
  }
  return tokens;
}

/** New tokens for old. Where the service keeps the refresh token, the answer has the old one. */
export async function refresh(service: Service, app: App, old: Tokens, now: number): Promise<Tokens> {
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
export async function revoke(service: Service, app: App, tokens: Tokens, now: number): Promise<boolean> {
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

/** `invalid_token` from a revocation endpoint: some services say so instead of 200. */
class AlreadyEnded extends Refused {}

function codeIn(service: Service, client: oauth.Client, { state }: Journey, back: URLSearchParams): URLSearchParams {
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

function proofOf({ auth }: Service, { secret }: App): oauth.ClientAuth {
  return auth.client === 'basic' ? oauth.ClientSecretBasic(secret) : oauth.ClientSecretPost(secret);
}

interface Options {
  signal: AbortSignal;
  [oauth.allowInsecureRequests]: boolean;
}

/** Sends, reads the whole answer, and translates what is not 200. */
async function answer(
  service: Service,
  doing: Doing,
  now: number,
  send: (options: Options) => Promise<Response>,
): Promise<Response> {
  const insecure = isLoopback(addressOf(service, service.auth.token));
  let response: Response;
  let body: string;
  try {
    response = await send({ signal: AbortSignal.timeout(ANSWER_MS), [oauth.allowInsecureRequests]: insecure });
    body = await response.text();
  } catch (error) {
    throw silenceOf(service.title, doing, error);
  }
  if (response.status === 200)
    return new Response(withoutIdToken(body), { status: 200, headers: { 'content-type': 'application/json' } });
  if (doing === 'revocation' && /"invalid_token"/.test(body)) throw new AlreadyEnded('The grant had ended before.', '');
  throw failureOf(service.title, doing, response, body, now);
}

/** Who it is says the connector's own `check`; an ID token would only be one more thing that can be wrong. */
function withoutIdToken(body: string): string {
  try {
    const { id_token: _, ...rest } = JSON.parse(body);
    return JSON.stringify(rest);
  } catch {
    return body;
  }
}

async function understood<T>(service: Service, doing: Doing, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof Problem) throw error;
    throw new Changed(
      `${service.title} answered the ${doing} with something that is no token answer: ${error instanceof Error ? error.message : error}.`,
      'Try once more; if it stays, tell the maintainer.',
      error,
    );
  }
}

/** RFC 6749 5.1: an answer without `scope` granted what was asked. */
function tokensOf({ id: clientId }: App, given: oauth.TokenEndpointResponse, now: number, asked: readonly string[]): Tokens {
  return {
    access: given.access_token,
    clientId,
    issued: now,
    scopes: given.scope === undefined ? asked : given.scope.split(/[\s,]+/).filter((scope) => scope !== ''),
    ...(given.refresh_token === undefined ? {} : { refresh: given.refresh_token }),
    ...(given.expires_in === undefined ? {} : { expires: now + given.expires_in * 1000 }),
  };
}
