import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createClock } from './kit/clock.ts';
import { ledger, messagesOf } from './ledger.ts';
import type { Xero } from './xero/contract.ts';
import { startXero } from './xero/emulator.ts';
import { XERO_LIMITS } from './xero/limits.ts';
import { type Body, bodies, body } from './xero/wire.ts';

const NOW = Date.parse('2026-03-01T10:00:00Z');
let xero: Xero;
let api: ReturnType<typeof ledger>;
beforeEach(async () => {
  xero = await startXero({ clock: createClock(NOW) });
  api = ledger(xero);
});
afterEach(() => xero.close());

const line = (UnitAmount: number, more = {}): Body => ({
  Description: 'Atlas',
  Quantity: 1,
  UnitAmount,
  AccountCode: '200',
  ...more,
});
const sale = (LineItems: Body[], more = {}): Body => ({
  ...{ Type: 'ACCREC', Contact: { Name: 'Harbour Hotel' }, Date: '2026-02-01', DueDate: '2026-03-01' },
  LineItems,
  ...more,
});
const approved = async (UnitAmount = 100, more = {}): Promise<Body> =>
  (await api.write('PUT', 'Invoices', [sale([line(UnitAmount)], { Status: 'AUTHORISED', ...more })]))[0]!;
const pay = async (invoice: Body, Amount: number, more = {}): Promise<Body> =>
  (
    await api.write('PUT', 'Payments', [
      { Invoice: { InvoiceID: invoice.InvoiceID! }, Account: { Code: '090' }, Date: '2026-02-10', Amount, ...more },
    ])
  )[0]!;
const one = async (path: string): Promise<Body> => bodies((await api.get(path, { unitdp: '4' })).body[path.split('/')[0]!])[0]!;

describe('the door', () => {
  test('an answer has its frame, and dates with escaped slashes', async () => {
    const { text, body: said } = await api.get('Invoices', { page: '1' });
    expect(text).toMatch(/"DateTimeUTC":"\\\/Date\(\d+\)\\\/"/);
    expect(text).toMatch(/"UpdatedDateUTC":"\\\/Date\(\d+\+0000\)\\\/"/);
    expect(said).toMatchObject({ Status: 'OK', pagination: { page: 1, pageSize: 100, pageCount: 1, itemCount: 5 } });
  });
  test('no tenant, a foreign one, a token that is none or too old, and who asks for no JSON', async () => {
    for (const tenant of ['', crypto.randomUUID()]) {
      expect(await api.get('Items', {}, { 'xero-tenant-id': tenant })).toMatchObject({
        status: 403,
        body: { detail: 'AuthenticationUnsuccessful' },
      });
    }
    expect((await api.get('Items', {}, { authorization: 'Bearer x' })).body).toMatchObject({
      Status: 401,
      Detail: 'AuthenticationUnsuccessful',
    });
    expect((await api.get('Items', {}, { accept: '*/*' })).headers.get('content-type')).toContain('xml');
    xero.clock.turn(31 * 60_000);
    expect((await api.get('Items')).body).toMatchObject({ Status: 401, Detail: expect.stringContaining('TokenExpired') });
  });
  test('only organisations that were connected are open, and scopes are asked for', async () => {
    const { accessToken } = xero.grant({ organisations: ['Quayside Bindery'], scopes: ['accounting.settings.read'] });
    xero.revoke();
    const narrow = xero.grant({ organisations: ['Quayside Bindery'], scopes: ['accounting.settings.read'] });
    expect((await ledger(xero, accessToken).get('Accounts')).status).toBe(401);
    expect((await ledger(xero, narrow.accessToken).get('Accounts')).status).toBe(403);
    const there = ledger(xero, narrow.accessToken, 'Quayside Bindery');
    expect((await there.get('Accounts')).status).toBe(200);
    expect((await there.get('Invoices')).status).toBe(401);
  });
});

