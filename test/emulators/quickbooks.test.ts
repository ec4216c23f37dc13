import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Emulators, startEmulators } from './index.ts';
import { createClock } from './kit/clock.ts';
import { bookkeeper, sold } from './ledger-client.ts';
import { QUICKBOOKS_QUOTAS } from './quickbooks/quotas.ts';
import { seedRows } from './quickbooks/seed.ts';
import { type Thing, text, thing, things } from './quickbooks/thing.ts';

const NOW = Date.parse('2026-03-01T18:00:00Z');
const DAY = 86_400_000;
const GB = { name: 'Lincoln Lights', country: 'GB', currency: 'GBP', taxes: 'global', multicurrency: true } as const;
let on: Emulators;
let api: ReturnType<typeof bookkeeper>;
beforeEach(async () => {
  on = await startEmulators({ clock: createClock(NOW), traffic: null, quickbooks: { companies: [{}, GB] } });
  api = bookkeeper(on.quickbooks);
});
afterEach(() => on.close());

const one = (body: Thing, entity: string): Thing => thing(body[entity]);
const listOf = (body: Thing, entity: string): Thing[] => things(thing(body.QueryResponse)[entity]);
async function create(entity: string, body: Thing): Promise<Thing> {
  const made = await api.write(entity.toLowerCase(), body);
  if (made.status !== 200) throw new Error(JSON.stringify(made.error));
  return one(made.body, entity);
}
const update = async (entity: string, body: Thing) => api.write(entity.toLowerCase(), { sparse: true, ...body });

describe('versions', () => {
  test('a change raises the token, the same once more leaves token and time alone', async () => {
    on.clock.turn(5_000);
    const changed = one((await update('Customer', { Id: '1', SyncToken: '0', Notes: 'x' })).body, 'Customer');
    expect(changed).toMatchObject({ SyncToken: '1', sparse: false, Notes: 'x', GivenName: 'Ash' });
    on.clock.turn(5_000);
    const again = one((await update('Customer', { Id: '1', SyncToken: '1', Notes: 'x' })).body, 'Customer');
    expect([again.SyncToken, again.MetaData]).toEqual([changed.SyncToken, changed.MetaData]);
  });
  test('a stale token is 5010, one that is missing 2020, an id that is none 2030, and who is not there 610', async () => {
    await update('Customer', { Id: '1', SyncToken: '0', Notes: 'x' });
    const codes = [];
    const bodies: Thing[] = [
      { Id: '1', SyncToken: '0', Notes: 'y' },
      { Id: '1' },
      { Id: '1.5', SyncToken: '0' },
      { Id: '99', SyncToken: '0' },
    ];
    for (const body of bodies) codes.push((await update('Customer', body)).error.code);
    expect(codes).toEqual(['5010', '2020', '2030', '610']);
  });
  test('a whole update resets what it leaves out; a sparse one clears by an empty text', async () => {
    const whole = await api.write('customer', { Id: '1', SyncToken: '0', DisplayName: 'Only a name' });
    expect(one(whole.body, 'Customer').GivenName).toBeUndefined();
    const cleared = await update('Customer', { Id: '2', SyncToken: '0', GivenName: '', CompanyName: '' });
    expect(one(cleared.body, 'Customer')).not.toHaveProperty('GivenName');
    expect(one(cleared.body, 'Customer').FamilyName).toBe('Bellamy');
  });
  test('unknown members are refused at any depth', async () => {
    const bodies: Thing[] = [
      { DisplayName: 'A', Nonsense: 1 },
      { DisplayName: 'A', BillAddr: { Street: 'x' } },
    ];
    for (const body of bodies) expect((await api.write('customer', body)).error).toMatchObject({ code: '2010' });
  });
});

