import { afterEach, beforeEach, expect, test } from 'vitest';
import { xero } from '#connectors/xero/index.ts';
import type { Json, Values } from '#kit/fields.ts';
import type { Outcome, Row, Stream } from '#kit/stream.ts';
import { bodies } from '../../emulators/xero/wire.ts';
import { type Bench, draft, openBench } from './bench.ts';

const { contacts, invoices, quotes, creditNotes, payments, items } = xero.streams;
let bench: Bench;
let hotel: string;
beforeEach(async () => {
  bench = await openBench();
  hotel = String(bench.on.list('Contacts')[0]!.ContactID);
});
afterEach(() => bench.close());

const pounds = (amount: string) => ({ amount, currency: 'GBP' });
const line = (amount: string, more: Values = {}): Values => ({
  description: 'Atlas',
  quantity: 1,
  unitAmount: pounds(amount),
  accountCode: '200',
  ...more,
});
const invoice = (more: Values = {}): Values => ({
  kind: 'sale',
  contact: hotel,
  date: '2026-02-01',
  dueDate: '2026-03-01',
  status: 'DRAFT',
  lines: [line('100')],
  ...more,
});

async function push(stream: Stream, ...drafts: ReturnType<typeof draft>[]): Promise<Outcome[]> {
  return stream.push!(bench.ctx, drafts);
}
async function made(stream: Stream, fields: Values, row?: Row): Promise<Row> {
  const [outcome] = await push(stream, draft(fields, row));
  if (outcome?.is !== 'done') throw new Error(JSON.stringify(outcome));
  return outcome.row;
}
const called = (operation: string): number => bench.on.counters.calls[operation] ?? 0;

test.each(['lost', 'cut', 'hang', 'malformed'] as const)(
  'an invoice whose answer is %s is created once, however often it is repeated under its key',
  async (kind) => {
    const before = bench.on.list('Invoices').length;
    const one = draft(invoice());
    bench.on.faults.add({ kind, operation: 'createInvoices', times: kind === 'malformed' ? 1 : 4 });
    expect(await push(invoices, one)).toMatchObject([{ is: 'unknown' }]);
    // Repeated among others, and again.
    const [again, other] = await push(invoices, one, draft(invoice({ reference: 'Another' })));
    expect([again!.is, other!.is]).toEqual(['done', 'done']);
    expect(await push(invoices, one)).toEqual([again]);
    expect(bench.on.list('Invoices').length).toBe(before + 2);
  },
);

test('a payment whose answer is lost pays once', async () => {
  const { id } = await made(invoices, invoice({ status: 'AUTHORISED' }));
  const one = draft({
    allocations: [{ invoice: id, amount: pounds('20') }],
    amount: pounds('20'),
    date: '2026-02-03',
    account: '090',
  });
  bench.on.faults.add({ kind: 'lost', operation: 'createPayments', times: 4 });
  expect(await push(payments, one)).toMatchObject([{ is: 'unknown' }]);
  expect(await push(payments, one)).toMatchObject([
    { is: 'done', row: { fields: { direction: 'received', number: expect.stringContaining('INV-') } } },
  ]);
  expect(bench.on.get('Invoices', id)).toMatchObject({ AmountPaid: 20, AmountDue: 100 });
});

test('fifty contacts go in one call, and a bad one does not spoil the others', async () => {
  const drafts = Array.from({ length: 60 }, (_, n) => draft({ name: n === 7 ? 'harbour hotel' : `Firm ${n}` }));
  const outcomes = await push(contacts, ...drafts);
  expect(called('createContacts')).toBe(2);
  expect(outcomes.map(({ is }) => is)).toEqual(drafts.map((_, n) => (n === 7 ? 'refused' : 'done')));
  expect(outcomes[7]).toMatchObject({ field: 'name', reason: expect.stringContaining('already assigned') });
  expect(outcomes[8]).toMatchObject({ row: { mark: drafts[8]!.mark } });
});

