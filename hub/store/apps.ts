/** Client ids and secrets a workspace brings itself. */
import { HERE } from './columns.ts';
import type { Tx } from './database.ts';

export interface AppRow {
  connector: string;
  client_id: string;
  /** The secret. */
  sealed: string;
  created: string;
}

export async function getApp(tx: Tx, connector: string): Promise<AppRow | undefined> {
  const rows = await tx.query<AppRow>('select connector, client_id, sealed, created from apps where connector = $1', [connector]);
  return rows[0];
}

export async function listApps(tx: Tx): Promise<AppRow[]> {
  return tx.query<AppRow>('select connector, client_id, sealed, created from apps order by connector');
}

export async function putApp(tx: Tx, connector: string, clientId: string, sealed: string): Promise<void> {
  await tx.run(
    `insert into apps (workspace, connector, client_id, sealed) values (${HERE}, $1, $2, $3)
     on conflict (workspace, connector) do update set client_id = excluded.client_id, sealed = excluded.sealed, created = now()`,
    [connector, clientId, sealed],
  );
}

export async function removeApp(tx: Tx, connector: string): Promise<boolean> {
  return (await tx.run('delete from apps where connector = $1', [connector])) > 0;
}
