/** What a connector says about the webhooks of its service: types only. */
import type { Context } from './context.ts';
import type { Row } from './stream.ts';
import type { CallEvent } from './telephony.ts';

/** One inbound request as it arrived, before anybody has believed it. */
export interface Delivery {
  method: 'GET' | 'POST';
  /** Names in lower case; values of a header that came several times are joined by `, `. */
  headers: { readonly [name: string]: string };
  /** What stands after `?` in the address, as it stands there. */
  query: string;
  /** Raw bytes, at most 1 MiB, as they are: a body that is compressed is refused. */
  body: Uint8Array;
  /** Our id of the subscription that the address named, where the service has one address for each. */
  subscription?: string;
}

/** What the hub knows that only a genuine sender can know too. */
export interface Proof {
  /** Live secrets, newest first: two during a rotation; none where nothing was agreed. */
  secrets: readonly string[];
  /** Milliseconds since the epoch. */
  now: number;
  /**
   * What the connection is lent whose address was called, for a service that has to be asked for what proves its messages. Not for what
   * the secrets alone can tell: every stranger can make us ask.
   */
  lend?(): Promise<Context>;
}

export type Verdict =
  | { is: 'genuine' }
  /** Neither proven nor disproven, since somebody could not be asked: the sender is to try again. */
  | { is: 'unproven'; reason: string }
  /** The service asks whether we are there; answered at once and never stored. */
  | { is: 'greeting'; answer: { status: number; headers: { readonly [name: string]: string }; body: string } }
  /** `reason`: one of a few fixed phrases. It is counted by, and never told to the sender. */
  | { is: 'forged'; reason: string };

export interface Webhooks {
  /**
   * Who holds the secrets: `app`, one address and one secret for the whole installation (`/webhooks/:connector`); `subscription`,
   * an address and a secret for each (`/webhooks/:connector/:subscription`).
   */
  secrets: 'app' | 'subscription';
  /** Short names of the streams of whose changes the service tells. Absent: of all. */
  tells?: readonly string[];
  /** Statuses the service expects. Default 200 stored, 401 forged. */
  answers?: { stored?: number; forged?: number };
  /** Media types of the bodies it sends, in lower case; another is refused unread with 415. Default `application/json`. */
  types?: readonly string[];
  /**
   * Is it genuine? Judged over the raw bytes, before anything is parsed, in constant time (`signature.ts`). A GET is either a
   * greeting or refused. Must not throw.
   */
  verify(delivery: Delivery, proof: Proof): Verdict | Promise<Verdict>;
  /**
   * What makes a genuine delivery one and the same however often it comes. Absent, or undefined: nothing does, each is kept.
   * Must not throw.
   */
  identity?(delivery: Delivery): string | undefined;
  /** A greeting as the service sends it, by which the hub tries out its own address. `token` is any text the service might choose. */
  greeting?(token: string, proof: Proof): Delivery;
  /**
   * What it says, in its order; called after the answer was given, as often as somebody wants it read again. Throws what the
   * delivery is kept as failed with.
   */
  parse(delivery: Delivery): News[];
  /** Asks the service to call `wanted.url` from now on. The service may greet that address before this returns. */
  subscribe?(ctx: Context, wanted: Wanted): Promise<Subscribed>;
  /** Makes it last longer. */
  renew?(ctx: Context, id: string, wanted: Wanted): Promise<Subscribed>;
  /** As the service holds it; undefined where the service knows no such subscription. */
  look?(ctx: Context, id: string): Promise<Subscribed | undefined>;
  /** The subscription that calls this address, where the service can say so: after a creation whose answer never came. */
  find?(ctx: Context, url: string): Promise<Subscribed | undefined>;
  unsubscribe?(ctx: Context, id: string): Promise<void>;
}

export interface Wanted {
  /** Where the service is to call. */
  url: string;
  /** What it shall prove itself with. */
  secret: string;
  /** Short names of the streams that are in use. */
  streams: readonly string[];
}

/** A subscription as the service holds it. */
export interface Subscribed {
  id: string;
  /** Milliseconds since the epoch; absent: it does not end by itself. */
  expires?: number;
  /** What its messages prove themselves with, where that is the service's choice and not ours. */
  secret?: string;
  /** Does the service still call? With the service's own reason where it does not. */
  dropped?: string;
}

/** What a delivery says, addressed by the account that `check()` named. */
export type News = { account: string } & (
  | { is: 'changed'; stream: string; row: Row }
  | { is: 'gone'; stream: string; id: string }
  /** Look again at this row; without an id, at whatever is new in the stream. */
  | { is: 'touched'; stream: string; id?: string }
  | { is: 'call'; event: CallEvent }
  /** A subscription nears its end, or has ended. */
  | { is: 'expiring'; subscription: string }
  /** The grant ended over there. */
  | { is: 'disconnected'; reason: string }
);
