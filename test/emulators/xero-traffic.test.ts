import { execFile } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { parse } from 'yaml';
import { xero } from '#connectors/xero/index.ts';
import type { Json, Values } from '#kit/fields.ts';
import type { Cursor, Stream } from '#kit/stream.ts';
import { draft, lentBy } from '../connectors/xero/bench.ts';
import { type Emulators, startEmulators } from './index.ts';
import { ledger } from './ledger.ts';
import { type Listener, listener } from './phone.ts';
import { operations } from './xero/operations.ts';
import { type Body, bodies } from './xero/wire.ts';

const FACTS = resolve(process.env.VENDOR_FACTS ?? '../shared');
const CHECK = join(FACTS, 'tools', 'check-traffic.mjs');
const SPEC = join(FACTS, 'specs', 'xero', 'xero_accounting.yaml');
let folder: string;
let hub: Listener;
let all: Emulators;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'traffic-'));
  hub = await listener(({ headers, body }, response) => {
    const fits = headers['x-xero-signature'] === createHmac('sha256', 'key').update(body).digest('base64');
    response.writeHead(fits ? 200 : 401).end();
  });
  all = await startEmulators({ traffic: join(folder, 'traffic.jsonl') });
});
afterEach(async () => {
  await Promise.all([all.close(), hub.close()]);
  rmSync(folder, { recursive: true, force: true });
});

/** Every operation at least once, refusals and notifications among them. */
async function everything(): Promise<void> {
  const on = all.xero;
  await on.subscribe(hub.url, 'key');
  const api = ledger(on);
  const paged = { page: '1', unitdp: '4' };
  const quoted = { page: '1' };
  for (const list of ['Contacts', 'Invoices', 'CreditNotes', 'Payments', 'Quotes']) {
    await api.get(list, list === 'Invoices' || list === 'CreditNotes' ? paged : quoted, {
      'if-modified-since': '2020-01-01T00:00:00',
    });
    await api.get(list);
  }
  for (const list of ['Items', 'Accounts', 'TaxRates', 'Organisation', 'TrackingCategories']) await api.get(list);
  await api.get(`Accounts/${on.list('Accounts')[0]!.AccountID}`);
  await api.get('TaxRates/OUTPUT2');
  const line = {
    Description: 'Atlas',
    Quantity: 2,
    UnitAmount: 39.5,
    AccountCode: '200',
    Tracking: [{ Name: 'Region', Option: 'North' }],
  };
  const [contact] = await written(api, 'Contacts', { Name: 'New', EmailAddress: 'new@example.com' });
  await written(api, 'Contacts', { Name: 'Harbour Hotel' });
  const Contact = { ContactID: contact!.ContactID! };
  const dated = { Contact, Date: '2026-02-01', LineItems: [line] };
  const [invoice] = await written(api, 'Invoices', { ...dated, Type: 'ACCREC', DueDate: '2026-03-01', Status: 'AUTHORISED' });
  const [note] = await written(api, 'CreditNotes', { ...dated, Type: 'ACCRECCREDIT', Status: 'AUTHORISED' });
  const [quote] = await written(api, 'Quotes', dated);
  const [item] = await written(api, 'Items', { Code: 'NEW', SalesDetails: { UnitPrice: 1.2345 } });
  await written(api, 'Invoices', { ...dated, Type: 'ACCREC', CurrencyCode: 'CHF' });
  const updates: [string, Body][] = [
    ['Contacts', { ContactID: contact!.ContactID!, FirstName: 'Ann' }],
    ['Invoices', { InvoiceID: invoice!.InvoiceID!, Reference: 'Deal 1' }],
    ['CreditNotes', { CreditNoteID: note!.CreditNoteID!, Reference: 'Deal 1' }],
    ['Quotes', { QuoteID: quote!.QuoteID!, Contact, Date: '2026-02-01', Title: 'Library' }],
    ['Items', { ItemID: item!.ItemID!, Code: 'NEW', Name: 'New' }],
  ];
  for (const [plural, row] of updates) {
    const id = Object.values(row)[0];
    await api.call('POST', plural, { query: { summarizeErrors: 'false' }, body: { [plural]: [row] } });
    await api.call('POST', `${plural}/${id}`, { body: { [plural]: [row] } });
    await api.get(`${plural}/${id}`);
  }
  const [payment] = await written(api, 'Payments', {
    Invoice: { InvoiceID: invoice!.InvoiceID! },
    Account: { Code: '090' },
    Date: '2026-02-02',
    Amount: 5,
  });
  await written(api, 'Payments', {
    CreditNote: { CreditNoteID: note!.CreditNoteID! },
    Account: { Code: '090' },
    Date: '2026-02-02',
    Amount: 5,
  });
  await api.get('Payments', quoted);
  await api.get(`Payments/${payment!.PaymentID}`);
  const allocation = { Invoice: { InvoiceID: invoice!.InvoiceID! }, Amount: 10, Date: '2026-02-03' };
  const put = await api.call('PUT', `CreditNotes/${note!.CreditNoteID}/Allocations`, { body: { Allocations: [allocation] } });
  await api.call('DELETE', `CreditNotes/${note!.CreditNoteID}/Allocations/${bodies(put.body.Allocations)[0]!.AllocationID}`);
  await files({
    ...{
      Contacts: contact!.ContactID!,
      Invoices: invoice!.InvoiceID!,
      CreditNotes: note!.CreditNoteID!,
      Quotes: quote!.QuoteID!,
    },
  });
  await api.get(`Invoices/${invoice!.InvoiceID}`);
  await api.get(`CreditNotes/${note!.CreditNoteID}`);
  await api.call('POST', `Invoices/${invoice!.InvoiceID}/Email`, { body: {} });
  await api.get(`Invoices/${invoice!.InvoiceID}/OnlineInvoice`);
  for (let n = 0; n < 2; n++) await api.call('POST', `Payments/${payment!.PaymentID}`, { body: { Status: 'DELETED' } });
  await api.call('DELETE', `Items/${item!.ItemID}`);
  await api.call('GET', `Items/${item!.ItemID}`);
  await api.get('Items', {}, { 'xero-tenant-id': crypto.randomUUID() });
  await api.get('Items', {}, { authorization: 'Bearer none' });
  await identity(api);
  await on.settled();
}

