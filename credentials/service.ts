/** A service as OAuth sees it: a connector's data, with the addresses the operator may have pointed elsewhere. */
import type { AuthorizationServer } from 'oauth4webapi';
import type { Connector, Endpoint, OAuth2 } from '#kit/connector.ts';

export interface Service {
  connector: string;
  title: string;
  auth: OAuth2;
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

export function serviceOf(connector: Pick<Connector, 'name' | 'title' | 'auth' | 'base'>, hosts: Hosts): Service {
  const { name, title, auth, base } = connector;
  return { connector: name, title, auth, base: baseOf(connector, hosts), home: base };
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
    issuer: addressOf(service, auth.authorize).origin,
    token_endpoint: addressOf(service, auth.token).href,
    ...(auth.revoke ? { revocation_endpoint: addressOf(service, auth.revoke).href } : {}),
  };
}

/** Is this `iss` of an answer (RFC 9207) the service we sent the person to? Guards against answers mixed up between services. */
export function isIssuer(service: Service, issuer: string): boolean {
  if (!URL.canParse(issuer)) return false;
  const declared = addressOf({ ...service, base: service.home }, service.auth.authorize).origin;
  return [declared, addressOf(service, service.auth.authorize).origin].includes(new URL(issuer).origin);
}
