/** Connections: one account at a service, linked by an admin. */
import type { Values } from '#kit/fields.ts';
import { HERE } from './columns.ts';
import type { Store, Tx } from './database.ts';

export interface ConnectionRow {
  id: number;
  connector: string;
  /** The account's id at the service. */
  account: string;
  title: string;
  grant_id: number | null;
  state: 'active' | 'paused';
  /** Why it is paused. */
  reason: string | null;
  settings: Values;
  /** Granted. */
  scopes: string[];
  created: string;
  created_by: string;
}

const COLUMNS = 'id, connector, account, title, grant_id, state, reason, settings, scopes, created, created_by';

export interface NewConnection {
  connector: string;
  account: string;
  title: string;
  grant: number;
  settings: Values;
  scopes: readonly string[];
  by: string;
}

/**
 * Links an account, or revives it: a connection of the same account keeps its id, and with it cursors and links. `former` is the
 * grant it had before.
 */
export async function keepConnection(
  tx: Tx,
  { connector, account, title, grant, settings, scopes, by }: NewConnection,
): Promise<{ id: number; former: number | null; made: boolean }> {
  const made = await tx.query<{ id: number }>(
    `insert into connections (workspace, connector, account, title, grant_id, settings, scopes, created_by)
     values (${HERE}, $1, $2, $3, $4, $5, $6, $7) on conflict (workspace, connector, account) do nothing returning id`,
    [connector, account, title, grant, JSON.stringify(settings), scopes, by],
  );
  if (made[0] !== undefined) return { id: made[0].id, former: null, made: true };
  const [before] = await tx.query<{ id: number; grant_id: number | null; settings: Values }>(
    'select id, grant_id, settings from connections where connector = $1 and account = $2 for update',
    [connector, account],
  );
  const { id, grant_id: former, settings: old } = before!;
  await tx.run(
    `update connections set title = $2, grant_id = $3, settings = $4, scopes = $5, state = 'active', reason = null where id = $1`,
    [id, title, grant, JSON.stringify({ ...old, ...settings }), scopes],
  );
  return { id, former, made: false };
}

/** An account that lives here moves to another grant, of a sign-in that opened it too; nothing where nobody has linked it. */
export async function moveConnection(
  tx: Tx,
  { connector, account, grant, scopes }: Pick<NewConnection, 'connector' | 'account' | 'grant' | 'scopes'>,
): Promise<{ id: number; former: number } | undefined> {
  const rows = await tx.query<{ id: number; former: number }>(
    `update connections c set grant_id = $3, scopes = $4, state = 'active', reason = null
     from (select id, grant_id as former from connections where connector = $1 and account = $2 and grant_id is not null for update) before
     where c.id = before.id returning c.id, before.former`,
    [connector, account, grant, scopes],
  );
  return rows[0];
}

export async function getConnection(tx: Tx, id: number): Promise<ConnectionRow | undefined> {
  return (await tx.query<ConnectionRow>(`select ${COLUMNS} from connections where id = $1`, [id]))[0];
}

export async function listConnections(tx: Tx, after: number, most: number): Promise<ConnectionRow[]> {
  return tx.query<ConnectionRow>(`select ${COLUMNS} from connections where id > $1 order by id limit $2`, [after, most]);
}

/** Stops all of a connection's syncs. Only while it still has this grant: one that was signed in anew meanwhile is left alone. */
export async function pauseConnection(tx: Tx, id: number, grant: number | null, reason: string): Promise<boolean> {
  const n = await tx.run(
    `update connections set state = 'paused', reason = $3 where id = $1 and grant_id is not distinct from $2`,
    [id, grant, reason],
  );
  return n > 0;
}

export async function pauseConnectionsOf(tx: Tx, grant: number, reason: string): Promise<void> {
  await tx.run(`update connections set state = 'paused', reason = $2 where grant_id = $1`, [grant, reason]);
}

export async function reviveConnectionsOf(tx: Tx, grant: number): Promise<void> {
  await tx.run(`update connections set state = 'active', reason = null where grant_id = $1`, [grant]);
}

/** When somebody signed in for this grant. */
export async function grantedAt(tx: Tx, grant: number): Promise<string | undefined> {
  return (await tx.query<{ created: string }>('select created from grants where id = $1', [grant]))[0]?.created;
}

/** Takes the grant from a connection and stops it; its syncs, cursors and links stay. Gives the grant it had. */
export async function unlinkGrant(tx: Tx, id: number, reason: string): Promise<number | null> {
  const rows = await tx.query<{ former: number | null }>(
    `update connections c set grant_id = null, state = 'paused', reason = $2
     from (select id, grant_id as former from connections where id = $1 for update) before
     where c.id = before.id returning before.former`,
    [id, reason],
  );
  return rows[0]?.former ?? null;
}

/** Do other connections, of whatever workspace, live on the same account? Ending access at the service would end theirs. Worker. */
export async function isShared(store: Store, workspace: number, { id, connector, account }: ConnectionRow): Promise<boolean> {
  const rows = await store.installation((tx) =>
    tx.query<{ shared: boolean }>(
      `select exists (select from connections where connector = $1 and account = $2 and grant_id is not null
         and not (workspace = $3 and id = $4)) as shared`,
      [connector, account, workspace, id],
    ),
  );
  return rows[0]!.shared;
}

/** What a connection's syncs have shown so far: their state is told from this, not from a job's exit. */
export interface Evidence {
  connection: number;
  id: number;
  stream: string;
  state: 'waiting' | 'on' | 'paused';
  reason: string | null;
  every: number;
  failures: number;
  problem: { message?: string; advice?: string } | null;
  /** When the cursor last moved. */
  moved: string | null;
  /** When a pass last reached its end. */
  succeeded: string | null;
}

export async function evidenceOf(tx: Tx, connections: readonly number[]): Promise<Evidence[]> {
  return tx.query<Evidence>(
    `select connection, id, stream, state, reason, every, failures, problem, moved, succeeded from syncs
     where connection = any($1::int[]) order by id`,
    [connections],
  );
}

/** A revived connection's syncs have something to do at once. */
export async function wakeConnection(tx: Tx, id: number, at: Date): Promise<void> {
  await tx.run(`update syncs set due = $2, pull_due = $2, failures = 0 where connection = $1 and state = 'on'`, [id, at]);
}

/** An account that lives on a grant, by its id at the service. */
export async function accountOf(tx: Tx, grant: number): Promise<string | undefined> {
  const rows = await tx.query<{ account: string }>('select account from connections where grant_id = $1 order by id limit 1', [
    grant,
  ]);
  return rows[0]?.account;
}

/** The others of the same service, oldest first. */
export function connectionsBeside(tx: Tx, id: number): Promise<{ id: number; settings: Values }[]> {
  return tx.query(
    `select b.id, b.settings from connections a join connections b on b.connector = a.connector and b.id <> a.id
     where a.id = $1 order by b.id`,
    [id],
  );
}
