/** QuickBooks through the whole hub: sign-in by company, history in, changes out, names that are taken, notifications by company. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { routesOf } from '#api/routes.ts';
import { openServer } from '#api/server.ts';
import type { CrmRecord } from '#crm/core.ts';
import { readConfig } from '#hub/config.ts';
import { openLog } from '#hub/log.ts';
import { type Hub, openHub } from '#hub/open.ts';
import type { Json, Values } from '#kit/fields.ts';
import { listHeld } from '#store/held.ts';
import { listSyncs } from '#store/syncs.ts';
import { testDatabase } from '#test/database.ts';
import { type Emulators, startEmulators } from '#test/emulators/index.ts';
import { createClock } from '#test/emulators/kit/clock.ts';
import { type Thing, text } from '#test/emulators/quickbooks/thing.ts';

const VERIFIER = 'verifier-token';
const MINUTE = 60_000;
const database = await testDatabase();
let on: Emulators;
let hub: Hub;
let close: () => Promise<void>;

beforeAll(async () => {
  on = await startEmulators({
    clock: createClock(),
    traffic: null,
    quickbooks: { companies: [{}, { name: 'Second Ltd' }] },
  });
  const config = readConfig({
    SWITCHBOARD_KEYS: `test:${'A'.repeat(43)}`,
    SWITCHBOARD_HOSTS: JSON.stringify(on.hosts),
    QUICKBOOKS_CLIENT_ID: 'switchboard-demo',
    QUICKBOOKS_CLIENT_SECRET: 'demo-secret',
    QUICKBOOKS_WEBHOOK_SECRET: VERIFIER,
  });
  const log = openLog('silent');
  hub = await openHub(config, log, { store: Promise.resolve(database.store), now: on.clock.now });
  const server = openServer(routesOf(hub), { identify: (key) => hub.keys.identify(key), log, first: hub.gate.take });
  await hub.news.ready();
  const { port } = await server.listen(0, '127.0.0.1');
  hub.publicUrl = `http://127.0.0.1:${port}`;
  on.quickbooks.setHook({ url: `${hub.publicUrl}/webhooks/quickbooks`, secret: VERIFIER });
  close = async () => {
    await server.close(0);
    await hub.close();
    await on.close();
  };
});
afterAll(() => close());

interface Firm {
  workspace: number;
  connection: number;
  realm: string;
}

/** Somebody signs in and chooses a company. */
async function connect(realm: string): Promise<Firm> {
  const workspace = await database.workspace();
  const { url } = await hub.connections.start({ workspace, connector: 'quickbooks', by: 'test' });
  const off = await fetch(url, { redirect: 'manual' });
  const cookie = off.headers.get('set-cookie')!.split(';')[0]!;
  const back = await on.quickbooks.consent(off.headers.get('location')!, { account: realm });
  expect(await (await fetch(back, { headers: { cookie } })).text()).toContain('is connected');
  const [{ id: connection } = { id: 0 }] = await hub.connections.list(workspace, 0, 1);
  return { workspace, connection, realm };
}

const syncsOf = ({ workspace }: Firm) => hub.store.workspace(workspace, listSyncs);

/** Everything there is comes in, in the order in which it refers to each other. */
async function importAll(firm: Firm): Promise<void> {
  for (const { id } of await syncsOf(firm)) {
    const begun = await hub.engine.preview(firm.workspace, id, 'test');
    expect(await begun.done).toBeNull();
    await hub.engine.execute(firm.workspace, begun.plan, 'test');
    await hub.engine.drain(firm.workspace, id, 'test');
  }
}

/** Time passes, and all that is due of these streams is done. */
async function settle(firm: Firm, ...streams: string[]): Promise<void> {
  on.clock.turn(MINUTE);
  for (const { id, stream } of await syncsOf(firm)) {
    if (streams.length > 0 && !streams.includes(stream.split('.')[1]!)) continue;
    await hub.engine.request(firm.workspace, id, false);
    await hub.engine.drain(firm.workspace, id, 'test');
  }
}

const records = async (firm: Firm, object: string): Promise<CrmRecord[]> =>
  (await hub.crm.list(firm.workspace, object, { after: null, limit: 200 })).items;
