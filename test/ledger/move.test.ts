/** A firm moves from QuickBooks to Xero: what is open there is open here, to the cent; what cannot go is named; nothing is made twice. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Caller } from '#api/entry.ts';
import { moveRoutes } from '#api/moves.ts';
import { payments } from '#connectors/xero/payments.ts';
import { readConfig } from '#hub/config.ts';
import type { Found } from '#hub/ledger/history/found.ts';
import { openLog } from '#hub/log.ts';
import { type Hub, openHub } from '#hub/open.ts';
import { ROLES } from '#hub/permissions.ts';
import { TryLater } from '#kit/errors.ts';
import { insertAction } from '#store/actions.ts';
import { serve } from '#test/api/harness.ts';
import { start } from '#test/cli/process.ts';
import { testDatabase } from '#test/database.ts';
import { type Emulators, startEmulators } from '#test/emulators/index.ts';
import { createClock } from '#test/emulators/kit/clock.ts';
import type { Ledger } from '#test/emulators/quickbooks/ledger.ts';
import type { Thing } from '#test/emulators/quickbooks/thing.ts';

const database = await testDatabase();
/** What is sold often says all: QuickBooks lets a line with an item go without words. */
const line = (Amount: number, code: string, item?: string) => ({
  ...{ DetailType: 'SalesItemLineDetail', Amount, ...(item === undefined && { Description: 'Paper' }) },
  SalesItemLineDetail: {
    ...{ Qty: 1, UnitPrice: Amount, TaxCodeRef: { value: code } },
    ...(item !== undefined && { ItemRef: { value: item } }),
  },
});
const document = (DocNumber: string, customer: string, currency: string, ...Line: Thing[]) => ({
  ...{ Id: DocNumber, DocNumber, CustomerRef: { value: customer }, TxnDate: '2026-01-05', CurrencyRef: { value: currency } },
  ...{ GlobalTaxCalculation: 'TaxExcluded', Line },
});
const invoice = (...args: Parameters<typeof document>) => ({ ...document(...args), DueDate: '2026-02-05' });
const payment = (Id: string, customer: string, currency: string, TotalAmt: number, Line: Thing[]) => ({
  ...{ Id, TotalAmt, TxnDate: '2026-01-20', CustomerRef: { value: customer }, CurrencyRef: { value: currency }, Line },
});
const to = (TxnType: 'Invoice' | 'CreditMemo', TxnId: string, Amount: number) => ({ Amount, LinkedTxn: [{ TxnId, TxnType }] });
const customer = (Id: string, DisplayName: string, currency: string) => ({
  ...{ Id, DisplayName, PrimaryEmailAddr: { Address: `${Id}@buyers.example` }, CurrencyRef: { value: currency } },
});
const item = (Id: string, Name: string, Sku?: string) => ({
  ...{ Id, Name, Type: 'Service', IncomeAccountRef: { value: '1' }, ...(Sku !== undefined && { Sku }) },
});

/** Pounds, dollars and euros; the other books will have no euros. */
const OLD: Ledger = {
  customers: [
    customer('c1', 'Amber Bakery', 'GBP'),
    customer('c2', 'Birch Dental', 'USD'),
    customer('c3', 'Cobalt Events', 'EUR'),
  ],
  items: [item('i1', 'Advice', 'G-1'), item('i2', 'Brochure', 'G-2'), item('i3', 'Without a code')],
  invoices: [
    invoice('OPEN', 'c1', 'GBP', line(120, '1', 'i1'), line(30.5, '2', 'i3')),
    invoice('PART', 'c1', 'GBP', line(500, '1', 'i2')),
    invoice('PAID', 'c1', 'GBP', line(10, '1')),
    invoice('DOLLARS', 'c2', 'USD', line(99.99, '1')),
    invoice('EUROS', 'c3', 'EUR', line(80, '1')),
    // Taxed line by line it comes to a cent more.
    invoice('CENTS', 'c1', 'GBP', line(10.03, '1'), line(10.03, '1'), line(10.03, '1')),
    invoice('DISCOUNT', 'c1', 'GBP', line(100, '1'), {
      ...{ DetailType: 'DiscountLineDetail', Amount: 10, DiscountLineDetail: { PercentBased: false } },
    }),
    invoice('ZERO', 'c1', 'GBP', line(50, '3')),
    invoice('TAKEN', 'c1', 'GBP', line(70, '1')),
  ],
  creditMemos: [document('CREDIT', 'c1', 'GBP', line(100, '1'))],
  payments: [
    payment('p1', 'c1', 'GBP', 153.84, [to('Invoice', 'PART', 150)]),
    payment('p2', 'c1', 'GBP', 12, [to('Invoice', 'PAID', 12)]),
    payment('p3', 'c1', 'GBP', 0, [to('Invoice', 'PART', 40), to('CreditMemo', 'CREDIT', 40)]),
  ],
};

