/** Transactions as they come: late, in windows, changed afterwards, and to the cent what the account holds. */
import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import { transactions } from '#connectors/paypal/transactions.ts';
import type { Context } from '#kit/context.ts';
import type { Cursor, Row } from '#kit/stream.ts';
import type { Emulators } from '#test/emulators/index.ts';
import { till } from '#test/emulators/till.ts';
import { DAY, HOUR, NOW, openCounter } from './counter.ts';

let on: Emulators | undefined;
afterEach(() => on?.close());

async function open(settings = { backfillDays: 60 }, options = {}) {
  const counter = await openCounter(options, settings);
  on = counter.on;
  return { paypal: counter.on.paypal, clock: counter.on.clock, read: readerOf(counter.ctx), ctx: counter.ctx };
}

/** Reads pass after pass, each from where the last one ended. */
function readerOf(ctx: Context) {
  let cursor: Cursor | null = null;
  return async (): Promise<Row[]> => {
    const rows: Row[] = [];
    for await (const page of transactions.pull!(ctx, cursor)) {
      if ('lost' in page) throw new Error(page.lost);
      expect(page.misfits).toEqual([]);
      rows.push(...page.rows);
      cursor = JSON.parse(JSON.stringify(page.next));
    }
    return rows;
  };
}

test('a payment comes once its report is published, and once', async () => {
  const { paypal, clock, read } = await open();
  const { id } = paypal.pay({
    amount: '25.00',
    invoiceId: 'A-1',
    note: 'Thanks',
    payer: { account: 'PJ4MARA77XK2Q', email: 'ben@example.com', given: 'Ben', surname: 'Ott', country: 'US' },
  });
  expect(await read()).toEqual([]);
  clock.turn(HOUR);
  expect(await read()).toEqual([]);
  clock.turn(2 * HOUR);
  const [row, ...more] = await read();
  expect(more).toEqual([]);
  expect(row!.fields).toEqual({
    transaction: id,
    event: 'T0006',
    kind: 'payment',
    direction: 'received',
    status: 'completed',
    amount: { amount: '25.00', currency: 'USD' },
    paid: { amount: '25.00', currency: 'USD' },
    fee: { amount: '-1.36', currency: 'USD' },
    charge: { amount: '1.36', currency: 'USD' },
    net: { amount: '23.64', currency: 'USD' },
    begun: '2026-03-01T10:30:00.000Z',
    day: '2026-03-01',
    updated: '2026-03-01T10:30:00.000Z',
    invoiceNumber: 'A-1',
    note: 'Thanks',
    payer: 'PJ4MARA77XK2Q',
    payerName: 'Ben Ott',
    payerEmail: 'ben@example.com',
    payerCountry: 'US',
  });
  for (let hours = 0; hours < 40; hours += 4) {
    clock.turn(4 * HOUR);
    expect(await read()).toEqual([]);
  }
});

test('a row that is published after younger ones is not lost', async () => {
  const { paypal, clock, read } = await open();
  clock.turn(DAY);
  await read();
  paypal.addTransaction({
    id: '9YE45958FJ858840B',
    code: 'T0006',
    begun: NOW + 10 * HOUR,
    currency: 'EUR',
    amount: 500n,
    fee: 0n,
  });
  expect((await read()).map(({ fields }) => fields.transaction)).toEqual(['9YE45958FJ858840B']);
});

test('a month with too many rows is read by halves, every row once', async () => {
  const { paypal, read } = await open({ backfillDays: 60 }, { most: 40 });
  const at = NOW - 20 * DAY;
  for (let n = 0; n < 300; n++) paypal.pay({ amount: '1.00', at: at + n * 60_000 });
  for (let n = 0; n < 30; n++) paypal.pay({ amount: '1.00', at: NOW - 50 * DAY + n * DAY });
  const rows = await read();
  expect(new Set(rows.map(({ id }) => id)).size).toBe(330);
  expect(rows).toHaveLength(330);
  expect(paypal.counters.calls['search.get']).toBeLessThan(60);
});

test('more than can be told apart is Changed, not an endless loop', async () => {
  const { paypal, read } = await open({ backfillDays: 5 }, { most: 3 });
  for (let n = 0; n < 5; n++) paypal.pay({ amount: '1.00', at: NOW - DAY });
  await expect(read()).rejects.toMatchObject({ next: 'changed', message: expect.stringMatching(/2026-02-28T10:(29:59|30:00)Z/) });
});

test('what was pending weeks ago is found settled when the last days are read again', async () => {
  const { paypal, clock, read } = await open();
  const { id } = paypal.pay({ amount: '80.00', status: 'PENDING', at: NOW - DAY });
  const [pending] = await read();
  expect(pending!.fields.status).toBe('pending');
  clock.turn(20 * DAY);
  await read();
  paypal.settle(id, true);
  clock.turn(4 * HOUR);
  expect(await read()).toEqual([]);
  clock.turn(DAY);
  const settled = (await read()).find((row) => row.id === pending!.id)!;
  expect(settled.fields.status).toBe('completed');
  expect(settled.time! > pending!.time!).toBe(true);
});

