/** In the database: what invoices and payments say of each other follows every write, and is never typed. */
import { expect, test } from 'vitest';
import { standingOf } from '#crm/ledger/standing.ts';
import type { Json, Values } from '#kit/fields.ts';
import { uuidv7 } from '#store/ids.ts';
import { allocationsTo } from '#store/refs.ts';
import { addSync, testCrm } from '#test/crm/crm.ts';
import { generateLedger } from './generate.ts';
import { documentValues, paymentValues } from './values.ts';

const { crm, database } = await testCrm();
const eur = (amount: string): Json => ({ amount, currency: 'EUR' });
const at = '2026-03-01T09:00:00.000Z';

async function firm() {
  const workspace = await database.workspace();
  const who = { workspace, by: 'person' };
  const get = async (id: string) => (await crm.get(workspace, id)).fields;
  const change = async (id: string, values: Values) =>
    (await crm.change(who, id, (await crm.get(workspace, id)).version, 'patch', values)).fields;
  const invoice = async (total: string, more: Values = {}) =>
    (await crm.add(who, 'invoice', { kind: 'sale', stage: 'issued', currency: 'EUR', total: eur(total), ...more })).id;
  const payment = async (amount: string, to: [string, string][], more: Values = {}) =>
    (
      await crm.add(who, 'payment', {
        ...{ kind: 'payment', status: 'completed', amount: eur(amount), ...more },
        allocations: to.map(([id, part]) => ({ invoice: id, amount: eur(part) })),
      })
    ).id;
  return { workspace, who, get, change, invoice, payment };
}

test('an invoice is open, paid in part, paid, and open again when the payment turns out void', async () => {
  const { get, change, invoice, payment } = await firm();
  const id = await invoice('100');
  expect(await get(id)).toMatchObject({ status: 'open', balance: eur('100') });
  const first = await payment('40', [[id, '40']]);
  expect(await get(id)).toMatchObject({ status: 'partly paid', paid: eur('40'), balance: eur('60') });
  await payment('80', [[id, '60']]);
  expect(await get(id)).toMatchObject({ status: 'paid', paid: eur('100'), balance: eur('0') });
  await change(first, { status: 'void' });
  expect(await get(id)).toMatchObject({ status: 'partly paid', paid: eur('60'), balance: eur('40') });
  expect(await change(id, { total: eur('60') })).toMatchObject({ status: 'paid', balance: eur('0') });
  expect(await change(id, { stage: 'void' })).toMatchObject({ status: 'void', balance: eur('0') });
});

test('a payment for two invoices, with a credit note used up and something left', async () => {
  const { get, invoice, payment } = await firm();
  const [a, b, note] = [await invoice('100'), await invoice('50'), await invoice('30', { kind: 'credit' })];
  const paid = await payment('130', [
    [a, '100'],
    [b, '50'],
    [note, '30'],
  ]);
  expect((await get(paid)).unapplied).toEqual(eur('10'));
  expect(await get(a)).toMatchObject({ status: 'paid', balance: eur('0') });
  expect(await get(note)).toMatchObject({ status: 'paid', credited: eur('30'), balance: eur('0') });
});

test('credit notes by their own allocations, refunds, and what has no record of its own', async () => {
  const { get, change, invoice, payment } = await firm();
  const id = await invoice('100', { settlements: [{ kind: 'deposit', amount: eur('10') }] });
  const note = await invoice('25', { kind: 'credit', allocations: [{ invoice: id, amount: eur('20') }] });
  expect(await get(id)).toMatchObject({ credited: eur('20'), paid: eur('10'), balance: eur('70'), status: 'partly paid' });
  expect(await get(note)).toMatchObject({ credited: eur('20'), balance: eur('5') });
  await payment('70', [[id, '70']]);
  await payment('30', [[id, '30']], { kind: 'refund', direction: 'made' });
  expect(await get(id)).toMatchObject({ status: 'partly refunded', paid: eur('80'), refunded: eur('30'), balance: eur('0') });
  await change(note, { allocations: [] });
  expect(await get(id)).toMatchObject({ balance: eur('20') });
  expect((await get(id)).credited).toBeUndefined();
});

