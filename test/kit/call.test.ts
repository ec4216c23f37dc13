import { beforeEach, describe, expect, test } from 'vitest';
import { type Allowance, createAllowance } from '#kit/allowance.ts';
import { withToken } from '#kit/bearer.ts';
import { makeCall } from '#kit/call.ts';
import type { Limits } from '#kit/connector.ts';
import type { Context } from '#kit/context.ts';
import { Changed, Problem, Reconnect, Refused, TryLater } from '#kit/errors.ts';
import { watchTokens } from '#kit/paging.ts';

const limits: Limits = {
  groups: {
    reads: { perMinute: 10, per: 'account' },
    daily: { perDay: 100, perMinute: 1000, per: 'app' },
    writes: { atOnce: 1, per: 'account' },
    free: { per: 'account' },
    shared: { perMinute: 5, per: 'account', within: 'all' },
    all: { perMinute: 6, per: 'app' },
  },
  timeout: 1000,
};

let at: number;
let abort: AbortController;
let counted: string[];
let slept: number[];
const now = () => at;
beforeEach(() => {
  at = 1_000_000;
  abort = new AbortController();
  counted = [];
  slept = [];
});

function setUp(allowance: Allowance = createAllowance(now), timeout = limits.timeout, account = 'ada') {
  return makeCall({
    limits: { ...limits, timeout },
    allowance,
    counted: { app: 'app', account: `app/${account}` },
    explain: (error) => new Changed(String(error), 'ask', error),
    count: (operation, result) => counted.push(`${operation} ${result}`),
    signal: abort.signal,
    now,
    sleep: async (ms) => {
      slept.push(ms);
      at += ms;
    },
  });
}

const later = (afterMs: number, notSent = false) => new TryLater('later', 'wait', afterMs, notSent);
/** Fails with each error in turn, then answers how often it was called. */
function failing(...errors: unknown[]) {
  let calls = 0;
  return {
    send: async () => {
      if (calls < errors.length) throw errors[calls++];
      return ++calls;
    },
    calls: () => calls,
  };
}