test('updates go fifty in a call after one look, and whoever was quicker is not overwritten', async () => {
  const { rows } = await invoices.fetch!(
    bench.ctx,
    bench.on.list('Invoices').map(({ InvoiceID }) => String(InvoiceID)),
  );
  const drafts = rows.filter(({ fields }) => fields.status !== 'VOIDED').map((row) => draft({ reference: 'Deal 1' }, row));
  bench.on.clock.turn(1_000);
  bench.on.edit('Invoices', drafts[1]!.id!, { Reference: 'By hand' });
  const before = called('getInvoices');
  const outcomes = await push(invoices, ...drafts);
  expect(outcomes.map(({ is }) => is)).toEqual(['done', 'stale', 'done', 'done']);
  expect(outcomes[1]).toMatchObject({ row: { fields: { reference: 'By hand' } } });
  expect([called('getInvoices') - before, called('updateOrCreateInvoices')]).toEqual([1, 1]);
});

test('lines keep their ids; one that is left out goes, one without an id that is known is new, or the one at its place', async () => {
  const row = await made(invoices, invoice({ lines: [line('1'), line('2'), line('3')] }));
  const [first, second, third] = row.fields.lines as Values[];
  const changed = await made(
    invoices,
    { lines: [{ ...second!, quantity: 5 }, { ...first! }, line('9', { id: 'qb-7' }), line('4')] },
    row,
  );
  const ids = (changed.fields.lines as Values[]).map(({ id }) => id);
  expect(ids.slice(0, 3)).toEqual([second!.id, first!.id, third!.id]);
  expect([first!.id, second!.id, third!.id]).not.toContain(ids[3]);
  expect(changed.fields.subTotal).toEqual(pounds('24'));
  const { lines } = (await made(invoices, { lines: [line('5'), line('6')] }, changed)).fields;
  expect((lines as Values[]).map(({ id }) => id)).toEqual(ids.slice(0, 2));
});

test('tax that somebody typed stays with a line that does not change, and is worked out for one that does', async () => {
  const row = await made(invoices, invoice({ lines: [line('10'), line('10')] }));
  const typed = bodies(bench.on.get('Invoices', row.id)!.LineItems).map((one) => ({ ...one, TaxAmount: 1.99 }));
  bench.on.edit('Invoices', row.id, { LineItems: typed });
  const { rows } = await invoices.fetch!(bench.ctx, [row.id]);
  const [kept, other] = rows[0]!.fields.lines as Values[];
  const changed = await made(invoices, { lines: [kept!, { ...other!, quantity: 2 }] }, rows[0]);
  expect((changed.fields.lines as Values[]).map(({ taxAmount }) => taxAmount)).toEqual([pounds('1.99'), pounds('4')]);
});

test('tracking, discounts and four decimals come back as they were sent', async () => {
  const sent = line('1.2345', {
    quantity: 3,
    discountRate: 12.5,
    tracking: [
      { category: 'Region', option: 'North' },
      { category: 'Channel', option: 'Online' },
    ],
  });
  const { fields } = await made(invoices, invoice({ lines: [sent] }));
  expect((fields.lines as Values[])[0]).toMatchObject({ ...sent, lineAmount: pounds('3.24') });
});