describe('lists', () => {
  test('without a page all come at once, with no lines and no pagination; past the end nothing comes', async () => {
    const { body: all } = await api.get('Invoices');
    expect(all.pagination).toBeUndefined();
    expect(bodies(all.Invoices).map(({ LineItems }) => LineItems)).toEqual(bodies(all.Invoices).map(() => []));
    expect((await api.get('Invoices', { page: '9' })).body).toMatchObject({ Invoices: [], pagination: { itemCount: 5 } });
  });
  test('changed since is counted in seconds, and what is deleted or void is there', async () => {
    const since = () => new Date(xero.clock.now()).toISOString().slice(0, 19);
    xero.clock.turn(60_000);
    const [draft] = xero.list('Invoices').filter(({ Status }) => Status === 'DRAFT');
    await api.write('POST', 'Invoices', [{ InvoiceID: draft!.InvoiceID!, Status: 'DELETED' }]);
    xero.clock.turn(999);
    const changed = await api.get('Invoices', { page: '1' }, { 'if-modified-since': since() });
    expect(bodies(changed.body.Invoices).map(({ Status }) => Status)).toEqual(['DELETED']);
    xero.clock.turn(1);
    expect((await api.get('Invoices', { page: '1' }, { 'if-modified-since': since() })).body.Invoices).toEqual([]);
  });
  test('archived contacts come on demand only, and a merged one says into which', async () => {
    const [hotel, port] = xero.list('Contacts');
    xero.merge(String(port!.ContactID), String(hotel!.ContactID));
    const names = async (query: { [name: string]: string }) =>
      bodies((await api.get('Contacts', query)).body.Contacts).map(({ Name, MergedToContactID: to }) => [Name, to]);
    expect((await names({ page: '1' })).map(([name]) => name)).toEqual(['Harbour Hotel', 'Paper Mill & Sons']);
    expect(await names({ page: '1', includeArchived: 'true' })).toContainEqual(['Librairie du Port', hotel!.ContactID]);
    expect(await names({ includeArchived: 'true' })).toContainEqual(['Librairie du Port', undefined]);
  });
  test('filters: where, ids, statuses, order', async () => {
    const numbers = async (query: { [name: string]: string }) =>
      bodies((await api.get('Invoices', { page: '1', ...query })).body.Invoices).map(({ InvoiceNumber }) => InvoiceNumber);
    expect(await numbers({ where: 'Status=="PAID" AND Date>=DateTime(2026,02,01)' })).toEqual(['INV-0002']);
    expect(await numbers({ Statuses: 'VOIDED,PAID', order: 'InvoiceNumber DESC' })).toEqual(['INV-0003', 'INV-0002']);
    expect(await numbers({ InvoiceNumbers: 'INV-0001' })).toEqual(['INV-0001']);
    expect((await api.get('Invoices', { where: 'Status=PAID' })).body).toMatchObject({ ErrorNumber: 16 });
  });
  test('contacts have two addresses and four telephones, empty ones too', async () => {
    const contact = bodies((await api.get('Contacts', { page: '1' })).body.Contacts)[1]!;
    expect(bodies(contact.Addresses).map(({ AddressType }) => AddressType)).toEqual(['STREET', 'POBOX']);
    expect(bodies(contact.Phones).map(({ PhoneNumber }) => PhoneNumber)).toEqual(['', '', '', '']);
  });
});

