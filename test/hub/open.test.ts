/** What the configuration names has to be there: a slip in it is told at the start, not passed over. */
import { expect, test } from 'vitest';
import { ConfigTrouble, readConfig } from '#hub/config.ts';
import { openLog } from '#hub/log.ts';
import { openHub } from '#hub/open.ts';
import { testDatabase } from '#test/database.ts';

test('hosts of connectors and APIs that are not there are refused, all at once', async () => {
  const { store } = await testDatabase();
  const hosts = { gsuit: { people: 'http://127.0.0.1:1' }, gsuite: { poeple: 'http://127.0.0.1:1' } };
  const config = readConfig({ SWITCHBOARD_HOSTS: JSON.stringify(hosts) });
  const opening = openHub(config, openLog('silent'), { store: Promise.resolve(store) });
  await expect(opening).rejects.toBeInstanceOf(ConfigTrouble);
  await expect(opening).rejects.toMatchObject({
    problems: [{ variable: 'SWITCHBOARD_HOSTS.gsuit' }, { variable: 'SWITCHBOARD_HOSTS.gsuite.poeple' }],
  });
});