const named = async (firm: Firm, name: string) => (await records(firm, 'company')).filter(({ fields }) => fields.name === name);
const held = (firm: Firm) => hub.store.workspace(firm.workspace, (tx) => listHeld(tx, { open: true, after: 0, limit: 100 }));
const books = (firm: Firm) => on.quickbooks.books(firm.realm);
const usd = (amount: string): Json => ({ amount, currency: 'USD' });
const amountOf = (value: Json | undefined): number => Number((value as { amount?: string } | undefined)?.amount);

let first: Firm;

test('the company that was chosen is the connection, with what matters of its books', async () => {
  const [one] = on.quickbooks.companies();
  first = await connect(one!.realm);
  expect(await hub.connections.get(first.workspace, first.connection)).toMatchObject({
    account: one!.realm,
    title: one!.name,
    settings: { realm: one!.realm, currency: 'USD', country: 'US', taxes: 'us' },
  });
});

test('a callback that does not say which company is refused, and nothing is kept', async () => {
  const workspace = await database.workspace();
  const { url } = await hub.connections.start({ workspace, connector: 'quickbooks', by: 'test', session: 'mine' });
  const back = new URL(await on.quickbooks.consent(url));
  back.searchParams.delete('realmId');
  await expect(hub.connections.finish(back.searchParams, 'mine')).rejects.toMatchObject({
    message: expect.stringContaining('realmId'),
  });
  expect(await hub.connections.list(workspace, 0, 10)).toEqual([]);
});

test('a company that is another than that of the tokens is refused', async () => {
  const [, other] = on.quickbooks.companies();
  const workspace = await database.workspace();
  const { url } = await hub.connections.start({ workspace, connector: 'quickbooks', by: 'test', session: 'mine' });
  const back = new URL(await on.quickbooks.consent(url));
  back.searchParams.set('realmId', other!.realm);
  await expect(hub.connections.finish(back.searchParams, 'mine')).rejects.toMatchObject({ next: 'reconnect' });
});

test('history comes in to the cent: every document, what was paid of it, and nothing is asked', async () => {
  await importAll(first);
  expect(await held(first)).toEqual([]);
  const invoices = (await records(first, 'invoice')).filter(({ fields }) => fields.kind === 'sale');
  const kept = [...books(first).all('Invoice')];
  expect(invoices.length).toBe(kept.length);
  for (const doc of kept) {
    const { fields } = invoices.find((one) => one.fields.number === doc.DocNumber)!;
    expect([amountOf(fields.total), amountOf(fields.balance), fields.stage]).toEqual([
      doc.TotalAmt,
      doc.Balance,
      text(doc.PrivateNote).startsWith('Voided') ? 'void' : 'issued',
    ]);
  }
  expect((await records(first, 'company')).length).toBe(books(first).count('Customer'));
  expect((await records(first, 'estimate')).length).toBe(1);
  expect((await records(first, 'payment')).length).toBe(2);
  expect(new Set(invoices.map(({ fields }) => fields.status))).toEqual(new Set(['open', 'partly paid', 'paid', 'void']));
});

test('again changes nothing, and costs a call for each stream that tells of changes', async () => {
  await settle(first);
  const before = { ...on.quickbooks.counters.calls };
  await settle(first);
  const after = on.quickbooks.counters.calls;
  expect((after.cdc ?? 0) - (before.cdc ?? 0)).toBe(7);
  expect((after.batch ?? 0) - (before.batch ?? 0)).toBe(0);
});