describe('arithmetic', () => {
  test('tax is rounded on each line and then added up', async () => {
    const there = ledger(xero, undefined, 'Quayside Bindery');
    const lines = [25.06, 25.61, 25.63].map((amount) => line(amount));
    const [invoice] = await there.write('PUT', 'Invoices', [{ ...sale(lines), Contact: { Name: 'Anybody' } }]);
    expect(invoice).toMatchObject({ SubTotal: 76.3, TotalTax: 11.44, Total: 87.74 });
  });
  test('inclusive, without tax, discounts, negative quantities, four decimals', async () => {
    const [inclusive, none, cut, back, fine] = await api.write('PUT', 'Invoices', [
      sale([line(120)], { LineAmountTypes: 'Inclusive' }),
      sale([line(120)], { LineAmountTypes: 'NoTax' }),
      sale([line(19.95, { DiscountRate: 10 })]),
      sale([line(100), line(30, { Quantity: -2 })]),
      sale([line(1.23456)]),
    ]);
    expect(inclusive).toMatchObject({ SubTotal: 100, TotalTax: 20, Total: 120 });
    expect(none).toMatchObject({ SubTotal: 120, TotalTax: 0, Total: 120 });
    expect(cut).toMatchObject({ SubTotal: 17.96, TotalTax: 3.59, Total: 21.55, TotalDiscount: 1.99 });
    expect(back).toMatchObject({ SubTotal: 40, TotalTax: 8, Total: 48 });
    expect(bodies(fine!.LineItems)[0]).toMatchObject({ UnitAmount: 1.2346 });
    expect(bodies((await api.get(`Invoices/${fine!.InvoiceID}`)).body.Invoices)[0]).toMatchObject({
      LineItems: [{ UnitAmount: 1.23 }],
    });
  });
  test('an amount that disagrees, a currency, a tax, an account, an item, a tracking option that is not there', async () => {
    const rows = await api.write('PUT', 'Invoices', [
      sale([line(10, { LineAmount: 11 })]),
      sale([line(10)], { CurrencyCode: 'CHF' }),
      sale([line(10, { TaxType: 'GONE' })]),
      sale([line(10, { TaxType: 'INPUT2' })]),
      sale([line(10, { AccountCode: '999' })]),
      sale([line(10, { ItemCode: 'NONE' })]),
      sale([line(10, { Tracking: [{ Name: 'Region', Option: 'West' }] })]),
      sale([line(10, { DiscountRate: 5, DiscountAmount: 1 })]),
      sale([]),
    ]);
    expect(rows.map(({ StatusAttributeString }) => StatusAttributeString)).toEqual(rows.map(() => 'ERROR'));
    expect(rows.map((row) => messagesOf(row)[0])).toEqual([
      'The line total 11 does not match the expected line total 10',
      'Organisation is not subscribed to currency CHF',
      expect.stringContaining("TaxType code 'GONE'"),
      expect.stringContaining("TaxType code 'INPUT2'"),
      expect.stringContaining("Account code '999'"),
      "Item code 'NONE' is not valid",
      expect.stringContaining('tracking option'),
      expect.stringContaining('not both'),
      'One or more line items must be specified',
    ]);
  });
  test('what an item leaves out is filled in, and the rate of a currency', async () => {
    const [invoice] = await api.write('PUT', 'Invoices', [sale([{ ItemCode: 'ATLAS', Quantity: 2 }], { CurrencyCode: 'EUR' })]);
    expect(invoice).toMatchObject({
      CurrencyRate: 1.17,
      LineItems: [{ Description: 'Atlas of Tides, hardback', UnitAmount: 39.5, AccountCode: '200' }],
    });
  });
});