test('nobody types what follows; what was read may be sent back', async () => {
  const { who, workspace, invoice } = await firm();
  const id = await invoice('100');
  const { version, fields } = await crm.get(workspace, id);
  await expect(crm.change(who, id, version, 'patch', { balance: eur('1') })).rejects.toMatchObject({ kind: 'invalid' });
  expect((await crm.change(who, id, version, 'replace', { ...fields, notes: 'x' })).fields).toMatchObject({
    balance: eur('100'),
  });
});

test('archived, restored, erased and merged: what is gone settles nothing', async () => {
  const { who, workspace, get, invoice, payment } = await firm();
  const [id, twin] = [await invoice('100'), await invoice('100')];
  const paid = await payment('60', [[id, '60']]);
  await payment('15', [[twin, '15']]);
  await crm.archiveOne(who, paid, null);
  expect(await get(id)).toMatchObject({ status: 'open', balance: eur('100') });
  const { version } = await crm.restoreOne(who, paid, null);
  expect(await get(id)).toMatchObject({ balance: eur('40') });
  await crm.merge(who, { survivor: id, expected: (await crm.get(workspace, id)).version, loser: twin, choices: {} });
  expect(await get(id)).toMatchObject({ balance: eur('25') });
  await crm.eraseOne(who, paid, version);
  expect(await get(id)).toMatchObject({ balance: eur('85'), paid: eur('15') });
});

test('what people type must come to what it says', async () => {
  const { who } = await firm();
  const lines: Values[] = [
    { description: 'Advice', quantity: 3, unitPrice: eur('10.10'), taxPercent: 19 },
    { kind: 'text', description: 'Thank you' },
  ];
  const { fields } = await crm.add(who, 'invoice', { kind: 'sale', stage: 'issued', lines, taxMode: 'exclusive' });
  expect(fields).toMatchObject({
    currency: 'EUR',
    subtotal: eur('30.3'),
    tax: eur('5.76'),
    total: eur('36.06'),
    balance: eur('36.06'),
  });
  const wrong = crm.add(who, 'invoice', { lines: [{ ...lines[0]!, amount: eur('30') }], total: eur('36') });
  await expect(wrong).rejects.toMatchObject({
    problems: [
      { path: 'lines/0/amount', found: '30 EUR', allowed: expect.stringContaining('30.3 EUR') },
      { path: 'total', found: '36 EUR', allowed: expect.stringContaining('36.06 EUR') },
    ],
  });
  const mixed = crm.add(who, 'estimate', { currency: 'USD', lines: [{ unitPrice: eur('1') }] });
  await expect(mixed).rejects.toMatchObject({ problems: [{ path: 'lines/0/unitPrice', found: '1 EUR' }] });
});

test.each<[string, Values, string]>([
  [
    'takes all of a price away',
    { taxMode: 'inclusive', lines: [{ unitPrice: eur('10'), taxPercent: -100 }] },
    'lines/0/taxPercent',
  ],
  [
    'takes all of shipping away',
    { taxMode: 'inclusive', lines: [{}], shipping: eur('10'), shippingTaxPercent: -100 },
    'shippingTaxPercent',
  ],
  ['is beyond all money', { lines: [{ unitPrice: eur('10'), taxPercent: 1e308 }] }, 'lines/0/tax'],
  ['is beyond all money by its quantity', { lines: [{ unitPrice: eur('99999999999999999999'), quantity: 2 }] }, 'lines/0/amount'],
  [
    'is beyond all money together',
    { lines: Array.from({ length: 2 }, () => ({ unitPrice: eur('99999999999999999999') })) },
    'subtotal',
  ],
])('what people type and %s is told, and nothing is kept', async (_what, values, path) => {
  const { who, workspace } = await firm();
  const wrong = crm.add(who, 'invoice', { currency: 'EUR', ...values });
  await expect(wrong).rejects.toMatchObject({
    kind: 'invalid',
    problems: expect.arrayContaining([expect.objectContaining({ path })]),
  });
  expect((await crm.list(workspace, 'invoice', { after: null, limit: 1 })).items).toEqual([]);
});