test('a company of a name that is there already goes out apart, as its preview says, and stays what it is called', async () => {
  const { DisplayName } = [...books(first).all('Customer')][0]!;
  const twin = await hub.crm.add({ workspace: first.workspace, by: 'test' }, 'company', {
    name: DisplayName!,
    isCustomer: true,
    emails: [{ value: 'twin@example.com', type: 'billing' }],
  });
  const sync = (await syncsOf(first)).find(({ stream }) => stream === 'quickbooks.customers')!.id;
  const begun = await hub.engine.preview(first.workspace, sync, 'test');
  await begun.done;
  const planned = await hub.engine.look.items(first.workspace, begun.plan, { after: -1, limit: 100 });
  const { displayName } = (planned[0]!.item as { fields: Values }).fields;
  expect(displayName).toMatch(/^.+ \(#[0-9a-f]{6}\)$/);
  await settle(first, 'customers');
  await settle(first, 'customers');
  const names = [...books(first).all('Customer')]
    .map((one) => text(one.DisplayName))
    .filter((name) => name.startsWith(text(DisplayName)));
  expect(names.sort()).toEqual([DisplayName, displayName]);
  expect((await hub.crm.get(first.workspace, twin.id)).fields.name).toBe(DisplayName);
  expect((await named(first, text(DisplayName))).length).toBe(2);
  // Somebody edits it over there: the mark comes back with it and does not leak.
  const there = [...books(first).all('Customer')].find((one) => text(one.DisplayName).includes('(#'))!;
  on.quickbooks.save('Customer', { Id: there.Id!, Notes: 'Pays late' }, first.realm);
  await settle(first, 'customers');
  expect((await hub.crm.get(first.workspace, twin.id)).fields).toMatchObject({ name: DisplayName, notes: 'Pays late' });
});

test('a name that a supplier bears is refused by QuickBooks, and a person is asked', async () => {
  on.quickbooks.save('Vendor', { DisplayName: 'Only a supplier' }, first.realm);
  await hub.crm.add({ workspace: first.workspace, by: 'test' }, 'company', { name: 'Only a supplier', isCustomer: true });
  await settle(first, 'customers');
  const [question] = await held(first);
  expect(JSON.stringify(question)).toContain('6240');
  expect([...books(first).all('Customer')].filter((one) => one.DisplayName === 'Only a supplier')).toEqual([]);
});

test('an invoice and its payment go out, and the service’s totals come back', async () => {
  const who = { workspace: first.workspace, by: 'test' };
  const [company] = await named(first, 'Cedar Court Hotel');
  const [item] = await records(first, 'item');
  const values: Values = {
    kind: 'sale',
    company: company!.id,
    issued: '2026-03-01',
    stage: 'issued',
    currency: 'USD',
    lines: [
      {
        kind: 'item',
        item: item!.id,
        description: 'By the hour',
        quantity: 3,
        unitPrice: usd('19.99'),
        amount: usd('59.97'),
        taxName: 'NON',
      },
    ],
  };
  const invoice = await hub.crm.add(who, 'invoice', values);
  await settle(first, 'invoices', 'payments');
  await settle(first, 'invoices', 'payments');
  const made = (await hub.crm.get(first.workspace, invoice.id)).fields;
  expect(made.number).toMatch(/^\d+$/);
  expect([amountOf(made.total), amountOf(made.balance)]).toEqual([59.97, 59.97]);
  const payment: Values = {
    direction: 'received',
    kind: 'payment',
    company: company!.id,
    amount: usd('20'),
    date: '2026-03-02',
    status: 'completed',
  };
  await hub.crm.add(who, 'payment', { ...payment, allocations: [{ invoice: invoice.id, amount: usd('20') }] });
  await settle(first, 'invoices', 'payments');
  await settle(first, 'invoices', 'payments');
  const [doc] = [...books(first).all('Invoice')].filter((one: Thing) => one.DocNumber === made.number);
  expect(doc!.Balance).toBe(39.97);
  const paid = (await hub.crm.get(first.workspace, invoice.id)).fields;
  expect([paid.status, amountOf(paid.balance)]).toEqual(['partly paid', 39.97]);
});

test('notifications of two companies in one delivery reach each its own workspace, in either shape', async () => {
  const [, other] = on.quickbooks.companies();
  const second = await connect(other!.realm);
  const customers: number[] = [];
  for (const firm of [first, second])
    customers.push((await syncsOf(firm)).find(({ stream }) => stream === 'quickbooks.customers')!.id);
  const begun = await hub.engine.preview(second.workspace, customers[1]!, 'test');
  await begun.done;
  await hub.engine.execute(second.workspace, begun.plan, 'test');
  const drain = async () => {
    await hub.engine.drain(first.workspace, customers[0]!, 'test');
    await hub.engine.drain(second.workspace, customers[1]!, 'test');
  };
  await drain();
  on.quickbooks.setHookManners({ doubled: true, reversed: true });
  for (const shape of ['events', 'legacy'] as const) {
    on.clock.turn(2_000);
    on.quickbooks.setHook({ url: `${hub.publicUrl}/webhooks/quickbooks`, secret: VERIFIER, shape });
    on.quickbooks.save('Customer', { Id: '2', Notes: `First, ${shape}` }, first.realm);
    on.quickbooks.save('Customer', { Id: '2', Notes: `Second, ${shape}` }, second.realm);
    await on.quickbooks.settled();
    const before = on.quickbooks.counters.calls.query ?? 0;
    await hub.news.drain();
    await drain();
    // Each is looked at by name, once for all that was said of it.
    expect((on.quickbooks.counters.calls.query ?? 0) - before).toBe(2);
    expect((await named(first, 'Bellamy & Sons'))[0]!.fields.notes).toBe(`First, ${shape}`);
    expect((await named(second, 'Bellamy & Sons'))[0]!.fields.notes).toBe(`Second, ${shape}`);
  }
  expect(on.quickbooks.deliveries()).toMatchObject({ refused: 0, waiting: 0 });
});

test('days pass: tokens change their value, and the hub goes on', async () => {
  for (let day = 1; day <= 2; day++) {
    on.clock.turn(25 * 60 * MINUTE);
    on.quickbooks.save('Customer', { Id: '4', Notes: `Day ${day}` }, first.realm);
    await settle(first, 'customers');
    expect((await named(first, 'Delphine Moreau'))[0]!.fields.notes).toBe(`Day ${day}`);
  }
  expect((await hub.connections.get(first.workspace, first.connection)).status).not.toBe('paused');
});

test('a delivery that is not signed by the verifier token is refused', async () => {
  on.quickbooks.setHookManners({});
  on.quickbooks.setHook({ url: `${hub.publicUrl}/webhooks/quickbooks`, secret: 'another' });
  on.quickbooks.save('Customer', { Id: '3', Notes: 'Forged' }, first.realm);
  await on.quickbooks.settled();
  expect(on.quickbooks.deliveries()).toMatchObject({ refused: 1, waiting: 1 });
});

test('money in a bank deposit says so, and is not broken; a deposit on an invoice settles a part of it', async () => {
  const payment = (await records(first, 'payment')).find(
    ({ fields }) => amountOf(fields.amount) > 0 && fields.status === 'completed',
  )!;
  const [why] = (await hub.engine.whyRecord(first.workspace, payment.id)).filter(
    ({ stream }) => stream === 'quickbooks.payments',
  );
  on.quickbooks.deposit(why!.row!, first.realm);
  const customer = (await named(first, 'Ashgrove Gardens'))[0]!;
  const [seen] = (await hub.engine.whyRecord(first.workspace, customer.id)).filter(
    ({ stream }) => stream === 'quickbooks.customers',
  );
  const made = on.quickbooks.save(
    'Invoice',
    {
      ...{ CustomerRef: { value: seen!.row! }, Deposit: 30, TxnDate: '2026-01-05' },
      Line: [{ DetailType: 'SalesItemLineDetail', Amount: 100, SalesItemLineDetail: { Qty: 1, UnitPrice: 100 } }],
    },
    first.realm,
  );
  await settle(first, 'payments', 'invoices');
  const deposited = (await records(first, 'payment')).find(({ id }) => id === payment.id)!;
  expect(deposited.fields).toMatchObject({ deposit: '9001', account: '4' });
  const invoice = (await records(first, 'invoice')).find(({ fields }) => fields.number === made.DocNumber)!;
  expect(invoice.fields).toMatchObject({ balance: usd(String(made.Balance)), paid: usd('30'), status: 'partly paid' });
  // What is changed here is refused there, with what to do; the payment stays as it is.
  await hub.crm.change({ workspace: first.workspace, by: 'test' }, deposited.id, deposited.version, 'patch', {
    reference: 'CHQ 7',
  });
  await settle(first, 'payments');
  const asked = (await held(first)).filter(({ record }) => record === deposited.id);
  expect(asked.map(({ kind, question }) => [kind, question.reason])).toEqual([
    ['refused', expect.stringMatching(/bank deposit/)],
  ]);
});