describe('call', () => {
  test('a service that says its budget is used up is left alone for as long as it says', async () => {
    const call = setUp();
    const answer = await call({ name: 'x', group: 'free' }, async (_signal, rest) => {
      rest(5_000);
      rest(3_000);
      return 1;
    });
    expect(answer).toBe(1);
    await expect(call({ name: 'x', group: 'free' }, async () => 2)).rejects.toMatchObject({ next: 'later', afterMs: 5_000 });
    expect(await call({ name: 'x', group: 'reads' }, async () => 3)).toBe(3);
    at += 5_000;
    expect(await call({ name: 'x', group: 'free' }, async () => 4)).toBe(4);
  });

  test('what is refused for the whole account rests whole, whatever the group', async () => {
    const call = setUp();
    const whole = new TryLater('stop', 'wait', 7_000, true, undefined, 'account');
    await expect(call({ name: 'x', group: 'free' }, failing(whole).send)).rejects.toBe(whole);
    for (const group of Object.keys(limits.groups)) {
      await expect(call({ name: 'x', group }, async () => 1)).rejects.toMatchObject({ next: 'later', afterMs: 7_000 });
    }
  });

  test('accounts that a service counts together too have no more together, and what is refused there uses up nothing', async () => {
    const allowance = createAllowance(now);
    const [ada, bob] = ['ada', 'bob'].map((account) => setUp(allowance, limits.timeout, account)) as [
      Context['call'],
      Context['call'],
    ];
    const ask = (call: Context['call']) => call({ name: 'x', group: 'shared' }, async () => 'done');
    for (let n = 0; n < 4; n++) expect(await ask(ada)).toBe('done');
    for (let n = 0; n < 2; n++) expect(await ask(bob)).toBe('done');
    for (let n = 0; n < 5; n++) await expect(ask(bob)).rejects.toMatchObject({ next: 'later', afterMs: 60_250 });
    at += 60_250;
    for (let n = 0; n < 5; n++) expect(await ask(bob)).toBe('done');
  });

  test('what is refused for all accounts together rests for each of them', async () => {
    const allowance = createAllowance(now);
    const wider = new TryLater('stop', 'wait', 7_000, true, undefined, 'wider');
    await expect(setUp(allowance)({ name: 'x', group: 'shared' }, failing(wider).send)).rejects.toBe(wider);
    const bob = setUp(allowance, limits.timeout, 'bob');
    await expect(bob({ name: 'x', group: 'shared' }, async () => 1)).rejects.toMatchObject({ next: 'later', afterMs: 7_000 });
    expect(await bob({ name: 'x', group: 'reads' }, async () => 1)).toBe(1);
  });

  test('when a penalty ends people are let in before what is less urgent', async () => {
    const allowance = createAllowance(now);
    await allowance.pause('k', at + 1_000);
    at += 1_000;
    expect(await allowance.take('k', { per: 'account' }, 1, 0.5)).toEqual({ granted: false, waitMs: 500 });
    expect(await allowance.take('k', { per: 'account' }, 1, 1)).toEqual({ granted: true });
    at += 500;
    expect(await allowance.take('k', { per: 'account' }, 1, 0.5)).toEqual({ granted: true });
  });

  test('gives the answer and counts the operation', async () => {
    expect(await setUp()({ name: 'people.list', group: 'reads' }, async () => 42)).toBe(42);
    expect(counted).toEqual(['people.list done']);
  });

  test('an unknown group is a mistake of ours, with the groups there are', async () => {
    await expect(setUp()({ name: 'x', group: 'reeds' }, async () => 1)).rejects.toThrow(
      "no limit is called 'reeds'; there are reads, daily",
    );
  });

  test('errors are translated once, ours are left alone, and neither is retried', async () => {
    await expect(setUp()({ name: 'x', group: 'free' }, failing(new Error('odd')).send)).rejects.toMatchObject({
      next: 'changed',
      message: 'Error: odd',
    });
    const refused = new Refused('no', 'never');
    await expect(setUp()({ name: 'x', group: 'free' }, failing(refused).send)).rejects.toBe(refused);
    expect(counted).toEqual(['x changed', 'x refused']);
  });

  test('what may be repeated is repeated, and waits as long as it was told', async () => {
    const read = failing(later(700), later(800));
    expect(await setUp()({ name: 'x', group: 'free' }, read.send, { repeatable: true })).toBe(3);
    expect(slept).toEqual([700, 800]);
    expect(counted).toEqual(['x later', 'x later', 'x done']);
  });

  test('a write of unknown outcome is not sent again; one that was not sent is', async () => {
    const unknown = failing(later(10));
    await expect(setUp()({ name: 'x', group: 'free' }, unknown.send)).rejects.toMatchObject({ next: 'later', notSent: false });
    expect(unknown.calls()).toBe(1);
    const unsent = failing(later(10, true));
    expect(await setUp()({ name: 'x', group: 'free' }, unsent.send)).toBe(2);
  });

  test('patience ends at two seconds in all', async () => {
    const busy = failing(later(900), later(900), later(900), later(900));
    await expect(setUp()({ name: 'x', group: 'free' }, busy.send, { repeatable: true })).rejects.toMatchObject({ afterMs: 900 });
    expect(slept).toEqual([900, 900]);
    const long = failing(later(2001, true));
    await expect(setUp()({ name: 'x', group: 'free' }, long.send)).rejects.toMatchObject({ afterMs: 2001 });
    expect(slept).toEqual([900, 900]);
  });

  test('a penalty holds for everyone who shares the budget, and nobody calls inside it', async () => {
    const allowance = createAllowance(now);
    await expect(setUp(allowance)({ name: 'x', group: 'reads' }, failing(later(30_000, true)).send)).rejects.toBeInstanceOf(
      TryLater,
    );
    at += 10_000;
    const other = failing();
    await expect(setUp(allowance)({ name: 'y', group: 'reads' }, other.send)).rejects.toMatchObject({
      afterMs: 20_000,
      notSent: true,
    });
    expect(other.calls()).toBe(0);
    at += 20_000;
    expect(await setUp(allowance)({ name: 'y', group: 'reads' }, other.send)).toBe(1);
  });

  test('a used-up budget is waited for if it is not long, else it says when', async () => {
    const call = setUp();
    for (let i = 0; i < 10; i++) await call({ name: 'x', group: 'reads' }, async () => i);
    const error = await call({ name: 'x', group: 'reads' }, async () => 1).catch((error: unknown) => error);
    expect(error).toMatchObject({ next: 'later', notSent: true });
    at += (error as TryLater).afterMs - 1500;
    expect(await call({ name: 'x', group: 'reads' }, async () => 1)).toBe(1);
    expect(slept).toEqual([1500]);
  });

  test('a call in the background leaves its share to the others', async () => {
    const allowance = createAllowance(now);
    const call = setUp(allowance);
    const poll = (i: number) => call({ name: 'x', group: 'reads' }, async () => i, { share: 0.5 });
    for (let i = 0; i < 5; i++) await poll(i);
    await expect(poll(5)).rejects.toBeInstanceOf(TryLater);
    expect(await call({ name: 'x', group: 'reads' }, async () => 1)).toBe(1);
  });

  test('one at a time means one at a time', async () => {
    const call = makeCall({
      limits,
      allowance: createAllowance(now),
      counted: { app: 'app', account: 'app/ada' },
      explain: (error) => new Changed(String(error), ''),
      signal: abort.signal,
      now,
    });
    let under = 0;
    let most = 0;
    const send = async () => {
      most = Math.max(most, ++under);
      await new Promise(setImmediate);
      under--;
    };
    await Promise.all([1, 2, 3, 4].map(() => call({ name: 'x', group: 'writes' }, send)));
    expect(most).toBe(1);
  });

  test('a slot comes back after a failure', async () => {
    const call = setUp();
    await expect(call({ name: 'x', group: 'writes' }, failing(new Refused('no', '')).send)).rejects.toBeInstanceOf(Refused);
    expect(await call({ name: 'x', group: 'writes' }, async () => 1)).toBe(1);
    expect(slept).toEqual([]);
  });

  test('no answer within the deadline is a TryLater of unknown outcome, even if the sender does not listen', async () => {
    const call = setUp(undefined, 20);
    await expect(call({ name: 'x', group: 'free' }, () => new Promise(() => {}))).rejects.toMatchObject({
      next: 'later',
      notSent: false,
    });
    let told: unknown;
    const listening = (signal: AbortSignal) =>
      new Promise<void>((_, reject) => signal.addEventListener('abort', () => reject((told = signal.reason))));
    await expect(call({ name: 'x', group: 'free' }, listening)).rejects.toBeInstanceOf(TryLater);
    expect(told).toBeInstanceOf(TryLater);
  });

  test('an abort ends it with its reason: before, while sending and while waiting', async () => {
    const reason = new Error('shut down');
    const hanging = setUp()({ name: 'x', group: 'free' }, () => new Promise(() => {}));
    abort.abort(reason);
    await expect(hanging).rejects.toBe(reason);
    await expect(setUp()({ name: 'x', group: 'free' }, async () => 1)).rejects.toBe(reason);
    abort = new AbortController();
    const busy = makeCall({
      limits,
      allowance: createAllowance(now),
      counted: { app: 'a', account: 'a' },
      explain: (error) => new Changed(String(error), ''),
      signal: abort.signal,
      now,
    })({ name: 'x', group: 'free' }, failing(later(1900, true)).send);
    setImmediate(() => abort.abort(reason));
    await expect(busy).rejects.toBe(reason);
    expect(counted).toContain('x aborted');
  });
});