test.each<[string, () => Stream, () => Values, string]>([
  ['an amount that no JSON number holds', () => invoices, () => invoice({ lines: [line('90071992547409931.23')] }), 'lines'],
  ['a line in another currency', () => invoices, () => invoice({ currency: 'EUR', lines: [line('1')] }), 'lines'],
  [
    'two kinds of discount',
    () => invoices,
    () => invoice({ lines: [line('9', { discountRate: 5, discountAmount: pounds('1') })] }),
    'lines',
  ],
  [
    'a currency the organisation does not use',
    () => invoices,
    () => invoice({ currency: 'CHF', lines: [{ description: 'x' }] }),
    'currency',
  ],
  ['a tax that is gone', () => invoices, () => invoice({ lines: [line('1', { taxType: 'GONE' })] }), 'lines'],
  ['PAID', () => invoices, () => invoice({ status: 'PAID' }), 'status'],
  [
    'a credit note that is used up by word',
    () => creditNotes,
    () => ({ ...invoice({ status: 'PAID' }), dueDate: null }) as Values,
    'status',
  ],
  [
    'a payment of nothing',
    () => payments,
    () => ({ allocations: [{ invoice: hotel }], amount: pounds('0'), date: '2026-02-01', account: '090' }),
    'amount',
  ],
  [
    'a payment of two invoices',
    () => payments,
    () => ({ allocations: [{ invoice: hotel }, { invoice: hotel }], amount: pounds('1'), date: '2026-02-01', account: '090' }),
    'allocations',
  ],
])('%s is refused with the field', async (_, stream, fields, field) => {
  const values = fields();
  delete (values as { dueDate?: Json }).dueDate;
  expect(await push(stream(), draft(values))).toMatchObject([{ is: 'refused', field, reason: expect.stringMatching(/\w/) }]);
});

test('a locked period, an archived contact and an overpayment are refused in the service’s words', async () => {
  const { id } = await made(invoices, invoice({ status: 'AUTHORISED' }));
  expect(
    await push(
      payments,
      draft({ allocations: [{ invoice: id, amount: pounds('121') }], amount: pounds('121'), date: '2026-02-03', account: '090' }),
    ),
  ).toMatchObject([{ is: 'refused', reason: expect.stringContaining('exceeds') }]);
  bench.on.lock('2026-02-15');
  expect(await push(invoices, draft(invoice({ status: 'AUTHORISED' })))).toMatchObject([
    { is: 'refused', field: 'date', reason: expect.stringContaining('lock date') },
  ]);
  bench.on.edit('Contacts', hotel, { ContactStatus: 'ARCHIVED' });
  expect(await push(invoices, draft(invoice()))).toMatchObject([{ is: 'refused', field: 'contact' }]);
});

test('a bill is a bill for good, a quote goes its way, and contact and date are sent each time', async () => {
  const bill = await made(invoices, invoice({ kind: 'bill', number: 'M-1', lines: [line('5', { accountCode: '310' })] }));
  expect(bill.fields.kind).toBe('bill');
  expect(await push(invoices, draft({ kind: 'sale' }, bill))).toMatchObject([{ is: 'refused', field: 'kind' }]);
  let quote = await made(quotes, {
    contact: hotel,
    date: '2026-02-01',
    status: 'DRAFT',
    lines: [line('5')],
    taxMode: 'Inclusive',
  });
  expect(quote.fields.taxMode).toBe('Inclusive');
  expect(await push(quotes, draft({ status: 'ACCEPTED' }, quote))).toMatchObject([{ is: 'refused', field: 'status' }]);
  for (const status of ['SENT', 'ACCEPTED', 'INVOICED']) quote = await made(quotes, { status }, quote);
  expect(quote.fields.status).toBe('INVOICED');
});

test('to remove deletes a draft and voids what is approved; what is paid is refused', async () => {
  const [one, two, three] = await Promise.all([
    made(invoices, invoice()),
    made(invoices, invoice({ status: 'AUTHORISED' })),
    made(invoices, invoice({ status: 'AUTHORISED' })),
  ]);
  await made(payments, { allocations: [{ invoice: three!.id }], amount: pounds('1'), date: '2026-02-03', account: '090' });
  const removals = await invoices.remove!(bench.ctx, [one!.id, two!.id, three!.id, crypto.randomUUID()]);
  expect(removals.map(({ is }) => is)).toEqual(['done', 'done', 'refused', 'gone']);
  expect([one, two, three].map((row) => bench.on.get('Invoices', row!.id)!.Status)).toEqual(['DELETED', 'VOIDED', 'AUTHORISED']);
});

test('an item is priced in the currency of the organisation', async () => {
  const item = await made(items, { code: 'NEW', salePrice: pounds('1.2345') });
  expect(item.fields.salePrice).toEqual(pounds('1.2345'));
  expect(await push(items, draft({ salePrice: { amount: '1', currency: 'EUR' } }, item))).toMatchObject([
    { is: 'refused', field: 'salePrice' },
  ]);
});

