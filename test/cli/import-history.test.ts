/** A history from the command line: previewed, imported, reconciled, in files that a spreadsheet reads. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type TestDatabase, testDatabase } from '#test/database.ts';
import { type Emulators, startEmulators } from '#test/emulators/index.ts';
import { command } from './command.ts';
import { type Ended, start } from './process.ts';

let database: TestDatabase;
let emulators: Emulators;
let folder: string;

beforeAll(async () => {
  database = await testDatabase();
  await database.workspace('My firm');
  emulators = await startEmulators();
  folder = await mkdtemp(join(tmpdir(), 'switchboard-'));
  const running = start('hub/cli/main.ts', ['connect', 'quickbooks'], env());
  const said = await running.says('Waiting', 'stderr');
  await fetch(await emulators.quickbooks.consent(/https?:\S+/.exec(said)![0]));
  expect((await running.ended).code).toBe(0);
});
afterAll(async () => {
  await emulators.close();
  await rm(folder, { recursive: true });
});

const env = () => ({
  DATABASE_URL: database.url,
  SWITCHBOARD_HOSTS: JSON.stringify(emulators.hosts),
  SWITCHBOARD_KEYS: `test:${'A'.repeat(43)}`,
  QUICKBOOKS_CLIENT_ID: 'switchboard-demo',
  QUICKBOOKS_CLIENT_SECRET: 'demo-secret',
});

const cli = (...args: string[]): Promise<Ended> => command(args, env());

/** What a command prints; it has to go well. */
async function told(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await cli(...args);
  expect([code, stderr], args.join(' ')).toEqual([0, expect.not.stringContaining('    at ')]);
  return stdout;
}

test('shown in sums, imported, and reconciled to the cent', async () => {
  const shown = await told('import-history', '1', '--since', '2026-01-01');
  expect(shown).toMatch(/Import 1 is ready, from 2026-01-01 on/);
  expect(shown).toMatch(/2026 +sale partly paid +USD +1 +210 +110/);
  expect(shown).toContain('npm run cli -- import-history execute 1');
  const { code, stderr } = await cli('import-history', '1');
  expect([code, stderr]).toEqual([1, expect.stringContaining('under way')]);
  const done = await told('import-history', 'execute', '1');
  expect(done).toContain('Import 1 is done');
  expect(done).toMatch(/rows compared: nothing differs\./);
  const sums = join(folder, 'sums.csv');
  await told('import-history', 'sheet', '1', '--csv', sums, '--differences', join(folder, 'differences.csv'));
  expect(await readFile(sums, 'utf8')).toContain('quickbooks.invoices,sale,2026-01,USD,partly paid,1,210,110,1,210,110,0,0,0');
  expect((await readFile(join(folder, 'differences.csv'), 'utf8')).trimEnd().split('\r\n')).toHaveLength(1);
  const nowhere = await cli('import-history', 'sheet', '1', '--csv', join(folder, 'nowhere', 'sums.csv'));
  expect([nowhere.code, nowhere.stderr]).toEqual([1, expect.stringMatching(/sums\.csv cannot be written[\s\S]*Name a file/)]);
  expect(await told('import-history', 'list')).toMatch(/1 +1 +done +2026-01-01/);
  expect(JSON.parse(await told('syncs', 'parked', '1', '--json'))).toEqual([]);
  expect(JSON.parse(await told('payments', '--json'))).toEqual([]);
});
