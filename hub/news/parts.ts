/** What the room of news is given by whoever opens the hub. */

import type { CallEvent } from '#kit/telephony.ts';
import type { Webhooks } from '#kit/webhook.ts';
import type { Store, Tx } from '#store/database.ts';
import type { Engine } from '#sync/engine.ts';

export interface NewsParts {
  store: Store;
  /** The connectors whose services call us, by name. */
  webhooks: { readonly [connector: string]: Webhooks };
  engine: Pick<Engine, 'hear' | 'wake'>;
  /** The grant ended over there, as was said at that instant. What came of it. */
  disconnected(tx: Tx, connection: number, reason: string, at: string): Promise<string>;
  handlers: Handlers;
  /** Whose a subscription is: what comes to its address is for that connection alone. Undefined: there is no such subscription any more. */
  ownerOf?(connector: string, subscription: string): Promise<{ workspace: number; connection: number } | undefined>;
  /** Live secrets, to be blotted out of what is shown; undefined where nobody knows them any more. */
  secretsOf(connector: string, subscription: string | undefined): Promise<readonly string[] | undefined>;
  /** Days that deliveries and news are kept. */
  days: number;
  now(): number;
  log: { info(about: object, message: string): void; error(about: object, message: string): void };
  /** Told of deliveries that were read, could not be read, and of news for accounts nobody has linked. */
  count?(connector: string, what: 'read' | 'failed' | 'parked', n: number): void;
}

/** Who acts upon news that concerns no row. One that throws is told again, later and later, eight times. */
export interface Handlers {
  /** In the transaction that settles the news: once, unless it is read again. */
  heard?(tx: Tx, connection: number, events: readonly CallEvent[]): Promise<void>;
  /** In no transaction, and told again where a hub died meanwhile. */
  onExpiring?(workspace: number, connection: number, subscription: string): Promise<void>;
}
