/** Payments find their invoices by themselves, in the database: whichever comes first, and never where two could be meant. */
import { expect, test } from 'vitest';
import { changeRecords } from '#crm/write.ts';
import { openLedger } from '#hub/ledger/ledger.ts';
import type { Json, Values } from '#kit/fields.ts';
import { lockRecords } from '#store/records.ts';
import { type LedgerWorld, mappings, openLedgerWorld } from './world.ts';

const eur = (amount: string): Json => ({ amount, currency: 'EUR' });

async function firm(given?: LedgerWorld) {
  const world = given ?? (await openLedgerWorld());
  const { workspace, crm, who, database, now } = world;
  const ledger = openLedger({
    store: database.store,
    engine: { edited: async () => undefined },
    now,
    log: { info: () => undefined, error: () => undefined },
  });
  const get = async (id: string) => (await crm.get(workspace, id)).fields;
  const add = async (object: string, values: Values) => (await crm.add(who, object, values)).id;
  const company = (name: string, email: string) => add('company', { name, emails: [{ value: email }] });
  const invoice = (number: string, total: string, of: string) =>
    add('invoice', {
      kind: 'sale',
      stage: 'issued',
      number,
      currency: 'EUR',
      total: eur(total),
      company: of,
      issued: '2026-01-01',
      due: '2026-01-31',
    });
  const payment = (amount: string, more: Values) =>
    add('payment', {
      kind: 'payment',
      direction: 'received',
      status: 'completed',
      amount: eur(amount),
      date: '2026-01-10',
      ...more,
    });
  const change = async (id: string, values: Values) =>
    crm.change(who, id, (await crm.get(workspace, id)).version, 'patch', values);
  const unmatched = () => ledger.unmatched(workspace, { after: null, limit: 100 });
  return { world, ledger, get, change, company, invoice, payment, unmatched };
}

test('by number and amount; the reasons stand on the payment, and the invoice is paid', async () => {
  const { ledger, get, company, invoice, payment, unmatched } = await firm();
  const bill = await invoice('INV-100', '100', await company('Acme', 'pay@acme.example'));
  await invoice('INV-101', '100', await company('Bolt', 'pay@bolt.example'));
  const paid = await payment('100', { invoiceNumber: 'inv 100', payerEmail: 'pay@acme.example' });
  await ledger.drain();
  expect(await get(paid)).toMatchObject({
    allocations: [{ invoice: bill, amount: eur('100') }],
    unapplied: eur('0'),
    evidence: { because: expect.stringContaining('number of the invoice') },
  });
  expect(await get(bill)).toMatchObject({ status: 'paid', balance: eur('0') });
  expect(await unmatched()).toEqual([]);
});

test('a payment that comes before its invoice waits for it', async () => {
  const { ledger, get, company, invoice, payment, unmatched } = await firm();
  const paid = await payment('70', { memo: 'for INV-200', payerEmail: 'pay@acme.example' });
  await ledger.drain();
  expect(await unmatched()).toMatchObject([{ payment: paid, doubt: 'unknown' }]);
  const bill = await invoice('INV-200', '70', await company('Acme', 'pay@acme.example'));
  await ledger.drain();
  expect((await get(paid)).allocations).toEqual([{ invoice: bill, amount: eur('70') }]);
});

test('what two invoices are open for waits for a person, whose word is kept', async () => {
  const { world, ledger, get, company, invoice, payment, unmatched } = await firm();
  const acme = await company('Acme', 'pay@acme.example');
  const [one, two] = [await invoice('INV-300', '50', acme), await invoice('INV-301', '50', acme)];
  const [paid, left] = [await payment('50', { company: acme }), await payment('50', { payerName: 'Nobody' })];
  await ledger.drain();
  expect(await unmatched()).toMatchObject([
    { payment: paid, doubt: 'several', candidates: [{ score: 65 }, { score: 65 }] },
    { payment: left, doubt: expect.any(String) },
  ]);
  const { who, workspace } = world;
  await expect(ledger.allocate(who, paid, [{ invoice: two, amount: { amount: '60', currency: 'EUR' } }])).rejects.toMatchObject({
    problems: [{ path: 'allocations', found: '60 in all' }],
  });
  await expect(ledger.allocate(who, paid, [{ invoice: acme, amount: { amount: '5', currency: 'EUR' } }])).rejects.toMatchObject({
    problems: [{ path: 'allocations/0/invoice' }],
  });
  await ledger.allocate(who, paid, [{ invoice: two, amount: { amount: '50', currency: 'EUR' } }]);
  expect(await get(two)).toMatchObject({ status: 'paid' });
  expect(await get(one)).toMatchObject({ status: 'open' });
  await ledger.leave(workspace, left);
  await ledger.drain();
  expect(await unmatched()).toMatchObject([{ payment: left, due: null }]);
});

