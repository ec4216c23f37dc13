/** Which app signs in: a workspace's own before the installation's. Secrets go in and never come out. */
import { type App, type ChosenApp, chooseApp } from '#credentials/apps.ts';
import { Fault } from '#hub/fault.ts';
import { getApp, putApp, removeApp } from '#store/apps.ts';
import { type ConnectionParts, connectorOf } from './parts.ts';

/** Throws Refused, saying how to set one, where there is none. */
export async function appFor(parts: ConnectionParts, workspace: number, connector: string): Promise<ChosenApp> {
  const own = await parts.store.workspace(workspace, (tx) => getApp(tx, connector));
  const secret = own && (await parts.seal.open({ kind: 'app', connector, workspace }, own.sealed));
  return chooseApp(
    connectorOf(parts, connector),
    own && { id: own.client_id, secret: String(secret) },
    parts.clientOf(connector),
  );
}

export async function setApp(parts: ConnectionParts, workspace: number, connector: string, app: App): Promise<void> {
  connectorOf(parts, connector);
  const sealed = await parts.seal.close({ kind: 'app', connector, workspace }, app.secret);
  await parts.store.workspace(workspace, (tx) => putApp(tx, connector, app.id, sealed));
}

export async function unsetApp(parts: ConnectionParts, workspace: number, connector: string): Promise<void> {
  connectorOf(parts, connector);
  if (await parts.store.workspace(workspace, (tx) => removeApp(tx, connector))) return;
  throw new Fault('missing', `This workspace has no app of its own for ${connector}.`, 'There is nothing to remove.');
}
