/** The one database: transactions as the roles that may not bypass row-level security. */
import pg from 'pg';
import { embeddedServer } from './embedded.ts';
import { type MigrationFolder, ownMigrations, SCHEMA } from './migrate.ts';
import { prepare, ROLES, unreachable } from './opening.ts';
import { located, nameOf, type Origin, originOf } from './statements.ts';
import { DatabaseTrouble } from './trouble.ts';
import { getTypeParser } from './values.ts';

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
  /** Waits for transactions under way. Once is enough, twice does no harm. */
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

/** Opens the database, brings its schema up to date, and gives handles that cannot bypass row-level security. */
export async function openDatabase(options: DatabaseOptions): Promise<Store> {
  const where = options.url === undefined ? `embedded in ${options.data}` : withoutPassword(options.url);
  const server = options.url === undefined ? await embeddedServer(options.data) : null;
  const connect = (settings: string): pg.PoolConfig =>
    server
      ? { ...server.connection, options: settings }
      : { connectionString: withSettings(options.url!, settings), keepAlive: true };
  try {
    await prepare(connect(SETTINGS), where, options.migrations ?? ownMigrations());
  } catch (error) {
    await server?.leave();
    throw error;
  }
  const most = options.connections ?? 8;
  const hub = pool(connect(`${SETTINGS} ${LIMITS} -c role=${ROLES.hub}`), ROLES.hub, where, most);
  const worker = pool(connect(`${SETTINGS} ${LIMITS} -c role=${ROLES.worker}`), ROLES.worker, where, Math.min(4, most));
  const statements = { count: 0 };
  let closing: Promise<void> | undefined;
  return {
    statements,
    where,
    workspace: async (workspace, work) => {
      if (!Number.isSafeInteger(workspace) || workspace < 0)
        throw new Error(`workspace ${workspace}: an id is a whole number from 1`);
      return transaction(hub, String(workspace), statements, work);
    },
    installation: (work) => transaction(worker, '', statements, work),
    close: () => (closing ??= Promise.all([hub.pool.end(), worker.pool.end()]).then(() => server?.leave())),
  };
}

const SETTINGS = `-c search_path=${SCHEMA} -c timezone=UTC -c datestyle=ISO`;
/** The keepalives free the locks of a machine that has vanished within 30 s. */
const LIMITS =
  '-c jit=off -c statement_timeout=600000 -c idle_in_transaction_session_timeout=120000 -c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3';

/** An address' own options would take the place of ours, the role among them: both are sent, ours last, for the last one counts. */
function withSettings(url: string, settings: string): string {
  const parsed = new URL(url);
  const own = parsed.searchParams.get('options');
  parsed.searchParams.set('options', own === null ? settings : `${own} ${settings}`);
  return parsed.href;
}

interface Pool {
  pool: pg.Pool;
  role: string;
  where: string;
}

function pool(connection: pg.PoolConfig, role: string, where: string, max: number): Pool {
  const made = new pg.Pool({
    ...connection,
    max,
    application_name: 'switchboard',
    types: { getTypeParser },
    connectionTimeoutMillis: 30_000,
    idleTimeoutMillis: 60_000,
    allowExitOnIdle: true,
    // Statements that are not waited for one by one go out together, and run in their order.
    pipeline: true,
  });
  // A connection that is lost while nothing is asked: whoever asks next is told. pg-pool listens for the idle ones only.
  made.on('error', () => undefined);
  made.on('connect', (client) => client.on('error', () => undefined));
  return { pool: made, role, where };
}

