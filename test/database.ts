/** A database of its own for a test file, cloned from the migrated template and dropped at the end. */
import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';
import { openDatabase, type Store } from '#store/database.ts';
import { atEndOfFile } from './file.ts';

export interface TestDatabase {
  url: string;
  store: Store;
  /** As the owner of everything: for looking past row-level security. */
  owner: pg.Pool;
  /** A new workspace's id. */
  workspace(name?: string): Promise<number>;
  close(): Promise<void>;
}

const address = (database: string): string => inject('server').replace('{database}', database);

/** Clones the template. The end of the test file drops it. */
export async function testDatabase(): Promise<TestDatabase> {
  const name = `switchboard_${randomBytes(6).toString('hex')}`;
  const { url, drop } = await cloneDatabase(name, inject('template'));
  const store = await openDatabase({ url, data: '' });
  const settings = encodeURIComponent('-c search_path=switchboard -c timezone=UTC');
  const owner = new pg.Pool({
    connectionString: `${url}${url.includes('?') ? '&' : '?'}options=${settings}`,
    max: 1,
    idleTimeoutMillis: 0,
  });
  owner.on('error', () => undefined); // dropped with its database
  let closed = false;
  const database: TestDatabase = {
    url,
    store,
    owner,
    async workspace(name = 'A firm') {
      return (await owner.query<{ workspace: number }>('insert into workspaces (name) values ($1) returning workspace', [name]))
        .rows[0]!.workspace;
    },
    async close() {
      if (closed) return;
      closed = true;
      await store.close();
      await owner.end();
      await drop();
    },
  };
  atEndOfFile(() => database.close());
  return database;
}

let one: Promise<TestDatabase> | undefined;

/** The one database of those tests of a file that keep apart by their workspaces. */
export function sharedDatabase(): Promise<TestDatabase> {
  if (one === undefined) {
    one = testDatabase();
    atEndOfFile(() => {
      one = undefined;
    });
  }
  return one;
}

/** An empty database, for tests of opening and migrating. The end of the test file drops it. */
export async function emptyDatabase(): Promise<string> {
  const { url, drop } = await cloneDatabase(`switchboard_${randomBytes(6).toString('hex')}`, 'template0');
  atEndOfFile(drop);
  return url;
}

async function cloneDatabase(name: string, template: string): Promise<{ url: string; drop: () => Promise<void> }> {
  const as = async (sql: string) => {
    const admin = new pg.Client(address('postgres'));
    await admin.connect();
    try {
      await admin.query(sql);
    } finally {
      await admin.end();
    }
  };
  await as(`create database ${name} template ${template}`);
  return { url: address(name), drop: () => as(`drop database if exists ${name} with (force)`) };
}
