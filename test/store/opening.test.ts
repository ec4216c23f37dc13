import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import pg from 'pg';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openDatabase, type Store } from '#store/database.ts';
import type { EmbeddedServer } from '#store/embedded.ts';
import { refuseOld } from '#store/opening.ts';
import { emptyDatabase } from '#test/database.ts';
import { hubOn, usedFolder } from './folders.ts';

async function open(url: string): Promise<Store> {
  const store = await openDatabase({ url, data: '', migrations: [] });
  onTestFinished(() => store.close());
  return store;
}

async function listening(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** A server that answers whoever comes with one error, as PostgreSQL words it. */
async function refusing(code: string, message: string): Promise<number> {
  const fields = Buffer.from(`SFATAL\0C${code}\0M${message}\0\0`);
  const head = Buffer.from('E\0\0\0\0');
  head.writeInt32BE(fields.length + 4, 1);
  const server = createServer((socket) => socket.once('data', () => socket.end(Buffer.concat([head, fields]))));
  const port = await listening(server);
  onTestFinished(() => void server.close());
  return port;
}

describe('DATABASE_URL', () => {
  test('of a server that is not there', async () => {
    const server = createServer();
    const port = await listening(server);
    server.close();
    await once(server, 'close');
    await expect(open(`postgresql://me:hush@127.0.0.1:${port}/crm`)).rejects.toMatchObject({
      message: expect.stringMatching(
        /^the database postgresql:\/\/me:\*\*\*@127\.0\.0\.1:\d+\/crm cannot be reached: .*ECONNREFUSED/,
      ),
      advice: expect.stringContaining('Start the server'),
    });
  });

  test.each([
    ['28P01', 'password authentication failed', 'Correct the user and password'],
    ['28000', 'no pg_hba.conf entry', 'sslmode=verify-full'],
    ['53300', 'too many connections', 'max_connections'],
    ['08P01', 'unsupported startup parameter: options', 'pooler'],
  ])('of a server that answers %s %s', async (code, message, advice) => {
    const port = await refusing(code, message);
    await expect(open(`postgresql://me@127.0.0.1:${port}/crm`)).rejects.toMatchObject({
      message: expect.stringContaining(message),
      advice: expect.stringContaining(advice),
    });
  });

  test('of a database that is not there', async () => {
    const url = new URL(await emptyDatabase());
    url.pathname = '/nowhere';
    await expect(open(url.href)).rejects.toMatchObject({ advice: expect.stringContaining('Create the database') });
  });

  test('that is no address', async () => {
    await expect(open('nonsense')).rejects.toThrow('DATABASE_URL is no address');
  });

  test('of a server that is too old', () => {
    expect(() => refuseOld(140_011, 'postgresql://db/crm')).toThrow(
      'postgresql://db/crm is PostgreSQL 14; Switchboard needs 15 or newer',
    );
    expect(() => refuseOld(150_000, '')).not.toThrow();
  });
});

describe('the two roles', () => {
  async function as(server: EmbeddedServer, sql: string, database = 'postgres'): Promise<void> {
    const client = new pg.Client({ ...server.connection, database });
    await client.connect();
    await client.query(sql);
    await client.end();
  }
  const url = ({ connection }: EmbeddedServer, user: string) =>
    `postgresql://${user}@localhost/crm?host=${encodeURIComponent(connection.host)}`;

  test('are made and taken on by a user who may make roles and no more', async () => {
    const server = await hubOn(await usedFolder());
    await as(server, 'create role limited login createrole');
    await as(server, 'create database crm owner limited');
    const store = await open(url(server, 'limited'));
    expect(await store.workspace(1, (tx) => tx.query('select current_user as role'))).toEqual([{ role: 'switchboard_hub' }]);
  });

  test('of a user who may not make them, or not take them on: what an administrator should do', async () => {
    const server = await hubOn(await usedFolder());
    await as(server, 'create role limited login');
    await as(server, 'create database crm owner limited');
    const advice = expect.stringContaining(
      'As an administrator run: create role switchboard_hub nologin; grant switchboard_hub to',
    );
    await expect(open(url(server, 'limited'))).rejects.toMatchObject({ advice });
    await as(server, 'create role switchboard_hub nologin; create role switchboard_worker nologin');
    await expect(open(url(server, 'limited'))).rejects.toMatchObject({ advice });
    await as(server, 'grant switchboard_hub, switchboard_worker to limited');
    await expect(open(url(server, 'limited'))).resolves.toBeDefined();
  });

  test('that could pass by row-level security are refused', async () => {
    const server = await hubOn(await usedFolder());
    await as(server, 'create role switchboard_hub nologin bypassrls');
    await as(server, 'create database crm');
    await expect(open(url(server, 'switchboard'))).rejects.toMatchObject({
      message: expect.stringContaining('switchboard_hub may pass by row-level security'),
      advice: expect.stringContaining('alter role switchboard_hub nosuperuser nobypassrls'),
    });
  });

  test('are made anew where a copy of the database was restored on another server', async () => {
    const server = await hubOn(await usedFolder());
    await as(server, 'create database crm');
    await (await open(url(server, 'switchboard'))).close();
    await as(server, 'drop owned by switchboard_hub, switchboard_worker', 'crm');
    await as(server, 'drop role switchboard_hub, switchboard_worker');
    const store = await open(url(server, 'switchboard'));
    expect(await store.workspace(1, (tx) => tx.query('select 1 as one'))).toEqual([{ one: 1 }]);
  });

  test('a user who may not make a schema is told who may', async () => {
    const server = await hubOn(await usedFolder());
    await as(server, 'create role switchboard_hub nologin; create role switchboard_worker nologin');
    await as(server, 'create role limited login in role switchboard_hub, switchboard_worker');
    await as(server, 'create database crm');
    await expect(open(url(server, 'limited'))).rejects.toMatchObject({ advice: expect.stringContaining('alter database') });
  });
});