test('what a credit note gives is no money of the payment; a refund spends it', async () => {
  const { world, ledger, get, company, invoice, payment } = await firm();
  const acme = await company('Acme', 'pay@acme.example');
  const bill = await invoice('INV-310', '100', acme);
  const note = await world.crm.add(world.who, 'invoice', {
    ...{ kind: 'credit', stage: 'issued', number: 'CN-1', currency: 'EUR', total: eur('40'), company: acme },
  });
  const part = (to: string, amount: string) => ({ invoice: to, amount: { amount, currency: 'EUR' } });
  const paid = await payment('60', { company: acme });
  await ledger.allocate(world.who, paid, [part(bill, '100'), part(note.id, '40')]);
  expect(await get(paid)).toMatchObject({ unapplied: eur('0') });
  expect(await get(bill)).toMatchObject({ status: 'paid' });
  const refund = await payment('60', { company: acme, kind: 'refund', direction: 'made' });
  await expect(ledger.allocate(world.who, refund, [part(note.id, '61')])).rejects.toMatchObject({
    problems: [{ path: 'allocations', found: expect.stringContaining('61 in all') }],
  });
});

test('what is typed into a payment is no more than was paid, as what is allocated', async () => {
  const { change, company, invoice, payment, get } = await firm();
  const acme = await company('Acme', 'pay@acme.example');
  const bill = await invoice('INV-320', '100', acme);
  const parts = (amount: string, currency = 'EUR') => [{ invoice: bill, amount: { amount, currency } }];
  const refused = { problems: [{ path: 'allocations', found: '51 in all', allowed: 'at most 50, which was paid' }] };
  await expect(payment('50', { allocations: parts('51') })).rejects.toMatchObject(refused);
  const paid = await payment('50', { company: acme });
  await expect(change(paid, { allocations: parts('51') })).rejects.toMatchObject(refused);
  await expect(change(paid, { allocations: parts('5', 'USD') })).rejects.toMatchObject({
    problems: [{ path: 'allocations/0/amount', found: 'USD' }],
  });
  await change(paid, { allocations: parts('50') });
  await expect(change(paid, { amount: eur('49') })).rejects.toMatchObject({
    problems: [{ path: 'allocations', found: '50 in all', allowed: 'at most 49, which was paid' }],
  });
  await change(bill, { stage: 'void' });
  await change(paid, { memo: 'the invoice is void by now' });
  await expect(payment('10', { allocations: parts('10') })).rejects.toMatchObject({
    problems: [{ path: 'allocations/0/invoice', found: 'an invoice that is void' }],
  });
  expect((await get(paid)).memo).toBe('the invoice is void by now');
});

test('what is not allocated at a service that says so itself is meant so', async () => {
  const { world, ledger, get, payment } = await firm();
  const { of } = world.books;
  const acme = of.customers.add({ name: 'Acme', email: 'pay@acme.example' });
  of.invoices.add({ number: 'INV-1', customer: acme, currency: 'EUR', status: 'OPEN', total: eur('100'), issued: '2026-01-01' });
  of.payments.add({
    number: 'P-1',
    customer: acme,
    amount: eur('100'),
    kind: 'payment',
    status: 'completed',
    memo: 'INV-1',
    date: '2026-01-10',
  });
  for (const stream of ['customers', 'invoices', 'payments'] as const) await world.begin(stream);
  await ledger.drain();
  const [kept] = (await world.crm.list(world.workspace, 'payment', { after: null, limit: 10 })).items;
  expect(kept!.fields).toMatchObject({ unapplied: eur('100') });
  expect(kept!.fields.allocations).toBeUndefined();
  const ours = await payment('100', { memo: 'INV-1', payerEmail: 'pay@acme.example' });
  await ledger.drain();
  expect((await get(ours)).unapplied).toEqual(eur('0'));
});

