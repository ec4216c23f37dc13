/** Three years of an emulated QuickBooks come in through the whole hub and are reconciled to the cent. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readConfig } from '#hub/config.ts';
import type { Found } from '#hub/ledger/history/found.ts';
import { openLog } from '#hub/log.ts';
import { type Hub, openHub } from '#hub/open.ts';
import { testDatabase } from '#test/database.ts';
import { type Emulators, startEmulators } from '#test/emulators/index.ts';
import { createClock } from '#test/emulators/kit/clock.ts';
import { generateLedger } from './generate.ts';
import { QUICKBOOKS_REGIMES, quickbooksLedger } from './quickbooks.ts';

const database = await testDatabase();
const ledger = generateLedger({
  ...{ rows: 150, seed: 11, currencies: ['GBP', 'USD', 'EUR', 'AUD', 'JPY'] },
  ...{ rounding: 'rate' as const, regimes: QUICKBOOKS_REGIMES, plain: true },
});
let on: Emulators;
let hub: Hub;

beforeAll(async () => {
  const company = {
    name: 'Whole Ltd',
    country: 'GB',
    currency: 'GBP',
    multicurrency: true,
    taxes: 'global' as const,
    with: 'empty' as const,
  };
  on = await startEmulators({ clock: createClock(), traffic: null, quickbooks: { companies: [company] } });
  on.quickbooks.seed(quickbooksLedger(ledger));
  const config = readConfig({
    SWITCHBOARD_KEYS: `test:${'A'.repeat(43)}`,
    SWITCHBOARD_HOSTS: JSON.stringify(on.hosts),
    QUICKBOOKS_CLIENT_ID: 'switchboard-demo',
    QUICKBOOKS_CLIENT_SECRET: 'demo-secret',
  });
  hub = await openHub(config, openLog('silent'), { store: Promise.resolve(database.store), now: on.clock.now });
});
afterAll(async () => {
  await hub.close();
  await on.close();
});

test('to the cent, in as few calls as it takes', async () => {
  const workspace = await database.workspace();
  const { url } = await hub.connections.start({ workspace, connector: 'quickbooks', by: 'test', session: 'mine' });
  const back = new URL(await on.quickbooks.consent(url));
  const { connection } = await hub.connections.finish(back.searchParams, 'mine');
  const goOn = () => hub.histories.drain(workspace, id, (sync) => hub.engine.drain(workspace, sync, 'test'));
  const { id } = await hub.histories.begin({ workspace, by: 'test' }, { connection });
  const ready = await goOn();
  expect(ready).toMatchObject({ state: 'ready', problem: null });
  const order = ready.streams.map((stream) => stream.split('.')[1]!);
  const before = (a: string, b: string) => expect(order.indexOf(a)).toBeLessThan(order.indexOf(b));
  before('customers', 'invoices');
  before('items', 'invoices');
  before('invoices', 'payments');
  before('creditMemos', 'payments');
  const found = ready.found as unknown as Found[];
  expect(found.find(({ stream }) => stream === 'quickbooks.invoices')!.sums.map(({ year }) => year)).toEqual(
    expect.arrayContaining(['2023', '2024', '2025']),
  );
  await hub.histories.execute(workspace, id);
  expect(await goOn()).toMatchObject({ state: 'done', problem: null });
  const sheet = await hub.histories.sheet(workspace, id);
  expect(sheet.differences).toEqual([]);
  const sent = quickbooksLedger(ledger);
  expect(sheet.rows).toBe(sent.estimates!.length + sent.invoices!.length + sent.creditMemos!.length + sent.payments!.length);
  expect(sheet.lines.some(({ status, there }) => status === 'partly paid' && Number(there.balance) > 0)).toBe(true);
  expect(new Set(sheet.lines.map(({ currency }) => currency))).toEqual(new Set(['GBP', 'USD', 'EUR', 'AUD', 'JPY']));
  const totals = (await hub.crm.list(workspace, 'invoice', { after: null, limit: 200 })).items.filter(
    ({ fields }) => fields.kind === 'sale',
  );
  for (const { number, total, currency, stage } of ledger.documents.filter(({ kind }) => kind === 'sale')) {
    if (stage !== 'issued') continue;
    expect(totals.find(({ fields }) => fields.number === number)!.fields.total).toEqual({ amount: total, currency });
  }
});
