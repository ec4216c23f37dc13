/** What refers to something that is not there waits for it, and goes on by itself: in both directions, and without asking the service. */
import { describe, expect, test } from 'vitest';
import type { Json, Values } from '#kit/fields.ts';
import { listHeld } from '#store/held.ts';
import { patchSync } from '#store/syncs.ts';
import { type LedgerWorld, mappings, openLedgerWorld, type StreamName } from './world.ts';

const eur = (amount: string): Json => ({ amount, currency: 'EUR' });
const bill = (number: string, customer: string, more: Values = {}): Values => ({
  ...{ number, customer, currency: 'EUR', status: 'OPEN', total: eur('100'), ...more },
});

const records = async (world: LedgerWorld, object: string) =>
  (await world.crm.list(world.workspace, object, { after: null, limit: 100 })).items;
const parked = (world: LedgerWorld, stream: StreamName) =>
  world.engine.look.parked(world.workspace, world.books.sync[stream], { after: '', limit: 100 });
const held = (world: LedgerWorld) =>
  world.database.store.workspace(world.workspace, (tx) => listHeld(tx, { open: true, after: 0, limit: 100 }));
/** Works on whatever is due of every stream, asking no service for what is new. */
async function settleDown(world: LedgerWorld): Promise<void> {
  for (const sync of Object.values(world.books.sync)) {
    const { state } = await world.engine.look.sync(world.workspace, sync);
    if (state === 'on') await world.engine.drain(world.workspace, sync, 'test');
  }
}
const reads = (world: LedgerWorld) =>
  Object.values(world.books.of)
    .map(({ calls }) => (calls.list ?? 0) + (calls.fetch ?? 0))
    .reduce((a, b) => a + b);

