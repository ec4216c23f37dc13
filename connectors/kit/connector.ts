/**
 * The contract of a connector: types only. A connector is a plain object that knows one service and nothing of the CRM.
 * A function that is missing is an ability that is missing.
 */
import type { Context } from './context.ts';
import type { Problem } from './errors.ts';
import type { Fields, Values } from './fields.ts';
import type { Stream, Undoability } from './stream.ts';
import type { Telephony } from './telephony.ts';
import type { Webhooks } from './webhook.ts';

export interface Connector {
  /** Short name, also the first half of its streams' names: `gsuite` in `gsuite.contacts`. */
  name: string;
  title: string;
  /** Address of the service's own documentation. */
  docs: string;
  /** Where the service lives, by API. Each can be pointed elsewhere by the operator. */
  base: { readonly [api: string]: string };
  auth: Auth;
  limits: Limits;
  /** Settings an admin chooses per connection. */
  settings?: Fields;
  streams: { readonly [name: string]: Stream };
  actions?: { readonly [name: string]: Action };
  webhooks?: Webhooks;
  telephony?: Telephony;
  /** Who are we connected to. Called after sign-in and as health check; costs a call or two. */
  check(ctx: Context): Promise<Account>;
  /** The one place that turns what the SDK throws into one of ours. Must never throw. */
  explain(error: unknown): Problem;
}

export interface Account {
  /** The account's steady id at the service. Unique by workspace and connector. */
  id: string;
  title: string;
  settings?: Values;
}

export type Auth = OAuth2;

export interface OAuth2 {
  kind: 'oauth2';
  /** API of `base` and path of each endpoint. */
  authorize: Endpoint;
  token: Endpoint;
  /** `bare`: it takes the token alone, and refuses or does not know the client's proof. */
  revoke?: Endpoint & { bare?: true };
  /**
   * Scopes for every connection, and per stream. `ofApp`: none are asked for, since the service gives each app what was ticked when
   * it was registered; the answer names them.
   */
  scopes: { always: readonly string[]; streams: { readonly [stream: string]: readonly string[] }; ofApp?: true };
  pkce: boolean;
  /** How the client proves itself at the token endpoint. */
  client: 'basic' | 'post';
  /** Does a refresh answer replace the refresh token? */
  rotates: boolean;
  /** So long (ms) a refresh token lives unused, where that is short: the hub refreshes in time, also when nothing else is to do. */
  idle?: number;
  /** The limit that requests to the token endpoint use up, by name. */
  group?: string;
  /** The service also takes a signed assertion that somebody pastes instead of signing in (RFC 7523). */
  assertion?: {
    /** What the service calls it, and where one is made. */
    title: string;
    docs: string;
  };
  /** Further parameters of the authorise address. */
  params?: { readonly [name: string]: string };
  /** What comes back beside the code and says which account was chosen: its parameters, and the setting each becomes. */
  callback?: { readonly [parameter: string]: string };
}

export interface Endpoint {
  api: string;
  path: string;
}

/** What the service allows. One bucket per group; a call names its group and cost. */
export interface Limits {
  groups: { readonly [group: string]: Limit };
  /** Longest a single HTTP call may take, in ms. */
  timeout: number;
}

export interface Limit {
  perSecond?: number;
  perMinute?: number;
  perDay?: number;
  atOnce?: number;
  /** Whom the service counts: one signed-in account, or the whole app. */
  per: 'account' | 'app';
}

export interface Action {
  title: string;
  input: Fields;
  undo: Undoability;
  run(ctx: Context, input: Values): Promise<Values>;
}
