/** A service as OAuth sees it: a connector's data, with the addresses the operator may have pointed elsewhere. */
import type { AuthorizationServer } from 'oauth4webapi';
import type { Auth, Connector, Endpoint, OAuth2 } from '#kit/connector.ts';
import { Refused } from '#kit/errors.ts';

export interface Service<A extends Auth = Auth> {
  connector: string;
  title: string;
  auth: A;
  /** Where its APIs are, after overrides. */
  base: { readonly [api: string]: string };
  /** Where they are by the connector's own word: the issuer of an answer may be either. */
  home: { readonly [api: string]: string };
}

/** Base addresses by connector and API that take the place of the connector's own. */
export interface Hosts {
  readonly [connector: string]: { readonly [api: string]: string };
}

/** Throws where an override names an API the connector does not have: it would be ignored silently. */
export function baseOf(connector: Pick<Connector, 'name' | 'base'>, hosts: Hosts): { readonly [api: string]: string } {
  const overrides = hosts[connector.name] ?? {};
  const unknown = Object.keys(overrides).filter((api) => !Object.hasOwn(connector.base, api));
  if (unknown.length > 0) {
    const known = Object.keys(connector.base).join(', ');
    throw new Error(`SWITCHBOARD_HOSTS, ${connector.name}: found ${unknown.join(', ')}; this connector has ${known}.`);
  }
  return { ...connector.base, ...overrides };
}

type Described<A extends Auth> = Pick<Connector, 'name' | 'title' | 'base'> & { auth: A };

export function serviceOf<A extends Auth>(connector: Described<A>, hosts: Hosts): Service<A> {
  const { name, title, auth, base } = connector;
  return { connector: name, title, auth, base: baseOf(connector, hosts), home: base };
}

/** One where a person signs in. Throws Refused where the app does so by itself. */
export function personalServiceOf(connector: Described<Auth>, hosts: Hosts): Service<OAuth2> {
  const { name, title, auth } = connector;
  if (auth.kind === 'oauth2') return serviceOf({ ...connector, auth }, hosts);
  throw new Refused(
    `Nobody signs in to ${title} in a browser: the app does so with its own client id and secret.`,
    `Run "npm run cli -- connect ${name}", or POST /api/connections/app.`,
  );
}

export function addressOf({ connector, base }: Pick<Service, 'connector' | 'base'>, { api, path }: Endpoint): URL {
  const root = base[api];
  if (root === undefined)
    throw new Error(`Connector ${connector}: an endpoint names the API "${api}"; base has ${Object.keys(base).join(', ')}.`);
  const url = new URL(path.replace(/^\//, ''), root.endsWith('/') ? root : `${root}/`);
  if (url.protocol === 'https:' || isLoopback(url)) return url;
  throw new Error(
    `Connector ${connector}: ${url.origin} is not https, and secrets go unencrypted to this machine only; use https.`,
  );
}

/** Unencrypted HTTP is allowed to this machine only: emulators and tests. */
export function isLoopback({ hostname }: URL): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);
}

export function serverOf(service: Service): AuthorizationServer {
  const { auth } = service;
  return {
    issuer: addressOf(service, auth.kind === 'oauth2' ? auth.authorize : auth.token).origin,
    token_endpoint: addressOf(service, auth.token).href,
    ...(auth.kind === 'oauth2' && auth.revoke ? { revocation_endpoint: addressOf(service, auth.revoke).href } : {}),
  };
}

/** Is this `iss` of an answer (RFC 9207) the service we sent the person to? Guards against answers mixed up between services. */
export function isIssuer(service: Service<OAuth2>, issuer: string): boolean {
  if (!URL.canParse(issuer)) return false;
  const declared = addressOf({ ...service, base: service.home }, service.auth.authorize).origin;
  return [declared, addressOf(service, service.auth.authorize).origin].includes(new URL(issuer).origin);
}
