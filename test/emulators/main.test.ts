import { expect, test } from 'vitest';
import { readConfig } from '#hub/config.ts';
import { start } from '#test/cli/process.ts';

test('the emulators alone say all that a hub needs to be pointed at them', async () => {
  const running = start('test/emulators/main.ts', ['--port', '0', '--rows', '1'], {});
  const said = await running.says('XERO_CLIENT_SECRET');
  const [, hosts] = /^SWITCHBOARD_HOSTS='(.*)'$/m.exec(said)!;
  const [, apps] = /^export SWITCHBOARD_HOSTS (.*)$/m.exec(said)!;
  const env = Object.fromEntries(apps!.split(' ').map((pair) => pair.split('=') as [string, string]));
  const config = readConfig({ ...env, SWITCHBOARD_HOSTS: hosts });
  const app = { id: 'switchboard-demo', secret: 'demo-secret' };
  for (const connector of Object.keys(config.hosts)) expect(config.clientOf(connector), connector).toEqual(app);
  running.process.kill('SIGTERM');
  expect((await running.ended).stderr).toBe('');
});
