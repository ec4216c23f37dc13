/**
 * Signing in with an assertion that somebody made in the service's console and pasted here (RFC 7523): no browser, and no person
 * needed when the grant dies. What it gives acts for whoever made it.
 */
import * as oauth from 'oauth4webapi';
import type { OAuth2 } from '#kit/connector.ts';
import { Reconnect, Refused } from '#kit/errors.ts';
import type { App } from './apps.ts';
import { answer, proofOf, tokensOf, understood } from './endpoint.ts';
import { type Service, serverOf } from './service.ts';
import type { Tokens } from './tokens.ts';

const GRANT = 'urn:ietf:params:oauth:grant-type:jwt-bearer';

/** Tokens for an assertion, which they keep for the day they end. Throws one of the kit's four errors. */
export async function present(service: Service<OAuth2>, app: App, assertion: string, now: number): Promise<Tokens> {
  const { title, auth } = service;
  if (auth.assertion === undefined) throw new Refused(`${title} takes no assertion.`, 'Sign in through the browser.');
  const client: oauth.Client = { client_id: app.id };
  const response = await answer(service, 'sign-in', now, (options) =>
    oauth.genericTokenEndpointRequest(serverOf(service), client, proofOf(service, app), GRANT, { assertion }, options),
  ).catch((error: unknown) => {
    if (!(error instanceof Reconnect)) throw error;
    throw new Reconnect(
      error.message,
      `${title} does not accept the ${auth.assertion!.title}: it has ended, was revoked, or belongs to another app. Make a new one at ${auth.assertion!.docs}.`,
      error,
    );
  });
  const given = await understood(service, 'sign-in', () =>
    oauth.processGenericTokenEndpointResponse(serverOf(service), client, response),
  );
  return { ...tokensOf(app, given, now, []), assertion };
}
