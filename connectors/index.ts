/** Every connector there is. */
import type { Connector } from '#kit/connector.ts';
import type { Stream } from '#kit/stream.ts';
import { gsuite } from './gsuite/index.ts';
import { office365 } from './office365/index.ts';
import { paypal } from './paypal/index.ts';
import { quickbooks } from './quickbooks/index.ts';
import { ringcentral } from './ringcentral/index.ts';
import { xero } from './xero/index.ts';

export const connectors = { gsuite, office365, paypal, quickbooks, ringcentral, xero } as const satisfies {
  readonly [name: string]: Connector;
};

export type ConnectorName = keyof typeof connectors;

/** The connector of that name. Throws with the names there are. */
export function connectorOf(name: string): Connector {
  if (isConnectorName(name)) return connectors[name];
  throw new Error(`no connector is called '${name}'; there are ${Object.keys(connectors).join(', ')}`);
}

/** The stream of a full name, as `gsuite.contacts`. Throws with the names there are. */
export function streamOf(name: string): Stream {
  const [service = '', stream = ''] = name.split('.', 2);
  const { streams } = connectorOf(service);
  if (Object.hasOwn(streams, stream)) return streams[stream]!;
  const known = Object.keys(streams).map((one) => `${service}.${one}`);
  throw new Error(`no stream is called '${name}'; there are ${known.join(', ')}`);
}

function isConnectorName(name: string): name is ConnectorName {
  return Object.hasOwn(connectors, name);
}
