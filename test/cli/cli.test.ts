import { beforeAll, describe, expect, it } from 'vitest';
import { openCrm } from '#crm/crm.ts';
import { openKeys } from '#hub/keys.ts';
import { databaseHealth } from '#store/health.ts';
import { type TestDatabase, testDatabase } from '#test/database.ts';
import { command } from './command.ts';
import { type Ended, start } from './process.ts';

let database: TestDatabase;
let ada: string;
beforeAll(async () => {
  database = await testDatabase();
  const workspace = await database.workspace('My firm');
  const crm = openCrm({ store: database.store, now: Date.now });
  const record = await crm.add({ workspace, by: 'test' }, 'contact', { givenName: 'Ada', familyName: 'Lovelace' });
  ada = record.id;
});

const cli = (...args: string[]): Promise<Ended> => command(args, { DATABASE_URL: database.url });

const program = (...args: string[]): Promise<Ended> => start('hub/cli/main.ts', args, { DATABASE_URL: database.url }).ended;

describe('The command line', () => {
  it('makes a key that the API takes, lists it and ends it', async () => {
    const keys = openKeys(database.store);
    const { code, stdout, stderr } = await cli('key', 'create', '--name', 'nightly', '--role', 'reader', '--json');
    expect([code, stderr]).toEqual([0, '']);
    const made = JSON.parse(stdout);
    expect(await keys.identify(made.key)).toMatchObject({ workspace: 1, permissions: new Set(['records:read']) });
    expect((await cli('key', 'list')).stdout).toMatch(/nightly/);
    expect((await cli('key', 'revoke', String(made.id))).code).toBe(0);
    expect(await keys.identify(made.key)).toBeUndefined();
  });

  it('lists, finds and shows records', async () => {
    expect((await cli('records', 'contact')).stdout).toMatch(/Ada Lovelace/);
    const found = JSON.parse((await cli('records', '--search', 'love', '--json')).stdout);
    expect(found.items[0].record.id).toBe(ada);
    expect((await cli('records', 'contact', ada)).stdout).toMatch(/familyName +Lovelace/);
    expect((await cli('records', 'contact', ada, '--timeline', '--json')).code).toBe(0);
  });

  it('shows the firm, and changes whose national phone numbers it means', async () => {
    expect((await cli('workspace')).stdout).toMatch(/name +My firm\nregion +US\nmatch keys +up to date/);
    const { code, stdout } = await cli('workspace', '--region', 'de', '--json');
    expect([code, JSON.parse(stdout)]).toMatchObject([0, { region: 'DE', reindexing: false, added: 0 }]);
    expect(await cli('workspace', '--region', 'XX')).toMatchObject({ code: 1, stderr: expect.stringContaining('two letters') });
  });

  it('finds everything well in a sound hub', async () => {
    await cli('key', 'create');
    const { code, stdout } = await cli('doctor', '--json');
    const { findings } = JSON.parse(stdout);
    expect(findings).toContainEqual(expect.objectContaining({ name: 'row-level security', state: 'well' }));
    expect(findings).toContainEqual(expect.objectContaining({ name: 'clock, against the database', state: 'well' }));
    expect(code).toBe(0);
  });

  it('sees a table that is open to every workspace, and a role that owns one', async () => {
    await database.owner.query('create table later (workspace integer not null); alter table later owner to switchboard_hub');
    expect(await databaseHealth(database.store)).toMatchObject({ open: ['later'], mighty: ['switchboard_hub'] });
    await database.owner.query('drop table later');
  });
});

describe('A command that fails', () => {
  it('exits with 1, without a stack, as JSON where asked', async () => {
    const { code, stdout, stderr } = await program('records', 'nothing', '--json');
    expect([code, stdout]).toEqual([1, '']);
    expect(JSON.parse(stderr).error).toMatchObject({ message: expect.stringContaining('nothing'), advice: expect.any(String) });
    expect((await program('key', 'create', '--workspace', '999')).stderr).toBe(
      'There is no workspace 999.\n`npm run cli -- workspaces` lists them.\n',
    );
  });

  it.each([
    [[]],
    [['unknown']],
    [['records']],
    [['key', 'revoke', 'x']],
    [['key', 'create', '--role', 'king']],
    [['records', '--wrong']],
  ])('exits with 2 where it is wrongly called: %s', async (args) => {
    const { code, stdout } = await program(...args);
    expect([code, stdout]).toEqual([2, '']);
  });

  it('exits with 0 where help was asked for, with an example', async () => {
    const { code, stdout } = await program('key', 'create', '--help');
    expect(code).toBe(0);
    expect(stdout).toMatch(/--json[\s\S]*Example:/);
  });
});