describe('allowance', () => {
  const per = { per: 'account' as const };

  test('windows slide: what was taken counts for the whole window, and never longer than a piece more', async () => {
    const allowance = createAllowance(now);
    const limit = { ...per, perMinute: 2 };
    const take = () => allowance.take('k', limit, 1, 1);
    expect(await take()).toEqual({ granted: true });
    at += 30_000;
    expect(await take()).toEqual({ granted: true });
    const refused = await take();
    expect(refused).toMatchObject({ granted: false });
    if (refused.granted) return;
    expect(refused.waitMs).toBeGreaterThanOrEqual(30_000);
    expect(refused.waitMs).toBeLessThanOrEqual(30_250);
    at += refused.waitMs;
    expect(await take()).toEqual({ granted: true });
    expect(await take()).toMatchObject({ granted: false });
  });

  test('what is not granted uses up nothing, and keys do not know each other', async () => {
    const allowance = createAllowance(now);
    const limit = { ...per, perMinute: 10, perDay: 12 };
    expect(await allowance.take('k', limit, 9, 1)).toMatchObject({ granted: true });
    expect(await allowance.take('k', limit, 2, 1)).toMatchObject({ granted: false });
    expect(await allowance.take('k', limit, 1, 1)).toMatchObject({ granted: true });
    expect(await allowance.take('other', limit, 10, 1)).toMatchObject({ granted: true });
    at += 61_000;
    expect(await allowance.take('k', limit, 2, 1)).toMatchObject({ granted: true });
    const refused = await allowance.take('k', limit, 1, 1);
    expect(refused.granted ? 0 : refused.waitMs).toBeGreaterThan(80_000_000);
  });

  test('where seconds are counted, no second has more', async () => {
    const allowance = createAllowance(now);
    const limit = { ...per, perSecond: 3, perMinute: 100 };
    for (let n = 0; n < 3; n++) expect(await allowance.take('k', limit, 1, 1)).toEqual({ granted: true });
    const refused = await allowance.take('k', limit, 1, 1);
    expect(refused.granted ? 0 : refused.waitMs).toBeGreaterThanOrEqual(1_000);
    at += refused.granted ? 0 : refused.waitMs;
    expect(await allowance.take('k', limit, 1, 1)).toEqual({ granted: true });
  });

  test('a call dearer than the share goes through when nothing else is taken', async () => {
    const allowance = createAllowance(now);
    expect(await allowance.take('k', { ...per, perMinute: 10 }, 8, 0.5)).toMatchObject({ granted: true });
    expect(await allowance.take('k', { ...per, perMinute: 10 }, 8, 0.5)).toMatchObject({ granted: false });
  });

  test('a share of the slots is left to the others too', async () => {
    const allowance = createAllowance(now);
    for (let n = 0; n < 4; n++) expect(await allowance.take('k', { ...per, atOnce: 5 }, 1, 0.8)).toMatchObject({ granted: true });
    expect(await allowance.take('k', { ...per, atOnce: 5 }, 1, 0.8)).toMatchObject({ granted: false });
    expect(await allowance.take('k', { ...per, atOnce: 5 }, 1, 1)).toMatchObject({ granted: true });
  });

  test('slots of a call that never ended come back', async () => {
    const allowance = createAllowance(now);
    const limit = { ...per, atOnce: 1 };
    const first = await allowance.take('k', limit, 1, 1);
    expect(await allowance.take('k', limit, 1, 1)).toMatchObject({ granted: false });
    if (first.granted && first.slot) await allowance.free(first.slot);
    expect(await allowance.take('k', limit, 1, 1)).toMatchObject({ granted: true });
    at += 600_000;
    expect(await allowance.take('k', limit, 1, 1)).toMatchObject({ granted: true });
  });
});

