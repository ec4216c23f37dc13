/** No workspace sees another's rows: in any table there is, and in one that a later migration brings. */
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { openDatabase, type Tx } from '#store/database.ts';
import { ownMigrations } from '#store/migrate.ts';
import { testDatabase } from '#test/database.ts';

const VALUES: { readonly [type: string]: string } = {
  integer: '1',
  bigint: '1',
  smallint: '1',
  boolean: 'false',
  text: `md5(random()::text)`,
  json: `'{}'`,
  jsonb: `'{}'`,
  bytea: `''`,
  uuid: 'gen_random_uuid()',
  date: 'current_date',
  'timestamp with time zone': 'now()',
};

const database = await testDatabase();
const { store, owner } = database;
await addTableOfTheFuture();
const [mine, theirs] = [await database.workspace('Mine'), await database.workspace('Theirs')];

interface Table {
  name: string;
  partition: boolean;
  secured: boolean;
  policies: string[];
}

const { rows: tables } = await owner.query<Table>(`
  select c.relname as name, c.relispartition as partition, c.relrowsecurity as secured,
    array(select polname::text from pg_policy where polrelid = c.oid order by 1) as policies
  from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'workspace' and not a.attisdropped
  where c.relnamespace = 'switchboard'::regnamespace and c.relkind in ('r', 'p') order by 1`);
const whole = tables.filter((table) => !table.partition);
await fillAll([mine, theirs]);

test('the tables are found, the one of the future among them', () => {
  expect(tables.map((table) => table.name)).toEqual(
    expect.arrayContaining(['future', 'journal', 'links', 'records', 'workspaces']),
  );
});

describe.each(whole)('$name', ({ name, secured, policies }) => {
  const inMine = <T>(work: (tx: Tx) => Promise<T>) => store.workspace(mine, work);

  test('is under row-level security, with the policy of workspaces', () => {
    expect(secured).toBe(true);
    expect(policies).toContain('workspace');
  });

  test('shows one workspace its own rows alone, and none to a transaction without one', async () => {
    const seen = `select distinct workspace from ${name}`;
    expect(await inMine((tx) => tx.query(seen))).toEqual([{ workspace: mine }]);
    expect(await store.workspace(0, (tx) => tx.query(seen))).toEqual([]);
  });

  test(`lets nobody change, take over or remove another's rows`, async () => {
    expect(await inMine((tx) => tx.run(`update ${name} set workspace = workspace where workspace = $1`, [theirs]))).toBe(0);
    expect(await inMine((tx) => tx.run(`delete from ${name} where workspace = $1`, [theirs]))).toBe(0);
    await expect(inMine((tx) => tx.run(`update ${name} set workspace = $1`, [theirs]))).rejects.toMatchObject({ code: '42501' });
  });

  test(`takes no row in another's name`, async () => {
    const insert = await insertion(name, theirs);
    await expect(inMine((tx) => tx.run(insert))).rejects.toMatchObject({ code: '42501' });
  });
});

test('a partition is reached through its table only', async () => {
  const partitions = tables.filter((table) => table.partition);
  expect(partitions.length).toBeGreaterThan(0);
  for (const { name, secured, policies } of partitions) {
    expect([name, secured, policies]).toEqual([name, true, ['workspace']]);
    await expect(store.workspace(mine, (tx) => tx.query(`select from ${name}`))).rejects.toMatchObject({ code: '42501' });
  }
});

test('neither role can pass by row-level security, nor own anything, nor become somebody else', async () => {
  const { rows } = await owner.query(`
    select rolname as role, rolsuper or rolbypassrls or rolcreaterole or rolcanlogin as mighty,
      (select count(*)::int from pg_class where relowner = r.oid) as owned,
      (select count(*)::int from pg_auth_members where member = r.oid) as memberships
    from pg_roles r where rolname in ('switchboard_hub', 'switchboard_worker') order by 1`);
  expect(rows).toEqual(
    ['switchboard_hub', 'switchboard_worker'].map((role) => ({ role, mighty: false, owned: 0, memberships: 0 })),
  );
});

test('the hub reaches nothing that is not under row-level security', async () => {
  const { rows } = await owner.query(`
    select relname from pg_class where relnamespace = 'switchboard'::regnamespace and relkind in ('r', 'p', 'v', 'm', 'f')
      and not (relkind in ('r', 'p') and relrowsecurity)
      and has_table_privilege('switchboard_hub', oid, 'select, insert, update, delete, truncate, references, trigger')
    union all
    select proname from pg_proc where pronamespace = 'switchboard'::regnamespace and prosecdef
      and has_function_privilege('switchboard_hub', oid, 'execute')`);
  expect(rows).toEqual([]);
});

test(`the worker reaches of a workspace's tables only those a migration lists for it`, async () => {
  for (const { name, policies } of whole) {
    const read = store.installation((tx) => tx.query(`select count(workspace) from ${name}`));
    if (policies.length === 1) await expect(read, name).rejects.toMatchObject({ code: '42501' });
    else await expect(read, name).resolves.toBeDefined();
  }
});

async function addTableOfTheFuture(): Promise<void> {
  const own = ownMigrations();
  const sql = 'create table future (workspace integer not null, what text)';
  const next = { number: own.length + 1, name: 'future', sql, sha: createHash('sha256').update(sql).digest('hex') };
  await (await openDatabase({ url: database.url, data: '', migrations: [...own, next] })).close();
}

/** A row of each table for each workspace. What only other rows or a list of words could satisfy is no part of the question. */
async function fillAll(workspaces: number[]): Promise<void> {
  const { rows } = await owner.query<{ drop: string }>(`
    select format('alter table %s drop constraint %I', conrelid::regclass, conname) as drop from pg_constraint
    where connamespace = 'switchboard'::regnamespace and contype in ('c', 'f') and conislocal and conparentid = 0`);
  for (const { drop } of rows) await owner.query(drop);
  for (const { name } of whole.filter((table) => table.name !== 'workspaces')) {
    for (const workspace of workspaces) await owner.query(await insertion(name, workspace));
  }
}

/** An insert that gives every column without a default a value of its type. */
async function insertion(table: string, workspace: number): Promise<string> {
  const { rows: columns } = await owner.query<{ name: string; type: string }>(
    `select quote_ident(attname) as name, format_type(atttypid, atttypmod) as type from pg_attribute
     where attrelid = $1::regclass and attnum > 0 and not attisdropped and not atthasdef and attidentity = '' and attname <> 'workspace'`,
    [table],
  );
  const values = columns.map(({ name, type }) => {
    const value = type.endsWith('[]') ? `'{}'` : VALUES[type];
    if (value === undefined) throw new Error(`${table}.${name} is of type ${type}: say in VALUES what such a column may hold`);
    return value;
  });
  const names = ['workspace', ...columns.map((column) => column.name)].join(', ');
  return `insert into ${table} (${names}) values (${[workspace, ...values].join(', ')})`;
}
