/** A whole hub and an organisation: its ledger comes in, an invoice goes out, and a webhook says that it was paid. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { CrmRecord } from '#crm/core.ts';
import { checkWebhooks } from '#hub/cli/doctor/webhooks.ts';
import { readConfig } from '#hub/config.ts';
import { openLog } from '#hub/log.ts';
import { type Hub, openHub } from '#hub/open.ts';
import type { Json, Values } from '#kit/fields.ts';
import { testDatabase } from '#test/database.ts';
import { type Emulators, startEmulators } from '#test/emulators/index.ts';
import { createClock } from '#test/emulators/kit/clock.ts';
import { ledger } from '#test/emulators/ledger.ts';
import { body } from '#test/emulators/xero/wire.ts';

const KEY = 'webhook-key';
let on: Emulators;
let hub: Hub;
let workspace: number;
const syncs = new Map<string, number>();

beforeAll(async () => {
  const database = await testDatabase();
  workspace = await database.workspace();
  on = await startEmulators({ clock: createClock(Date.parse('2026-03-01T10:00:00Z')) });
  const config = readConfig({
    SWITCHBOARD_KEYS: `test:${'A'.repeat(43)}`,
    SWITCHBOARD_HOSTS: JSON.stringify({ xero: on.hosts.xero }),
    XERO_CLIENT_ID: 'switchboard-demo',
    XERO_CLIENT_SECRET: 'demo-secret',
    XERO_WEBHOOK_SECRET: KEY,
  });
  hub = await openHub(config, openLog('silent'), { now: on.clock.now, store: Promise.resolve(database.store) });
  const { url } = await hub.connections.start({ workspace, connector: 'xero', by: 'test', session: 'mine' });
  const back = await on.xero.consent(url, { scopes: [on.xero.organisation().id] });
  await hub.connections.finish(new URL(back).searchParams, 'mine');
  for (const { id, stream } of await hub.engine.look.syncs(workspace)) syncs.set(stream.replace('xero.', ''), id);
});
afterAll(async () => {
  await hub.news.stop();
  await on.close();
});

async function bringIn(stream: string): Promise<void> {
  const sync = syncs.get(stream)!;
  const begun = await hub.engine.preview(workspace, sync, 'test');
  expect(await begun.done).toBeNull();
  await hub.engine.execute(workspace, begun.plan, 'test');
  await hub.engine.drain(workspace, sync, 'test');
}

/** Reads and delivers what is due. */
async function run(stream: string): Promise<void> {
  on.clock.turn(20 * 60_000);
  await hub.engine.drain(workspace, syncs.get(stream)!, 'test');
}

const records = async (object: string): Promise<CrmRecord[]> =>
  (await hub.crm.list(workspace, object, { after: null, limit: 1_000 })).items;
const byNumber = async (number: string): Promise<CrmRecord> =>
  (await records('invoice')).find(({ fields }) => fields.number === number)!;
const amountOf = (value: Json | undefined): Json | undefined => body(value).amount;
const held = async () =>
  (await hub.engine.look.held(workspace, { open: true, after: 0, limit: 100 })).map(({ kind, row, field, question }) => ({
    kind,
    row,
    field,
    question,
  }));