describe('rows and calls', () => {
  test('good rows are saved beside bad ones; without the parameter one bad row fails all', async () => {
    const rows = [{ Name: 'New one' }, { Name: 'Harbour hotel' }, { Name: ' ' }];
    const answered = await api.write('PUT', 'Contacts', rows);
    expect(answered.map(({ StatusAttributeString }) => StatusAttributeString)).toEqual(['OK', 'ERROR', 'ERROR']);
    expect(messagesOf(answered[1])[0]).toContain('already assigned to another contact');
    const whole = await api.call('PUT', 'Contacts', { body: { Contacts: [{ Name: 'Second one' }, { Name: 'Harbour Hotel' }] } });
    expect(whole).toMatchObject({ status: 400, body: { ErrorNumber: 10, Type: 'ValidationException' } });
    expect(messagesOf(whole.body)).toHaveLength(1);
    expect(xero.list('Contacts').map(({ Name }) => Name)).not.toContain('Second one');
  });
  test('a POST with a number updates that invoice, a PUT refuses it; a contact of no id is made by its name', async () => {
    const [updated] = await api.write('POST', 'Invoices', [{ InvoiceNumber: 'INV-0004', Reference: 'By number' }]);
    expect(updated).toMatchObject({ Reference: 'By number', InvoiceID: xero.list('Invoices')[4]!.InvoiceID });
    const [twice] = await api.write('PUT', 'Invoices', [
      sale([line(1)], { InvoiceNumber: 'INV-0004', Contact: { Name: 'Somebody new' } }),
    ]);
    expect(messagesOf(twice)).toEqual(['Invoice # must be unique.']);
    expect(xero.list('Contacts').map(({ Name }) => Name)).toContain('Somebody new');
  });
  test('under a key a request is carried out once; another request is refused; after six minutes it is new', async () => {
    const ask = (Name: string) =>
      api.call('PUT', 'Contacts', { body: { Contacts: [{ Name }] }, headers: { 'idempotency-key': 'k1' } });
    const first = await ask('Once');
    expect((await ask('Once')).text).toBe(first.text);
    expect(await ask('Twice')).toMatchObject({ status: 400 });
    expect(xero.list('Contacts').filter(({ Name }) => Name === 'Once')).toHaveLength(1);
    const refused = await api.call('PUT', 'Contacts', {
      body: { Contacts: [{ Name: 'Once' }] },
      headers: { 'idempotency-key': 'k2' },
    });
    xero.edit('Contacts', String(xero.list('Contacts').find(({ Name }) => Name === 'Once')!.ContactID), {
      ContactStatus: 'ARCHIVED',
    });
    const again = await api.call('PUT', 'Contacts', {
      body: { Contacts: [{ Name: 'Once' }] },
      headers: { 'idempotency-key': 'k2' },
    });
    expect([refused.status, again.status]).toEqual([400, 400]); // a refusal is remembered too
    xero.clock.turn(6 * 60_000);
    expect((await ask('Once')).status).toBe(200);
  });
});

