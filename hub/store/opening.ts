/** What must be so before the first transaction: the server answers and is new enough, and the two roles are there and harmless. */
import pg from 'pg';
import { type MigrationFolder, migrate } from './migrate.ts';
import { DatabaseTrouble } from './trouble.ts';

export const ROLES = { hub: 'switchboard_hub', worker: 'switchboard_worker' } as const;
const OLDEST = 150_000;

/** Brings the database up to date as its owner, the user of the URL. Two questions where there is nothing to do. */
export async function prepare(connection: pg.PoolConfig, where: string, migrations: MigrationFolder): Promise<void> {
  const client = new pg.Client({ ...connection, connectionTimeoutMillis: 10_000, application_name: 'switchboard' });
  client.on('error', () => undefined); // told by the query under way
  try {
    await client.connect();
  } catch (error) {
    throw unreachable(error as Error & { code?: string }, where);
  }
  try {
    const state = await stateOf(client);
    refuseOld(state.version, where);
    if (state.unsafe !== null) throw unsafe(state.unsafe, where);
    if (!state.roles) await makeRoles(client, where);
    await migrate(client, migrations, state.roles);
  } finally {
    await client.end();
  }
}

/** Advice by what PostgreSQL or the network said (https://www.postgresql.org/docs/current/errcodes-appendix.html). */
const ADVICE: { readonly [code: string]: string } = {
  '28P01': 'Correct the user and password in DATABASE_URL.',
  '28000':
    'Correct the user and password in DATABASE_URL; the server may also ask for an encrypted connection (?sslmode=verify-full).',
  '3D000': 'Create the database, or correct its name in DATABASE_URL.',
  '53300': 'Too many programs are connected to the server: close some, or raise its max_connections.',
  '08P01': 'Connect to PostgreSQL itself: a connection pooler between refuses what is asked at the start of a session.',
  ENOTFOUND: 'Correct the host in DATABASE_URL.',
};

/** The error of a connection that did not come about, with advice. */
export function unreachable(error: Error & { code?: string }, where: string): DatabaseTrouble {
  const found = error.message === '' ? (error.code ?? 'no answer') : error.message;
  const advice =
    ADVICE[error.code ?? ''] ??
    'Start the server, or correct host and port in DATABASE_URL; leave it unset to use the embedded PostgreSQL.';
  return new DatabaseTrouble(`the database ${where} cannot be reached: ${found}`, advice, error);
}

export function refuseOld(version: number, where: string): void {
  if (version >= OLDEST) return;
  throw new DatabaseTrouble(
    `${where} is PostgreSQL ${Math.floor(version / 10_000)}; Switchboard needs ${OLDEST / 10_000} or newer`,
    'Upgrade the server, or leave DATABASE_URL unset to use the embedded one.',
  );
}

interface State {
  version: number;
  /** Both are there and we may take them on. */
  roles: boolean;
  /** One of them that could pass by row-level security. */
  unsafe: string | null;
}

/** Since PostgreSQL 16 membership alone does not allow SET ROLE. */
const MAY_SET = `case when current_setting('server_version_num')::int >= 160000 then 'set' else 'member' end`;
const NAMES = Object.values(ROLES)
  .map((role) => `'${role}'`)
  .join(', ');

async function stateOf(client: pg.Client): Promise<State> {
  const { rows } = await client.query<State>(
    `select current_setting('server_version_num')::int as version, count(*) filter (where pg_has_role(oid, ${MAY_SET})) = 2 as roles,
       min(rolname) filter (where rolsuper or rolbypassrls) as unsafe
     from pg_roles where rolname in (${NAMES})`,
  );
  return rows[0]!;
}

function unsafe(role: string, where: string): DatabaseTrouble {
  return new DatabaseTrouble(
    `${where}: the role ${role} may pass by row-level security, which keeps workspaces apart`,
    `As an administrator run: alter role ${role} nosuperuser nobypassrls;`,
  );
}

/** Roles belong to the whole server: another Switchboard may have made them, or be making them now. */
async function makeRoles(client: pg.Client, where: string): Promise<void> {
  try {
    for (const role of Object.values(ROLES)) await makeRole(client, role);
  } catch (error) {
    throw new DatabaseTrouble(
      `${where}: its user may not take on the roles ${Object.values(ROLES).join(' and ')}, nor make that so: ${(error as Error).message}`,
      `As an administrator run: ${Object.values(ROLES)
        .map((role) => `create role ${role} nologin; grant ${role} to "<the user of DATABASE_URL>";`)
        .join(' ')} (create only those that are not there)`,
      error,
    );
  }
}

const ATTEMPTS = 5;
/** PostgreSQL's answer to two grants of one role at the same moment: XX000, tuple concurrently updated. */
const TOGETHER = 'XX000';

async function makeRole(client: pg.Client, role: string): Promise<void> {
  for (let n = 1; ; n++) {
    try {
      await client.query(`do $$ begin
        if not exists (select from pg_roles where rolname = '${role}') then create role ${role} nologin; end if;
      exception when duplicate_object or unique_violation then null; end $$`);
      await client.query(`do $$ begin
        if not pg_has_role('${role}', ${MAY_SET}) then execute format('grant ${role} to %I', current_user); end if; end $$`);
      return;
    } catch (error) {
      if (n >= ATTEMPTS || (error as { code?: string }).code !== TOGETHER) throw error;
    }
  }
}
