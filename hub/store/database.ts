/** The one database: transactions as the roles that may not bypass row-level security. */
import { createHash } from 'node:crypto';
import pg from 'pg';
import { embeddedServer } from './embedded.ts';
import { type MigrationFolder, migrate, ownMigrations } from './migrate.ts';
import { DatabaseTrouble } from './trouble.ts';

/** SQL inside one transaction. */
export interface Tx {
  query<T extends object = { [column: string]: unknown }>(text: string, values?: unknown[]): Promise<T[]>;
  /** How many rows were affected. */
  run(text: string, values?: unknown[]): Promise<number>;
}

export interface Store {
  /** A transaction of one workspace as role switchboard_hub: row-level security is in force. */
  workspace<T>(workspace: number, work: (tx: Tx) => Promise<T>): Promise<T>;
  /** A transaction of the installation as role switchboard_worker: tables without workspace, dispatch. */
  installation<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
  /** SQL statements sent so far, for tests that count them. */
  statements: { count: number };
  /** Where it is, for the person: `embedded in ./data` or the URL without its password. */
  where: string;
  close(): Promise<void>;
}

export interface DatabaseOptions {
  /** Any PostgreSQL 15 or newer; absent: the embedded one. */
  url?: string;
  /** Folder of the embedded one. */
  data: string;
  migrations?: MigrationFolder;
  /** Most connections of each role. Default 8. */
  connections?: number;
}

const SCHEMA = 'switchboard';
const OLDEST = 150_000;
const ROLES = { hub: 'switchboard_hub', worker: 'switchboard_worker' } as const;

/** Opens the database, brings its schema up to date, and gives handles that cannot bypass row-level security. */
export async function openDatabase(options: DatabaseOptions): Promise<Store> {
  const server = options.url === undefined ? await embeddedServer(options.data) : null;
  const connection: pg.PoolConfig = server ? server.connection : { connectionString: options.url };
  const where = server ? `embedded in ${options.data}` : withoutPassword(options.url!);
  try {
    await prepare(connection, where, options.migrations ?? ownMigrations());
  } catch (error) {
    await server?.leave();
    throw error;
  }
  const statements = { count: 0 };
  const hub = pool(connection, ROLES.hub, options.connections ?? 8);
  const worker = pool(connection, ROLES.worker, Math.min(4, options.connections ?? 4));
  return {
    statements,
    where,
    workspace: (workspace, work) => {
      if (!Number.isSafeInteger(workspace) || workspace < 0)
        throw new Error(`workspace ${workspace}: an id is a whole number from 1`);
      return transaction(hub, `begin; select set_config('switchboard.workspace', '${workspace}', true)`, statements, work);
    },
    installation: (work) => transaction(worker, 'begin', statements, work),
    async close() {
      await Promise.all([hub.end(), worker.end()]);
      await server?.leave();
    },
  };
}

const SETTINGS = `-c search_path=${SCHEMA} -c timezone=UTC -c datestyle=ISO -c jit=off -c statement_timeout=600000 -c idle_in_transaction_session_timeout=120000`;

function pool(connection: pg.PoolConfig, role: string, max: number): pg.Pool {
  const made = new pg.Pool({
    ...connection,
    max,
    options: `${SETTINGS} -c role=${role}`,
    application_name: 'switchboard',
    types: { getTypeParser },
    connectionTimeoutMillis: 30_000,
    allowExitOnIdle: true,
  });
  made.on('error', () => undefined); // an idle client lost its server; whoever asks next is told
  return made;
}

async function transaction<T>(
  from: pg.Pool,
  begin: string,
  statements: Store['statements'],
  work: (tx: Tx) => Promise<T>,
): Promise<T> {
  const client = await from.connect();
  let broken: Error | undefined;
  const send = async (text: string, values?: unknown[]) => {
    statements.count += 1;
    try {
      return await client.query({ name: nameOf(text), text, values: values ?? [] });
    } catch (error) {
      throw located(error, text);
    }
  };
  const tx: Tx = {
    query: async <R extends object>(text: string, values?: unknown[]) => (await send(text, values)).rows as R[],
    run: async (text, values) => (await send(text, values)).rowCount ?? 0,
  };
  try {
    await client.query(begin);
    const result = await work(tx);
    await client.query('commit');
    return result;
  } catch (error) {
    await client.query('rollback').catch((lost: Error) => {
      broken = lost;
    });
    throw error;
  } finally {
    client.release(broken);
  }
}

// ── Statements ───────────────────────────────────────────────────────────────────────────────────────────────────────────────

const MOST_PREPARED = 400;
const names = new Map<string, string>();

