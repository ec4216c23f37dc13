/** New tokens for old ones, by whichever way the grant has. */
import type { OAuth2 } from '#kit/connector.ts';
import { Reconnect } from '#kit/errors.ts';
import type { App } from './apps.ts';
import { present } from './assertion.ts';
import { enterAgain } from './client-credentials.ts';
import { refresh } from './oauth.ts';
import type { Service } from './service.ts';
import type { Tokens } from './tokens.ts';

/** `admitted` goes around each request. Throws Reconnect where only a person can help. */
export async function renewal(
  service: Service,
  app: App,
  old: Tokens,
  now: () => number,
  admitted: (send: () => Promise<Tokens>) => Promise<Tokens>,
): Promise<Tokens> {
  const { auth } = service;
  if (auth.kind === 'client-credentials') return admitted(() => enterAgain({ ...service, auth }, app, old, now()));
  return refreshed({ ...service, auth }, app, old, now, admitted);
}

/** Refreshes; where the refresh token is dead or there never was one, the assertion of the grant signs in anew. */
async function refreshed(
  service: Service<OAuth2>,
  app: App,
  old: Tokens,
  now: () => number,
  admitted: (send: () => Promise<Tokens>) => Promise<Tokens>,
): Promise<Tokens> {
  const { assertion, clientId } = old;
  // An assertion is made for one app: with another it is refused, and so is the refresh, which says why.
  if (assertion === undefined || clientId !== app.id) return admitted(() => refresh(service, app, old, now()));
  if (old.refresh !== undefined) {
    try {
      return { ...(await admitted(() => refresh(service, app, old, now()))), assertion };
    } catch (error) {
      if (!(error instanceof Reconnect)) throw error;
    }
  }
  return admitted(() => present(service, app, assertion, now()));
}