test('refund, fee, conversion, withdrawal and hold are told apart, though some bear the id of the payment', async () => {
  const { paypal, clock, read } = await open();
  const capture = paypal.pay({ amount: '50.00', currency: 'EUR', invoiceId: 'A-1' });
  paypal.refund(capture.id, '20.00');
  const row = (code: string, amount: bigint, currency = 'EUR', more = {}) =>
    paypal.addTransaction({ id: capture.id, code, begun: NOW, currency, amount, fee: 0n, ...more });
  row('T0200', -3_000n);
  row('T0200', 3_240n, 'USD');
  row('T0106', -30n, 'EUR', { reference: { id: capture.id, type: 'TXN' } });
  row('T0400', -100n);
  row('T1503', -50n);
  row('T1106', -10n);
  row('T1201', -10n);
  row('T0700', -1n);
  clock.turn(4 * HOUR);
  const rows = await read();
  expect(rows.map(({ fields }) => `${fields.kind} ${fields.event} ${fields.direction}`).sort()).toEqual([
    'chargeback T1201 made',
    'conversion T0200 made',
    'conversion T0200 received',
    'fee T0106 made',
    'hold T1503 made',
    'payment T0006 received',
    'refund T1107 made',
    'reversal T1106 made',
    'transfer T0400 made',
    'transfer T0700 made',
  ]);
  const refund = rows.find(({ fields }) => fields.kind === 'refund')!;
  expect(refund.fields).toMatchObject({
    reference: capture.id,
    referenceKind: 'TXN',
    invoiceNumber: 'A-1',
    amount: { amount: '-20.00', currency: 'EUR' },
    paid: { amount: '20.00', currency: 'EUR' },
  });
});

test('the first pass reads three years, and no day more than PayPal allows', async () => {
  const { paypal, read } = await open({} as never);
  paypal.pay({ amount: '1.00', at: NOW - 1_090 * DAY });
  paypal.pay({ amount: '2.00', at: NOW - 400 * DAY });
  expect((await read()).map(({ fields }) => fields.paid)).toEqual([
    { amount: '1.00', currency: 'USD' },
    { amount: '2.00', currency: 'USD' },
  ]);
  expect(paypal.counters.statuses).toEqual({ 200: 36 });
});

test('times of older reports are read, amounts beyond 2^53 keep every digit, and yen have no decimals', () => {
  const row = (value: string, currency_code: string) =>
    transactions.toRow({
      transaction_info: {
        transaction_id: '5TY05013RG002845M',
        transaction_event_code: 'T0006',
        transaction_initiation_date: '2014-07-11T04:03:52+0000',
        transaction_amount: { currency_code, value },
        fee_amount: { currency_code, value: currency_code === 'JPY' ? '-49' : '-0.01' },
        transaction_status: 'S',
      },
    }).fields;
  expect(row('90071992547409931.07', 'USD')).toMatchObject({
    begun: '2014-07-11T04:03:52.000Z',
    amount: { amount: '90071992547409931.07' },
    net: { amount: '90071992547409931.06', currency: 'USD' },
  });
  expect(row('8000', 'JPY')).toMatchObject({ amount: { amount: '8000', currency: 'JPY' }, net: { amount: '7951' } });
});

const deed = fc.oneof(
  fc.record({
    is: fc.constant('pay' as const),
    cents: fc.integer({ min: 100, max: 9_999_999 }),
    currency: fc.constantFrom('USD', 'EUR', 'JPY'),
  }),
  fc.record({ is: fc.constant('refund' as const), of: fc.nat(20), share: fc.integer({ min: 1, max: 100 }) }),
  fc.record({ is: fc.constant('wait' as const), hours: fc.integer({ min: 1, max: 40 }) }),
  fc.constant({ is: 'read' as const }),
);

test('whatever happens in whatever order, the rows add up to the balances that PayPal tells', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(deed, { minLength: 5, maxLength: 40 }), async (deeds) => {
      const { on, ctx } = await openCounter({}, { backfillDays: 10 });
      try {
        const { paypal, clock } = on;
        const [read, rows, paid] = [readerOf(ctx), new Map<string, Row>(), [] as string[]];
        const take = async () => {
          for (const row of await read()) rows.set(row.id, row);
        };
        for (const one of deeds) {
          if (one.is === 'pay')
            paid.push(
              paypal.pay({
                amount: one.currency === 'JPY' ? String(one.cents) : (one.cents / 100).toFixed(2),
                currency: one.currency,
              }).id,
            );
          if (one.is === 'wait') clock.turn(one.hours * HOUR);
          if (one.is === 'read') await take();
          const capture =
            one.is === 'refund' ? paypal.account().captures.get(paid[one.of % (paid.length || 1)] ?? '') : undefined;
          const minor = capture && one.is === 'refund' ? ((capture.amount - capture.refunded) * BigInt(one.share)) / 100n : 0n;
          if (capture && minor > 0n)
            paypal.refund(
              capture.id,
              capture.currency === 'JPY' ? String(minor) : `${minor / 100n}.${String(minor % 100n).padStart(2, '0')}`,
            );
          clock.turn(1_000);
        }
        clock.turn(4 * HOUR);
        await take();
        const sums = new Map<string, bigint>();
        for (const { fields } of rows.values()) {
          const { amount, currency } = fields.net as { amount: string; currency: string };
          sums.set(currency, (sums.get(currency) ?? 0n) + BigInt(amount.replace('.', '')));
        }
        const { body } = await till(paypal).get('/v1/reporting/balances');
        const told = (body.balances as { currency: string; total_balance: { value: string } }[]).map(
          ({ currency, total_balance }) => [currency, BigInt(total_balance.value.replace('.', ''))] as const,
        );
        expect([...sums].sort()).toEqual(told.filter(([currency]) => paid.length > 0 || sums.has(currency)).toSorted());
      } finally {
        await on.close();
      }
    }),
    { numRuns: 12 },
  );
});
