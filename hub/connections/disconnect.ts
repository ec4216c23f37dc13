/** Ends a connection: its access at the service, and its work here. Syncs, cursors and links stay, for the day it comes back. */
import { revoke } from '#credentials/oauth.ts';
import { serviceOf } from '#credentials/service.ts';
import { type Tokens, tokensFromJson } from '#credentials/tokens.ts';
import type { Context } from '#kit/context.ts';
import { Problem } from '#kit/errors.ts';
import { type ConnectionRow, getConnection, grantedAt, isShared, pauseConnection, unlinkGrant } from '#store/connections.ts';
import type { Tx } from '#store/database.ts';
import { dropGrant, getGrant } from '#store/grants.ts';
import { dropSubscription } from '#store/subscriptions.ts';
import { appFor } from './own-apps.ts';
import { type ConnectionParts, connectorOf } from './parts.ts';
import { missingConnection } from './sign-in.ts';

export interface Disconnected {
  /** Did the service end the access? */
  revoked: boolean;
  /** Why not, and what is left to do; empty where nothing is. */
  note: string;
}

/** `context` lends what the connector needs, as long as the grant lives. */
export async function disconnect(
  parts: ConnectionParts,
  workspace: number,
  id: number,
  by: string,
  context: () => Promise<Context>,
): Promise<Disconnected> {
  const connection = await parts.store.workspace(workspace, (tx) => needConnection(tx, id));
  const left = (await parts.beforeDisconnect?.(workspace, id)) ?? '';
  const parted = connection.grant_id === null ? undefined : await part(parts, workspace, connection, context);
  const ended = await unlink(parts, workspace, id, by, parted === undefined);
  const { revoked, note } = parted ?? ended;
  return { revoked, note: [left, note].filter((one) => one !== '').join(' ') };
}

async function needConnection(tx: Tx, id: number): Promise<ConnectionRow> {
  const found = await getConnection(tx, id);
  if (found === undefined) throw missingConnection(id);
  return found;
}

/** Ends the access to one of several accounts of a grant; undefined where the service knows no such thing. */
async function part(
  parts: ConnectionParts,
  workspace: number,
  connection: ConnectionRow,
  context: () => Promise<Context>,
): Promise<Disconnected | undefined> {
  const { leave, title } = connectorOf(parts, connection.connector);
  if (leave === undefined) return undefined;
  if (await isShared(parts.store, workspace, connection)) return { revoked: false, note: KEPT };
  try {
    await leave(await context());
    return { revoked: true, note: '' };
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return { revoked: false, note: `${error.message} Remove the access in the account’s settings at ${title}.` };
  }
}

async function unlink(
  parts: ConnectionParts,
  workspace: number,
  id: number,
  by: string,
  revokes: boolean,
): Promise<Disconnected> {
  const { connection, sealed } = await parts.store.workspace(workspace, async (tx) => {
    const found = await needConnection(tx, id);
    const kept = found.grant_id === null ? undefined : await getGrant(tx, found.grant_id);
    const former = await unlinkGrant(tx, id, `Disconnected by ${by}. Connect again to go on where it stopped.`);
    await dropSubscription(tx, id);
    const dropped = former !== null && (await dropGrant(tx, former));
    return { connection: found, sealed: dropped ? kept?.sealed : undefined };
  });
  if (sealed === undefined) return { revoked: false, note: connection.grant_id === null ? '' : KEPT };
  if (!revokes || (await isShared(parts.store, workspace, connection))) return { revoked: false, note: KEPT };
  return end(parts, workspace, connection, sealed);
}

/**
 * The service said at that instant that it ended the access: the connection pauses with the reason, unless somebody has signed in since.
 * What came of it.
 */
export async function disconnectedThere(tx: Tx, id: number, reason: string, at: string): Promise<string> {
  const found = await getConnection(tx, id);
  if (found === undefined) return 'the connection is not there any more';
  if (found.grant_id === null) return 'it was disconnected here';
  const granted = await grantedAt(tx, found.grant_id);
  if (granted !== undefined && granted > at) return 'somebody has signed in since';
  await pauseConnection(tx, id, found.grant_id, reason);
  return 'the connection is paused';
}

const KEPT = 'The access at the service stays: another connection lives on it.';

async function end(parts: ConnectionParts, workspace: number, connection: ConnectionRow, sealed: string): Promise<Disconnected> {
  const { connector: name } = connection;
  const connector = connectorOf(parts, name);
  const { auth, title } = connector;
  if (auth.kind === 'client-credentials') {
    return { revoked: false, note: `The app of ${title} stays as it is; remove it there if nobody shall use it any more.` };
  }
  try {
    const tokens: Tokens = tokensFromJson(await parts.seal.open({ kind: 'grant', connector: name, workspace }, sealed));
    const revoked = await revoke(
      serviceOf({ ...connector, auth }, parts.hosts),
      await appFor(parts, workspace, name),
      tokens,
      parts.now(),
    );
    return {
      revoked,
      note: revoked ? '' : `${title} has no way to end access from here: remove it in the account’s settings there.`,
    };
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return { revoked: false, note: `${error.message} Remove the access in the account’s settings at ${title}.` };
  }
}