test('the ledger comes in: who, what, what is owed, and what was paid, to the cent', async () => {
  for (const stream of ['taxRates', 'items', 'contacts', 'quotes', 'invoices', 'creditNotes', 'payments']) await bringIn(stream);
  expect(await held()).toEqual([]);
  const companies = await records('company');
  expect(companies.map(({ fields }) => [fields.name, fields.active === true]).sort()).toEqual([
    ['Harbour Hotel', true],
    ['Librairie du Port', true],
    ['Paper Mill & Sons', true],
    ['The Closed Shop', false],
  ]);
  const invoices = await records('invoice');
  const there = [...on.xero.list('Invoices'), ...on.xero.list('CreditNotes')];
  expect(invoices.map(({ fields }) => [fields.number, amountOf(fields.total)]).sort()).toEqual(
    there.map((one) => [one.InvoiceNumber ?? one.CreditNoteNumber, String(one.Total)]).sort(),
  );
  const first = await byNumber('INV-0001');
  const hotel = companies.find(({ fields }) => fields.name === 'Harbour Hotel')!;
  const atlas = (await records('item')).find(({ fields }) => fields.sku === 'ATLAS')!;
  const vat = (await records('taxCode')).find(({ fields }) => fields.code === 'OUTPUT2')!;
  expect(first.fields).toMatchObject({
    kind: 'sale',
    company: hotel.id,
    stage: 'issued',
    issued: '2026-01-12',
    due: '2026-02-11',
    taxMode: 'exclusive',
  });
  expect((first.fields.lines as Values[])[0]).toMatchObject({
    ...{ item: atlas.id, quantity: 3, unitPrice: { amount: '39.5', currency: 'GBP' }, taxCode: vat.id, account: '200' },
    ...{
      amount: { amount: '118.5', currency: 'GBP' },
      tax: { amount: '23.7', currency: 'GBP' },
      tracking: [{ category: 'Region', option: 'North' }],
    },
  });
  const kinds = invoices.map(({ fields }) => String(fields.kind)).sort();
  expect(kinds).toEqual(['credit', 'purchase', 'sale', 'sale', 'sale', 'sale']);
  const [paid] = (await records('payment')).filter(({ fields }) => amountOf(fields.amount) === '50');
  expect(paid!.fields).toMatchObject({
    direction: 'received',
    kind: 'payment',
    company: hotel.id,
    allocations: [{ invoice: first.id }],
  });
  expect((await records('estimate')).map(({ fields }) => fields.status).sort()).toEqual(['accepted', 'draft']);
});

test('the people of a contact come in, and go out with those that were there', async () => {
  const [hotel] = on.xero.list('Contacts').filter(({ Name }) => Name === 'Harbour Hotel');
  const ines = { FirstName: 'Ines', LastName: 'Faro', EmailAddress: 'ines@harbour.example', IncludeInEmails: true };
  on.clock.turn(60_000);
  on.xero.edit('Contacts', String(hotel!.ContactID), { ContactPersons: [ines] });
  await run('contacts');
  const company = (await records('company')).find(({ fields }) => fields.name === 'Harbour Hotel')!;
  const kept = { firstName: 'Ines', lastName: 'Faro', email: 'ines@harbour.example', included: true };
  expect(company.fields.people).toEqual([kept]);
  const people = [kept, { firstName: 'Tom', email: 'tom@harbour.example' }];
  await hub.crm.change({ workspace, by: 'test' }, company.id, company.version, 'patch', { people });
  await run('contacts');
  const [after] = on.xero.list('Contacts').filter(({ Name }) => Name === 'Harbour Hotel');
  expect(after!.ContactPersons).toMatchObject([ines, { FirstName: 'Tom', EmailAddress: 'tom@harbour.example' }]);
});

test('what a payment settles is counted: open, partly paid, paid, void', async () => {
  const statuses = Object.fromEntries((await records('invoice')).map(({ fields }) => [fields.number, fields.status]));
  expect(statuses).toMatchObject({ 'INV-0001': 'partly paid', 'INV-0002': 'paid', 'INV-0003': 'void', 'INV-0004': 'draft' });
  expect(amountOf((await byNumber('INV-0001')).fields.balance)).toBe('100.9');
});

test('an invoice of ours is made there once, though its answer got lost, and its lines keep their ids ever after', async () => {
  const [company] = (await records('company')).filter(({ fields }) => fields.name === 'Harbour Hotel');
  const atlas = (await records('item')).find(({ fields }) => fields.sku === 'ATLAS')!;
  const price = { amount: '40', currency: 'GBP' };
  const vat = (await records('taxCode')).find(({ fields }) => fields.code === 'OUTPUT2')!;
  const sold: Values = { item: atlas.id, description: 'Atlas', unitPrice: price, account: '200', taxCode: vat.id };
  const before = on.xero.list('Invoices').length;
  const made = await hub.crm.add({ workspace, by: 'test' }, 'invoice', {
    ...{
      kind: 'sale',
      company: company!.id,
      issued: '2026-03-01',
      due: '2026-03-31',
      stage: 'issued',
      currency: 'GBP',
      taxMode: 'exclusive',
    },
    lines: [{ ...sold, quantity: 2 }],
  });
  on.xero.faults.add({ kind: 'lost', operation: 'createInvoices', times: 4 });
  await run('invoices');
  on.clock.turn(-20 * 60_000 + 60_000); // within the life of the key
  await hub.engine.drain(workspace, syncs.get('invoices')!, 'test');
  expect(await held()).toEqual([]);
  const there = on.xero.list('Invoices');
  expect(there.length).toBe(before + 1);
  const invoice = there.at(-1)!;
  expect(invoice).toMatchObject({
    Status: 'AUTHORISED',
    Total: 96,
    Contact: { ContactID: on.xero.list('Contacts')[0]!.ContactID },
  });
  await run('invoices');
  await run('invoices');
  const { fields, version } = await hub.crm.get(workspace, made.id);
  const id = (invoice.LineItems as Values[])[0]!.LineItemID!;
  expect(fields).toMatchObject({ number: invoice.InvoiceNumber!, total: { amount: '96', currency: 'GBP' } });
  await hub.crm.change({ workspace, by: 'test' }, made.id, version, 'patch', { lines: [{ ...sold, quantity: 3 }] });
  await run('invoices');
  expect(await held()).toEqual([]);
  expect(on.xero.get('Invoices', String(invoice.InvoiceID))).toMatchObject({
    Total: 144,
    LineItems: [{ LineItemID: id, Quantity: 3 }],
  });
});

