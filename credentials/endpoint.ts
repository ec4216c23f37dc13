/** Requests to a service's OAuth endpoints: sent with a deadline, read whole, translated. */
import * as oauth from 'oauth4webapi';
import { Changed, Problem, Refused } from '#kit/errors.ts';
import type { App } from './apps.ts';
import { type Doing, failureOf, silenceOf } from './refusals.ts';
import { addressOf, isLoopback, type Service } from './service.ts';
import type { Tokens } from './tokens.ts';

/** Longest a token endpoint may take, in ms. A claim on a refresh lasts longer (safe.ts). */
export const ANSWER_MS = 10_000;

/** `invalid_token` from a revocation endpoint: some services say so instead of 200. */
export class AlreadyEnded extends Refused {}

/**
 * How the app proves itself. Basic takes id and secret as they are: services compare them so, although RFC 6749 2.3.1 would have
 * them form-encoded first, which turns the `-` and `_` of many an id into something else.
 */
export function proofOf({ auth }: Service, { id, secret }: App): oauth.ClientAuth {
  if (auth.client === 'post') return oauth.ClientSecretPost(secret);
  const proof = Buffer.from(`${id}:${secret}`).toString('base64');
  return (_server, _client, _body, headers) => headers.set('authorization', `Basic ${proof}`);
}

interface Options {
  signal: AbortSignal;
  [oauth.allowInsecureRequests]: boolean;
}

/** Sends, reads the whole answer, and translates what is not 200. */
export async function answer(
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

export async function understood<T>(service: Service, doing: Doing, read: () => Promise<T>): Promise<T> {
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
export function tokensOf(
  { id: clientId }: App,
  given: oauth.TokenEndpointResponse,
  now: number,
  asked: readonly string[],
): Tokens {
  return {
    access: given.access_token,
    clientId,
    issued: now,
    scopes: given.scope === undefined ? asked : given.scope.split(/[\s,]+/).filter((scope) => scope !== ''),
    ...(given.refresh_token === undefined ? {} : { refresh: given.refresh_token }),
    ...(given.expires_in === undefined ? {} : { expires: now + given.expires_in * 1000 }),
  };
}
