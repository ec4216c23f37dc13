import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { sharedAllowance } from '#store/budgets.ts';
import { openDatabase } from '#store/database.ts';
import { refund, type Spent, spend, waitFor } from '#store/spending.ts';
import { testDatabase } from '#test/database.ts';

const database = await testDatabase();
const START = Date.parse('2026-03-01T10:00:00Z');

/** Two hubs with pools of their own and one clock. */
async function hubs() {
  let at = START;
  const now = () => at;
  const other = await openDatabase({ url: database.url, data: '' });
  onTestFinished(() => other.close());
  return { one: sharedAllowance(database.store, now), two: sharedAllowance(other, now), turn: (ms: number) => void (at += ms) };
}

test('two hubs share a minute’s budget, and what was taken comes back when it has left the minute', async () => {
  const { one, two, turn } = await hubs();
  const limit = { perMinute: 10, per: 'app' } as const;
  let granted = 0;
  for (let n = 0; n < 40; n++) if ((await (n % 2 ? one : two).take('shared', limit, 1, 1)).granted) granted++;
  expect(granted).toBe(10);
  const denied = await one.take('shared', limit, 1, 1);
  expect(denied).toMatchObject({ granted: false });
  turn(denied.granted ? 0 : denied.waitMs);
  expect(await two.take('shared', limit, 1, 1)).toMatchObject({ granted: true });
});

test('a busy hub asks the database less than once a call, and never gets more than there is', async () => {
  const { one, turn } = await hubs();
  const limit = { perMinute: 6_000, per: 'app' } as const;
  const before = database.store.statements.count;
  for (let n = 0; n < 200; n++) expect(await one.take('busy', limit, 1, 1)).toMatchObject({ granted: true });
  expect(database.store.statements.count - before).toBeLessThan(60);
  turn(1_000);
  let granted = 200;
  while ((await one.take('busy', limit, 1, 1)).granted) granted++;
  expect(granted).toBe(6_000);
});

test('where seconds are counted, two hubs together never have more in any second', async () => {
  const { one, two, turn } = await hubs();
  const limit = { perSecond: 5, perMinute: 500, per: 'account' } as const;
  const granted: number[] = [];
  for (let at = 0; at < 4_000; at += 37) {
    if ((await (at % 2 ? one : two).take('seconds', limit, 1, 1)).granted) granted.push(at);
    turn(37);
  }
  for (const at of granted) expect(granted.filter((other) => other > at - 1_000 && other <= at).length).toBeLessThanOrEqual(5);
  expect(granted.length).toBeGreaterThan(15);
});

test('background work leaves its part of the budget to people', async () => {
  const { one } = await hubs();
  const limit = { perMinute: 10, per: 'app' } as const;
  for (let n = 0; n < 5; n++) expect(await one.take('parts', limit, 1, 0.5)).toMatchObject({ granted: true });
  expect(await one.take('parts', limit, 1, 0.5)).toMatchObject({ granted: false });
  expect(await one.take('parts', limit, 5, 1)).toMatchObject({ granted: true });
  expect(await one.take('parts', limit, 1, 1)).toMatchObject({ granted: false });
});

test('a penalty holds for every hub until its end, also where units were leased', async () => {
  const { one, two, turn } = await hubs();
  const limit = { perMinute: 600, per: 'app' } as const;
  for (let n = 0; n < 4; n++) await one.take('penalty', limit, 1, 1);
  await one.pause('penalty', START + 5_000);
  await one.pause('penalty', START + 2_000);
  expect(await one.take('penalty', limit, 1, 1)).toEqual({ granted: false, waitMs: 5_500 });
  expect(await two.take('penalty', limit, 1, 1)).toEqual({ granted: false, waitMs: 5_500 });
  turn(5_500);
  expect(await two.take('penalty', limit, 1, 1)).toMatchObject({ granted: true });
});

const account = { perMinute: 55, atOnce: 4, per: 'account' } as const;
const app = { key: 'an app', limit: { perMinute: 100, per: 'app' } } as const;

test('accounts that a service counts together too have no more together, in whichever hub', async () => {
  const { one, two, turn } = await hubs();
  const wider = { ...app, key: 'together' };
  const granted: number[] = [];
  let at = 0;
  for (let n = 0; at < 130_000; n++) {
    const taken = await (n % 2 ? one : two).take(`account ${n % 7}`, account, 1, 1, wider);
    if (taken.granted) await one.free(taken.slot!);
    if (taken.granted) granted.push(at);
    const pause = taken.granted ? 40 : taken.waitMs;
    turn(pause);
    at += pause;
  }
  for (const at of granted) expect(granted.filter((other) => other > at - 60_000 && other <= at).length).toBeLessThanOrEqual(100);
  expect(granted.length).toBeGreaterThan(200);
});

test('where the wider budget is used up, the narrower one keeps what it has, and its slot', async () => {
  const { one } = await hubs();
  const wider = { key: 'narrow', limit: { perMinute: 1, per: 'app' } } as const;
  const first = await one.take('first', account, 1, 1, wider);
  expect(first).toMatchObject({ granted: true, slot: { key: 'first' } });
  for (let n = 0; n < 60; n++) expect(await one.take('second', account, 1, 1, wider)).toMatchObject({ granted: false });
  expect(await one.take('second', account, 55, 1)).toMatchObject({ granted: true });
});