describe('names', () => {
  test('are unique across customers, vendors and employees, whatever their case', async () => {
    await create('Vendor', { DisplayName: 'Rakes and Co' });
    await create('Employee', { GivenName: 'Emma', FamilyName: 'Ploy' });
    for (const DisplayName of ['rakes AND co', 'Emma Ploy', 'ASHGROVE gardens'])
      expect((await api.write('customer', { DisplayName })).error).toMatchObject({ code: '6240' });
  });
  test('are free again once their bearer is inactive, who is called otherwise from then on and may not be invoiced', async () => {
    const gone = one((await update('Customer', { Id: '1', SyncToken: '0', Active: false })).body, 'Customer');
    expect(gone.DisplayName).toBe('Ashgrove Gardens (deleted)');
    await create('Customer', { DisplayName: 'Ashgrove Gardens' });
    const refused = await api.write('invoice', { CustomerRef: { value: '1' }, Line: [sold('1', 1, 10)] });
    expect(refused.error.code).toBe('610');
    const back = one((await update('Customer', { Id: '1', SyncToken: '1', Active: true })).body, 'Customer');
    expect(back.DisplayName).toBe('Ashgrove Gardens (deleted)');
  });
  test('have no colon; items need an account, keep their type, and too long is 2050', async () => {
    expect((await api.write('customer', { DisplayName: 'a:b' })).error.code).toBe('6000');
    expect((await api.write('customer', { DisplayName: 'a', Suffix: 'x'.repeat(17) })).error.code).toBe('2050');
    expect((await api.write('item', { Name: 'Spade' })).error.code).toBe('2020');
    expect((await update('Item', { Id: '1', SyncToken: '0', Type: 'Inventory' })).error.code).toBe('6000');
  });
});

describe('documents', () => {
  test('get number, due date, subtotal and totals from the service', async () => {
    const invoice = await create('Invoice', {
      CustomerRef: { value: '1' },
      SalesTermRef: { value: '2' },
      TxnDate: '2026-03-01',
      Line: [sold('1', 3, 19.99), sold('2', 1, 0.05)],
    });
    expect(invoice).toMatchObject({
      DocNumber: '1006',
      DueDate: '2026-03-16',
      TotalAmt: 60.02,
      Balance: 60.02,
      EmailStatus: 'NotSet',
    });
    expect(things(invoice.Line).map(({ DetailType, Id }) => [DetailType, Id])).toEqual([
      ['SalesItemLineDetail', '1'],
      ['SalesItemLineDetail', '2'],
      ['SubTotalLineDetail', undefined],
    ]);
  });
  test('amounts must be quantity × price (6070), numbers free (6140) unless told otherwise, lines there (2020)', async () => {
    const body = { CustomerRef: { value: '1' }, Line: [{ ...sold('1', 3, 19.99), Amount: 60 }] };
    expect((await api.write('invoice', body)).error.code).toBe('6070');
    const doubled = { CustomerRef: { value: '1' }, DocNumber: '1001', Line: [sold('1', 1, 1)] };
    expect((await api.write('invoice', doubled)).error.code).toBe('6140');
    expect((await api.write('invoice', doubled, { include: 'allowduplicatedocnum' })).status).toBe(200);
    expect((await api.write('invoice', { CustomerRef: { value: '1' }, Line: [] })).error.code).toBe('2020');
  });
  test.each([
    [true, 7.2, 142.2],
    [false, 8, 143],
  ])(
    'US tax is the service’s: of taxable lines, after the discount (%s) or before, whatever total was sent',
    async (ApplyTaxAfterDiscount, TotalTax, TotalAmt) => {
      const invoice = await create('Invoice', {
        CustomerRef: { value: '1' },
        ApplyTaxAfterDiscount,
        TxnTaxDetail: { TxnTaxCodeRef: { value: '2' }, TotalTax: 999 },
        Line: [
          sold('1', 1, 100, { TaxCodeRef: { value: 'TAX' } }),
          sold('2', 1, 50),
          { DetailType: 'DiscountLineDetail', DiscountLineDetail: { PercentBased: true, DiscountPercent: 10 } },
        ],
      });
      expect(invoice).toMatchObject({ TxnTaxDetail: { TotalTax }, TotalAmt });
    },
  );
  test('elsewhere each line names a tax code, tax is by rate, and the currency is the customer’s', async () => {
    const [, gb] = on.quickbooks.companies();
    const there = bookkeeper(on.quickbooks, on.quickbooks.grant(gb!.realm).accessToken, gb!.realm);
    const without = { CustomerRef: { value: '1' }, GlobalTaxCalculation: 'TaxExcluded', Line: [sold('1', 1, 10)] };
    expect((await there.write('invoice', without)).error.code).toBe('6000');
    const made = await there.write('invoice', {
      ...without,
      Line: [
        sold('1', 1, 33.33, { TaxCodeRef: { value: '1' } }),
        sold('2', 1, 33.33, { TaxCodeRef: { value: '1' } }),
        sold('2', 1, 10, { TaxCodeRef: { value: '2' } }),
      ],
    });
    expect(one(made.body, 'Invoice')).toMatchObject({
      TxnTaxDetail: { TotalTax: 13.83 },
      TotalAmt: 90.49,
      CurrencyRef: { value: 'GBP' },
    });
    const foreign = await there.write('invoice', { ...without, CurrencyRef: { value: 'EUR' } });
    expect(foreign.error.code).toBe('6000');
    expect((await api.write('customer', { DisplayName: 'Euro', CurrencyRef: { value: 'EUR' } })).error.code).toBe('6000');
  });
  test('an invoice made of an estimate closes it, on both ends', async () => {
    const invoice = await create('Invoice', {
      CustomerRef: { value: '1' },
      LinkedTxn: [{ TxnId: '1', TxnType: 'Estimate' }],
      Line: [sold('1', 8, 75)],
    });
    const estimate = one((await api.read('estimate/1')).body, 'Estimate');
    expect([estimate.TxnStatus, estimate.LinkedTxn]).toEqual(['Closed', [{ TxnId: invoice.Id, TxnType: 'Invoice' }]]);
  });
  test('closed books and deposited payments stay as they are', async () => {
    on.quickbooks.closeBooks('2026-01-31');
    expect((await update('Invoice', { Id: '2', SyncToken: '0', PrivateNote: 'x' })).error.code).toBe('6210');
    on.quickbooks.closeBooks();
    const [payment] = [...on.quickbooks.books().all('Payment')];
    on.quickbooks.deposit(text(payment!.Id));
    expect((await update('Payment', { Id: payment!.Id!, SyncToken: payment!.SyncToken!, PrivateNote: 'x' })).error.code).toBe(
      '6540',
    );
  });
});