let on: Emulators;
let hub: Hub;
let workspace: number;
let by: { workspace: number; by: string };

beforeAll(async () => {
  workspace = await database.workspace();
  by = { workspace, by: 'test' };
  const company = {
    name: 'Old Ltd',
    country: 'GB',
    currency: 'GBP',
    multicurrency: true,
    taxes: 'global',
    with: 'empty',
  } as const;
  // It has no euros.
  const organisation = { name: 'New Ltd', country: 'GB', base: 'GBP', currencies: { USD: 1.27 } } as const;
  on = await startEmulators({
    clock: createClock(),
    // The judge of traffic takes the number of an invoice that is created for its id.
    traffic: null,
    quickbooks: { companies: [company] },
    xero: { organisations: [organisation] },
  });
  on.quickbooks.seed(OLD);
  on.xero.seed({
    Contacts: [{ Name: 'Amber Bakery', EmailAddress: 'c1@buyers.example' }, { Name: 'Somebody else' }],
    Items: [{ Code: 'G-1', Name: 'Advice', SalesDetails: { UnitPrice: 1, AccountCode: '200' } }],
    Invoices: [
      {
        ...{ Type: 'ACCREC', InvoiceNumber: 'TAKEN', Contact: { Name: 'Somebody else' }, Date: '2026-01-01' },
        ...{ DueDate: '2026-02-01', Status: 'AUTHORISED' },
        LineItems: [{ Description: 'Ink', Quantity: 1, UnitAmount: 5, AccountCode: '200' }],
      },
    ],
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
  const back = await (connector === 'xero' ? on.xero.consent(url) : on.quickbooks.consent(url));
  return (await hub.connections.finish(new URL(back).searchParams, connector)).connection;
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

async function imported(connection: number) {
  const { id } = await hub.histories.begin(by, { connection });
  const goOn = () => hub.histories.drain(workspace, id, (sync) => unhurried(() => hub.engine.drain(workspace, sync, 'test')));
  const found = await goOn();
  expect(found).toMatchObject({ state: 'ready', problem: null });
  await hub.histories.execute(workspace, id);
  const done = await goOn();
  expect(done).toMatchObject({ state: 'done', problem: null });
  return { found, sheet: await hub.histories.sheet(workspace, id) };
}

async function settled(from: number, to: number) {
  const all = { settled: 0, corrected: 0, problems: [] as string[] };
  for (let later: number | null = 0; later !== null; ) {
    const done = await hub.moves.settle(by, { from, to, account: '090' });
    all.settled += done.settled;
    all.corrected += done.corrected;
    all.problems = done.problems.map(({ said }) => said);
    later = done.later;
    if (later !== null) on.clock.turn(later + 1_000);
  }
  return all;
}

/** What was written there: neither read nor asked of who we are. */
const writes = () => Object.entries(on.quickbooks.counters.calls).filter(([name]) => /write|batch|void|delete/.test(name));
const invoicesThere = () => on.xero.list('Invoices').filter(({ Status }) => Status !== 'VOIDED' && Status !== 'DELETED');
const numbered = (number: string) => invoicesThere().filter(({ InvoiceNumber }) => InvoiceNumber === number);

test('what is open goes over once, whatever the network does, and is as much there', async () => {
  const from = await connect('quickbooks');
  await imported(from);
  const to = await connect('xero');
  const wish = { from, to, account: '200' };
  const first = await hub.moves.prepare(by, wish);
  expect(first.taxes).toEqual(
    expect.arrayContaining([
      { name: '20.0% S', percent: 20, is: 'OUTPUT2 (20% (VAT on Income))', candidates: [] },
      { name: '0.0% Z', percent: 0, is: null, candidates: ['NONE (No VAT)', 'ZERORATEDOUTPUT (Zero Rated Income)'] },
    ]),
  );
  expect(first.staying).toEqual([expect.objectContaining({ number: 'DISCOUNT', reason: 'a discount on the whole' })]);
  expect((await hub.moves.prepare(by, wish)).mappings).toEqual([]);
  await expect(hub.moves.prepare(by, { ...wish, taxes: { '0.0% Z': 'OUTPUT2' } })).rejects.toThrow(/is 0 %.*is 20 %/);
  // Carried out, and the answer lost: what is sent again must not be there twice.
  for (const operation of ['createInvoices', 'createContacts', 'createItems', 'createPayments', 'updateOrCreateInvoices'])
    on.xero.faults.add({ kind: 'lost', operation, nth: operation === 'createInvoices' ? 2 : 1 });
  const { found } = await imported(to);
  const plan = found.found as unknown as Found[];
  expect(plan.find(({ stream }) => stream === 'xero.contacts')!.decisions).toMatchObject({ link: 1, create: 1 });
  expect(plan.find(({ stream }) => stream === 'xero.items')!.decisions).toMatchObject({ link: 1, 'create there': 1 });
  const half = await hub.moves.sheet(workspace, { from, to });
  const reasonOf = (number: string) => half.differences.find((one) => one.number === number)?.reason;
  expect(reasonOf('ZERO')).toMatch(/lines.*xero\.taxRates/);
  expect(reasonOf('TAKEN')).toMatch(/refused.*Invoice # must be unique/);
  expect(reasonOf('DISCOUNT')).toBe('not its lines: a discount on the whole');
  expect(reasonOf('CENTS')).toMatch(/cents of tax/);

  await hub.moves.prepare(by, { ...wish, taxes: { '0.0% Z': 'ZERORATEDOUTPUT' } });
  on.clock.turn(20 * 60_000); // contacts whose answer was lost are looked for
  const syncs = (await hub.engine.look.syncs(workspace)).filter(({ connection }) => connection === to);
  for (const { id } of [...syncs, ...syncs]) await unhurried(() => hub.engine.drain(workspace, id, 'test'));
  expect(numbered('ZERO')).toHaveLength(1);
  expect(await settled(from, to)).toEqual({ settled: 2, corrected: 1, problems: [] });

  const sheet = await hub.moves.sheet(workspace, { from, to });
  expect(sheet.differences.map(({ number, what, there, reason }) => [number, what, there, reason])).toEqual([
    ['EUROS', 'not here', '96 EUR', expect.stringMatching(/refused.*not subscribed to currency EUR/)],
    ['DISCOUNT', 'not here', expect.stringMatching(/GBP$/), 'not its lines: a discount on the whole'],
    ['TAKEN', 'not here', '84 GBP', expect.stringMatching(/refused.*Invoice # must be unique/)],
    [expect.any(String), 'not here', '3.84 GBP', 'money that no invoice has had: enter it there by hand'],
  ]);
  const there = [...on.quickbooks.books().all('Invoice')].map(({ DocNumber, Balance, TotalAmt }) => [
    DocNumber,
    Balance,
    TotalAmt,
  ]);
  for (const number of ['OPEN', 'PART', 'DOLLARS', 'CENTS', 'ZERO'])
    expect(numbered(number).map(({ AmountDue, Total }) => [number, AmountDue, Total])).toEqual(
      there.filter(([one]) => one === number),
    );
  expect(
    invoicesThere()
      .map(({ InvoiceNumber }) => InvoiceNumber)
      .sort(),
  ).toEqual(['CENTS', 'DOLLARS', 'OPEN', 'PART', 'TAKEN', 'ZERO']);
  expect(on.xero.list('CreditNotes').map(({ Total, RemainingCredit }) => [Total, RemainingCredit])).toEqual([[120, 80]]);
  const sums = (currency: string) =>
    sheet.lines.filter((one) => one.currency === currency && one.stream === 'quickbooks.invoices');
  expect(sums('USD').map(({ there, here }) => [there.balance, here.balance])).toEqual([['119.99', '119.99']]);
});

test('it was said once: asked again, nothing more is there', async () => {
  const before = [on.xero.list('Payments').length, on.xero.list('Invoices').length, on.xero.list('Contacts').length];
  expect(await settled(1, 2)).toEqual({ settled: 0, corrected: 0, problems: [] });
  expect([on.xero.list('Payments').length, on.xero.list('Invoices').length, on.xero.list('Contacts').length]).toEqual(before);
  const names = on.xero.list('Contacts').map(({ Name }) => Name);
  expect(new Set(names).size).toBe(names.length);
});

/** Something more is paid in the books that are left, and read from there. */
async function paidThere(id: string, number: string, amount: number): Promise<{ record: string; due: number; left: number }> {
  const { Id, CustomerRef } = [...on.quickbooks.books().all('Invoice')].find(({ DocNumber }) => DocNumber === number)!;
  const customer = String((CustomerRef as Thing).value);
  on.quickbooks.seed({ payments: [payment(id, customer, 'GBP', amount, [to('Invoice', String(Id), amount)])] });
  for (const { id: sync, connection } of await hub.engine.look.syncs(workspace)) {
    if (connection === 1) await hub.engine.request(workspace, sync, false);
    await unhurried(() => hub.engine.drain(workspace, sync, 'test'));
  }
  const { items } = await hub.crm.list(workspace, 'invoice', { after: null, limit: 200 });
  const due = Number(numbered(number)[0]!.AmountDue);
  return { record: items.find(({ fields }) => fields.number === number)!.id, due, left: due - amount };
}

test.each([
  ['p4', 130_000],
  ['p5', 86_400_000],
])('a hub that was killed while it noted %s, %i ms ago, leaves it to be noted, once', async (paid, ago) => {
  const { record, due, left } = await paidThere(paid, 'OPEN', 20);
  const asked = `move 2 ${record} due ${due} to ${left} by 090`;
  const row = String(numbered('OPEN')[0]!.InvoiceID);
  const at = new Date(on.clock.now() - ago);
  await database.store.workspace(workspace, (tx) =>
    insertAction(tx, {
      ...{ connection: 2, action: 'recordPayment', asked, record, by: 'test', key: randomUUID(), at, until: at },
      input: { row, amount: { amount: '20', currency: 'GBP' }, account: '090', date: '2026-03-01' },
    }),
  );
  const before = on.xero.list('Payments').length;
  expect(await settled(1, 2)).toEqual({ settled: 1, corrected: 0, problems: [] });
  expect(await settled(1, 2)).toEqual({ settled: 0, corrected: 0, problems: [] });
  expect([on.xero.list('Payments').length, numbered('OPEN')[0]!.AmountDue]).toEqual([before + 1, left]);
});

test('what was noted and is undone over there is no success, and is not noted by itself again', async () => {
  const { due, left } = await paidThere('p6', 'OPEN', 10);
  expect((await settled(1, 2)).settled).toBe(1);
  expect(numbered('OPEN')[0]!.AmountDue).toBe(left);
  on.clock.turn(60_000);
  const undone = on.xero.list('Payments').find(({ Amount }) => Amount === 10)!;
  const ctx = await hub.connections.context(workspace, 2, new AbortController().signal);
  expect(await payments.remove!(ctx, [String(undone.PaymentID)])).toEqual([{ is: 'done' }]);
  expect(numbered('OPEN')[0]!.AmountDue).toBe(due);
  expect(await settled(1, 2)).toEqual({ settled: 0, corrected: 0, problems: [expect.stringMatching(/noted .* before/)] });
  expect(numbered('OPEN')[0]!.AmountDue).toBe(due);
});

test('the books that were left are as they were, and get nothing of what comes in the new ones', async () => {
  expect(writes()).toEqual([]);
  const cents = numbered('CENTS')[0]!;
  on.clock.turn(60_000);
  on.xero.seed({
    Payments: [
      { Invoice: { InvoiceID: cents.InvoiceID! }, Account: { Code: '090' }, Date: '2026-03-01', Amount: Number(cents.AmountDue) },
    ],
  });
  const syncs = await hub.engine.look.syncs(workspace);
  for (const { id, connection } of syncs) {
    if (connection === 2) await hub.engine.request(workspace, id, false);
    await unhurried(() => hub.engine.drain(workspace, id, 'test'));
  }
  const { items } = await hub.crm.list(workspace, 'invoice', { after: null, limit: 200 });
  expect(items.filter(({ fields }) => fields.number === 'CENTS').map(({ fields }) => [fields.status, fields.balance])).toEqual([
    ['paid', { amount: '0', currency: 'GBP' }],
  ]);
  on.clock.turn(61_000);
  expect(await hub.moves.settle(by, { from: 1, to: 2, account: '090' })).toMatchObject({ settled: 0, alike: 4, apart: 1 });
  const { differences } = await hub.moves.sheet(workspace, { from: 1, to: 2 });
  expect(differences.find(({ number }) => number === 'CENTS')?.reason).toMatch(/more of it is settled/);
  for (const { id } of syncs) await unhurried(() => hub.engine.drain(workspace, id, 'test'));
  expect(writes()).toEqual([]);
});

test('over the API: the sheet, and what may be asked', async () => {
  const callers: { [key: string]: Caller } = {
    admin: { workspace, by: 'admin', permissions: new Set(ROLES.admin) },
    reader: { workspace, by: 'reader', permissions: new Set(ROLES.reader) },
  };
  const { url } = await serve(moveRoutes(hub.moves), async (key) => callers[key]);
  const ask = (path: string, as: string, body?: object) =>
    fetch(`${url}/api/moves/${path}`, {
      headers: { authorization: `Bearer ${as}`, 'content-type': 'application/json' },
      ...(body && { method: 'POST', body: JSON.stringify(body) }),
    });
  expect(await (await ask('sheet?from=1&to=2', 'reader')).json()).toMatchObject({ agrees: false });
  expect(await (await ask('sheet.csv?from=1&to=2&part=differences', 'reader')).text()).toContain(
    'EUROS,not here,96 EUR,,"refused',
  );
  expect((await ask('prepare', 'reader', { from: 1, to: 2 })).status).toBe(403);
  expect(await (await ask('prepare', 'admin', { from: 1, to: 2, account: '200' })).json()).toMatchObject({
    mappings: [],
    waiting: [],
  });
  const wrong = await ask('prepare', 'admin', { from: 1, to: 2, taxes: { '20.0% S': 'OUTPUT9' } });
  expect([wrong.status, await wrong.text()]).toEqual([422, expect.stringMatching(/no tax .*OUTPUT9.*OUTPUT2/)]);
  expect((await ask('prepare', 'admin', { from: 1, to: 1 })).status).toBe(422);
  expect((await ask('sheet?from=1&to=99', 'reader')).status).toBe(404);
});

test('by the command line', async () => {
  const env = {
    ...{ DATABASE_URL: database.url, SWITCHBOARD_HOSTS: JSON.stringify(on.hosts), SWITCHBOARD_KEYS: `test:${'A'.repeat(43)}` },
    ...{ QUICKBOOKS_CLIENT_ID: 'switchboard-demo', QUICKBOOKS_CLIENT_SECRET: 'demo-secret' },
    ...{ XERO_CLIENT_ID: 'switchboard-demo', XERO_CLIENT_SECRET: 'demo-secret' },
  };
  const [sheet, prepared] = await Promise.all(
    [
      ['sheet', '1', '2'],
      ['prepare', '1', '2', '--account', '200'],
    ].map((args) => start('hub/cli/main.ts', ['move', ...args, '--workspace', String(workspace)], env).ended),
  );
  expect([sheet!.code, sheet!.stdout]).toEqual([
    0,
    expect.stringMatching(/EUROS +not here +96 EUR .*not subscribed to currency EUR/),
  ]);
  expect([prepared!.code, prepared!.stdout]).toEqual([
    0,
    expect.stringMatching(/OUTPUT2.* 20 +OUTPUT2[\s\S]*DISCOUNT +a discount on the whole/),
  ]);
});
