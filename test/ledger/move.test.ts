/** A firm moves from QuickBooks to Xero: what is open there is open here, to the cent; what cannot go is named; nothing is made twice. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readConfig } from '#hub/config.ts';
import type { Found } from '#hub/ledger/history/found.ts';
import { openLog } from '#hub/log.ts';
import { type Hub, openHub } from '#hub/open.ts';
import { TryLater } from '#kit/errors.ts';
import { testDatabase } from '#test/database.ts';
import { type Emulators, startEmulators } from '#test/emulators/index.ts';
import { createClock } from '#test/emulators/kit/clock.ts';
import type { Thing } from '#test/emulators/quickbooks/thing.ts';
import { generateLedger } from './generate.ts';
import { QUICKBOOKS_REGIMES, quickbooksLedger } from './quickbooks.ts';

const database = await testDatabase();
const ledger = generateLedger({
  ...{ rows: 40, seed: 4, currencies: ['GBP', 'USD', 'EUR'], rounding: 'rate' as const },
  ...{ regimes: QUICKBOOKS_REGIMES, plain: true },
});
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
    quickbooks: { companies: [company] },
    xero: { organisations: [organisation] },
  });
  const line = (Amount: number, code: string) => ({
    ...{ DetailType: 'SalesItemLineDetail', Amount, Description: 'Paper' },
    SalesItemLineDetail: { Qty: 1, UnitPrice: Amount, TaxCodeRef: { value: code } },
  });
  const invoice = (DocNumber: string, ...Line: Thing[]) => ({
    ...{ Id: DocNumber, DocNumber, CustomerRef: { value: 'c1' }, TxnDate: '2026-01-05', DueDate: '2026-02-05' },
    ...{ CurrencyRef: { value: 'GBP' }, GlobalTaxCalculation: 'TaxExcluded', Line },
  });
  const old = quickbooksLedger(ledger);
  on.quickbooks.seed({
    ...old,
    items: [...old.items!, { Id: 'x', Name: 'Without a code', Type: 'Service', IncomeAccountRef: { value: '1' } }],
    invoices: [
      ...old.invoices!,
      // Taxed line by line it comes to a cent more.
      invoice('CENTS', line(10.03, '1'), line(10.03, '1'), line(10.03, '1')),
      invoice('DISCOUNT', line(100, '1'), {
        ...{ DetailType: 'DiscountLineDetail', Amount: 10, DiscountLineDetail: { PercentBased: false } },
      }),
      invoice('ZERO', line(50, '3')),
      invoice('TAKEN', line(70, '1')),
    ],
  });
  const known = ledger.parties[0]!;
  on.xero.seed({
    Contacts: [{ Name: known.name, EmailAddress: known.email }, { Name: 'Somebody else' }],
    Items: [{ Code: ledger.items[0]!.code, Name: ledger.items[0]!.name, SalesDetails: { UnitPrice: 1, AccountCode: '200' } }],
    Invoices: [
      {
        ...{
          Type: 'ACCREC',
          InvoiceNumber: 'TAKEN',
          Contact: { Name: 'Somebody else' },
          Date: '2026-01-01',
          DueDate: '2026-02-01',
        },
        ...{ Status: 'AUTHORISED', LineItems: [{ Description: 'Ink', Quantity: 1, UnitAmount: 5, AccountCode: '200' }] },
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
  // Carried out, and the answer lost: what is sent again must not be there twice.
  for (const operation of ['createInvoices', 'createContacts', 'createItems', 'createPayments', 'updateOrCreateInvoices'])
    on.xero.faults.add({ kind: 'lost', operation, nth: operation === 'createInvoices' ? 2 : 1 });
  const { found } = await imported(to);
  const plan = found.found as unknown as Found[];
  expect(plan.find(({ stream }) => stream === 'xero.contacts')!.decisions).toMatchObject({ link: 1, create: 1 });
  expect(plan.find(({ stream }) => stream === 'xero.items')!.decisions).toMatchObject({ link: 1, 'create there': 9 });
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
  const done = await settled(from, to);
  expect(done).toMatchObject({ corrected: 1, problems: [] });
  expect(done.settled).toBeGreaterThan(0);

  const sheet = await hub.moves.sheet(workspace, { from, to });
  const named = sheet.differences
    .filter(({ stream }) => stream !== 'quickbooks.payments')
    .map(({ number, what }) => [number, what]);
  expect(named).toEqual(
    expect.arrayContaining([
      ['DISCOUNT', 'not here'],
      ['TAKEN', 'not here'],
    ]),
  );
  expect(sheet.differences.every(({ what, reason }) => what === 'not here' && reason !== null)).toBe(true);
  const euros = sheet.differences.filter(({ stream, there }) => stream !== 'quickbooks.payments' && there?.endsWith('EUR'));
  expect(euros.length).toBeGreaterThan(0);
  for (const { reason } of euros) expect(reason).toMatch(/refused.*not subscribed to currency EUR/);
  const stays = new Set(named.map(([number]) => number));
  const open = [...on.quickbooks.books().all('Invoice')].filter(
    ({ Balance, DocNumber }) => Number(Balance) > 0 && !stays.has(String(DocNumber)),
  );
  expect(open.length).toBeGreaterThan(4);
  for (const { DocNumber, Balance, TotalAmt } of open)
    expect(
      numbered(String(DocNumber)).map(({ AmountDue, Total }) => [AmountDue, Total]),
      String(DocNumber),
    ).toEqual([[Balance, TotalAmt]]);
  expect(invoicesThere()).toHaveLength(open.length + 1);
  expect(new Set(open.map(({ CurrencyRef }) => (CurrencyRef as { value: string }).value))).toEqual(new Set(['GBP', 'USD']));
});

test('it was said once: asked again, nothing more is there', async () => {
  const before = [on.xero.list('Payments').length, on.xero.list('Invoices').length, on.xero.list('Contacts').length];
  expect(await settled(1, 2)).toEqual({ settled: 0, corrected: 0, problems: [] });
  expect([on.xero.list('Payments').length, on.xero.list('Invoices').length, on.xero.list('Contacts').length]).toEqual(before);
  const names = on.xero.list('Contacts').map(({ Name }) => Name);
  expect(new Set(names).size).toBe(names.length);
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
  for (const { id } of syncs) await unhurried(() => hub.engine.drain(workspace, id, 'test'));
  expect(writes()).toEqual([]);
});