describe('money', () => {
  const pay = (TotalAmt: number, Line: Thing[] = []) => api.write('payment', { CustomerRef: { value: '1' }, TotalAmt, Line });
  const of = (id: string, Amount: number, TxnType = 'Invoice'): Thing => ({ Amount, LinkedTxn: [{ TxnId: id, TxnType }] });
  const balance = async (id: string) => one((await api.read(`invoice/${id}`)).body, 'Invoice').Balance;

  test('part payments lower the balance, what is left stays unapplied, and more than is open is refused', async () => {
    const made = await pay(150, [of('2', 100)]);
    expect(one(made.body, 'Payment').UnappliedAmt).toBe(50);
    expect(await balance('2')).toBe(175);
    expect((await pay(500, [of('2', 200)])).error.code).toBe('6000');
    expect((await pay(10, [of('3', 10)])).error).toMatchObject({
      code: '6000',
      Detail: expect.stringContaining('another customer'),
    });
    expect(one((await api.read('customer/1')).body, 'Customer').Balance).toBe(175 - 50 - 25.5);
  });
  test('a credit memo pays through a payment of nothing', async () => {
    const [memo] = [...on.quickbooks.books().all('CreditMemo')];
    await pay(0, [of(text(memo!.Id), 25.5, 'CreditMemo'), of('2', 25.5)]);
    expect(await balance('2')).toBe(249.5);
    expect(memo).toMatchObject({ Balance: 0, RemainingCredit: 0 });
  });
  test('a voided or deleted invoice gives its payment back; a voided payment its invoice', async () => {
    const { Id, SyncToken } = one((await pay(100, [of('2', 100)])).body, 'Payment');
    const voided = await api.write(
      'invoice',
      { Id: '2', SyncToken: one((await api.read('invoice/2')).body, 'Invoice').SyncToken! },
      { operation: 'void' },
    );
    expect(one(voided.body, 'Invoice')).toMatchObject({ TotalAmt: 0, Balance: 0, PrivateNote: 'Voided' });
    expect(one((await api.read(`payment/${Id}`)).body, 'Payment')).toMatchObject({ UnappliedAmt: 100, Line: [] });
    const other = one((await api.write('invoice', { CustomerRef: { value: '1' }, Line: [sold('1', 1, 10)] })).body, 'Invoice');
    const paid = one((await pay(10, [of(text(other.Id), 10)])).body, 'Payment');
    await api.write(
      'payment',
      { Id: paid.Id!, SyncToken: paid.SyncToken!, sparse: true },
      { operation: 'update', include: 'void' },
    );
    expect(await balance(text(other.Id))).toBe(10);
    void SyncToken;
  });
});

