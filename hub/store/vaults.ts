/** The tables of sealed secrets, for the rotation of keys. Implements the port of credentials. */
import type { Sealed, Vault } from '#credentials/reseal.ts';
import type { Place } from '#credentials/seal.ts';
import type { Store } from './database.ts';

const TABLES: readonly { table: string; key: string; kind: Place['kind'] }[] = [
  { table: 'grants', key: 'id', kind: 'grant' },
  { table: 'apps', key: 'connector', kind: 'app' },
  { table: 'oauth_states', key: 'hash', kind: 'state' },
  { table: 'subscriptions', key: 'connection', kind: 'subscription' },
];

export async function workspaceIds(store: Store): Promise<number[]> {
  const rows = await store.installation((tx) =>
    tx.query<{ workspace: number }>('select workspace from workspaces order by workspace'),
  );
  return rows.map(({ workspace }) => workspace);
}

/** Every table of a workspace that holds sealed secrets. */
export function vaultsOf(store: Store, workspace: number): Vault[] {
  return TABLES.map(({ table, key, kind }) => ({
    async after(from, most) {
      const rows = await store.workspace(workspace, (tx) =>
        tx.query<Omit<Sealed, 'place'> & { connector: string }>(
          `select ${key} as key, connector, sealed from ${table} ${from === null ? '' : `where ${key} > $2`} order by ${key} limit $1`,
          from === null ? [most] : [most, from],
        ),
      );
      return rows.map(({ key: at, connector, sealed }) => ({ key: at, sealed, place: { kind, connector, workspace } }));
    },
    exchange: (row, sealed) =>
      store.workspace(
        workspace,
        async (tx) =>
          (await tx.run(`update ${table} set sealed = $2 where ${key} = $1 and sealed = $3`, [row.key, sealed, row.sealed])) > 0,
      ),
  }));
}