test('the rate of a tax code is the rate of the lines that bear it', async () => {
  const { who } = await firm();
  const code = await crm.add(who, 'taxCode', { name: 'VAT 20%', percent: 20, purchasePercent: 5 });
  const lines = [{ unitPrice: eur('100'), taxCode: code.id }];
  const { fields } = await crm.add(who, 'invoice', { kind: 'sale', lines });
  expect(fields).toMatchObject({ total: eur('120'), lines: [{ taxPercent: 20, tax: eur('20') }] });
  expect((await crm.add(who, 'invoice', { kind: 'purchase', lines })).fields.total).toEqual(eur('105'));
});

test('a ledger written in pages stands as it would if all were reckoned at once', async () => {
  for (const seed of [3, 4, 5]) {
    const { workspace } = await firm();
    const ledger = generateLedger({ rows: 60, seed });
    const ids = new Map([...ledger.documents, ...ledger.payments].map(({ id }) => [id, uuidv7()]));
    const recordOf = (id: string) => ids.get(id)!;
    const create = (object: string, all: { id: string; fields: Values }[]) =>
      database.store.workspace(workspace, (tx) =>
        crm.create(
          tx,
          all.map(({ id, fields }) => ({ id: recordOf(id), object, fields })),
          { by: 'test', at },
        ),
      );
    const billed = ledger.documents.filter(({ kind }) => kind !== 'estimate');
    const values = (some: typeof billed) => some.map((one) => ({ id: one.id, fields: documentValues(one, ledger, recordOf) }));
    await create('invoice', values(billed.filter(({ kind }) => kind === 'sale')));
    await create('invoice', values(billed.filter(({ kind }) => kind === 'credit')));
    for (let from = 0; from < ledger.payments.length; from += 20) {
      const some = ledger.payments.slice(from, from + 20);
      await create(
        'payment',
        some.map((one) => ({ id: one.id, fields: paymentValues(one, recordOf) })),
      );
    }
    await database.store.workspace(workspace, async (tx) => {
      const all = billed.map(({ id }) => recordOf(id));
      const allocating = Map.groupBy(await allocationsTo(tx, all), ({ target }) => target);
      const records = await crm.read(tx, all);
      for (const [id, { fields }] of records) {
        const { status, paid, credited, refunded, balance, ...rest } = fields;
        const known = Object.fromEntries(
          Object.entries({ status, paid, credited, refunded, balance }).filter(([, value]) => value !== undefined),
        );
        expect(known).toEqual(standingOf(id, rest, allocating.get(id) ?? []));
      }
    });
  }
});

test('an invoice that is only restated is owed to a service whose mapping tells it so, and to no other', async () => {
  const { workspace, invoice, payment } = await firm();
  const { owner } = database;
  const mapping = async (rule: object): Promise<number> => {
    const { rows } = await owner.query<{ id: number }>(
      `insert into mappings (workspace, stream, object, name) values ($1, $2, 'invoice', 'm') returning id`,
      [workspace, `books.s${Math.random()}`],
    );
    const body = JSON.stringify({ fields: [{ crm: 'number', theirs: 'n' }, rule] });
    await owner.query(`insert into mapping_versions (workspace, mapping, version, body, by) values ($1, $2, 1, $3, 't')`, [
      workspace,
      rows[0]!.id,
      body,
    ]);
    const sync = await addSync(database, workspace, `books.${rows[0]!.id}`, 'invoice');
    await owner.query('update syncs set mapping = $2 where id = $1', [sync, rows[0]!.id]);
    return sync;
  };
  await mapping({ crm: 'due', theirs: 'd' });
  await mapping({ crm: 'status', theirs: 's', way: 'in' });
  const told = await mapping({ crm: 'balance', theirs: 'b' });
  const id = await invoice('100');
  await owner.query('delete from intents where workspace = $1', [workspace]);
  await payment('100', [[id, '100']]);
  const owed = async () =>
    (
      await owner.query<{ sync: number }>('select sync from intents where workspace = $1 and record = $2 order by sync', [
        workspace,
        id,
      ])
    ).rows.map(({ sync }) => sync);
  expect(await owed()).toEqual([told]);
});
