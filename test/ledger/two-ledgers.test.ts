/** Two services that keep books, joined to one firm: what is known of one goes to the other, but not what only the one understands. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readConfig } from '#hub/config.ts';
import { openLog } from '#hub/log.ts';
import { type Hub, openHub } from '#hub/open.ts';
import { testDatabase } from '#test/database.ts';
import { type Emulators, startEmulators } from '#test/emulators/index.ts';
import { createClock } from '#test/emulators/kit/clock.ts';

let on: Emulators;
let hub: Hub;
let workspace: number;

beforeAll(async () => {
  const database = await testDatabase();
  workspace = await database.workspace();
  on = await startEmulators({ clock: createClock(), traffic: null });
  const config = readConfig({
    SWITCHBOARD_KEYS: `test:${'A'.repeat(43)}`,
    SWITCHBOARD_HOSTS: JSON.stringify({ paypal: on.hosts.paypal, quickbooks: on.hosts.quickbooks, xero: on.hosts.xero }),
    PAYPAL_CLIENT_ID: 'switchboard-demo',
    PAYPAL_CLIENT_SECRET: 'demo-secret',
    QUICKBOOKS_CLIENT_ID: 'switchboard-demo',
    QUICKBOOKS_CLIENT_SECRET: 'demo-secret',
    XERO_CLIENT_ID: 'switchboard-demo',
    XERO_CLIENT_SECRET: 'demo-secret',
  });
  hub = await openHub(config, openLog('silent'), { now: on.clock.now, store: Promise.resolve(database.store) });
});
afterAll(async () => {
  await hub.close();
  await on.close();
});

async function connect(connector: 'quickbooks' | 'xero'): Promise<void> {
  const { url } = await hub.connections.start({ workspace, connector, by: 'test', session: connector });
  const back = await (connector === 'xero'
    ? on.xero.consent(url, { scopes: [on.xero.organisation().id] })
    : on.quickbooks.consent(url));
  await hub.connections.finish(new URL(back).searchParams, connector);
}

async function bringIn(...streams: string[]): Promise<void> {
  const syncs = await hub.engine.look.syncs(workspace);
  for (const stream of streams) {
    const { id } = syncs.find((sync) => sync.stream === stream)!;
    if (syncs.find((sync) => sync.id === id)!.state === 'waiting') {
      const begun = await hub.engine.preview(workspace, id, 'test');
      expect(await begun.done).toBeNull();
      await hub.engine.execute(workspace, begun.plan, 'test');
    }
    await hub.engine.drain(workspace, id, 'test');
  }
}

test('an item goes to the other books without the account it is booked to in its own', async () => {
  await connect('quickbooks');
  await connect('xero');
  await bringIn('quickbooks.items', 'xero.items', 'quickbooks.items', 'xero.items');
  const asked = await hub.engine.look.held(workspace, { open: true, after: 0, limit: 50 });
  expect(asked.map(({ kind, question }) => [kind, question.reason])).toEqual([]);
  const items = (await hub.crm.list(workspace, 'item', { after: null, limit: 100 })).items;
  const names = items.map(({ fields }) => String(fields.name)).toSorted();
  expect(names).toEqual(expect.arrayContaining(['Rock fountain', 'Binding']));
  for (const { id } of items) {
    const why = await hub.engine.whyRecord(workspace, id);
    expect(why.map(({ stream, row }) => [stream, row])).toEqual([
      ['quickbooks.items', expect.any(String)],
      ['xero.items', expect.any(String)],
    ]);
  }
});

test('an invoice of the till that bears the number of one in the books leaves that one as it is', async () => {
  await bringIn('quickbooks.terms', 'quickbooks.taxCodes', 'quickbooks.customers', 'quickbooks.invoices');
  const invoices = async () =>
    (await hub.crm.list(workspace, 'invoice', { after: null, limit: 200 })).items.map(({ fields }) => [
      fields.number,
      fields.total,
    ]);
  const before = await invoices();
  const [number] = before[0]!;
  on.paypal.addInvoice(
    {
      detail: { currency_code: 'USD', invoice_number: String(number) },
      items: [{ name: 'Bowls', quantity: '1', unit_amount: { currency_code: 'USD', value: '7.00' } }],
    },
    true,
  );
  await hub.connections.enter({ workspace, connector: 'paypal', by: 'test', settings: {} });
  await bringIn('paypal.invoices');
  const after = await invoices();
  expect(after).toHaveLength(before.length + 1);
  expect(after).toEqual(expect.arrayContaining(before));
});
