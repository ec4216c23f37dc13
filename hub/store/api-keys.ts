/** Keys of the API: only their hashes are kept. */
import type { Store } from './database.ts';

export interface KeyRow {
  id: number;
  name: string;
  permissions: string[];
  created: string;
  expires: string | null;
  revoked: string | null;
  used: string | null;
}

export interface NewKey {
  name: string;
  /** SHA-256 of the key's secret part, in hex. */
  hash: string;
  permissions: readonly string[];
  /** Instant. */
  expires?: string;
}

export interface LivingKey {
  workspace: number;
  id: number;
  hash: string;
  permissions: string[];
}

const COLUMNS = 'id, name, permissions, created, expires, revoked, used';

/** Undefined where there is no such workspace. */
export async function insertKey(store: Store, workspace: number, key: NewKey): Promise<KeyRow | undefined> {
  const rows = await store.workspace(workspace, (tx) =>
    tx.query<KeyRow>(
      `insert into api_keys (workspace, name, hash, permissions, expires)
       select workspace, $1, $2, $3, $4 from workspaces where workspace = current_setting('switchboard.workspace')::int
       returning ${COLUMNS}`,
      [key.name, key.hash, key.permissions, key.expires ?? null],
    ),
  );
  return rows[0];
}

/** A workspace's keys after an id, in order of making. */
export function listKeys(store: Store, workspace: number, after: number, limit: number): Promise<KeyRow[]> {
  return store.workspace(workspace, (tx) =>
    tx.query<KeyRow>(`select ${COLUMNS} from api_keys where id > $1 order by id limit $2`, [after, limit]),
  );
}

/** False where the workspace has no such key. A key revoked before stays revoked at that time. */
export async function revokeKey(store: Store, workspace: number, id: number): Promise<boolean> {
  const n = await store.workspace(workspace, (tx) =>
    tx.run('update api_keys set revoked = coalesce(revoked, now()) where id = $1', [id]),
  );
  return n > 0;
}

/** The key with this hash, unless revoked or expired. Notes its use, to the minute. */
export async function livingKey(store: Store, hash: string): Promise<LivingKey | undefined> {
  return store.installation(async (tx) => {
    const [key] = await tx.query<LivingKey & { stale: boolean }>(
      `select workspace, id, hash, permissions, (used is null or used < now() - interval '1 minute') as stale
       from api_keys where hash = $1 and revoked is null and (expires is null or expires > now())`,
      [hash],
    );
    if (key?.stale) await tx.run('update api_keys set used = now() where workspace = $1 and id = $2', [key.workspace, key.id]);
    return key;
  });
}

/**
 * Makes the first workspace, and a key for the first workspace that has none. Returns that key's workspace and id; undefined where
 * somebody can sign in already. Hubs that start together make one.
 */
export async function insertFirstKey(
  store: Store,
  firm: string,
  key: NewKey,
): Promise<{ workspace: number; id: number } | undefined> {
  return store.installation(async (tx) => {
    const [keys] = await tx.query<{ there: boolean }>('select exists (select from api_keys) as there');
    if (keys?.there) return undefined;
    await tx.query("select pg_advisory_xact_lock(hashtext('switchboard first key'))");
    await tx.run('insert into workspaces (name) select $1 where not exists (select from workspaces)', [firm]);
    const rows = await tx.query<{ workspace: number; id: number }>(
      `insert into api_keys (workspace, name, hash, permissions)
       select workspace, $1, $2, $3 from workspaces where not exists (select from api_keys) order by workspace limit 1
       returning workspace, id`,
      [key.name, key.hash, key.permissions],
    );
    return rows[0];
  });
}