describe('queries', () => {
  test('show active ones unless asked, count from 1, and have nothing past the end', async () => {
    await update('Customer', { Id: '1', SyncToken: '0', Active: false });
    expect(listOf((await api.query('select * from Customer')).body, 'Customer').length).toBe(4);
    expect(listOf((await api.query('select * from Customer where Active in (true,false)')).body, 'Customer').length).toBe(5);
    expect((await api.query('select * from Customer startposition 9')).body.QueryResponse).toEqual({});
    expect((await api.query('select count(*) from Invoice')).body.QueryResponse).toEqual({ totalCount: 4 });
    const page = await api.query('SELECT * FROM Invoice ORDERBY MetaData.CreateTime STARTPOSITION 2 MAXRESULTS 2');
    expect(page.body.QueryResponse).toMatchObject({ startPosition: 2, maxResults: 2, totalCount: 4 });
  });
  test.each([
    'select * from customer',
    'select * from Custmoer',
    'select * from Customer startposition 0',
    'select * from Customer maxresults 1001',
    "select * from Customer where PrintOnCheckName = 'x'",
    "select * from Customer where Nonsense = 'x'",
    'select * from Invoice orderby Balance',
  ])('%s is 4001', async (query) => {
    expect((await api.query(query)).error.code).toBe('4001');
  });
  test('texts compare in any case, with % where LIKE says so, and quotes are escaped', async () => {
    await create('Customer', { DisplayName: "Amy's Birds" });
    for (const where of ["DisplayName = 'amy\\'s birds'", "DisplayName like 'AMY%'", "Id in ('6')"])
      expect(listOf((await api.query(`select * from Customer where ${where}`)).body, 'Customer').length).toBe(1);
  });
});

describe('changes', () => {
  test('tell what changed and what is gone, and `{}` where nothing did', async () => {
    on.clock.turn(DAY);
    const since = on.clock.now();
    on.quickbooks.save('Customer', { Id: '2', Notes: 'x' });
    on.quickbooks.delete('Estimate', '1');
    api = bookkeeper(on.quickbooks);
    const { body } = await api.changes('Customer,Estimate,Invoice', since);
    const [customers, estimates, invoices] = things(things(body.CDCResponse)[0]?.QueryResponse);
    expect(things(customers!.Customer).map(({ Id }) => Id)).toEqual(['2']);
    expect(estimates!.Estimate).toEqual([
      { domain: 'QBO', status: 'Deleted', Id: '1', MetaData: { LastUpdatedTime: expect.any(String) } },
    ]);
    expect(invoices).toEqual({});
    expect((await api.query("select * from Estimate where Id = '1'")).body.QueryResponse).toEqual({});
  });
  test('reach back 30 days, tell a thousand at most, and know no tax codes', async () => {
    seedRows(on.quickbooks.books(), { customers: 1_100 });
    const { body } = await api.changes('Customer', on.clock.now() - DAY);
    expect(things(things(things(body.CDCResponse)[0]?.QueryResponse)[0]?.Customer).length).toBe(1_000);
    expect((await api.changes('Customer', on.clock.now() - 31 * DAY)).status).toBe(400);
    expect((await api.changes('TaxCode', on.clock.now() - DAY)).status).toBe(400);
  });
});