/** Raw bytes, which the client of these tests does not send. */
async function files(on: { readonly [plural: string]: Json }): Promise<void> {
  const headers = {
    ...{ authorization: `Bearer ${all.xero.grant().accessToken}`, 'xero-tenant-id': all.xero.organisation().id },
    accept: 'application/json',
  };
  for (const [plural, id] of Object.entries(on)) {
    const url = new URL(`api.xro/2.0/${plural}/${id}/Attachments`, all.xero.hosts.api);
    for (const method of ['PUT', 'POST'])
      await fetch(`${url}/offer.pdf`, { method, headers: { ...headers, 'content-type': 'application/pdf' }, body: '%PDF-1.7' });
    const listed = (await (await fetch(url, { headers })).json()) as { Attachments: Json[] };
    expect(listed.Attachments).toHaveLength(1);
  }
}

const written = (api: ReturnType<typeof ledger>, plural: string, row: Json) =>
  api
    .call('PUT', plural, { query: { summarizeErrors: 'false' }, body: { [plural]: [row] } })
    .then(({ body }) => bodies(body[plural]));

async function identity(api: ReturnType<typeof ledger>): Promise<void> {
  const on = all.xero;
  const params = new URLSearchParams({
    ...{
      response_type: 'code',
      client_id: 'switchboard-demo',
      redirect_uri: 'http://127.0.0.1:9/',
      scope: 'openid offline_access accounting.invoices',
      state: 's',
    },
  });
  const back = new URL(await on.consent(`${on.hosts.login}identity/connect/authorize?${params}`));
  const headers = { authorization: `Basic ${Buffer.from('switchboard-demo:demo-secret').toString('base64')}` };
  const post = async (path: string, form: { readonly [name: string]: string }) =>
    (await fetch(new URL(path, on.hosts.identity), { method: 'POST', headers, body: new URLSearchParams(form) })).text();
  const code = back.searchParams.get('code') ?? '';
  const tokens = JSON.parse(
    await post('connect/token', { grant_type: 'authorization_code', code, redirect_uri: 'http://127.0.0.1:9/' }),
  );
  await post('connect/token', { grant_type: 'refresh_token', refresh_token: tokens.refresh_token });
  await post('connect/token', { grant_type: 'refresh_token', refresh_token: 'none' });
  const listed = JSON.parse((await api.call('GET', '/connections')).text);
  await api.call('DELETE', `/connections/${listed[1].id}`);
  await post('connect/revocation', { token: tokens.refresh_token });
}