test('a service that is only read knows its own invoices, and its other payments are matched', async () => {
  const payments = mappings.payments!;
  const fields = payments.fields.map((rule) => ({ ...rule, way: 'in' as const }));
  const { world, ledger, get, company, invoice } = await firm(await openLedgerWorld({ payments: { ...payments, fields } }));
  const { of } = world.books;
  const bill = await invoice('INV-7', '100', await company('Acme', 'pay@acme.example'));
  const customer = of.customers.add({ name: 'Acme', email: 'pay@acme.example' });
  of.payments.add({
    number: 'P-1',
    customer,
    amount: eur('100'),
    kind: 'payment',
    status: 'completed',
    memo: 'INV-7',
    date: '2026-01-10',
  });
  for (const stream of ['customers', 'payments'] as const) await world.begin(stream);
  await ledger.drain();
  expect(await get(bill)).toMatchObject({ status: 'paid' });
  of.payments.edit('p1', { memo: 'INV-7, thanks' });
  await world.run('payments');
  expect(await get(bill), 'what we allocated stays').toMatchObject({ status: 'paid' });
});

test('pending money, refunds and archived payments look for nothing', async () => {
  const { world, ledger, company, invoice, payment, unmatched } = await firm();
  await invoice('INV-400', '10', await company('Acme', 'pay@acme.example'));
  await payment('10', { status: 'pending', memo: 'INV-400' });
  await payment('10', { kind: 'refund', direction: 'made', memo: 'INV-400' });
  const gone = await payment('11', { payerName: 'Nobody' });
  await world.crm.archiveOne(world.who, gone, null);
  await ledger.drain();
  expect(await unmatched()).toEqual([]);
});

test('a person allocates to what can be paid: not to what is archived, void or merged', async () => {
  const { world, ledger, get, company, invoice, payment } = await firm();
  const { who, workspace, crm } = world;
  const acme = await company('Acme', 'pay@acme.example');
  const [gone, none, lost, kept] = [
    await invoice('INV-500', '5', acme),
    await invoice('INV-501', '5', acme),
    await invoice('INV-502', '5', acme),
    await invoice('INV-503', '5', acme),
  ];
  const versionOf = async (id: string) => (await crm.get(workspace, id)).version;
  await crm.archiveOne(who, gone, null);
  await crm.change(who, none, await versionOf(none), 'patch', { stage: 'void' });
  await crm.merge(who, { survivor: kept, expected: await versionOf(kept), loser: lost, choices: {} });
  const paid = await payment('20', { payerName: 'Nobody' });
  const to = [gone, none, lost, kept].map((id) => ({ invoice: id, amount: { amount: '5', currency: 'EUR' } }));
  await expect(ledger.allocate(who, paid, to)).rejects.toMatchObject({
    problems: [0, 1, 2].map((at) => ({ path: `allocations/${at}/invoice` })),
  });
  await ledger.allocate(who, paid, [{ ...to[3]!, invoice: kept.toUpperCase() }]);
  expect(await get(kept)).toMatchObject({ status: 'paid' });
});

test('an invoice that somebody is paying at that moment is not paid twice', async () => {
  const { world, ledger, get, company, invoice, payment } = await firm();
  const { database, workspace, now } = world;
  const bill = await invoice('INV-600', '100', await company('Acme', 'pay@acme.example'));
  const theirs = await payment('100', { payerName: 'Somebody' });
  await ledger.drain();
  await ledger.leave(workspace, theirs);
  const ours = await payment('100', { invoiceNumber: 'INV-600', payerEmail: 'pay@acme.example' });
  const cause = { by: 'person', at: new Date(now()).toISOString() };
  const waiting = async () =>
    (
      await database.owner.query(`select from pg_locks l join pg_stat_activity a using (pid)
       where not l.granted and a.datname = current_database()`)
    ).rowCount;
  let matching: Promise<void> | undefined;
  await database.store.workspace(workspace, async (tx) => {
    const { version, fields } = (await lockRecords(tx, [theirs]))[0]!;
    const allocations = { from: null, to: [{ invoice: bill, amount: eur('100') }], why: 'edited' };
    await changeRecords(
      tx,
      [{ id: theirs, object: 'payment', expected: version, before: fields, changes: { allocations } }],
      cause,
    );
    matching = ledger.drain();
    await expect.poll(waiting).toBeGreaterThan(0);
  });
  await matching;
  expect(await get(bill)).toMatchObject({ status: 'paid', balance: eur('0'), paid: eur('100') });
  expect((await get(ours)).allocations).toBeUndefined();
});