test('when a penalty ends people are let in before what is less urgent, in whichever hub', async () => {
  const { one, two, turn } = await hubs();
  const limit = { perMinute: 100, per: 'app' } as const;
  await one.pause('ending', START + 500);
  turn(1_000); // and no hub's clock is ahead by as much as half a second
  expect(await two.take('ending', limit, 1, 0.5)).toEqual({ granted: false, waitMs: 500 });
  expect(await one.take('ending', limit, 1, 1)).toMatchObject({ granted: true });
  turn(500);
  expect(await two.take('ending', limit, 1, 0.5)).toMatchObject({ granted: true });
});

test('a penalty of the wider budget holds for every account and hub, also where another hub has leased of it', async () => {
  const { one, two } = await hubs();
  const wider = { key: 'punished', limit: { perMinute: 60_000, per: 'app' } } as const;
  for (let n = 0; n < 8; n++) await two.take(`leasing ${n}`, account, 1, 1, wider);
  await one.pause('punished', START + 5_000);
  for (const hub of [one, two]) {
    expect(await hub.take('any', account, 1, 1, wider)).toEqual({ granted: false, waitMs: 5_500 });
  }
});

test('slots are counted over all hubs, come back when given back, and when their holder died', async () => {
  const { one, two } = await hubs();
  const limit = { atOnce: 1, perMinute: 100, per: 'account' } as const;
  const first = await one.take('slots', limit, 1, 1);
  expect(first).toMatchObject({ granted: true, slot: { key: 'slots' } });
  expect(await two.take('slots', limit, 1, 1)).toEqual({ granted: false, waitMs: 25 });
  if (first.granted) await one.free(first.slot!);
  expect(await two.take('slots', limit, 1, 1)).toMatchObject({ granted: true });
  await database.owner.query(`update slots set until = now() - interval '1 second' where key = 'slots'`);
  expect(await one.take('slots', limit, 1, 1)).toMatchObject({ granted: true });
  const { rows } = await database.owner.query(`select state from budgets where key = 'slots'`);
  expect(rows[0].state.minute.reduce((sum: number, [, n]: [number, number]) => sum + n, 0)).toBe(3);
});

test('a slot that is given back too late keeps nobody waiting: who gives it back may wait for the same budgets', async () => {
  const { one, two } = await hubs();
  const limit = { atOnce: 1, per: 'account' } as const;
  expect(await one.take('late', limit, 1, 1)).toMatchObject({ granted: true });
  await database.owner.query(`update slots set until = now() - interval '1 second' where key = 'late'`);
  const giving = await database.owner.connect();
  await giving.query('begin');
  await giving.query(`delete from slots where key = 'late'`);
  expect(await two.take('late', limit, 1, 1)).toMatchObject({ granted: true });
  await giving.query('commit');
  giving.release();
  expect(await one.take('late', limit, 1, 1)).toEqual({ granted: false, waitMs: 25 });
});

test('a share of the slots is left to the others', async () => {
  const { one, two } = await hubs();
  const limit = { atOnce: 2, per: 'app' } as const;
  expect(await one.take('shared slots', limit, 1, 0.5)).toMatchObject({ granted: true });
  expect(await two.take('shared slots', limit, 1, 0.5)).toEqual({ granted: false, waitMs: 25 });
  expect(await two.take('shared slots', limit, 1, 1)).toMatchObject({ granted: true });
});

test('many askers at once get one slot between them', async () => {
  const { one, two } = await hubs();
  const all = await Promise.all(
    Array.from({ length: 12 }, (_, n) => (n % 2 ? one : two).take('rush', { atOnce: 2, per: 'app' }, 1, 1)),
  );
  expect(all.filter(({ granted }) => granted)).toHaveLength(2);
});

test('in no minute is more spent than allowed, and nobody waits longer than needed', () => {
  const asks = fc.array(fc.record({ after: fc.nat(20_000), units: fc.integer({ min: 1, max: 5 }) }), { maxLength: 60 });
  fc.assert(
    fc.property(asks, (list) => {
      let spent: Spent = [];
      let at = START;
      const granted: { at: number; units: number }[] = [];
      for (const { after, units } of list) {
        at += after;
        const wait = waitFor('minute', spent, at, units, 10);
        if (wait > 0) {
          expect(waitFor('minute', spent, at + wait, units, 10)).toBe(0);
          expect(wait).toBeLessThanOrEqual(60_500);
          continue;
        }
        spent = spend('minute', spent, at, units);
        granted.push({ at, units });
        const inside = granted.filter((one) => one.at > at - 60_000).reduce((sum, one) => sum + one.units, 0);
        expect(inside).toBeLessThanOrEqual(10);
      }
    }),
  );
});

test('what is given back is what was taken, and never more', () => {
  const spent = spend('day', spend('day', [], START, 3), START + 900_000, 4);
  expect(refund('day', spent, START, 2)).toEqual([[spent[0]![0], 1], spent[1]]);
  expect(refund('day', spent, START, 9)).toEqual([spent[1]]);
  expect(refund('day', spent, START - 900_000, 1)).toEqual(spent);
});
