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
  /**
   * Where one sign-in may open several accounts: which. Each becomes a connection of its own, and all live on one grant. Called after
   * sign-in, without settings; the `settings` of each account are the connection's, by which `check` and the streams know it. Absent:
   * `check` names the only one.
   */
  accounts?(ctx: Context): Promise<Accounts>;
  /**
   * Ends the access to the one account of this connection; others that live on the same grant stay. Where it is there, a grant is never
   * revoked: that would end every account its person has opened to the app, also those of other workspaces.
   */
  leave?(ctx: Context): Promise<void>;
  /** The one place that turns what the SDK throws into one of ours. Must never throw. */
  explain(error: unknown): Problem;
}

export interface Account {
  /** The account's steady id at the service. Unique by workspace and connector. */
  id: string;
  /** What people call it; of one person's account the e-mail address, by which its owner is known here. */
  title: string;
  settings?: Values;
}

export interface Accounts {
  /** Chosen in this sign-in: each is connected, or connected again. */
  chosen: readonly Account[];
  /** Opened by the same person before: one that is connected here lives on the new grant from now on; none is made. */
  before: readonly Account[];
}

export type Auth = OAuth2 | ClientCredentials;

export interface OAuth2 {
  kind: 'oauth2';
  /** API of `base` and path of each endpoint. */
  authorize: Endpoint;
  token: Endpoint;
  /** `bare`: it takes the token alone, and refuses or does not know the client's proof. */
  revoke?: Endpoint & { bare?: true };
  /**
   * Scopes for every connection, and per stream. `ofApp`: none are asked for, since the service gives each app what was ticked when
   * it was registered; the answer names them. `unnamed`: asked for, and never named in the answer. `ofResource`: a scope may come back
   * behind the address of what it is for, in any case: `https://service/Contacts.Read` for `Contacts.Read`.
   */
  scopes: {
    always: readonly string[];
    streams: { readonly [stream: string]: readonly string[] };
    /** Streams that are asked for only where somebody names them: a person is not to allow more than what is used. */
    byChoice?: readonly string[];
    ofApp?: true;
    unnamed?: readonly string[];
    ofResource?: true;
  };
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

/** The app signs in as itself (RFC 6749 4.4): no browser, no refresh token; whose account it is belongs to the app or to a setting. */
export interface ClientCredentials {
  kind: 'client-credentials';
  token: Endpoint;
  /** What the app must have been allowed when it was registered: nothing is asked for, the answer names what it has. */
  scopes: OAuth2['scopes'];
  /** How the client proves itself at the token endpoint. */
  client: OAuth2['client'];
  /** The limit that requests to the token endpoint use up, by name. */
  group?: string;
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
  /** Name of the wider limit that a call counts against as well: services count the accounts of an app together too. */
  within?: string;
}

/** Something the service does for us beside streams. */
export interface Action {
  title: string;
  input: Fields;
  undo: Undoability;
  /** Short name of the stream upon whose row it acts. The row's id is the input `row`, which the hub finds for a record. */
  upon?: string;
  /**
   * What of a ledger it serves, for whoever looks for such a one: `settle` notes that so much (`amount`, to `account`, on `date`) of a
   * document was settled; `tax` sets the tax of a document, where its rounding came to other cents.
   */
  serves?: 'settle' | 'tax';
  /** `look`: it changes nothing. `pay`: money leaves the firm. Default `tell`. */
  does?: 'look' | 'tell' | 'pay';
  /**
   * So long (ms) the service takes a repetition under the same key for the same request. Absent: it knows no keys, and an action whose
   * answer never came is not repeated.
   */
  lifetime?: number;
  /** The hub has checked the input. `key`: the same for each repetition. */
  run(ctx: Context, input: Values, key: string): Promise<Values>;
}
