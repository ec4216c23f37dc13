/** A small app whose organisations have little, on hubs that share a database; and a referee that sees what is wrong. */
import { afterAll, expect, test } from 'vitest';
import type { Allowance } from '#kit/allowance.ts';
import type { Limits } from '#kit/connector.ts';
import { leasingFrom, sharedAllowance } from '#store/budgets.ts';
import { openDatabase } from '#store/database.ts';
import { testDatabase } from '#test/database.ts';
import { random } from '#test/emulators/kit/random.ts';
import { createDrawer } from './quota/drawer.ts';
import { type Month, month } from './quota/month.ts';
import { createReferee, type ServiceLimits } from './quota/referee.ts';
import type { Firm } from './quota/traffic.ts';
import { never } from './quota.ts';

const FIRM: Firm = {
  ...{ streams: 4, told: 60, done: 80, east: 9 },
  ...{ imports: { day: 0.02, calls: 60 }, script: { calls: 10, aDay: 60 } },
};

/** What the service allows, and the hubs a little less. */
const SERVICE: ServiceLimits = { minute: 12, day: 120, atOnce: 3, app: 26 };
const limitsFor = (perDay: number): Limits => ({
  groups: {
    accounting: { perMinute: 10, perDay, atOnce: 2, per: 'account', within: 'app' },
    app: { perMinute: 22, per: 'app' },
  },
  timeout: 60_000,
});

/** A morning of four of them. */
const SMALL = { tenants: 4, days: 1 / 8, seed: 5, stride: 1, service: SERVICE, limits: limitsFor(108), firms: () => FIRM };

const database = await testDatabase();
const others = await Promise.all(Array.from({ length: 3 }, () => openDatabase({ url: database.url, data: '' })));
afterAll(() => Promise.all(others.map((store) => store.close())));

function expectKept(result: Month, day: number): void {
  for (const [figure, n] of never(result)) expect(n, figure).toBe(0);
  const { most, waits, refused } = result;
  expect(most.minute, 'the minute was used').toBeGreaterThanOrEqual(6);
  expect(most.day, 'the day was used').toBeGreaterThan(day / 2);
  expect(most.app, 'the minute of all together was used').toBeGreaterThan(10);
  expect(refused, 'a budget was used up by others').toBeGreaterThan(0);
  for (const urgency of ['person', 'webhook', 'poll', 'backfill'] as const) expect(waits.count(urgency)).toBeGreaterThan(0);
}

test('four hubs on one database never have more than the service allows, and keep out of its penalties', async () => {
  const hubs = [database.store, ...others].map((store) => (now: () => number) => sharedAllowance(store, now));
  expectKept(await month({ ...SMALL, hubs }), 108);
});

test('the same in memory, for longer and with more of them', async () => {
  const drawer = createDrawer();
  const hubs = Array.from({ length: 4 }, () => (now: () => number) => leasingFrom(drawer, now));
  expectKept(
    await month({ ...SMALL, hubs, tenants: 8, days: 2, service: { ...SERVICE, day: 900 }, limits: limitsFor(830) }),
    830,
  );
});

const HEEDLESS: Allowance = {
  take: async () => ({ granted: true }),
  free: async () => undefined,
  pause: async () => undefined,
};

test('the referee sees hubs that keep to nothing', async () => {
  const { refused, ...found } = await month({
    ...SMALL,
    service: { minute: 5, day: 100, atOnce: 1, app: 10 },
    hubs: [() => HEEDLESS, () => HEEDLESS],
  });
  expect(refused).toBeGreaterThan(0);
  const { beyondMinute, beyondDay, beyondAtOnce, beyondApp, insidePenalty } = found;
  for (const n of [beyondMinute, beyondDay, beyondAtOnce, beyondApp, insidePenalty]) expect(n).toBeGreaterThan(0);
});

test('the referee counts as the service does: windows of its own, a penalty of which the hub has heard, and any stretch of a minute', () => {
  const referee = createReferee(1, 0, { ...SERVICE, minute: 2 }, random(1));
  const call = (at: number) => {
    const verdict = referee.arrive(0, at, at);
    referee.leave(0, true);
    return verdict;
  };
  expect(call(0)).toMatchObject({ minute: 1 });
  expect(call(1_000)).toMatchObject({ minute: 0 });
  const refusal = call(2_000);
  if (!('limit' in refusal)) throw new Error('the third call was let in');
  expect(refusal).toMatchObject({ limit: 'minute' });
  const ends = 2_000 + refusal.retryAfter! * 1_000;
  referee.heard(0, refusal, 2_000, 2_050);
  expect(referee.findings()).toMatchObject({ calls: 3, beyondMinute: 1, refused: 1, insidePenalty: 0 });
  call(2_060);
  expect(referee.findings()).toMatchObject({ insidePenalty: 1 });
  expect(call(ends)).not.toHaveProperty('limit');
  expect(referee.findings()).toMatchObject({ insidePenalty: 1, most: { atOnce: 1 } });
});