describe('many at once', () => {
  test('each item of a batch has an answer or a fault of its own, by its bId', async () => {
    const { body } = await api.batch([
      { bId: 'a', operation: 'create', Customer: { DisplayName: 'New' } },
      { bId: 'b', operation: 'update', Customer: { sparse: true, Id: '1', SyncToken: '7', Notes: 'x' } },
      { bId: 'c', operation: 'delete', Invoice: { Id: '999', SyncToken: '0' } },
      { bId: 'd', Query: "select * from Customer where DisplayName = 'New'" },
    ]);
    const answers = things(body.BatchItemResponse);
    expect(answers.map(({ bId }) => bId)).toEqual(['a', 'b', 'c', 'd']);
    expect(answers.map((item) => things(thing(item.Fault).Error)[0]?.code)).toEqual([undefined, '5010', '610', undefined]);
    expect(listOf(answers[3]!, 'Customer').length).toBe(1);
  });
  test('more than thirty, or a bId twice, is refused', async () => {
    const items = Array.from({ length: 31 }, (_, i) => ({ bId: String(i), Query: 'select * from Term' }));
    expect((await api.batch(items)).status).toBe(400);
    expect((await api.batch([items[0]!, items[0]!])).status).toBe(400);
    expect((await api.batch(items.slice(1))).status).toBe(200);
  });
  test('a request id answers once more with what it answered, and acts once', async () => {
    const body = { CustomerRef: { value: '1' }, Line: [sold('1', 1, 10)] };
    const first = await api.write('invoice', body, { requestid: 'once' });
    const again = await api.write('invoice', body, { requestid: 'once' });
    expect(again.body).toEqual(first.body);
    expect(on.quickbooks.books().count('Invoice')).toBe(5);
    expect((await api.write('invoice', body, { requestid: 'x'.repeat(51) })).status).toBe(400);
  });
});

describe('at the gate', () => {
  test('an access token ends after an hour, and another company’s is of no use', async () => {
    const [, gb] = on.quickbooks.companies();
    expect((await bookkeeper(on.quickbooks, on.quickbooks.grant(gb!.realm).accessToken).read('customer/1')).status).toBe(403);
    on.clock.turn(3_600_001);
    const { status, body } = await api.read('customer/1');
    expect([status, thing(body.fault).type]).toEqual([401, 'AUTHENTICATION']);
  });
  test('five hundred requests and forty batches a minute, ten requests a second; then 429 without a time', async () => {
    on.quickbooks.setQuotas(QUICKBOOKS_QUOTAS);
    const statuses = [];
    for (let i = 0; i < 11; i++) statuses.push((await api.read('customer/1')).status);
    expect(statuses.filter((status) => status === 429).length).toBe(1);
    const refused = await api.read('customer/1');
    expect([refused.error.code, refused.headers.get('retry-after')]).toEqual(['3001', null]);
    on.quickbooks.setQuotas({ batches: { calls: 1, perMs: 60_000 } });
    const item = [{ bId: '1', Query: 'select * from Term' }];
    expect([(await api.batch(item)).status, (await api.batch(item)).status]).toEqual([200, 429]);
    on.clock.turn(60_001);
    expect((await api.batch(item)).status).toBe(200);
  });
  test('a refresh token keeps its value for a day; then another comes, and the former one is dead', async () => {
    const [given] = [on.quickbooks.grant()];
    const refresh = async (token: string) => {
      const answer = await fetch(new URL('oauth2/v1/tokens/bearer', on.quickbooks.hosts.oauth), {
        method: 'POST',
        headers: { authorization: `Basic ${Buffer.from('switchboard-demo:demo-secret').toString('base64')}` },
        body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token: token }),
      });
      return { status: answer.status, body: (await answer.json()) as { refresh_token?: string; error?: string } };
    };
    const first = await refresh(given.refreshToken!);
    expect(first.body.refresh_token).toBe(given.refreshToken);
    on.clock.turn(DAY + 1);
    const second = await refresh(given.refreshToken!);
    expect(second.body.refresh_token).not.toBe(given.refreshToken);
    expect(await refresh(given.refreshToken!)).toEqual({
      status: 400,
      body: { error: 'invalid_grant', error_description: 'Token invalid' },
    });
    expect((await refresh(second.body.refresh_token!)).status).toBe(200);
  });
});

