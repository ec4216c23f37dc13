/** Signing in as the app itself, with its client id and secret (RFC 6749 4.4). There is no refresh token: a new token is got alike. */
import * as oauth from 'oauth4webapi';
import type { ClientCredentials } from '#kit/connector.ts';
import { Reconnect, Refused } from '#kit/errors.ts';
import type { App } from './apps.ts';
import { answer, proofOf, tokensOf, understood } from './endpoint.ts';
import { type Service, serverOf } from './service.ts';
import type { Tokens } from './tokens.ts';

/** Tokens of the app's own. Throws one of the kit's four errors. */
export async function enter(service: Service<ClientCredentials>, app: App, now: number): Promise<Tokens> {
  const client: oauth.Client = { client_id: app.id };
  const response = await answer(service, 'sign-in', now, (options) =>
    oauth.clientCredentialsGrantRequest(serverOf(service), client, proofOf(service, app), {}, options),
  );
  const given = await understood(service, 'sign-in', () =>
    oauth.processClientCredentialsResponse(serverOf(service), client, response),
  );
  return tokensOf(app, given, now, []);
}

/**
 * A new token for an old one. Here the app is the grant: one the service refuses is dead until somebody connects again, and
 * another app may belong to another account, which only connecting again finds out. Throws Reconnect for both.
 */
export async function enterAgain(service: Service<ClientCredentials>, app: App, old: Tokens, now: number): Promise<Tokens> {
  const again = `run "npm run cli -- connect ${service.connector} --again <connection>".`;
  if (old.clientId !== app.id) {
    throw new Reconnect(
      `The grant is that of client id ${old.clientId}; the client id set now is ${app.id}.`,
      `The client id of ${service.title} was exchanged: ${again}`,
    );
  }
  try {
    return await enter(service, app, now);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    throw new Reconnect(error.message, `${error.advice} Then ${again}`, error);
  }
}