test('every operation leaves a line with the real address, and none fails', async () => {
  await everything();
  const lines = readFileSync(join(folder, 'traffic.jsonl'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  const hosts = new Set(lines.filter((line) => line.kind === 'call').map((line) => new URL(line.url).host));
  expect(hosts).toEqual(new Set(['api.xero.com', 'identity.xero.com', 'login.xero.com']));
  const called = Object.keys(all.xero.counters.calls);
  expect(operations.map(({ name }) => name).filter((name) => !called.includes(name))).toEqual([]);
  expect(Object.keys(all.xero.counters.statuses).filter((status) => status.startsWith('5'))).toEqual([]);
});

test.skipIf(!existsSync(CHECK))(
  'requests, answers and notifications fit Xero’s own specification (skipped where the vendors’ facts are not at hand)',
  async () => {
    await everything();
    const run = promisify(execFile)(process.execPath, [CHECK, '--json', '--strict', join(folder, 'traffic.jsonl')], {
      maxBuffer: 1e8,
    });
    const { stdout } = await run.catch((error: { stdout: string }) => error);
    const { xero } = JSON.parse(stdout).services;
    expect(xero.violations).toEqual([]);
    expect(xero.notJudged).toEqual({});
    expect(xero.operations).toMatchObject({ 'webhook: events': expect.any(Number), getConnections: expect.any(Number) });
  },
);

/** What the connector does: reads, writes, removes and acts. */
async function connectorWorks(): Promise<void> {
  const ctx = lentBy(all.xero, all.hosts.xero!);
  await xero.accounts(ctx);
  for (const { pull, fetch } of Object.values<Stream>(xero.streams)) {
    let ids: string[] = [];
    let cursor: Cursor = null;
    for (let round = 0; round < 2; round++) {
      for await (const page of pull!(ctx, cursor)) {
        if ('lost' in page) continue;
        ids = [...ids, ...page.rows.map(({ id }) => id)];
        cursor = page.next;
      }
    }
    await fetch!(ctx, [...ids.slice(0, 3), crypto.randomUUID()]);
  }
  const { contacts, items, quotes, invoices, creditNotes, payments } = xero.streams;
  const made = async (stream: Stream, fields: Values, changes?: Values): Promise<string> => {
    const [created] = await stream.push!(ctx, [draft(fields)]);
    if (created?.is !== 'done') throw new Error(JSON.stringify(created));
    const { row } = created;
    if (changes === undefined) return row.id;
    const [changed] = await stream.push!(ctx, [draft(changes, row)]);
    expect(changed).toMatchObject({ is: 'done' });
    return row.id;
  };
  const pounds = (amount: string) => ({ amount, currency: 'GBP' });
  const contact = await made(
    contacts,
    { name: 'Ferries Ltd', email: 'zoe@ferries.example', currency: 'EUR', phones: [{ value: '+35315550100', type: 'mobile' }] },
    {
      email: null,
      addresses: [{ type: 'street', street: '1 Quay', city: 'Cork' }],
      people: [{ firstName: 'Ann', email: 'a@f.example' }],
    },
  );
  const item = await made(
    items,
    { code: 'NEW', salePrice: pounds('1.2345'), saleTaxType: 'OUTPUT2' },
    { name: 'New', description: null },
  );
  const plain: Values = { description: 'Atlas', quantity: 2, unitAmount: pounds('9.99'), accountCode: '200', taxType: 'OUTPUT2' };
  const reduced: Values = { ...plain, discountRate: 5 };
  const byItem: Values = {
    itemCode: 'NEW',
    description: 'New',
    quantity: 1,
    tracking: [{ category: 'Region', option: 'North' }],
  };
  const lines = [reduced, { ...byItem, accountCode: '200' }];
  const dated = { contact, date: '2026-03-01', lines };
  const invoice = await made(
    invoices,
    { ...dated, kind: 'sale', dueDate: '2026-04-01', status: 'DRAFT', link: 'https://crm.example/1' },
    { status: 'AUTHORISED', lines: [reduced], reference: 'Deal 1' },
  );
  const note = await made(
    creditNotes,
    { ...dated, kind: 'sale', status: 'DRAFT', lines: [plain] },
    { reference: null, lines: [plain] },
  );
  const quote = await made(quotes, { ...dated, status: 'DRAFT', taxMode: 'Inclusive' }, { status: 'SENT', title: null });
  const allocations = [{ invoice, amount: pounds('5') }];
  const payment = await made(payments, { allocations, amount: pounds('5'), date: '2026-03-02', account: '090', currencyRate: 1 });
  await xero.actions
    .sendInvoice!.run(ctx, { row: invoice }, 'mail-1')
    .catch((error: unknown) => expect(error).toMatchObject({ next: 'refused' }));
  for (const [stream, id] of [
    [payments, payment],
    [items, item],
    [quotes, quote],
    [creditNotes, note],
    [invoices, invoice],
  ] as const) {
    expect(await stream.remove!(ctx, [id])).toEqual([{ is: 'done' }]);
  }
  await xero.leave(ctx);
}

test.skipIf(!existsSync(CHECK))(
  'what the connector sends fits it too (skipped where the vendors’ facts are not at hand)',
  async () => {
    await connectorWorks();
    const run = promisify(execFile)(process.execPath, [CHECK, '--json', join(folder, 'traffic.jsonl')], { maxBuffer: 1e8 });
    const { stdout } = await run.catch((error: { stdout: string }) => error);
    const { xero } = JSON.parse(stdout).services;
    expect(xero.violations).toEqual([]);
    expect(xero.operations).toMatchObject({ createInvoices: 1, updateOrCreateQuotes: 2, deletePayment: 1, deleteConnection: 1 });
  },
);

test.skipIf(!existsSync(SPEC))(
  'operations bear the names and verbs of the specification (skipped where the vendors’ facts are not at hand)',
  () => {
    const { paths } = parse(readFileSync(SPEC, 'utf8'));
    const known = new Map<string, string>();
    for (const item of Object.values<{ [verb: string]: { operationId?: string } }>(paths))
      for (const [verb, { operationId }] of Object.entries(item)) if (operationId) known.set(operationId, verb.toUpperCase());
    for (const { name, method } of operations) expect([name, known.get(name)]).toEqual([name, method]);
  },
);