test('actions: an invoice from a quote, its e-mail, its payment; twice under a key is once', async () => {
  const { createInvoice, createQuote, sendInvoice, recordPayment } = xero.actions;
  const { ctx, on } = bench;
  const quote = await createQuote!.run(ctx, { contact: hotel, lines: [line('50')], title: 'Library' }, 'quote-1');
  for (const Status of ['SENT', 'ACCEPTED']) on.edit('Quotes', String(quote.quote), { Status });
  const input = {
    contact: hotel,
    lines: [line('50')],
    dueDate: '2026-04-01',
    approve: true,
    reference: 'Deal 1',
    link: 'https://crm.example/1',
    quote: quote.quote!,
  };
  const invoiced = await createInvoice!.run(ctx, input, 'deal-1');
  expect(invoiced).toMatchObject({
    number: expect.stringContaining('INV-'),
    status: 'AUTHORISED',
    total: pounds('60'),
    quoteMarked: true,
  });
  expect(await createInvoice!.run(ctx, input, 'deal-1')).toMatchObject({ invoice: invoiced.invoice });
  await sendInvoice!.run(ctx, { row: invoiced.invoice! }, 'mail-1');
  expect(on.mails()).toEqual([{ invoice: invoiced.invoice, to: 'accounts@harbour.example' }]);
  await recordPayment!.run(ctx, { row: invoiced.invoice!, amount: pounds('60'), account: '090', reference: 'Card' }, 'paid-1');
  expect(on.get('Invoices', String(invoiced.invoice))).toMatchObject({
    Status: 'PAID',
    SentToContact: true,
    Url: 'https://crm.example/1',
  });
  await expect(sendInvoice!.run(ctx, { row: 'INV-1' }, 'mail-2')).rejects.toMatchObject({ next: 'refused', field: 'row' });
});

test('a thousand lines, no decimals, negative quantities: as the service reckons them', async () => {
  const many = Array.from({ length: 1_000 }, (_, n) => line('0.07', { description: `Line ${n}` }));
  const long = await made(invoices, invoice({ lines: many }));
  expect((long.fields.lines as Values[]).length).toBe(1_000);
  expect(long.fields).toMatchObject({ subTotal: pounds('70'), totalTax: pounds('10') }); // 0.014 of each line is 0.01
  const yen = (amount: string) => ({ amount, currency: 'JPY' });
  const { fields } = await made(
    invoices,
    invoice({
      currency: 'JPY',
      lines: [
        { ...line('1'), unitAmount: yen('1234'), quantity: 3 },
        { ...line('1'), unitAmount: yen('100'), quantity: -1 },
      ],
    }),
  );
  expect(fields).toMatchObject({ subTotal: yen('3602'), total: yen('4322.4'), currencyRate: 189.4 });
});

test('a credit note is put against invoices, once whatever the network does, taken away, and put against others', async () => {
  const owed = await made(invoices, invoice({ status: 'AUTHORISED', lines: [line('100')] }));
  const other = await made(invoices, invoice({ status: 'AUTHORISED', lines: [line('20')] }));
  const fields = { kind: 'sale', contact: hotel, date: '2026-02-02', status: 'AUTHORISED', lines: [line('60')] };
  const applied = (row: Row, amount: string) => ({ invoice: row.id, amount: pounds(amount) });
  const due = async () => (await invoices.fetch!(bench.ctx, [owed.id, other.id])).rows.map(({ fields: { due } }) => due);
  bench.on.faults.add({ kind: 'lost', operation: 'createCreditNoteAllocation' });
  const note = await made(creditNotes, { ...fields, allocations: [applied(owed, '50')] });
  expect(note.fields).toMatchObject({
    remaining: pounds('22'),
    allocations: [{ ...applied(owed, '50'), id: expect.any(String) }],
  });
  expect(await due()).toEqual([pounds('70'), pounds('24')]);
  const [kept] = note.fields.allocations as Values[];
  const more = await made(creditNotes, { allocations: [kept!, applied(other, '20')] }, note);
  expect(await due()).toEqual([pounds('70'), pounds('4')]);
  const less = await made(creditNotes, { allocations: [applied(other, '20')] }, more);
  expect(less.fields).toMatchObject({ remaining: pounds('52'), allocations: [applied(other, '20')] });
  expect(await due()).toEqual([pounds('120'), pounds('4')]);
  expect(await push(creditNotes, draft({ allocations: [applied(other, '900')] }, less))).toMatchObject([
    { is: 'refused', field: 'allocations', reason: expect.stringMatching(/exceeds/) },
  ]);
  expect(await push(creditNotes, draft({ allocations: [applied(other, '-1')] }, less))).toMatchObject([{ is: 'refused' }]);
});

