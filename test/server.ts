/** One PostgreSQL for the whole run: the embedded one in a folder of its own, or that of DATABASE_URL. One template, migrated once. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { openDatabase } from '#store/database.ts';
import { embeddedServer } from '#store/embedded.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Address of the server with `{database}` for the database's name. */
    server: string;
    template: string;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const given = process.env.DATABASE_URL;
  const folder = given === undefined ? mkdtempSync(join(tmpdir(), 'switchboard-test-')) : null;
  const embedded = folder === null ? null : await embeddedServer(folder);
  const server = embedded
    ? `postgresql://switchboard@localhost/{database}?host=${encodeURIComponent(embedded.connection.host!)}`
    : withPlace(given!);
  const template = `switchboard_template_${process.pid}`;
  const admin = new pg.Client(server.replace('{database}', embedded ? 'postgres' : new URL(given!).pathname.slice(1)));
  await admin.connect();
  await admin.query(`create database ${template} template template0`);
  await (await openDatabase({ url: server.replace('{database}', template), data: '' })).close();
  project.provide('server', server);
  project.provide('template', template);
  return async () => {
    await admin.query(`drop database if exists ${template} with (force)`);
    await admin.end();
    await embedded?.leave();
    if (folder !== null) rmSync(folder, { recursive: true, force: true });
  };
}

function withPlace(url: string): string {
  const parsed = new URL(url);
  parsed.pathname = '/DATABASE';
  return parsed.href.replace('/DATABASE', '/{database}');
}
