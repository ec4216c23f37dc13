/** Numbered SQL files, once each. After them every table of a workspace is put under row-level security. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type pg from 'pg';
import { DatabaseTrouble } from './trouble.ts';

/** Where all our tables are. */
export const SCHEMA = 'switchboard';

export interface Migration {
  number: number;
  name: string;
  sql: string;
  sha: string;
}

export type MigrationFolder = readonly Migration[];

/** The migrations cannot be applied; the database is as it was. */
export class MigrationTrouble extends DatabaseTrouble {}

export const ownMigrations = (): MigrationFolder => readMigrations(join(import.meta.dirname, 'migrations'));

/** The files `NNNN-name.sql` of a folder, in order. Gaps and other names are errors. */
export function readMigrations(folder: string): MigrationFolder {
  return readdirSync(folder)
    .sort()
    .map((file, at) => {
      const match = /^(\d{4})-([a-z0-9-]+)\.sql$/.exec(file);
      if (!match || Number(match[1]) !== at + 1) {
        throw new MigrationTrouble(
          `migration ${file}: expected ${String(at + 1).padStart(4, '0')}-name.sql`,
          'Number migrations from 0001 without gaps.',
        );
      }
      const sql = readFileSync(join(folder, file), 'utf8').replaceAll('\r\n', '\n'); // git may check out either
      return { number: at + 1, name: match[2]!, sql, sha: createHash('sha256').update(sql).digest('hex') };
    });
}

/**
 * Brings the schema (the client's search_path) up to date. Nothing to do costs one query. What is new is applied whole or not at all:
 * were half of it kept, the version before would refuse the database as too new. `guarded`: the roles' rights need no renewal.
 */
export async function migrate(client: pg.Client, migrations: MigrationFolder, guarded = true): Promise<void> {
  if (upToDate(await applied(client), migrations) && guarded) return;
  await client.query('begin');
  try {
    await client.query(`select pg_advisory_xact_lock(hashtext('switchboard.migrate'))`);
    await makeHistory(client);
    const done = (await applied(client)) ?? [];
    upToDate(done, migrations);
    for (const migration of migrations.slice(done.length)) await apply(client, migration);
    await protect(client);
    await client.query('commit');
  } catch (error) {
    await client.query('rollback').catch(() => undefined); // the connection is lost: nothing was committed either
    throw error;
  }
}

async function makeHistory(client: pg.Client): Promise<void> {
  try {
    await client.query(`create schema if not exists ${SCHEMA}`);
    await client.query(
      'create table if not exists schema_migrations (number integer primary key, name text not null, sha text not null, applied timestamptz not null default now())',
    );
  } catch (error) {
    throw new MigrationTrouble(
      `the schema ${SCHEMA} cannot be made or used: ${(error as Error).message}`,
      'Make the user of DATABASE_URL the owner of the database: alter database <its name> owner to <the user>;',
      error,
    );
  }
}

type Applied = { number: number; name: string; sha: string };

async function applied(client: pg.Client): Promise<Applied[] | null> {
  try {
    return (await client.query<Applied>('select number, name, sha from schema_migrations order by number')).rows;
  } catch (error) {
    if ((error as { code?: string }).code === '42P01') return null; // no such table: nothing was ever applied
    throw error;
  }
}

/** Throws when what was applied is not the beginning of what we have. */
function upToDate(done: readonly Applied[] | null, migrations: MigrationFolder): boolean {
  if (done === null) return false;
  if (done.length > migrations.length) {
    const newest = done.at(-1)!;
    throw new MigrationTrouble(
      `the database is at migration ${newest.number} (${newest.name}); this version knows ${migrations.length}`,
      'Start the newer version of Switchboard on it, or restore a copy from before the upgrade.',
    );
  }
  for (const [at, was] of done.entries()) {
    if (was.sha !== migrations[at]!.sha) {
      throw new MigrationTrouble(
        `migration ${was.number} (${was.name}) was edited after it had been applied`,
        'Restore the file as it was and write a new migration with the change.',
      );
    }
  }
  return done.length === migrations.length;
}

async function apply(client: pg.Client, migration: Migration): Promise<void> {
  try {
    await client.query(migration.sql);
    await client.query('insert into schema_migrations (number, name, sha) values ($1, $2, $3)', [
      migration.number,
      migration.name,
      migration.sha,
    ]);
  } catch (error) {
    throw new MigrationTrouble(
      `migration ${migration.number} (${migration.name}) failed${lineOf(error, migration.sql)}: ${(error as Error).message}`,
      'Nothing was changed; the version that ran before goes on working. Mend the cause and start again.',
      error,
    );
  }
}

/** ` in line 12`, where PostgreSQL says at which character it stopped. */
function lineOf(error: unknown, sql: string): string {
  const position = Number((error as { position?: string }).position);
  return position > 0 ? ` in line ${sql.slice(0, position).split('\n').length}` : '';
}

/**
 * Every table of this schema with a column `workspace`, present or future: row-level security, the policy, and the hub's rights.
 * Neither role owns a table, so both are bound by it. The subquery is computed once for a statement, a bare call once for each row.
 */
async function protect(client: pg.Client): Promise<void> {
  await client.query(`do $$
    declare t record; mine text := 'workspace = (select nullif(current_setting(''switchboard.workspace'', true), '''')::int)';
    begin
      execute format('grant usage on schema %I to switchboard_hub, switchboard_worker', current_schema());
      for t in select c.oid, c.relname, c.relrowsecurity, c.relispartition from pg_class c
        join pg_attribute a on a.attrelid = c.oid and a.attname = 'workspace' and not a.attisdropped
        where c.relnamespace = current_schema()::regnamespace and c.relkind in ('r', 'p')
      loop
        if not t.relrowsecurity then execute format('alter table %I enable row level security', t.relname); end if;
        if not exists (select 1 from pg_policy where polrelid = t.oid and polname = 'workspace') then
          execute format('create policy workspace on %I to switchboard_hub using (%s) with check (%s)', t.relname, mine, mine);
        end if;
        if not t.relispartition then execute format('grant select, insert, update, delete on %I to switchboard_hub', t.relname); end if;
      end loop;
    end $$`);
}
