/** What the doctor says of day limits. */
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { connectors } from '#connectors/index.ts';
import { checkBudgets } from '#hub/cli/doctor/budgets.ts';
import { openConnections } from '#hub/connections/connections.ts';
import type { Hub } from '#hub/open.ts';
import { sharedAllowance } from '#store/budgets.ts';
import { forecast, type Spent, spend } from '#store/spending.ts';
import { openDesk } from '#test/credentials/desk.ts';
import { testDatabase } from '#test/database.ts';

const HOUR = 3_600_000;
const database = await testDatabase();
const { on, parts } = await openDesk(database.store);
afterAll(() => on.close());
const now = on.clock.now;
const allowance = sharedAllowance(database.store, now);
const connections = openConnections({ ...parts, connectors, allowance });
const hub = { connections, now } as unknown as Hub;

test('the day limit of an organisation is told with its pace, shared by all that use it', async () => {
  const workspace = await database.workspace();
  const { url } = await connections.start({ workspace, connector: 'xero', by: 'key 1', session: 'mine' });
  const back = await on.xero.consent(url, { scopes: [on.xero.organisation().id] });
  const { connection } = await connections.finish(new URL(back).searchParams, 'mine');
  const ctx = await connections.context(workspace, connection, AbortSignal.timeout(60_000));
  const examine = async () => (await checkBudgets(hub, workspace, ctx.signal)).map(({ state, found }) => [state, found]);
  expect(await examine()).toEqual([['well', '0 of 4900 calls used within a day']]);
  const limit = connectors.xero.limits.groups.accounting;
  const key = `xero/switchboard-demo/${on.xero.organisation().id}/accounting`;
  const spendThere = async (calls: number) => {
    for (let left = calls; left > 0; left -= 50)
      await allowance.take(key, { ...limit, perMinute: 1e6, atOnce: 1e6 }, Math.min(50, left), 1);
  };
  for (let quarter = 0; quarter < 8; quarter++) {
    await spendThere(300);
    on.clock.turn(HOUR / 4);
  }
  const [[state, found]] = (await examine()) as [[string, string]];
  expect(state).toBe('warning');
  // 2,400 in two hours: the other 2,500 last two hours and five minutes.
  expect(found).toBe('2400 of 4900 calls used within a day; day limit reached at 14:05 UTC at this pace');
  await spendThere(2_500);
  expect(await examine()).toEqual([['warning', '4900 of 4900 calls used within a day: the day limit is reached']]);
  await allowance.pause(key, now() + 12 * HOUR);
  expect((await examine())[0]![1]).toContain('wants nothing before 00:00 UTC on 2026-03-02');
});

test('a budget is used up when the forecast says, whoever goes on at the same pace', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 400 }), fc.integer({ min: 4, max: 40 }), (perQuarter, quarters) => {
      const start = Date.parse('2026-03-01T00:00:00Z');
      const most = 5_000;
      let spent: Spent = [];
      for (let n = 0; n < quarters; n++) spent = spend('day', spent, start + n * (HOUR / 4), perQuarter);
      const at = start + quarters * (HOUR / 4) - 1;
      const { used, usedUp } = forecast('day', spent, at, most);
      expect(used).toBe(perQuarter * quarters);
      const wanted = at + ((most - used) / perQuarter) * (HOUR / 4);
      if (used >= most) expect(usedUp).toBe(at);
      else if (perQuarter * 97 < most) expect(usedUp).toBeUndefined();
      else if (wanted < start + 24 * HOUR) expect(Math.abs(usedUp! - wanted)).toBeLessThan(HOUR / 4);
    }),
  );
});
