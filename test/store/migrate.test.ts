import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { openDatabase, type Store } from '#store/database.ts';
import { type Migration, migrate, ownMigrations, readMigrations } from '#store/migrate.ts';
import { emptyDatabase } from '#test/database.ts';
import { folder } from './folders.ts';

let url: string;
beforeEach(async () => {
  url = await emptyDatabase();
});

const migrations = (...files: string[]): Migration[] =>
  files.map((sql, at) => ({ number: at + 1, name: `step-${at + 1}`, sql, sha: createHash('sha256').update(sql).digest('hex') }));

async function open(list: readonly Migration[]): Promise<Store> {
  const store = await openDatabase({ url, data: '', migrations: list });
  onTestFinished(() => store.close());
  return store;
}

async function look<T extends object>(sql: string): Promise<T[]> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    return (await client.query<T>(sql)).rows;
  } finally {
    await client.end();
  }
}

const A = 'create table a (workspace integer, x text)';
const B = 'create table b (workspace integer, y text)';

test('our own migrations apply to an empty database, and again to none', async () => {
  await open(ownMigrations());
  await open(ownMigrations());
  expect(await look('select number, name from switchboard.schema_migrations order by number')).toEqual(
    ownMigrations().map(({ number, name }) => ({ number, name })),
  );
});

test('each is applied once, new ones after the old', async () => {
  await open(migrations(A));
  await open(migrations(A, B, 'insert into b values (1, $$once$$)'));
  await open(migrations(A, B, 'insert into b values (1, $$once$$)'));
  expect(await look('select y from switchboard.b')).toEqual([{ y: 'once' }]);
});

test('nothing to do costs one query', async () => {
  await open(migrations(A));
  const client = new pg.Client(
    `${url}${url.includes('?') ? '&' : '?'}options=${encodeURIComponent('-c search_path=switchboard')}`,
  );
  await client.connect();
  onTestFinished(() => client.end());
  const queries = vi.spyOn(client, 'query');
  await migrate(client, migrations(A));
  expect(queries).toHaveBeenCalledTimes(1);
});

test('several hubs at once apply each of them once', async () => {
  const list = migrations(A, B, 'insert into a values (1, $$once$$)');
  await Promise.all([open(list), open(list), open(list), open(list)]);
  expect(await look('select x from switchboard.a')).toEqual([{ x: 'once' }]);
});

describe('one that fails half-way', () => {
  const broken = migrations(A, B, 'alter table a add column z text;\n\nselect nonsense;');

  test('leaves the database as it was, and the version before goes on working', async () => {
    const old = await open(migrations(A));
    await expect(open(broken)).rejects.toMatchObject({
      message: expect.stringMatching(/migration 3 \(step-3\) failed in line 3: column "nonsense" does not exist/),
      advice: expect.stringContaining('Nothing was changed'),
    });
    expect(await old.workspace(1, (tx) => tx.query('select * from a'))).toEqual([]);
    expect(await look(`select table_name from information_schema.tables where table_schema = 'switchboard' order by 1`)).toEqual([
      { table_name: 'a' },
      { table_name: 'schema_migrations' },
    ]);
    await expect(open(migrations(A))).resolves.toBeDefined();
  });

  test('applies once it is mended', async () => {
    await expect(open(broken)).rejects.toThrow();
    await expect(open(migrations(A, B, 'alter table a add column z text'))).resolves.toBeDefined();
  });
});

test('an edited one is refused by name', async () => {
  await open(migrations(A));
  await expect(open(migrations(`${A} /* and more */`))).rejects.toThrow(
    'migration 1 (step-1) was edited after it had been applied',
  );
});

test('a database newer than the code is refused', async () => {
  await open(migrations(A, B));
  await expect(open(migrations(A))).rejects.toMatchObject({
    message: expect.stringContaining('the database is at migration 2 (step-2); this version knows 1'),
    advice: expect.stringContaining('newer version'),
  });
});

describe('a folder of migrations', () => {
  const files = (...names: string[]) => {
    const made = folder();
    for (const name of names) writeFileSync(join(made, name), 'select 1;\r\n');
    return made;
  };

  test('is read in order, whatever its line ends', () => {
    const read = readMigrations(files('0002-second.sql', '0001-first.sql'));
    expect(read.map(({ number, name, sql }) => [number, name, sql])).toEqual([
      [1, 'first', 'select 1;\n'],
      [2, 'second', 'select 1;\n'],
    ]);
  });

  test.each([
    [['0001-first.sql', '0003-third.sql'], '0003-third.sql: expected 0002-name.sql'],
    [['0001-first.sql', '0001-other.sql'], '0001-other.sql: expected 0002-name.sql'],
    [['first.sql'], 'first.sql: expected 0001-name.sql'],
  ])('with a gap, a double or another name is refused: %j', (names, message) => {
    expect(() => readMigrations(files(...names))).toThrow(message);
  });
});

afterAll(() => vi.restoreAllMocks());
