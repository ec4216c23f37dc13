/** How the database is: for readiness and for the doctor. */
import type { Store, Tx } from './database.ts';

export interface DatabaseHealth {
  /** `18.1` */
  version: string;
  bytes: number;
  /** Instant, by the database's clock. */
  clock: string;
  /** Our roles that could look past row-level security: superusers, bypassers and owners of tables. Must be none. */
  mighty: string[];
  /** Tables of workspaces on which row-level security is not in force. Must be none. */
  open: string[];
}

/** Rejects where the database does not answer. */
export async function ping(store: Store): Promise<void> {
  await store.installation((tx) => tx.query('select 1'));
}

export async function databaseHealth(store: Store): Promise<DatabaseHealth> {
  const mighty = [...(await store.workspace(0, mightyRole)), ...(await store.installation(mightyRole))];
  return store.installation(async (tx) => {
    const [facts] = await tx.query<{ version: string; bytes: number; clock: string }>(
      `select current_setting('server_version') as version, pg_database_size(current_database()) as bytes, clock_timestamp() as clock`,
    );
    const open = await tx.query<{ name: string }>(
      `select c.relname as name from pg_class c join pg_attribute a on a.attrelid = c.oid
       where c.relnamespace = 'switchboard'::regnamespace and c.relkind in ('r', 'p') and a.attname = 'workspace' and not c.relrowsecurity
       order by 1`,
    );
    return { ...facts!, mighty, open: open.map((table) => table.name) };
  });
}

function mightyRole(tx: Tx): Promise<string[]> {
  return tx
    .query<{ name: string }>(
      `select rolname as name from pg_roles where rolname = current_user and (rolsuper or rolbypassrls
         or exists (select from pg_tables where schemaname = 'switchboard' and tableowner = current_user))`,
    )
    .then((roles) => roles.map((role) => role.name));
}
