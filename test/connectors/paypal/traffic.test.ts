/** What the connector really sends, against PayPal's own specifications: nothing that they do not know. */
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { actions } from '#connectors/paypal/actions.ts';
import { paypal } from '#connectors/paypal/index.ts';
import { webhooks } from '#connectors/paypal/webhooks.ts';
import { enter } from '#credentials/client-credentials.ts';
import { serviceOf } from '#credentials/service.ts';
import type { Values } from '#kit/fields.ts';
import type { Stream } from '#kit/stream.ts';
import { type Emulators, startEmulators } from '#test/emulators/index.ts';
import { createClock } from '#test/emulators/kit/clock.ts';
import { DEMO_SEED } from '#test/emulators/paypal/seed.ts';
import { contextOf, DAY, NOW } from './counter.ts';

const CHECK = join(resolve(process.env.VENDOR_FACTS ?? '../shared'), 'tools', 'check-traffic.mjs');

let folder: string;
let on: Emulators;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'traffic-'));
  on = await startEmulators({
    clock: createClock(NOW),
    traffic: join(folder, 'traffic.jsonl'),
    paypal: { seed: DEMO_SEED, most: 1 },
  });
});
afterEach(async () => {
  await on.close();
  rmSync(folder, { recursive: true, force: true });
});

test.skipIf(!existsSync(CHECK))(
  'every request fits the specifications, and sends no field they do not know (skipped where the vendors’ facts are not at hand)',
  async () => {
    const app = { id: 'switchboard-demo', secret: 'demo-secret' };
    const { access } = await enter(serviceOf(paypal, on.hosts), app, NOW);
    const settings = { seller: on.paypal.account().id, partner: 'Board_SP', backfillDays: 40 };
    const ctx = contextOf({ base: on.hosts.paypal!, now: on.clock.now, token: async () => access, settings });
    await paypal.check(ctx);
    on.paypal.addDispute({ transaction: '9YE45958FJ858840B' });
    const payment = on.paypal.pay({ amount: '25.00', at: NOW - DAY });
    for (const stream of Object.values<Stream>(paypal.streams)) {
      let id = '4711';
      for await (const page of stream.pull!(ctx, null)) if ('rows' in page) id = page.rows[0]?.id ?? id;
      await stream.fetch!(ctx, [id, '4711']);
    }
    const run = (name: string, input: Values) => actions[name]!.run(ctx, input);
    const money = (amount: string) => ({ amount, currency: 'USD' });
    on.paypal.setTemplate({ note: 'Buy more' });
    const line = {
      name: 'Plates',
      description: 'Set',
      quantity: 1.5,
      unit: 'HOURS',
      unitPrice: money('12.5'),
      discountPercent: 5,
      taxName: 'VAT',
      taxPercent: 8.25,
    };
    const { invoice } = await run('createInvoice', {
      ...{ number: 'N-1', email: 'mara@example.com', business: 'Harbour Cafe', givenName: 'Mara', surname: 'Lind', partly: true },
      ...{ lines: [line, { ...line, discountPercent: 0, discount: money('1.00') }], shipping: money('4'), discountPercent: 2.5 },
      ...{ taxInclusive: true, issued: '2026-03-01', due: '2026-03-31', reference: 'deal 7', terms: 'None', memo: 'Ours' },
    });
    await run('sendInvoice', { invoice: invoice!, subject: 'Plates', note: 'Thank you', copyToSelf: true });
    await run('paymentLink', {
      number: 'L-1',
      amount: { amount: '8000', currency: 'JPY' },
      name: 'Bowl',
      email: 'ken@example.jp',
    });
    await run('refund', { transaction: payment.id, amount: money('5'), note: 'Sorry', key: 'case 7' });
    const own = { ...ctx, settings: {} };
    const wanted = { url: 'https://hub.example/webhooks/paypal/x', secret: '', streams: Object.keys(paypal.streams) };
    const { id } = await webhooks.subscribe!(own, wanted);
    await webhooks.look!(own, id);
    await webhooks.find!(own, wanted.url);
    await webhooks.renew!(own, id, { ...wanted, streams: ['invoices'] });
    on.paypal.faults.add({ kind: 'status', status: 404, operation: 'certs.get' });
    const sent = on.paypal.webhooks.delivery(
      '{"id":"WH-1","event_type":"X.Y","create_time":"2026-03-01T10:00:00Z","resource":{}}',
      { id },
    );
    const headers = Object.fromEntries(Object.entries(sent.headers).map(([name, value]) => [name.toLowerCase(), value]));
    const delivery = { method: 'POST' as const, headers, query: '', body: Buffer.from(sent.body) };
    expect(await webhooks.verify(delivery, { secrets: [id], now: NOW, lend: async () => own })).toEqual({ is: 'genuine' });
    await webhooks.unsubscribe!(own, id);

    const args = [CHECK, '--json', join(folder, 'traffic.jsonl')];
    const { stdout } = await promisify(execFile)(process.execPath, args, { maxBuffer: 1e8 }).catch(
      (error: { stdout: string }) => error,
    );
    const { violations, operations } = JSON.parse(stdout).services.paypal;
    expect(violations).toEqual([]);
    expect(Object.keys(operations)).toEqual(
      expect.arrayContaining([
        ...['search.get', 'invoices.list', 'invoices.get', 'invoices.create', 'invoices.search-invoices', 'invoices.update'],
        ...[
          'invoices.send',
          'products.list',
          'products.get',
          'captures.refund',
          'webhooks.post',
          'webhooks.get',
          'webhooks.list',
        ],
        ...['webhooks.update', 'webhooks.delete', 'verify-webhook-signature.post'],
      ]),
    );
  },
);