async function transaction<T>(
  from: Pool,
  workspace: string,
  statements: Store['statements'],
  work: (tx: Tx) => Promise<T>,
): Promise<T> {
  const client = await from.pool.connect().catch((error: Error) => {
    throw unreachable(error, from.where);
  });
  let broken: Error | undefined;
  const tx = handle(client, statements);
  try {
    await begin(client, workspace, from.role);
    const result = await work(tx);
    tx.end();
    const { command } = await client.query('commit');
    // PostgreSQL answers the commit of a failed transaction with ROLLBACK, and no error.
    if (command !== 'COMMIT')
      throw new Error('the transaction was taken back: one of its statements had failed, and its error was ignored');
    return result;
  } catch (error) {
    tx.end();
    await client.query('rollback').catch((lost: Error) => {
      broken = lost;
    });
    throw error;
  } finally {
    client.release(broken);
  }
}

/** One round trip. A role that was not taken on, as behind a pooler that drops the settings of a session, would see everything. */
async function begin(client: pg.PoolClient, workspace: string, role: string): Promise<void> {
  const results: unknown = await client.query(
    `begin; select set_config('switchboard.workspace', '${workspace}', true), current_user as role`,
  );
  const found = Array.isArray(results) ? (results[1] as pg.QueryResult<{ role: string }>).rows[0]?.role : undefined;
  if (found === role) return;
  throw new DatabaseTrouble(
    `the database made us ${found} where ${role} was asked for`,
    'Connect to PostgreSQL itself, or let the pooler between pass on the startup parameter "options".',
  );
}

/** PostgreSQL's answer to whatever follows a failure. */
const ABORTED = '25P02';

function handle(client: pg.PoolClient, statements: Store['statements']): Tx & { end(): void } {
  let over = false;
  let first: unknown;
  const send = async (text: string, values: unknown[], origin: Origin): Promise<pg.QueryResult> => {
    if (over) throw located(new Error('the transaction is over; await every statement inside it'), text, origin);
    statements.count += 1;
    try {
      return await client.query({ name: nameOf(text), text, values });
    } catch (error) {
      first ??= located(error, text, origin);
      // Statements that were on their way say only that the transaction is over; whoever hears one of them first is told why.
      throw codeOf(error) === ABORTED ? first : located(error, text, origin);
    }
  };
  async function query<R extends object>(text: string, values: unknown[] = []): Promise<R[]> {
    return (await send(text, values, originOf(query))).rows;
  }
  async function run(text: string, values: unknown[] = []): Promise<number> {
    return (await send(text, values, originOf(run))).rowCount ?? 0;
  }
  const end = () => {
    over = true;
  };
  return { query, run, end };
}

// ── What an error means ──────────────────────────────────────────────────────────────────────────────────────────────────────

/** A deadlock or a serialisation failure: the whole transaction may simply be repeated. */
export function isRetryable(error: unknown): boolean {
  return /^40(P01|001)$/.test(codeOf(error));
}

/** The data itself is refused (classes 22 and 23, programme limits 54): repeating it as it is cannot help. */
export function isDataError(error: unknown): boolean {
  return /^(22|23|54)/.test(codeOf(error));
}

/**
 * The database is gone, going, coming or full: nothing is wrong with what was asked. What was under way may have been kept.
 * Classes 08, 53 and 57P of https://www.postgresql.org/docs/current/errcodes-appendix.html; what pg says of a lost connection has
 * no code.
 */
export function isUnavailable(error: unknown): boolean {
  if (error instanceof DatabaseTrouble || /^(08|53|57P)/.test(codeOf(error))) return true;
  return error instanceof Error && /^(Connection terminated|Client has encountered a connection error)/.test(error.message);
}

/** SQLSTATE of the error or of what caused it; '' where there is none. */
function codeOf(error: unknown): string {
  for (let at = error; at instanceof Error; at = at.cause) {
    if (at instanceof pg.DatabaseError && at.code !== undefined) return at.code;
  }
  return '';
}

function withoutPassword(url: string): string {
  try {
    const parsed = new URL(url);
    if (parsed.password !== '') parsed.password = '***';
    for (const secret of ['password', 'options']) parsed.searchParams.delete(secret);
    return parsed.href;
  } catch {
    throw new DatabaseTrouble('DATABASE_URL is no address', 'Write it as postgresql://user:password@host:5432/database.');
  }
}