test('money is paid back for a credit note, and to no more than is left of it', async () => {
  const note = await made(creditNotes, {
    kind: 'sale',
    contact: hotel,
    date: '2026-02-02',
    status: 'AUTHORISED',
    lines: [line('50')],
  });
  const back = (amount: string): Values => ({
    ...{ kind: 'refund', amount: pounds(amount), date: '2026-02-03', account: '090' },
    allocations: [{ invoice: note.id, amount: pounds(amount) }],
  });
  const paid = await made(payments, back('45'));
  expect(paid.fields).toMatchObject({ kind: 'refund', direction: 'made', allocations: [{ invoice: note.id }] });
  expect((await creditNotes.fetch!(bench.ctx, [note.id])).rows[0]!.fields.remaining).toEqual(pounds('15'));
  expect(await push(payments, draft(back('15.01')))).toMatchObject([{ is: 'refused', reason: expect.stringMatching(/exceeds/) }]);
  const tooMuch = { row: note.id, amount: pounds('16'), account: '090' };
  await expect(xero.actions.refundCreditNote!.run(bench.ctx, tooMuch, crypto.randomUUID())).rejects.toThrow(/exceeds/);
});

test('a file is attached once though its answer is lost, and listed', async () => {
  const { id } = await made(invoices, invoice());
  const { attachFile, listFiles } = xero.actions;
  const input = {
    to: 'Invoice',
    id,
    name: 'offer 1.pdf',
    type: 'application/pdf',
    content: Buffer.from('%PDF-1.7').toString('base64'),
  };
  bench.on.faults.add({ kind: 'lost', operation: 'createInvoiceAttachmentByFileName' });
  const file = await attachFile!.run(bench.ctx, input, crypto.randomUUID());
  expect(file).toMatchObject({ name: 'offer 1.pdf', type: 'application/pdf', bytes: 8, attachment: expect.any(String) });
  expect(await listFiles!.run(bench.ctx, { to: 'Invoice', id }, '')).toEqual({ files: [file] });
  const refusals = [{ name: 'a/b.pdf' }, { name: 'virus.exe' }, { content: '' }, { id: 'INV-1' }];
  for (const wrong of refusals)
    await expect(attachFile!.run(bench.ctx, { ...input, ...wrong }, crypto.randomUUID())).rejects.toThrow();
});

test('a payment that becomes void is deleted there, among others that are made; one that was never there is not made', async () => {
  const row = await made(invoices, invoice({ status: 'AUTHORISED' }));
  const pay = (amount: string): Values => ({
    ...{ allocations: [{ invoice: row.id }], amount: pounds(amount), date: '2026-02-03', account: '090' },
  });
  const paid = await made(payments, pay('10'));
  const outcomes = await push(payments, draft(pay('5')), draft({ status: 'void' }, paid), draft({ ...pay('6'), status: 'void' }));
  expect(outcomes.map(({ is }) => is)).toEqual(['done', 'gone', 'refused']);
  expect(bench.on.list('Payments').filter(({ PaymentID }) => PaymentID === paid.id)).toMatchObject([{ Status: 'DELETED' }]);
  expect((await payments.fetch!(bench.ctx, [paid.id])).gone).toEqual([paid.id]);
});
