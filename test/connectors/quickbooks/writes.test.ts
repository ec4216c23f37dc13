/** Writing against the emulated books: what is kept, what is refused, and what became of each. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { quickbooks } from '#connectors/quickbooks/index.ts';
import type { Context } from '#kit/context.ts';
import { type Refused, TryLater } from '#kit/errors.ts';
import type { Json, Values } from '#kit/fields.ts';
import type { Draft, Row, Stream } from '#kit/stream.ts';
import { type Emulators, startEmulators } from '#test/emulators/index.ts';
import { createClock } from '#test/emulators/kit/clock.ts';
import { type Thing, things } from '#test/emulators/quickbooks/thing.ts';
import { desk, NOW } from './desk.ts';

const { customers, invoices, items, payments, estimates } = quickbooks.streams;
let on: Emulators;
let ctx: Context;
let drafted = 0;
beforeEach(async () => {
  on = await startEmulators({ clock: createClock(NOW), traffic: null });
  const { accessToken } = on.quickbooks.grant();
  const { realm } = on.quickbooks.companies()[0]!;
  ctx = { ...desk({ realm }, on.hosts.quickbooks!).ctx, token: async () => accessToken };
});
afterEach(() => on.close());

const usd = (amount: string): Json => ({ amount, currency: 'USD' });
const books = () => on.quickbooks.books();
const row = async (stream: Stream, id: string): Promise<Row> => (await stream.fetch!(ctx, [id])).rows[0]!;
const change = async (stream: Stream, id: string, fields: Values): Promise<Draft> => {
  const { version, raw } = await row(stream, id);
  return { key: `draft ${drafted++}`, mark: 'm', id, version, raw, fields };
};
const fresh = (fields: Values, key = 'new'): Draft => ({ key, mark: 'm', fields });

describe('lines', () => {
  const lines = async () => (await row(invoices, '2')).fields.lines as Values[];

  test('an edited line stays the same one, a new one gets an id, and what stands beside them is kept', async () => {
    const invoice = books().find('Invoice', '2')!;
    on.quickbooks.save('Invoice', {
      Id: '2',
      Line: [
        ...things(invoice.Line).filter(({ Id }) => Id),
        { Amount: 5, DetailType: 'DiscountLineDetail', DiscountLineDetail: { PercentBased: false } },
      ],
    });
    const [line] = await lines();
    const added = { item: '1', quantity: 2, unitPrice: usd('10'), amount: usd('20'), taxName: 'NON' };
    const [outcome] = await invoices.push!(ctx, [
      await change(invoices, '2', { lines: [{ ...line!, description: 'Granite' }, added] }),
    ]);
    expect(outcome).toMatchObject({
      is: 'done',
      row: { fields: { subtotal: usd('295'), discount: usd('5'), total: usd('290') } },
    });
    expect((await lines()).map(({ id, description }) => [id, description])).toEqual([
      ['1', 'Granite'],
      [expect.any(String), undefined],
    ]);
  });

  test('an amount that is not quantity × price counts, and goes alone', async () => {
    const [line] = await lines();
    const [outcome] = await invoices.push!(ctx, [await change(invoices, '2', { lines: [{ ...line!, amount: usd('250') }] })]);
    expect(outcome).toMatchObject({ is: 'done', row: { fields: { total: usd('250') } } });
    expect((await lines())[0]).not.toHaveProperty('quantity');
  });

  test('a bundle cannot be added, an amount must be there, and one beyond what numbers hold is refused', async () => {
    const refused = async (line: Values) => (await invoices.push!(ctx, [await change(invoices, '2', { lines: [line] })]))[0];
    const lines: Values[] = [{ kind: 'bundle' }, { item: '1' }, { item: '1', amount: usd('12345678901234567.89') }];
    for (const line of lines)
      expect(await refused(line)).toMatchObject({ is: 'refused', field: 'lines', reason: expect.stringContaining('line 1') });
  });

  test('a thousand lines and negative quantities are taken as they are', async () => {
    const many = Array.from({ length: 1_000 }, (_, i) => ({
      item: '1',
      quantity: i % 2 ? -1 : 2,
      unitPrice: usd('0.01'),
      taxName: 'NON',
    }));
    const [outcome] = await invoices.push!(ctx, [fresh({ customer: '1', lines: many })]);
    expect(outcome).toMatchObject({ is: 'done', row: { fields: { total: usd('5') } } });
  });
});

describe('outside the US', () => {
  const GB = { name: 'Lincoln Lights', country: 'GB', currency: 'GBP', taxes: 'global' } as const;
  const gbp = (amount: string): Json => ({ amount, currency: 'GBP' });
  beforeEach(async () => {
    await on.close();
    on = await startEmulators({ clock: createClock(NOW), traffic: null, quickbooks: { companies: [GB] } });
    const { accessToken } = on.quickbooks.grant();
    const { realm } = on.quickbooks.companies()[0]!;
    const settings = { realm, currency: 'GBP', taxes: 'global' };
    ctx = { ...desk(settings, on.hosts.quickbooks!).ctx, token: async () => accessToken };
  });

  test('lines name tax codes, a document says how prices and tax stand, and the tax is the service’s', async () => {
    const lines = [{ item: '1', amount: gbp('33.33'), taxCode: '1' }];
    for (const [taxMode, total] of [
      ['exclusive', '40'],
      ['none', '33.33'],
    ] as const) {
      const [outcome] = await invoices.push!(ctx, [fresh({ customer: '1', taxMode, lines }, taxMode)]);
      expect(outcome).toMatchObject({ is: 'done', row: { fields: { taxMode, total: gbp(total) } } });
    }
    const [without] = await invoices.push!(ctx, [fresh({ customer: '1', lines: [{ item: '1', amount: gbp('1') }] }, 'without')]);
    expect(without).toMatchObject({ is: 'refused', reason: expect.stringContaining('VAT') });
  });

  test('amounts with tax in them are read so, kept as they are, and never made here', async () => {
    const detail = { ItemRef: { value: '1' }, TaxCodeRef: { value: '1' }, TaxInclusiveAmt: 120 };
    const made = on.quickbooks.save('Invoice', {
      ...{ CustomerRef: { value: '1' }, GlobalTaxCalculation: 'TaxInclusive' },
      Line: [{ DetailType: 'SalesItemLineDetail', Amount: 100, SalesItemLineDetail: detail }],
    });
    const id = String(made.Id);
    const { fields } = await row(invoices, id);
    expect(fields).toMatchObject({ taxMode: 'inclusive', total: gbp('120'), tax: gbp('20'), lines: [{ amount: gbp('120') }] });
    expect(fields).not.toHaveProperty('subtotal');
    const [line] = fields.lines as Values[];
    const [told] = await invoices.push!(ctx, [await change(invoices, id, { lines: [{ ...line!, description: 'As agreed' }] })]);
    expect(told).toMatchObject({
      is: 'done',
      row: { fields: { total: gbp('120'), lines: [{ amount: gbp('120'), description: 'As agreed' }] } },
    });
    const dearer = await change(invoices, id, { lines: [{ ...line!, amount: gbp('121') }] });
    expect(await invoices.push!(ctx, [dearer])).toMatchObject([{ is: 'refused', field: 'lines' }]);
    const inclusive = fresh({ customer: '1', taxMode: 'inclusive', lines: [{ item: '1', amount: gbp('12'), taxCode: '1' }] });
    expect(await invoices.push!(ctx, [inclusive])).toMatchObject([{ is: 'refused', field: 'taxMode' }]);
  });
});

describe('what became of it', () => {
  test('a thing that is gone is told from one that refers to something inactive', async () => {
    const [gone, dangling] = [await change(estimates, '1', { note: 'x' }), await change(invoices, '2', { customer: '5' })];
    on.quickbooks.delete('Estimate', '1');
    on.quickbooks.save('Customer', { Id: '5', Active: false });
    expect(await estimates.push!(ctx, [gone])).toEqual([{ is: 'gone' }]);
    expect(await invoices.push!(ctx, [dangling])).toMatchObject([{ is: 'refused', reason: expect.stringContaining('610') }]);
  });

  test('closed books, deposited payments, numbers and names that are taken: refused with the reason and what to do', async () => {
    const drafts: [Stream, Draft, string, string | undefined][] = [
      [invoices, await change(invoices, '2', { number: '1002' }), '6140', 'number'],
      [customers, fresh({ displayName: 'Ashgrove Gardens' }), '6240', 'displayName'],
    ];
    for (const [stream, draft, code, field] of drafts)
      expect(await stream.push!(ctx, [draft])).toMatchObject([{ is: 'refused', field, reason: expect.stringContaining(code) }]);
    const [payment] = [...books().all('Payment')];
    const edit = await change(payments, String(payment!.Id), { note: 'x' });
    on.quickbooks.deposit(String(payment!.Id));
    const [stale] = await payments.push!(ctx, [edit]);
    expect(stale).toMatchObject({ is: 'stale' });
    expect(await payments.push!(ctx, [await change(payments, String(payment!.Id), { note: 'x' })])).toMatchObject([
      { is: 'refused', reason: expect.stringMatching(/6540.*bank deposit/s) },
    ]);
    on.quickbooks.closeBooks('2026-12-31');
    expect(await invoices.push!(ctx, [await change(invoices, '2', { note: 'x' })])).toMatchObject([
      { is: 'refused', reason: expect.stringMatching(/6210.*closed/s) },
    ]);
  });

  test('of thirty-one updates the last goes in a batch of its own; what says nothing new is not sent', async () => {
    for (let n = 0; n < 31; n++) on.quickbooks.save('Customer', { DisplayName: `Many ${n}` });
    const drafts: Draft[] = [];
    for (let id = 6; id <= 36; id++) drafts.push(await change(customers, String(id), { note: `Note ${id}` }));
    expect((await customers.push!(ctx, drafts)).every(({ is }) => is === 'done')).toBe(true);
    expect(on.quickbooks.counters.calls.batch).toBe(2);
    const again = await change(customers, '6', { note: 'Note 6' });
    expect(await customers.push!(ctx, [again])).toMatchObject([{ is: 'done' }]);
    expect(on.quickbooks.counters.calls.batch).toBe(2);
  });

  test('a batch that the quota refuses is later, all of it', async () => {
    const drafts = [await change(customers, '1', { note: 'x' })];
    on.quickbooks.faults.add({ kind: 'rate', operation: 'batch' });
    await expect(customers.push!(ctx, drafts)).rejects.toBeInstanceOf(TryLater);
  });

  test('made inactive and active again, a customer has the old name', async () => {
    await customers.remove!(ctx, ['1']);
    expect(books().find('Customer', '1')).toMatchObject({ Active: false, DisplayName: 'Ashgrove Gardens (deleted)' });
    expect((await row(customers, '1')).fields).toMatchObject({ displayName: 'Ashgrove Gardens', active: false });
    await customers.push!(ctx, [await change(customers, '1', { active: true })]);
    expect(books().find('Customer', '1')).toMatchObject({ Active: true, DisplayName: 'Ashgrove Gardens' });
  });

  test('an estimate is deleted, an invoice and a payment are voided: their numbers stay', async () => {
    expect(await estimates.remove!(ctx, ['1', '99'])).toEqual([{ is: 'done' }, { is: 'gone' }]);
    const [payment] = [...books().all('Payment')];
    expect(await payments.remove!(ctx, [String(payment!.Id)])).toEqual([{ is: 'done' }]);
    expect(await invoices.remove!(ctx, ['2'])).toEqual([{ is: 'done' }]);
    expect(books().find('Estimate', '1')).toBeUndefined();
    expect((await row(invoices, '2')).fields).toMatchObject({ stage: 'void', total: usd('0'), number: '1001' });
    expect((await row(payments, String(payment!.Id))).fields).toMatchObject({ status: 'void', amount: usd('0') });
  });

  test('new items are sold on the account that was chosen, else on the first income account', async () => {
    await items.push!(ctx, [fresh({ name: 'Usual' }, 'a')]);
    await items.push!({ ...ctx, settings: { ...ctx.settings, incomeAccount: '2' } }, [fresh({ name: 'Chosen' }, 'b')]);
    const accounts = [...books().all('Item')]
      .slice(-2)
      .map(({ Name, IncomeAccountRef }) => [Name, (IncomeAccountRef as Thing).value]);
    expect(accounts).toEqual([
      ['Usual', '1'],
      ['Chosen', '2'],
    ]);
  });

  test('a document without a date gets that of the company’s own zone', async () => {
    const lines = [{ item: '1', amount: usd('1'), taxName: 'NON' }];
    const late = { ...ctx, now: () => Date.parse('2026-03-02T05:00:00Z') };
    const [outcome] = await invoices.push!(late, [fresh({ customer: '1', lines })]);
    expect(outcome).toMatchObject({ row: { fields: { issued: '2026-03-01' } } });
  });
});

describe('actions', () => {
  const act = (name: string, { key = 'k', ...input }: Values) => quickbooks.actions[name]!.run(ctx, input, String(key));
  const lines = [{ item: '1', quantity: 2, unitPrice: usd('75'), taxName: 'NON' }];

  test('an estimate becomes an invoice, which is sent and paid', async () => {
    const { estimate } = await act('createEstimate', { key: 'deal 1', customer: '1', lines });
    const { invoice, total } = await act('createInvoice', { key: 'deal 1 won', customer: '1', lines, estimate: estimate! });
    expect(total).toBe('150');
    expect((await row(estimates, String(estimate))).fields).toMatchObject({ status: 'Closed', invoice });
    const sent = await act('sendInvoice', { key: 's', row: invoice!, email: 'a+b@example.com' });
    expect(sent).toMatchObject({ email: 'a+b@example.com', sentAt: expect.any(String) });
    const paid = await act('recordPayment', {
      key: 'p',
      customer: '1',
      amount: usd('200'),
      allocations: [{ document: `Invoice/${invoice}`, amount: usd('150') }],
    });
    expect(paid).toMatchObject({ unapplied: '50' });
    expect((await row(invoices, String(invoice))).fields.balance).toEqual(usd('0'));
  });

  test('under the same key, and after an answer that was lost, there is one', async () => {
    on.quickbooks.faults.add({ kind: 'lost', operation: 'invoice.write' });
    const before = books().count('Invoice');
    const first = await act('createInvoice', { key: 'once', customer: '1', lines });
    expect(await act('createInvoice', { key: 'once', customer: '1', lines })).toEqual(first);
    expect(books().count('Invoice')).toBe(before + 1);
  });

  test('files and links hang on what they were attached to', async () => {
    const content = Buffer.from('%PDF-').toString('base64');
    await act('attachFile', {
      key: 'f',
      to: 'Invoice',
      id: '2',
      name: 'plan.pdf',
      type: 'application/pdf',
      content,
      includeOnSend: true,
    });
    await act('attachFile', { key: 'l', to: 'Customer', id: '1', link: 'https://files.example/plan.pdf', note: 'Plan' });
    const kept = [...books().all('Attachable')];
    expect(kept).toMatchObject([
      { FileName: 'plan.pdf', Size: 5, AttachableRef: [{ EntityRef: { type: 'Invoice', value: '2' }, IncludeOnSend: true }] },
      { Note: 'Plan\nhttps://files.example/plan.pdf', AttachableRef: [{ EntityRef: { type: 'Customer', value: '1' } }] },
    ]);
    const listed = (await act('listFiles', { key: 'i', to: 'Invoice', id: '2' })).files as Values[];
    expect(listed).toMatchObject([{ name: 'plan.pdf', type: 'application/pdf', bytes: 5, attachment: kept[0]!.Id }]);
    expect(await (await fetch(String(listed[0]!.link))).text()).toBe('%PDF-');
    expect(await act('listFiles', { key: 'j', to: 'Customer', id: '1' })).toMatchObject({
      files: [{ note: 'Plan\nhttps://files.example/plan.pdf' }],
    });
    expect(await act('listFiles', { key: 'k', to: 'Invoice', id: '1' })).toEqual({ files: [] });
  });

  test('what QuickBooks would refuse is refused with a reason, also a file in an answer that says it is well', async () => {
    const attempts: [() => Promise<Values>, string][] = [
      [
        () =>
          act('recordPayment', {
            key: 'k',
            customer: '1',
            amount: usd('1'),
            allocations: [{ document: 'Bill/1', amount: usd('1') }],
          }),
        'allocations',
      ],
      [
        () =>
          act('attachFile', { key: 'k', to: 'Invoice', id: '2', name: 'a.bin', type: 'application/x-thing', content: 'AAAA' }),
        'content',
      ],
      [
        () => act('attachFile', { key: 'k2', to: 'Invoice', id: '99', name: 'a.txt', type: 'text/plain', content: 'AAAA' }),
        'content',
      ],
      [() => act('attachFile', { key: 'k3', to: 'Invoice', id: '2' }), 'content'],
    ];
    for (const [attempt, field] of attempts) {
      const error = (await attempt().catch((error: unknown) => error)) as Refused;
      expect(error).toMatchObject({ next: 'refused', field });
      expect(error.advice).toMatch(/\w/);
    }
  });
});

describe('what is void', () => {
  test('is voided by its stage or status, whatever else is said of it, and keeps its number', async () => {
    const made = on.quickbooks.save('Payment', { CustomerRef: { value: '1' }, TotalAmt: 12, Line: [] });
    const number = books().find('Invoice', '2')!.DocNumber;
    const [invoice] = await invoices.push!(ctx, [await change(invoices, '2', { stage: 'void', memo: 'Never mind' })]);
    const [payment] = await payments.push!(ctx, [await change(payments, String(made.Id), { status: 'void' })]);
    expect(invoice).toMatchObject({ is: 'done', row: { fields: { stage: 'void', number, total: usd('0') } } });
    expect(payment).toMatchObject({ is: 'done', row: { fields: { status: 'void', amount: usd('0') } } });
  });

  test('stays void, and what is not there is not voided', async () => {
    on.quickbooks.void('Invoice', '2');
    const [again, revived] = await invoices.push!(ctx, [
      await change(invoices, '2', { stage: 'void' }),
      await change(invoices, '2', { stage: 'issued' }),
    ]);
    expect(again).toMatchObject({ is: 'done' });
    expect(revived).toMatchObject({ is: 'refused', field: 'stage', reason: expect.stringContaining('stays void') });
    const before = books().count('Invoice');
    const [unsent] = await invoices.push!(ctx, [fresh({ customer: '1', lines: [{ amount: usd('5') }], stage: 'void' })]);
    expect(unsent).toMatchObject({ is: 'refused', field: 'stage' });
    expect(books().count('Invoice')).toBe(before);
  });
});
