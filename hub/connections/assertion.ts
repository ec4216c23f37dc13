/** Connecting an account by what somebody made in the service's console and pasted here, instead of signing in in a browser. */
import { present } from '#credentials/assertion.ts';
import { personalServiceOf } from '#credentials/service.ts';
import { appFor } from './own-apps.ts';
import { type ConnectionParts, connectorOf } from './parts.ts';
import { type Arrival, expectedAccount, welcome } from './sign-in.ts';

export interface Pasted {
  workspace: number;
  connector: string;
  by: string;
  assertion: string;
  /** A connection to sign in anew: another account is refused. */
  connection?: number;
}

export async function connectByAssertion(parts: ConnectionParts, asked: Pasted): Promise<Arrival> {
  const { workspace, by, connection } = asked;
  const connector = connectorOf(parts, asked.connector);
  const expected = connection === undefined ? undefined : await expectedAccount(parts, asked, connection);
  const app = await appFor(parts, workspace, connector.name);
  // It travels in a form; line breaks and spaces around it come from copying.
  const assertion = asked.assertion.replace(/\s+/g, '');
  const tokens = await present(personalServiceOf(connector, parts.hosts), app, assertion, parts.now());
  return welcome(parts, connector, { workspace, by, tokens, expected });
}