test('a webhook tells that an invoice was paid, and the payment comes', async () => {
  const server = createServer((request, response) => void (hub.gate.take(request, response) || response.end()));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  expect(await on.xero.subscribe(`http://127.0.0.1:${port}/webhooks/xero`, KEY)).toMatchObject({ state: 'active' });
  hub.publicUrl = `http://127.0.0.1:${port}`;
  const doctor = await checkWebhooks(hub, workspace, AbortSignal.timeout(10_000));
  expect(doctor.find(({ name }) => name === 'Xero: webhook')).toMatchObject({
    state: 'well',
    found: expect.stringContaining('greeting'),
  });
  const before = (await records('payment')).length;
  const [draft] = on.xero.list('Invoices').filter(({ InvoiceNumber }) => InvoiceNumber === 'INV-0001');
  on.clock.turn(60_000);
  on.xero.seed({
    Payments: [{ Invoice: { InvoiceID: draft!.InvoiceID! }, Account: { Code: '090' }, Date: '2026-03-01', Amount: 100.9 }],
  });
  await on.xero.settled();
  await hub.news.drain();
  on.clock.turn(60_000);
  for (const stream of ['invoices', 'payments']) await hub.engine.drain(workspace, syncs.get(stream)!, 'test');
  expect((await records('payment')).length).toBe(before + 1);
  expect((await byNumber('INV-0001')).fields).toMatchObject({ status: 'paid', balance: { amount: '0', currency: 'GBP' } });
  await new Promise((resolve) => server.close(resolve));
});

test('money that was there before is set off, and a payment that is deleted is owed again', async () => {
  const Contact = { Name: 'Harbour Hotel' };
  const [line, dated] = [
    { Description: 'Chart', Quantity: 1, UnitAmount: 100, AccountCode: '200' },
    { Date: '2026-03-01', DueDate: '2026-03-31' },
  ];
  const Overpayments = [{ OverpaymentID: crypto.randomUUID(), AppliedAmount: 20.5, Date: '2026-03-01' }];
  on.clock.turn(60_000);
  on.xero.seed({
    Invoices: [
      { Type: 'ACCREC', InvoiceNumber: 'INV-0100', Contact, ...dated, Status: 'AUTHORISED', LineItems: [line], Overpayments },
    ],
    Payments: [{ Invoice: { InvoiceNumber: 'INV-0100' }, Account: { Code: '090' }, Date: '2026-03-01', Amount: 99.5 }],
  });
  for (const stream of ['invoices', 'payments']) await run(stream);
  expect((await byNumber('INV-0100')).fields).toMatchObject({ status: 'paid', balance: { amount: '0', currency: 'GBP' } });
  const payment = on.xero.list('Payments').at(-1)!;
  on.clock.turn(60_000);
  await ledger(on.xero).call('POST', `Payments/${payment.PaymentID}`, { body: { Status: 'DELETED' } });
  for (const stream of ['invoices', 'payments']) await run(stream);
  expect((await byNumber('INV-0100')).fields).toMatchObject({
    status: 'partly paid',
    balance: { amount: '99.5', currency: 'GBP' },
  });
  expect(await held()).toEqual([]);
});