/** Repeated statements are planned once per connection. Past a limit they are sent unnamed. */
function nameOf(text: string): string | undefined {
  let name = names.get(text);
  if (name === undefined) {
    if (names.size >= MOST_PREPARED) return undefined;
    name = createHash('md5').update(text).digest('base64url');
    names.set(text, name);
  }
  return name;
}

/** Says which statement failed: its first line is enough to find it. */
function located(error: unknown, text: string): unknown {
  if (error instanceof Error && !error.message.includes(' — in: ')) {
    error.message += ` — in: ${text.trim().split('\n')[0]}`;
    if (error instanceof pg.DatabaseError && error.detail) error.message += ` (${error.detail})`;
  }
  return error;
}

/** A deadlock or a serialisation failure: the whole transaction may simply be repeated. */
export function isRetryable(error: unknown): boolean {
  return error instanceof pg.DatabaseError && (error.code === '40P01' || error.code === '40001');
}

/** The data itself is refused (classes 22 and 23, programme limits 54): repeating it as it is cannot help. */
export function isDataError(error: unknown): boolean {
  return error instanceof pg.DatabaseError && /^(22|23|54)/.test(error.code ?? '');
}

// ── Types ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

const instant = (text: string): string => {
  if (text === 'infinity' || text === '-infinity') return text;
  return new Date(`${text.replace(' ', 'T').replace(/([+-]\d\d)$/, '$1:00')}`).toISOString();
};

/** bigint as a number: ours stay far below 2^53. */
const whole = (text: string): number => {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new Error(`bigint ${text} is beyond what a number holds exactly`);
  return value;
};

function getTypeParser(oid: number, format?: string): (value: string) => unknown {
  if (oid === pg.types.builtins.INT8) return whole;
  if (oid === pg.types.builtins.TIMESTAMPTZ) return instant;
  if (oid === pg.types.builtins.DATE) return (text) => text;
  return pg.types.getTypeParser(oid, format as 'text') as (value: string) => unknown;
}

// ── Opening ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────

async function prepare(connection: pg.PoolConfig, where: string, migrations: MigrationFolder): Promise<void> {
  const client = new pg.Client({ ...connection, connectionTimeoutMillis: 10_000, application_name: 'switchboard' });
  try {
    await client.connect();
  } catch (error) {
    throw unreachable(error as Error & { code?: string }, where);
  }
  try {
    const version = Number((await client.query('show server_version_num')).rows[0].server_version_num);
    if (version < OLDEST) {
      throw new DatabaseTrouble(
        `${where} is PostgreSQL ${Math.floor(version / 10_000)}; Switchboard needs 15 or newer`,
        'Upgrade the server, or leave DATABASE_URL unset to use the embedded one.',
      );
    }
    await ensureRoles(client, where);
    await client.query(`create schema if not exists ${SCHEMA}; set search_path = ${SCHEMA}`);
    await migrate(client, migrations);
  } finally {
    await client.end();
  }
}

function unreachable(error: Error & { code?: string }, where: string): DatabaseTrouble {
  const found = error.message === '' ? (error.code ?? 'no answer') : error.message;
  const advice =
    error.code === '28P01' || error.code === '28000'
      ? 'Correct the user and password in DATABASE_URL.'
      : error.code === '3D000'
        ? 'Create the database, or correct its name in DATABASE_URL.'
        : 'Start the server, or correct host and port in DATABASE_URL; leave it unset to use the embedded PostgreSQL.';
  return new DatabaseTrouble(`the database ${where} cannot be reached: ${found}`, advice, error);
}

/** Roles belong to the whole server: another Switchboard may have made them, or be making them now. */
async function ensureRoles(client: pg.Client, where: string): Promise<void> {
  try {
    for (const role of Object.values(ROLES)) {
      await client.query(`do $$ begin
        if not exists (select 1 from pg_roles where rolname = '${role}') then
          create role ${role} nologin nosuperuser nobypassrls;
        end if;
      exception when duplicate_object or unique_violation then null; end $$`);
      await client.query(`do $$ begin
        if not pg_has_role(current_user, '${role}', 'member') then grant ${role} to current_user; end if; end $$`);
    }
  } catch (error) {
    throw new DatabaseTrouble(
      `${where}: the roles ${Object.values(ROLES).join(' and ')} are not there and could not be made: ${(error as Error).message}`,
      `As an administrator run: ${Object.values(ROLES)
        .map((role) => `create role ${role} nologin; grant ${role} to <the user of DATABASE_URL>;`)
        .join(' ')}`,
      error,
    );
  }
}

function withoutPassword(url: string): string {
  try {
    const parsed = new URL(url);
    if (parsed.password !== '') parsed.password = '***';
    return parsed.href;
  } catch {
    throw new DatabaseTrouble('DATABASE_URL is no address', 'Write it as postgresql://user:password@host:5432/database.');
  }
}
