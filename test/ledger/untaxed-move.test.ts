/** Documents of a company that knows no tax codes go to books in which every account has a tax, and are as much there. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readConfig } from '#hub/config.ts';
import { openLog } from '#hub/log.ts';
import { type Hub, openHub } from '#hub/open.ts';
import { TryLater } from '#kit/errors.ts';
import { testDatabase } from '#test/database.ts';
import { type Emulators, startEmulators } from '#test/emulators/index.ts';
import { createClock } from '#test/emulators/kit/clock.ts';

let on: Emulators;
let hub: Hub;
let workspace: number;

beforeAll(async () => {
  const database = await testDatabase();
  workspace = await database.workspace();
  on = await startEmulators({
    clock: createClock(),
    traffic: null,
    xero: { organisations: [{ name: 'New Ltd', country: 'GB', base: 'GBP', currencies: { USD: 1.27 } }] },
  });
  const config = readConfig({
    SWITCHBOARD_KEYS: `test:${'A'.repeat(43)}`,
    SWITCHBOARD_HOSTS: JSON.stringify(on.hosts),
    ...{ QUICKBOOKS_CLIENT_ID: 'switchboard-demo', QUICKBOOKS_CLIENT_SECRET: 'demo-secret' },
    ...{ XERO_CLIENT_ID: 'switchboard-demo', XERO_CLIENT_SECRET: 'demo-secret' },
  });
  hub = await openHub(config, openLog('silent'), { store: Promise.resolve(database.store), now: on.clock.now });
});
afterAll(async () => {
  await hub.close();
  await on.close();
});

async function connect(connector: 'quickbooks' | 'xero'): Promise<number> {
  const { url } = await hub.connections.start({ workspace, connector, by: 'test', session: connector });
  const { connection } = await hub.connections.finish(new URL(await on[connector].consent(url)).searchParams, connector);
  return connection;
}

/** As the clock stands still, what the services allow in a minute is soon used up. */
async function unhurried<T>(work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      on.clock.turn(61_000);
      return await work();
    } catch (error) {
      if (!(error instanceof TryLater)) throw error;
      on.clock.turn(error.afterMs + 1_000);
    }
  }
}

async function imported(connection: number): Promise<void> {
  const by = { workspace, by: 'test' };
  const { id } = await hub.histories.begin(by, { connection });
  const goOn = () => hub.histories.drain(workspace, id, (sync) => unhurried(() => hub.engine.drain(workspace, sync, 'test')));
  await goOn();
  await hub.histories.execute(workspace, id);
  expect(await goOn()).toMatchObject({ state: 'done', problem: null });
}

test('without a tax there they have none here', async () => {
  const from = await connect('quickbooks');
  await imported(from);
  const to = await connect('xero');
  expect((await hub.moves.prepare({ workspace, by: 'test' }, { from, to, account: '200' })).taxes).toEqual([]);
  await imported(to);
  const open = [...on.quickbooks.books().all('Invoice')].filter(({ Balance }) => Number(Balance) > 0);
  const there = on.xero
    .list('Invoices')
    .map(({ InvoiceNumber, Total, LineAmountTypes }) => [InvoiceNumber, Total, LineAmountTypes]);
  const untaxed = open.filter(
    ({ TxnTaxDetail }) => Number((TxnTaxDetail as { TotalTax?: number } | undefined)?.TotalTax ?? 0) === 0,
  );
  expect(untaxed.length).toBeGreaterThan(0);
  expect(there).toEqual(expect.arrayContaining(untaxed.map(({ DocNumber, TotalAmt }) => [DocNumber, TotalAmt, 'NoTax'])));
});
