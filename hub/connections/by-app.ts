/** Connecting an account as the app itself: with the client id and secret of the workspace or the installation, and no browser. */
import { enter } from '#credentials/client-credentials.ts';
import { serviceOf } from '#credentials/service.ts';
import { Fault } from '#hub/fault.ts';
import type { Values } from '#kit/fields.ts';
import { appFor } from './own-apps.ts';
import { type ConnectionParts, connectorOf, expectSettings } from './parts.ts';
import { type Arrival, expectedAccount, welcome } from './sign-in.ts';

export interface Entry {
  workspace: number;
  connector: string;
  by: string;
  /** What the connector asks an admin, as whose account it is where the app acts for others. */
  settings?: Values;
  /** A connection to sign in anew: another account is refused. Its settings stay, but for those given. */
  connection?: number;
}

export async function connectByApp(parts: ConnectionParts, asked: Entry): Promise<Arrival> {
  const { workspace, by, connection } = asked;
  const connector = connectorOf(parts, asked.connector);
  const { auth, title } = connector;
  if (auth.kind !== 'client-credentials') {
    throw new Fault('invalid', `${title} is not connected by its app alone: somebody signs in.`, 'Connect through the browser.');
  }
  const expected = connection === undefined ? undefined : await expectedAccount(parts, asked, connection);
  const settings = { ...expected?.settings, ...asked.settings };
  expectSettings(connector, asked.settings);
  const app = await appFor(parts, workspace, connector.name);
  const tokens = await enter(serviceOf({ ...connector, auth }, parts.hosts), app, parts.now());
  return welcome(parts, connector, { workspace, by, tokens, expected, settings });
}
