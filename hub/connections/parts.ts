/** What the room of connections is given by whoever opens the hub. */
import type { App } from '#credentials/apps.ts';
import { streamsAllowed } from '#credentials/scopes.ts';
import type { Seal } from '#credentials/seal.ts';
import type { Hosts } from '#credentials/service.ts';
import { Fault } from '#hub/fault.ts';
import type { Allowance } from '#kit/allowance.ts';
import type { Connector } from '#kit/connector.ts';
import type { Values } from '#kit/fields.ts';
import { checkValues } from '#kit/rows.ts';
import type { Stream } from '#kit/stream.ts';
import type { Store, Tx } from '#store/database.ts';

export interface ConnectionParts {
  store: Store;
  connectors: { readonly [name: string]: Connector };
  /** Base addresses that take the place of the connectors' own. */
  hosts: Hosts;
  /** Where browsers reach the hub, without a slash at the end. Asked when needed: the port may be known late. */
  publicUrl(): string;
  /** The installation's app for a connector. */
  clientOf(connector: string): App | undefined;
  seal: Seal;
  allowance: Allowance;
  /** Milliseconds since the epoch. */
  now(): number;
  /** Told of every request sent to a service: what came of it, how long it took (ms). */
  count?(connector: string, operation: string, result: string, ms: number): void;
  /** A connection was made or revived, in the transaction that does it: the engine gives it its syncs. */
  onConnected(
    tx: Tx,
    connection: { workspace: number; id: number; connector: string; account: string; by: string },
  ): Promise<void>;
  /** A connection is about to end, while its grant still lives. What could not be ended at the service, for the person; else ''. */
  beforeDisconnect?(workspace: number, connection: number): Promise<string>;
}

export function connectorOf({ connectors }: Pick<ConnectionParts, 'connectors'>, name: string): Connector {
  const found = Object.hasOwn(connectors, name) ? connectors[name] : undefined;
  if (found !== undefined) return found;
  throw new Fault('missing', `There is no connector called "${name}".`, `Choose one of ${Object.keys(connectors).join(', ')}.`);
}

/** The stream of a full name, `<connector>.<stream>`. */
export function streamOf(parts: Pick<ConnectionParts, 'connectors'>, name: string): Stream {
  const [service = '', stream = ''] = name.split('.', 2);
  const { streams } = connectorOf(parts, service);
  if (Object.hasOwn(streams, stream)) return streams[stream]!;
  const known = Object.keys(streams).map((one) => `${service}.${one}`);
  throw new Fault('missing', `There is no stream called "${name}".`, `Choose one of ${known.join(', ')}.`);
}

/** The streams an account is read for that has allowed these scopes. */
export function streamsFor({ auth, streams }: Connector, scopes: readonly string[]): { readonly [name: string]: Stream } {
  const allowed = new Set(streamsAllowed(auth, scopes, Object.keys(streams)));
  return Object.fromEntries(Object.entries(streams).filter(([name]) => allowed.has(name)));
}

/** Refuses settings that the connector does not ask for. */
export function expectSettings({ title, settings: fields = {} }: Connector, settings: Values = {}): void {
  const problems = checkValues(fields, settings);
  if (problems.length > 0)
    throw new Fault('invalid', `The settings do not fit ${title}.`, 'Change the places that are listed.', problems);
}
