/** What PayPal holds, in the CRM: invoices with what is due on them, payments with what they pay, refunds with what they return. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readConfig } from '#hub/config.ts';
import { openLog } from '#hub/log.ts';
import { type Hub, openHub } from '#hub/open.ts';
import type { Values } from '#kit/fields.ts';
import { listHeld } from '#store/held.ts';
import { patchSync } from '#store/syncs.ts';
import { testDatabase } from '#test/database.ts';
import { type Emulators, startEmulators } from '#test/emulators/index.ts';
import { draftOf, usd } from '#test/emulators/till.ts';

const database = await testDatabase();
const HOUR = 3_600_000;

let on: Emulators;
let hub: Hub;
let workspace: number;
let syncs: Map<string, number>;
beforeEach(async () => {
  workspace = await database.workspace();
  on = await startEmulators();
  const config = readConfig({
    SWITCHBOARD_KEYS: `test:${'A'.repeat(43)}`,
    SWITCHBOARD_HOSTS: JSON.stringify(on.hosts),
    PAYPAL_CLIENT_ID: 'switchboard-demo',
    PAYPAL_CLIENT_SECRET: 'demo-secret',
  });
  hub = await openHub(config, openLog('silent'), { store: Promise.resolve(database.store), now: on.clock.now });
  const settings = { backfillDays: 20 };
  const { connection } = await hub.connections.enter({ workspace, connector: 'paypal', by: 'test', settings });
  const view = await hub.connections.get(workspace, connection);
  syncs = new Map(view.syncs.map(({ stream, id }) => [stream.split('.')[1]!, id]));
});
afterEach(async () => {
  await hub.connections.idle();
  await on.close();
});

async function first(stream: string): Promise<void> {
  const sync = syncs.get(stream)!;
  const begun = await hub.engine.preview(workspace, sync, 'test');
  const problem = await begun.done;
  if (problem) throw problem;
  await hub.engine.execute(workspace, begun.plan, 'test');
  await hub.engine.drain(workspace, sync, 'test');
}

async function again(stream: string): Promise<void> {
  const sync = syncs.get(stream)!;
  await database.store.workspace(workspace, (tx) => patchSync(tx, sync, { pull_due: new Date(on.clock.now()) }));
  await hub.engine.drain(workspace, sync, 'test');
}

async function all(object: string): Promise<Values[]> {
  const { items } = await hub.crm.list(workspace, object, { after: null, limit: 1_000 });
  return items.map(({ fields }) => fields as Values);
}

const held = () => database.store.workspace(workspace, (tx) => listHeld(tx, { open: true, after: 0, limit: 1_000 }));

test('an invoice, its payment in two parts, one by bank, and a refund: what is due is to the cent what PayPal says', async () => {
  const { paypal, clock } = on;
  const tax = { name: 'Sales tax', percent: '8.25' };
  const { id } = paypal.addInvoice(
    draftOf('KILN-0101', {
      primary_recipients: [{ billing_info: { business_name: 'Harbour Cafe', email_address: 'office@harbour.example' } }],
      items: [
        { name: 'Plates, 12', quantity: '3', unit_amount: usd('95.99'), tax, discount: { percent: '10' } },
        { name: 'Delivery', quantity: '1', unit_amount: usd('12.50') },
      ],
      configuration: { tax_calculated_after_discount: true, partial_payment: { allow_partial_payment: true } },
    }),
    true,
  );
  const total = paypal.account().invoices.get(id)!.sums.total;
  const payer = { account: 'PJ4MARA77XK2Q', email: 'office@harbour.example', given: 'Mara', surname: 'Lind' };
  const capture = paypal.pay({ amount: '200.00', invoice: id, payer });
  paypal.recordPayment(id, { amount: 5_000n, method: 'BANK_TRANSFER' });
  clock.turn(4 * HOUR);
  await first('invoices');
  await first('transactions');

  const [invoice, ...more] = await all('invoice');
  expect(more).toEqual([]);
  const money = (minor: bigint) => ({ amount: `${minor / 100n}.${String(minor % 100n).padStart(2, '0')}`, currency: 'USD' });
  expect(invoice).toMatchObject({
    number: 'KILN-0101',
    kind: 'sale',
    stage: 'issued',
    taxMode: 'exclusive',
    total: money(total),
    settlements: [{ kind: 'payment', method: 'BANK_TRANSFER', amount: money(5_000n) }],
  });
  expect((invoice!.lines as Values[]).map(({ name, amount }) => [name, amount])).toEqual([
    ['Plates, 12', money(25_917n)],
    ['Delivery', money(1_250n)],
  ]);
  expect((await all('company')).map(({ name }) => name)).toEqual(['Harbour Cafe']);
  const [payment] = await all('payment');
  expect(payment).toMatchObject({
    transaction: capture.id,
    kind: 'payment',
    direction: 'received',
    status: 'completed',
    amount: money(20_000n),
    fee: money(747n),
    net: money(19_253n),
    payerName: 'Mara Lind',
    allocations: [{ amount: money(20_000n) }],
  });
  expect(invoice).toMatchObject({ balance: money(total - 25_000n), status: 'partly paid' });

  paypal.refund(capture.id, '20.00');
  clock.turn(4 * HOUR);
  await again('transactions');
  const payments = await all('payment');
  expect(payments.map(({ kind, direction, amount }) => [kind, direction, amount])).toContainEqual([
    'refund',
    'made',
    money(2_000n),
  ]);
  expect(payments.find(({ kind }) => kind === 'refund')).toHaveProperty('refundOf');
  expect(payments).toHaveLength(2);
  const [returned] = await all('invoice');
  expect(returned).toMatchObject({
    paid: { amount: '250' },
    refunded: { amount: '20' },
    balance: { amount: '43.05' },
    status: 'partly refunded',
  });
  await again('invoices');
  await again('transactions');
  expect(await all('payment')).toHaveLength(2);
  expect(await held()).toEqual([]);
});

test('what only moves the account’s money is no payment; yen stay whole; products and disputes are items and tasks', async () => {
  const { paypal, clock } = on;
  const { id } = paypal.pay({ amount: '8000', currency: 'JPY' });
  for (const code of ['T0200', 'T0400', 'T1503', 'T0106']) {
    paypal.addTransaction({ id, code, begun: clock.now(), currency: 'JPY', amount: -100n, fee: 0n });
  }
  paypal.addProduct({ id: 'KIT-01', name: 'Glaze kit', type: 'PHYSICAL' });
  paypal.addProduct({ name: 'Six evenings', type: 'SERVICE' });
  paypal.addDispute({ transaction: id, respondBy: Date.parse('2030-03-10T00:00:00Z'), status: 'WAITING_FOR_SELLER_RESPONSE' });
  clock.turn(4 * HOUR);
  for (const stream of ['transactions', 'products', 'disputes']) await first(stream);
  expect((await all('payment')).map(({ amount, fee, net }) => [amount, fee, net])).toEqual([
    [
      { amount: '8000', currency: 'JPY' },
      { amount: '328', currency: 'JPY' },
      { amount: '7672', currency: 'JPY' },
    ],
  ]);
  expect((await all('item')).map(({ name, sku, kind }) => [name, sku ?? null, kind]).sort()).toEqual([
    ['Glaze kit', 'KIT-01', 'product'],
    ['Six evenings', null, 'service'],
  ]);
  expect(await all('task')).toMatchObject([
    { title: expect.stringMatching(/^PayPal dispute PP-R-.*NOT_RECEIVED$/), due: '2030-03-10', status: 'open' },
  ]);
});

test('an invoice that is edited, cancelled or deleted over there is so here', async () => {
  const { paypal } = on;
  const [edited, cancelled, deleted] = ['A-1', 'A-2', 'A-3'].map(
    (number) => paypal.addInvoice(draftOf(number), number !== 'A-3').id,
  );
  await first('invoices');
  expect(await all('invoice')).toHaveLength(3);
  on.clock.turn(HOUR);
  paypal.editInvoice(edited!, (body) => ({ ...body, items: [{ name: 'Bowls', quantity: '1', unit_amount: usd('7.00') }] }));
  const token = paypal.grant().accessToken;
  await fetch(`${paypal.hosts.rest}v2/invoicing/invoices/${cancelled}/cancel`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: '{}',
  });
  paypal.deleteInvoice(deleted!);
  const before = paypal.counters.calls['invoices.get'] ?? 0;
  for (let passes = 0; passes < 3; passes++) {
    on.clock.turn(HOUR);
    await again('invoices');
  }
  const after = await all('invoice');
  expect(after.map(({ number, stage, total }) => [number, stage, (total as { amount: string }).amount]).sort()).toEqual([
    ['A-1', 'issued', '7.00'],
    ['A-2', 'void', '25.00'],
  ]);
  // What is as it was is listed and not fetched: two that changed, and whether the third is really gone.
  expect((paypal.counters.calls['invoices.get'] ?? 0) - before).toBeLessThanOrEqual(3);
});
