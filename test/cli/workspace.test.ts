import { beforeAll, expect, test, vi } from 'vitest';
import { createPage, type TestCrm, testCrm } from '#test/crm/crm.ts';
import { command } from './command.ts';
import { start } from './process.ts';

let setting: TestCrm;
let workspace: number;
beforeAll(async () => {
  setting = await testCrm();
  workspace = await setting.database.workspace('My firm');
});

const cli = (...args: string[]) =>
  start('hub/cli/main.ts', ['workspace', ...args, '--workspace', String(workspace)], { DATABASE_URL: setting.database.url });

test('keys that are computed anew when the program is killed are gone on with', async () => {
  const { crm, database } = setting;
  const people = Array.from({ length: 3_000 }, (_, n) => ({ givenName: `Given${n}`, phones: [{ value: `030 ${901_000 + n}` }] }));
  await createPage(setting, workspace, 'contact', people);
  const running = cli('--region', 'DE');
  const ask = 'select reindex from workspaces where workspace = $1 and reindex is not null';
  const begun = async () => expect((await database.owner.query(ask, [workspace])).rows).toHaveLength(1);
  await vi.waitFor(begun, { timeout: 20_000, interval: 5 });
  running.process.kill('SIGKILL');
  await running.ended;
  expect(await crm.workspace(workspace)).toMatchObject({ region: 'DE', reindexing: true });
  const { code, stdout } = await cli('--json').ended;
  expect([code, JSON.parse(stdout)]).toMatchObject([0, { region: 'DE', reindexing: false }]);
  expect((await cli().ended).stdout).toMatch(/region +DE\nmatch keys +up to date/);
  expect(await crm.bearers(workspace, 'contact', 'phone', '+49 30 901234')).toHaveLength(1);
});

const anyone = (...args: string[]) => command(args, { DATABASE_URL: setting.database.url });

test('a firm that is not there is not taken for one that has nothing', async () => {
  const { code, stdout, stderr } = await anyone('connections', '--workspace', '99');
  expect([code, stdout]).toEqual([1, '']);
  expect(stderr).toMatch(/no workspace 99[\s\S]*workspaces/);
});

test('a command that is proposed is one of the same firm', async () => {
  const firm = await setting.database.workspace();
  const proposed = async (...where: string[]) => (await anyone('doctor', ...where)).stdout;
  expect(await proposed('--workspace', String(firm))).toContain(`npm run cli -- --workspace ${firm} key create`);
  expect(await proposed()).not.toContain('--workspace');
});

test('strangers are listed where the firm reviews them, and accepted by their address', async () => {
  const { crm, database } = setting;
  const firm = await database.workspace();
  const strangers = (...args: string[]) => anyone('strangers', ...args, '--json', '--workspace', String(firm));
  await crm.add({ workspace: firm, by: 'me' }, 'event', { title: 'Tea', attendees: [{ address: 'ada@x.example', name: 'Ada' }] });
  expect(JSON.parse((await strangers('policy', 'review')).stdout)).toEqual({ policy: 'review' });
  expect(JSON.parse((await strangers()).stdout)).toMatchObject({
    policy: 'review',
    items: [{ address: 'ada@x.example', times: 1 }],
  });
  const { id, name } = JSON.parse((await strangers('accept', 'ada@x.example')).stdout);
  const { items } = await crm.timeline(firm, id, { after: null, limit: 9 });
  expect([name, ...items.flatMap((one) => (one.is === 'happening' ? [one.name] : []))]).toEqual(['Ada', 'Tea']);
});

test('a firm has a name', async () => {
  const { code, stderr } = await anyone('workspaces', 'found', '  ');
  expect([code, stderr]).toEqual([1, expect.stringMatching(/name: found "", allowed 1 to 200 characters/)]);
  expect(await setting.database.owner.query('select from workspaces where trim(name) = $1', [''])).toMatchObject({ rowCount: 0 });
});
