/** New tokens for a grant, asked for within what the service allows of such requests. */
import { renewal } from '#credentials/renewal.ts';
import type { GrantRef } from '#credentials/safe.ts';
import { serviceOf } from '#credentials/service.ts';
import type { Tokens } from '#credentials/tokens.ts';
import { makeCall } from '#kit/call.ts';
import { accountOf } from '#store/connections.ts';
import { countedAs } from './lend.ts';
import { appFor } from './own-apps.ts';
import { type ConnectionParts, connectorOf } from './parts.ts';

export async function renew(parts: ConnectionParts, { workspace, grant }: GrantRef, name: string, old: Tokens): Promise<Tokens> {
  const connector = connectorOf(parts, name);
  const app = await appFor(parts, workspace, name);
  const { group } = connector.auth;
  const service = serviceOf(connector, parts.hosts);
  if (group === undefined) return renewal(service, app, old, parts.now, (send) => send());
  const account = await parts.store.workspace(workspace, (tx) => accountOf(tx, grant));
  const call = makeCall({
    limits: connector.limits,
    allowance: parts.allowance,
    counted: countedAs(connector, old.clientId, account ?? `grant ${grant}`),
    explain: (error) => connector.explain(error),
    count: (operation, result, ms) => parts.count?.(name, operation, result, ms),
    signal: new AbortController().signal,
    now: parts.now,
  });
  return renewal(service, app, old, parts.now, (send) => call({ name: 'oauth.token', group }, send));
}