describe('states', () => {
  test('documents go their way and no other', async () => {
    const [draft] = await api.write('PUT', 'Invoices', [sale([line(10)])]);
    const to = async (Status: string) =>
      messagesOf((await api.write('POST', 'Invoices', [{ InvoiceID: draft!.InvoiceID!, Status }]))[0]);
    expect(await to('VOIDED')).toHaveLength(1);
    expect(await to('PAID')).toHaveLength(1);
    expect(await to('SUBMITTED')).toEqual([]);
    expect(await to('AUTHORISED')).toEqual([]);
    expect(await to('DELETED')).toHaveLength(1);
    expect(await to('VOIDED')).toEqual([]);
    expect(await to('AUTHORISED')).toHaveLength(1);
  });
  test('to approve wants a due date and an account on each line', async () => {
    const [without, bare] = await api.write('PUT', 'Invoices', [
      { ...sale([line(10)], { Status: 'AUTHORISED' }), DueDate: null },
      sale([{ Description: 'x', Quantity: 1, UnitAmount: 1 }], { Status: 'AUTHORISED' }),
    ]);
    expect([without, bare].map((row) => row!.StatusAttributeString)).toEqual(['ERROR', 'ERROR']);
  });
  test('a payment pays, moves the invoice to its own time, and is never more than is due', async () => {
    const invoice = await approved();
    xero.clock.turn(60_000);
    expect(messagesOf(await pay(invoice, 121))[0]).toContain('exceeds the amount outstanding');
    const first = await pay(invoice, 20.5);
    const partly = await one(`Invoices/${invoice.InvoiceID}`);
    expect(partly).toMatchObject({
      Status: 'AUTHORISED',
      AmountPaid: 20.5,
      AmountDue: 99.5,
      UpdatedDateUTC: first.UpdatedDateUTC,
    });
    await pay(invoice, 99.5, { Date: '2026-02-12' });
    expect(await one(`Invoices/${invoice.InvoiceID}`)).toMatchObject({
      Status: 'PAID',
      AmountDue: 0,
      FullyPaidOnDate: '/Date(1770854400000+0000)/',
    });
    expect((await api.call('POST', `Payments/${first.PaymentID}`, { body: { Payments: [{ Amount: 1 }] } })).status).toBe(400);
    expect((await api.call('POST', `Payments/${first.PaymentID}`, { body: { Status: 'DELETED' } })).status).toBe(200);
    expect(await one(`Invoices/${invoice.InvoiceID}`)).toMatchObject({ Status: 'AUTHORISED', AmountDue: 20.5 });
  });
  test('what is paid stays as it is, but for a few members; it is not voided', async () => {
    const invoice = await approved();
    await pay(invoice, 1);
    const change = async (changes: Body) =>
      messagesOf((await api.write('POST', 'Invoices', [{ InvoiceID: invoice.InvoiceID!, ...changes }]))[0]);
    expect(await change({ Reference: 'Deal 1', Url: 'https://crm.example/1' })).toEqual([]);
    expect((await change({ LineItems: [line(1)] }))[1]).toContain('payment or credit note allocated');
    expect(await change({ Status: 'VOIDED' })).not.toEqual([]);
  });
  test('lines that are left out are removed, and keep their ids when they bear them', async () => {
    const [invoice] = await api.write('PUT', 'Invoices', [sale([line(1), line(2)])]);
    const [first, second] = bodies(invoice!.LineItems);
    const [changed] = await api.write('POST', 'Invoices', [
      { InvoiceID: invoice!.InvoiceID!, LineItems: [{ ...line(5), LineItemID: second!.LineItemID! }, line(7)] },
    ]);
    const ids = bodies(changed!.LineItems).map(({ LineItemID }) => LineItemID);
    expect(ids[0]).toBe(second!.LineItemID);
    expect(ids).not.toContain(first!.LineItemID);
    expect(changed).toMatchObject({ SubTotal: 12 });
  });
  test('nothing is dated into a locked period, nor changed there', async () => {
    const invoice = await approved();
    xero.lock('2026-02-15');
    const [refused] = await api.write('PUT', 'Invoices', [sale([line(1)], { Status: 'AUTHORISED' })]);
    expect(messagesOf(refused)[0]).toContain('period lock date');
    expect(messagesOf(await pay(invoice, 1))[0]).toContain('period lock date');
    const [changed] = await api.write('POST', 'Invoices', [{ InvoiceID: invoice.InvoiceID!, DueDate: '2026-04-01' }]);
    expect(messagesOf(changed)[1]).toContain('period lock date');
  });
  test('archived contacts are invoiced no more, and their name is free', async () => {
    const [hotel] = xero.list('Contacts');
    await api.write('POST', 'Contacts', [{ ContactID: hotel!.ContactID!, ContactStatus: 'ARCHIVED' }]);
    const [refused] = await api.write('PUT', 'Invoices', [sale([line(1)], { Contact: { ContactID: hotel!.ContactID! } })]);
    expect(messagesOf(refused)).toEqual(['Unable to assign an Archived contact.']);
    expect((await api.write('PUT', 'Contacts', [{ Name: 'Harbour Hotel' }]))[0]).toMatchObject({ StatusAttributeString: 'OK' });
  });
  test('credit notes are put against invoices, by no more than either has left, and then not voided', async () => {
    const invoice = await approved(10);
    const note = xero.list('CreditNotes')[0]!;
    const allocate = (Amount: number) =>
      api.call('PUT', `CreditNotes/${note.CreditNoteID}/Allocations`, {
        body: { Allocations: [{ Invoice: { InvoiceID: invoice.InvoiceID! }, Amount, Date: '2026-02-20' }] },
      });
    expect((await allocate(13)).status).toBe(400);
    expect((await allocate(12)).status).toBe(200);
    expect(await one(`Invoices/${invoice.InvoiceID}`)).toMatchObject({ Status: 'PAID', AmountCredited: 12, AmountPaid: 0 });
    expect(await one(`CreditNotes/${note.CreditNoteID}`)).toMatchObject({ RemainingCredit: 35.4, Allocations: [{ Amount: 12 }] });
    expect((await api.write('POST', 'CreditNotes', [{ CreditNoteID: note.CreditNoteID!, Status: 'VOIDED' }]))[0]).toMatchObject({
      StatusAttributeString: 'ERROR',
    });
  });
  test('quotes want contact and date each time, take certain orders only, and lines as drafts', async () => {
    const [quote] = await api.write('PUT', 'Quotes', [
      { Contact: { Name: 'Harbour Hotel' }, Date: '2026-02-01', LineItems: [line(10)] },
    ]);
    const known = { QuoteID: quote!.QuoteID!, Contact: { Name: 'Harbour Hotel' }, Date: '2026-02-01' };
    const change = async (changes: Body) => messagesOf((await api.write('POST', 'Quotes', [{ ...known, ...changes }]))[0]);
    expect(messagesOf((await api.write('POST', 'Quotes', [{ QuoteID: quote!.QuoteID!, Reference: 'x' }]))[0])).toHaveLength(2);
    expect(await change({ Status: 'ACCEPTED' })).toHaveLength(1);
    expect(await change({ Status: 'SENT' })).toEqual([]);
    expect(await change({ LineItems: [line(11)] })).toHaveLength(1);
    for (const Status of ['ACCEPTED', 'INVOICED']) expect(await change({ Status })).toEqual([]);
  });
  test('an invoice is mailed when it is approved and the contact has an address', async () => {
    const [draft] = await api.write('PUT', 'Invoices', [sale([line(1)])]);
    expect((await api.call('POST', `Invoices/${draft!.InvoiceID}/Email`, { body: {} })).status).toBe(400);
    const invoice = await approved();
    expect((await api.call('POST', `Invoices/${invoice.InvoiceID}/Email`, { body: {} })).status).toBe(204);
    expect(xero.mails()).toEqual([{ invoice: invoice.InvoiceID, to: 'accounts@harbour.example' }]);
    expect(body(bodies((await api.get(`Invoices/${invoice.InvoiceID}/OnlineInvoice`)).body.OnlineInvoices)[0])).toHaveProperty(
      'OnlineInvoiceUrl',
    );
  });
});