test('a delivery that is not taken holds back the later ones, and comes again after ten, twenty, thirty seconds', async () => {
  on.quickbooks.setHook({ url: 'http://127.0.0.1:1/nobody', secret: 'x' });
  on.quickbooks.save('Customer', { Id: '1', Notes: '1' });
  await on.quickbooks.settled();
  on.quickbooks.save('Customer', { Id: '2', Notes: '2' });
  for (const [ms, sent] of [
    [0, 1],
    [9_000, 1],
    [1_001, 2],
    [19_000, 2],
    [1_001, 3],
  ] as const) {
    on.clock.turn(ms);
    await on.quickbooks.settled();
    expect(on.quickbooks.deliveries()).toMatchObject({ sent, taken: 0, waiting: 2 });
  }
});

test('another process asks by orders', async () => {
  const order = async (name: string, body: object = {}) => {
    const answer = await fetch(new URL(`_control/${name}`, on.quickbooks.hosts.api), {
      method: 'POST',
      body: JSON.stringify(body),
    });
    return answer.json() as Promise<unknown>;
  };
  expect(await order('save', { entity: 'Customer', body: { DisplayName: 'By order' } })).toMatchObject({
    DisplayName: 'By order',
  });
  expect(await order('list', { entity: 'Customer' })).toHaveLength(6);
  expect(await order('seed', { ledger: { customers: [{ Id: 'x', DisplayName: 'Seeded' }] } })).toMatchObject({
    Customer: { x: '7' },
  });
  expect(await order('void', { entity: 'Invoice', id: '2' })).toEqual({ ok: true });
  expect(await order('state')).toMatchObject({ companies: [{ taxes: 'us' }, { taxes: 'global' }] });
  expect(await order('list', { entity: 'Nonsense' })).toEqual({ error: expect.stringContaining('Customer') });
});

test('a ledger of plain things goes into the books, with ids of its own', () => {
  const placed = on.quickbooks.seed({
    customers: [{ Id: 'c', DisplayName: 'From a ledger' }],
    items: [{ Id: 'i', Name: 'Its item', UnitPrice: 5, IncomeAccountRef: { value: '1' } }],
    invoices: [
      { Id: 'paid', CustomerRef: { value: 'c' }, TxnDate: '2025-01-01', Line: [sold('i', 2, 5)] },
      { Id: 'void', CustomerRef: { value: 'c' }, TxnDate: '2025-01-02', Line: [sold('i', 1, 5)] },
    ],
    payments: [
      {
        Id: 'p',
        CustomerRef: { value: 'c' },
        TotalAmt: 10,
        Line: [{ Amount: 10, LinkedTxn: [{ TxnId: 'paid', TxnType: 'Invoice' }] }],
      },
    ],
    voided: { invoices: ['void'] },
    inactive: { items: ['i'] },
  });
  const books = on.quickbooks.books();
  expect(books.find('Invoice', placed.Invoice!.get('paid')!)).toMatchObject({
    Balance: 0,
    CustomerRef: { value: placed.Customer!.get('c') },
  });
  expect(books.find('Invoice', placed.Invoice!.get('void')!)).toMatchObject({ TotalAmt: 0, PrivateNote: 'Voided' });
  expect(books.find('Item', placed.Item!.get('i')!)).toMatchObject({ Active: false, Name: 'Its item (deleted)' });
});
