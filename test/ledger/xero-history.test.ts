/** An emulated Xero's whole history comes in through the whole hub and is reconciled to the cent. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readConfig } from '#hub/config.ts';
import { openLog } from '#hub/log.ts';
import { type Hub, openHub } from '#hub/open.ts';
import { testDatabase } from '#test/database.ts';
import { type Emulators, startEmulators } from '#test/emulators/index.ts';
import { createClock } from '#test/emulators/kit/clock.ts';

let on: Emulators;
let hub: Hub;
let workspace: number;

beforeAll(async () => {
  const database = await testDatabase();
  workspace = await database.workspace();
  on = await startEmulators({ clock: createClock(Date.parse('2026-03-01T10:00:00Z')) });
  const config = readConfig({
    SWITCHBOARD_KEYS: `test:${'A'.repeat(43)}`,
    SWITCHBOARD_HOSTS: JSON.stringify({ xero: on.hosts.xero }),
    XERO_CLIENT_ID: 'switchboard-demo',
    XERO_CLIENT_SECRET: 'demo-secret',
  });
  hub = await openHub(config, openLog('silent'), { now: on.clock.now, store: Promise.resolve(database.store) });
});
afterAll(async () => {
  await hub.close();
  await on.close();
});

test('to the cent, credit notes, what was set off and void ones included', async () => {
  const { url } = await hub.connections.start({ workspace, connector: 'xero', by: 'test', session: 'mine' });
  const back = await on.xero.consent(url, { scopes: [on.xero.organisation().id] });
  const { connection } = await hub.connections.finish(new URL(back).searchParams, 'mine');
  const goOn = () => hub.histories.drain(workspace, id, (sync) => hub.engine.drain(workspace, sync, 'test'));
  const { id } = await hub.histories.begin({ workspace, by: 'test' }, { connection });
  expect(await goOn()).toMatchObject({ state: 'ready', problem: null });
  await hub.histories.execute(workspace, id);
  expect(await goOn()).toMatchObject({ state: 'done', problem: null });
  const sheet = await hub.histories.sheet(workspace, id);
  expect(sheet.differences).toEqual([]);
  expect(sheet.lines.some(({ kind, there }) => kind === 'sale' && Number(there.balance) > 0)).toBe(true);
});