describe('limits', () => {
  test('sixty a minute in fixed windows, told by headers; then 429 without a body, until the minute is over', async () => {
    xero.setLimits(XERO_LIMITS);
    xero.clock.turn(15_000);
    const first = await api.get('TaxRates');
    expect(
      Object.fromEntries(['min', 'day', 'appmin'].map((name) => [name, first.headers.get(`x-${name}limit-remaining`)])),
    ).toEqual({ min: '59', day: '4999', appmin: '9999' });
    for (let n = 1; n < 60; n++) await api.get('TaxRates');
    const late = await api.get('TaxRates');
    expect([late.status, late.text, late.headers.get('x-rate-limit-problem'), late.headers.get('retry-after')]).toEqual([
      429,
      '',
      'minute',
      '45',
    ]);
    await api.get('TaxRates');
    expect(xero.insidePenalty()).toBe(1);
    xero.clock.turn(45_000);
    expect((await api.get('TaxRates')).status).toBe(200);
  });
  test('five at once, and so many a day', async () => {
    xero.setLimits({ atOnce: 5, day: 12 });
    for (let n = 0; n < 6; n++) xero.faults.add({ kind: 'slow', ms: 60, operation: 'getItems' });
    const statuses = (await Promise.all(Array.from({ length: 6 }, () => api.get('Items')))).map(({ status }) => status);
    expect(statuses.filter((status) => status === 429).length).toBeGreaterThan(0);
    for (let n = 0; n < 12; n++) await api.get('TaxRates');
    expect((await api.get('TaxRates')).headers.get('x-rate-limit-problem')).toBe('day');
  });
});