describe('a row that comes before what it refers to', () => {
  test('waits, says for what, and becomes a record when that is there: no call, no question', async () => {
    const world = await openLedgerWorld();
    const { of, sync } = world.books;
    const acme = of.customers.add({ name: 'Acme', email: 'acme@acme.example' });
    const chair = of.items.add({ name: 'Chair', code: 'C1' });
    const row = of.invoices.add(bill('INV-1', acme, { lines: [{ item: chair, text: 'A chair', amount: eur('100'), id: '1' }] }));
    await world.begin('invoices');
    expect(await records(world, 'invoice')).toEqual([]);
    expect(await held(world)).toEqual([]);
    expect(await parked(world, 'invoices')).toMatchObject([
      {
        row,
        waitsFor: [
          { field: 'company', stream: 'books.customers', row: acme },
          { field: 'lines', stream: 'books.items', row: chair },
        ],
      },
    ]);
    expect(await world.engine.whyRow(world.workspace, 'books.invoices', row)).toMatchObject([
      { reason: 'awaited', detail: expect.stringContaining(`books.customers ${acme}`) },
    ]);
    await world.begin('customers');
    await settleDown(world);
    expect(await records(world, 'invoice')).toEqual([]);
    expect((await world.engine.look.sync(world.workspace, sync.invoices)).parkedRows).toBe(1);
    await world.begin('items');
    const before = reads(world);
    await settleDown(world);
    expect(reads(world)).toBe(before);
    const [company] = await records(world, 'company');
    const [item] = await records(world, 'item');
    expect(await records(world, 'invoice')).toMatchObject([
      {
        fields: {
          number: 'INV-1',
          company: company!.id,
          kind: 'sale',
          lines: [{ item: item!.id, serviceId: '1' }],
          balance: eur('100'),
        },
      },
    ]);
    expect(await parked(world, 'invoices')).toEqual([]);
    expect(await held(world)).toEqual([]);
    of.invoices.calls = {};
    await world.run('invoices');
    expect(of.invoices.calls.push).toBeUndefined();
  });

  test('is due by itself: the one that came wakes the one that waits', async () => {
    const world = await openLedgerWorld();
    const { of, sync } = world.books;
    const acme = of.customers.add({ name: 'Acme', email: 'acme@acme.example' });
    of.invoices.add(bill('INV-1', acme));
    await world.begin('invoices');
    const due = async () => Date.parse((await world.engine.look.sync(world.workspace, sync.invoices)).due!);
    expect(await due()).toBeGreaterThan(world.now() + 10_000);
    await world.begin('customers');
    expect(await due()).toBeLessThanOrEqual(world.now());
  });

  test('says the newest that was read of it, and nothing where it was deleted meanwhile', async () => {
    const world = await openLedgerWorld();
    const { of } = world.books;
    const acme = of.customers.add({ name: 'Acme', email: 'acme@acme.example' });
    const [kept, lost] = [of.invoices.add(bill('INV-1', acme)), of.invoices.add(bill('INV-2', acme))];
    await world.begin('invoices');
    of.invoices.edit(kept!, { total: eur('70') });
    of.invoices.erase(lost!);
    await world.run('invoices');
    expect((await parked(world, 'invoices')).map(({ row }) => row)).toEqual([kept]);
    await world.begin('customers');
    await settleDown(world);
    expect((await records(world, 'invoice')).map(({ fields }) => [fields.number, fields.total])).toEqual([['INV-1', eur('70')]]);
  });

  test.each(['told', 'by absence'] as const)(
    'which is deleted meanwhile, %s, waits no more and does not come back',
    async (deletions) => {
      const world = await openLedgerWorld();
      const { of, sync } = world.books;
      of.invoices.stream.deletions = deletions;
      const acme = of.customers.add({ name: 'Acme', email: 'acme@acme.example' });
      const [never, linked] = [of.invoices.add(bill('INV-1', acme)), of.invoices.add(bill('INV-2', ''))];
      await world.begin('invoices');
      of.invoices.edit(linked, { customer: acme });
      await world.run('invoices');
      expect((await parked(world, 'invoices')).map(({ row }) => row)).toEqual([never, linked]);
      for (const row of [never, linked]) of.invoices.erase(row);
      const { pull } = of.invoices.stream;
      if (deletions === 'by absence')
        of.invoices.stream.pull = async function* (ctx, since) {
          for await (const page of pull!(ctx, since)) yield { ...page, gone: [] };
        };
      for (let pass = 0; pass < 3; pass += 1) {
        world.turn(3_600_000);
        await world.database.store.workspace(world.workspace, (tx) =>
          patchSync(tx, sync.invoices, { pull_due: new Date(world.now()), full_wanted: deletions === 'by absence' }),
        );
        await world.engine.drain(world.workspace, sync.invoices, 'test');
      }
      expect(await parked(world, 'invoices')).toEqual([]);
      expect(await records(world, 'invoice')).toEqual([]);
      await world.begin('customers');
      await settleDown(world);
      expect(await records(world, 'invoice')).toEqual([]);
    },
  );

  test('which can be read no more is a question, and what it said before does not come in', async () => {
    const world = await openLedgerWorld();
    const { of } = world.books;
    const acme = of.customers.add({ name: 'Acme', email: 'acme@acme.example' });
    const row = of.invoices.add(bill('INV-1', acme));
    await world.begin('invoices');
    of.invoices.edit(row, { number: 'INV-1a' });
    const { pull } = of.invoices.stream;
    of.invoices.stream.pull = async function* (ctx, since) {
      for await (const page of pull!(ctx, since)) {
        if (!('rows' in page)) throw new Error('the cursor is lost');
        const misfits = page.rows.map(({ id, raw }) => ({
          id,
          raw,
          problems: [{ path: 'total', found: 'x', allowed: 'money' }],
        }));
        yield { ...page, rows: [], misfits };
      }
    };
    await world.run('invoices');
    of.invoices.stream.pull = pull!;
    expect(await held(world)).toMatchObject([{ subject: row, kind: 'misfit' }]);
    await world.begin('customers');
    await settleDown(world);
    expect(await records(world, 'invoice')).toEqual([]);
    of.invoices.edit(row, { total: eur('90') });
    await world.run('invoices');
    expect(await records(world, 'invoice')).toMatchObject([{ fields: { total: eur('90') } }]);
    expect(await held(world)).toEqual([]);
  });

  test('a row that is linked already keeps what it has, and takes the reference when it can be met', async () => {
    const world = await openLedgerWorld();
    const { of } = world.books;
    const acme = of.customers.add({ name: 'Acme', email: 'acme@acme.example' });
    await world.begin('customers');
    const row = of.invoices.add(bill('INV-1', acme));
    await world.begin('invoices');
    const bolt = of.customers.add({ name: 'Bolt', email: 'bolt@bolt.example' });
    of.invoices.edit(row, { customer: bolt, total: eur('40') });
    await world.run('invoices');
    const [company] = await records(world, 'company');
    expect((await records(world, 'invoice'))[0]!.fields).toMatchObject({ company: company!.id, total: eur('40') });
    expect(await held(world)).toEqual([]);
    await world.run('customers');
    of.invoices.calls = {};
    await settleDown(world);
    const second = (await records(world, 'company')).find(({ name }) => name === 'Bolt')!;
    expect((await records(world, 'invoice'))[0]!.fields).toMatchObject({ company: second.id });
    expect(of.invoices.calls).toEqual({});
  });

  test('of the same stream, in the same page, and where the reference may be blank meanwhile', async () => {
    const world = await openLedgerWorld();
    const { of } = world.books;
    const child = of.customers.add({ name: 'Child', email: 'child@acme.example', parent: 'p2' });
    of.customers.add({ name: 'Parent', email: 'parent@acme.example' });
    expect(child).toBe('p1');
    await world.begin('customers');
    await settleDown(world);
    const all = await records(world, 'company');
    const parent = all.find(({ name }) => name === 'Parent')!;
    expect(all.find(({ name }) => name === 'Child')!.fields.parent).toBe(parent.id);
  });

  test('an id means the row of its own account', async () => {
    const world = await openLedgerWorld();
    const other = await world.connect('b');
    world.books.of.customers.add({ name: 'Acme', email: 'acme@acme.example' });
    await world.begin('customers');
    other.of.invoices.add(bill('INV-1', 'p1'));
    await world.begin('invoices', other);
    expect(await records(world, 'invoice')).toEqual([]);
    other.of.customers.add({ name: 'Bolt', email: 'bolt@bolt.example' });
    await world.begin('customers', other);
    await world.engine.drain(world.workspace, other.sync.invoices, 'test');
    const bolt = (await records(world, 'company')).find(({ name }) => name === 'Bolt')!;
    expect((await records(world, 'invoice'))[0]!.fields.company).toBe(bolt.id);
  });

  test('an edited mapping that no longer refers to it takes it up', async () => {
    const world = await openLedgerWorld();
    const { of, sync } = world.books;
    of.invoices.add(bill('INV-1', 'p9'));
    await world.begin('invoices');
    const mapping = (await world.engine.look.mappings(world.workspace)).find(({ stream }) => stream === 'books.invoices')!;
    const { body } = await world.engine.look.version(world.workspace, mapping.id, mapping.version);
    const { fields, ...rest } = body as { fields: { crm: string }[] };
    const edited = { ...rest, fields: fields.filter(({ crm }) => crm !== 'company') } as unknown as Json;
    await world.engine.saveMapping(world.workspace, mapping.id, mapping.version, edited, 'person', 'no customers');
    await world.engine.drain(world.workspace, sync.invoices, 'test');
    expect((await records(world, 'invoice')).map(({ fields: { number } }) => number)).toEqual(['INV-1']);
  });

  test('a whole set of books in the wrong order comes in whole', async () => {
    const world = await openLedgerWorld();
    const { of } = world.books;
    for (let n = 1; n <= 30; n += 1) of.customers.add({ name: `Firm ${n}`, email: `a@f${n}.example` });
    const invoices = Array.from({ length: 60 }, (_, n) => of.invoices.add(bill(`INV-${n}`, `p${1 + (n % 30)}`)));
    for (const [n, invoice] of invoices.entries())
      of.payments.add({
        number: `P${n}`,
        customer: `p${1 + (n % 30)}`,
        amount: eur('60'),
        kind: 'payment',
        status: 'completed',
        allocations: [{ invoice, amount: eur('60') }],
      });
    for (const stream of ['payments', 'credits', 'invoices', 'items', 'customers'] as const) await world.begin(stream);
    await settleDown(world);
    await settleDown(world);
    expect(await records(world, 'payment')).toHaveLength(60);
    const balances = (await records(world, 'invoice')).map(({ fields }) => fields.balance);
    expect(balances).toEqual(balances.map(() => eur('40')));
    expect(balances).toHaveLength(60);
  });
});

