/** Three years of an emulated Xero come in through the whole hub and are reconciled to the cent. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readConfig } from '#hub/config.ts';
import { openLog } from '#hub/log.ts';
import { type Hub, openHub } from '#hub/open.ts';
import { testDatabase } from '#test/database.ts';
import { type Emulators, startEmulators } from '#test/emulators/index.ts';
import { createClock } from '#test/emulators/kit/clock.ts';
import { generateLedger } from './generate.ts';
import { XERO_REGIMES, xeroLedger } from './xero.ts';

const database = await testDatabase();
const CURRENCIES = ['GBP', 'USD', 'EUR', 'AUD'];
const ledger = generateLedger({
  rows: 150,
  seed: 11,
  currencies: CURRENCIES,
  rounding: 'line',
  regimes: XERO_REGIMES,
  plain: true,
});
let on: Emulators;
let hub: Hub;

beforeAll(async () => {
  const organisation = { name: 'Whole Ltd', country: 'GB', base: 'GBP', currencies: { USD: 1.27, EUR: 1.17, AUD: 1.9 } } as const;
  on = await startEmulators({ clock: createClock(), traffic: null, xero: { organisations: [organisation] } });
  on.xero.seed(xeroLedger(ledger));
  const config = readConfig({
    SWITCHBOARD_KEYS: `test:${'A'.repeat(43)}`,
    SWITCHBOARD_HOSTS: JSON.stringify(on.hosts),
    XERO_CLIENT_ID: 'switchboard-demo',
    XERO_CLIENT_SECRET: 'demo-secret',
  });
  hub = await openHub(config, openLog('silent'), { store: Promise.resolve(database.store), now: on.clock.now });
});
afterAll(async () => {
  await hub.close();
  await on.close();
});

test('to the cent, in as few calls as it takes', async () => {
  const workspace = await database.workspace();
  const { url } = await hub.connections.start({ workspace, connector: 'xero', by: 'test', session: 'mine' });
  const { connection } = await hub.connections.finish(new URL(await on.xero.consent(url)).searchParams, 'mine');
  on.xero.counters.reset();
  const goOn = () => hub.histories.drain(workspace, id, (sync) => hub.engine.drain(workspace, sync, 'test'));
  const { id } = await hub.histories.begin({ workspace, by: 'test' }, { connection });
  const ready = await goOn();
  expect(ready).toMatchObject({ state: 'ready', problem: null });
  const order = ready.streams.map((stream) => stream.split('.')[1]!);
  for (const [a, b] of [
    ['contacts', 'invoices'],
    ['items', 'invoices'],
    ['taxRates', 'items'],
    ['invoices', 'payments'],
    ['invoices', 'creditNotes'],
  ]) {
    expect(order.indexOf(a!), `${a} before ${b}`).toBeLessThan(order.indexOf(b!));
  }
  // A page of each stream, and one more of quotes where they are a hundred.
  expect(on.xero.counters.total()).toBeLessThanOrEqual(order.length + 1);
  await hub.histories.execute(workspace, id);
  expect(await goOn()).toMatchObject({ state: 'done', problem: null });
  const sheet = await hub.histories.sheet(workspace, id);
  expect(sheet.differences).toEqual([]);
  expect(sheet.lines.some(({ status, there }) => status === 'partly paid' && Number(there.balance) > 0)).toBe(true);
  expect(new Set(sheet.lines.map(({ currency }) => currency))).toEqual(new Set(CURRENCIES));
  const documents = (await hub.crm.list(workspace, 'invoice', { after: null, limit: 200 })).items;
  for (const { number, total, currency, kind } of ledger.documents.filter(({ kind }) => kind !== 'estimate')) {
    const found = documents.find(({ fields }) => fields.number === number && fields.kind === kind)!;
    expect(Number((found.fields.total as { amount: string }).amount), number).toBe(Number(total));
    expect(found.fields.currency).toBe(currency);
  }
});