test('a page token that comes twice is Changed, also the one we began with', () => {
  const watch = watchTokens('x.list', 'a');
  expect(watch('b')).toBe('b');
  expect(watch('c')).toBe('c');
  for (const token of ['b', 'a']) expect(() => watch(token)).toThrow(Changed);
});

describe('a token the service refuses', () => {
  const unauthorised = new Error('401');
  const isRefused = (error: unknown) => error === unauthorised;
  test('is replaced once', async () => {
    const asked: (string | undefined)[] = [];
    const token = async (refused?: string) => {
      asked.push(refused);
      return refused === undefined ? 'old' : 'new';
    };
    const send = async (one: string) => {
      if (one === 'old') throw unauthorised;
      return one;
    };
    expect(await withToken({ token }, send, isRefused)).toBe('new');
    expect(asked).toEqual([undefined, 'old']);
  });

  test('is the end when there is no other, or when that one is refused as well', async () => {
    const send = async () => {
      throw unauthorised;
    };
    await expect(withToken({ token: async () => 'same' }, send, isRefused)).rejects.toBe(unauthorised);
    await expect(withToken({ token: async (refused) => (refused ? 'b' : 'a') }, send, isRefused)).rejects.toBe(unauthorised);
    const dead = new Reconnect('dead', 'sign in');
    const token = async (refused?: string) => {
      if (refused) throw dead;
      return 'a';
    };
    await expect(withToken({ token }, send, isRefused)).rejects.toBe(dead);
  });
});

test('every error is a Problem with its name', () => {
  expect(new Refused('a', 'b', 'field')).toBeInstanceOf(Problem);
  expect(new Refused('a', 'b', 'field')).toMatchObject({ name: 'Refused', next: 'refused', advice: 'b', field: 'field' });
});