describe('a record that refers to one without a row', () => {
  test('is sent after it, whichever is delivered first, with the ids that were given', async () => {
    const world = await openLedgerWorld();
    const { of, sync } = world.books;
    for (const stream of ['customers', 'items', 'invoices'] as const) await world.begin(stream);
    const company = await world.crm.add(world.who, 'company', { name: 'Acme', emails: [{ value: 'acme@acme.example' }] });
    const item = await world.crm.add(world.who, 'item', { name: 'Chair', sku: 'C1' });
    const lines = [{ item: item.id, description: 'A chair', quantity: 2, unitPrice: eur('50'), taxPercent: 0 }];
    const invoice = await world.crm.add(world.who, 'invoice', {
      kind: 'sale',
      stage: 'issued',
      number: 'INV-1',
      company: company.id,
      lines,
    });
    await world.engine.drain(world.workspace, sync.invoices, 'test');
    expect(of.invoices.living()).toEqual([]);
    expect(await held(world)).toEqual([]);
    expect(await world.engine.whyRecord(world.workspace, invoice.id)).toContainEqual(
      expect.objectContaining({ stream: 'books.invoices', reason: 'awaited', detail: expect.stringContaining(company.id) }),
    );
    await world.engine.drain(world.workspace, sync.customers, 'test');
    await world.engine.drain(world.workspace, sync.invoices, 'test');
    expect(of.invoices.living()).toEqual([]);
    await world.engine.drain(world.workspace, sync.items, 'test');
    expect((await world.engine.look.sync(world.workspace, sync.invoices)).intents).toEqual({ open: 1 });
    await world.engine.drain(world.workspace, sync.invoices, 'test');
    expect(of.invoices.living().map(({ fields }) => fields)).toMatchObject([
      { number: 'INV-1', customer: 'p1', total: eur('100'), lines: [{ item: 'p1', text: 'A chair' }] },
    ]);
    expect(of.invoices.calls.push).toBe(1);
  });

  test('is asked about where nothing will bring it over, and goes on when somebody does', async () => {
    const world = await openLedgerWorld();
    const { of, sync } = world.books;
    await world.begin('invoices');
    const company = await world.crm.add(world.who, 'company', { name: 'Acme', emails: [{ value: 'acme@acme.example' }] });
    await world.crm.add(world.who, 'invoice', {
      kind: 'sale',
      stage: 'issued',
      number: 'INV-1',
      company: company.id,
      total: eur('1'),
    });
    await world.engine.drain(world.workspace, sync.invoices, 'test');
    expect(await held(world)).toMatchObject([{ kind: 'unmappable', field: 'company' }]);
    of.customers.add({ name: 'Acme', email: 'acme@acme.example' });
    await world.begin('customers');
    await world.engine.drain(world.workspace, sync.invoices, 'test');
    expect(await held(world)).toEqual([]);
    expect(of.invoices.living().map(({ fields }) => fields.customer)).toEqual(['p1']);
  });

  test('of one of several streams: one that is to come is enough, and what waited for the others waits no more', async () => {
    const invoices = mappings.invoices!;
    const either = { links: { streams: { C: 'books.customers', I: 'books.items' }, object: 'company' } };
    const fields = invoices.fields.map((rule) =>
      rule.crm === 'company' ? { crm: 'company', theirs: 'term', via: either } : rule,
    );
    const world = await openLedgerWorld({ invoices: { ...invoices, fields } });
    const { of, sync } = world.books;
    for (const stream of ['customers', 'items', 'invoices'] as const) await world.begin(stream);
    const company = await world.crm.add(world.who, 'company', { name: 'Acme', emails: [{ value: 'acme@acme.example' }] });
    await world.crm.add(world.who, 'invoice', {
      kind: 'sale',
      stage: 'issued',
      number: 'INV-1',
      company: company.id,
      total: eur('1'),
    });
    await world.engine.drain(world.workspace, sync.invoices, 'test');
    expect(await held(world)).toEqual([]);
    await world.engine.drain(world.workspace, sync.customers, 'test');
    await world.engine.drain(world.workspace, sync.invoices, 'test');
    expect(of.invoices.living().map(({ fields: { term } }) => term)).toEqual(['C/p1']);
    const left = await world.database.store.workspace(world.workspace, (tx) => tx.query('select 1 from awaited'));
    expect(left).toEqual([]);
  });
});
