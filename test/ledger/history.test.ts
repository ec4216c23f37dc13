/** A whole history comes in, goes on where it was cut off, and is reconciled to the cent; what is missing is named. */
import { describe, expect, test } from 'vitest';
import { differencesCsv, sumsCsv } from '#hub/ledger/history/csv.ts';
import { type Choice, type Histories, openHistories } from '#hub/ledger/history/history.ts';
import { inOrder } from '#hub/ledger/history/order.ts';
import { TryLater } from '#kit/errors.ts';
import type { Json } from '#kit/fields.ts';
import type { Mapping } from '#mappings/format.ts';
import { patchSync } from '#store/syncs.ts';
import { generateLedger } from './generate.ts';
import type { Ledger } from './ledger.ts';
import { seedBooks } from './seed.ts';
import { type LedgerWorld, openLedgerWorld, streamNames } from './world.ts';

interface Setting {
  world: LedgerWorld;
  histories: Histories;
  ledger: Ledger;
  rows: Map<string, string>;
  begin(choice?: Partial<Choice>): Promise<number>;
  /** Reads, or imports, as far as it goes. */
  goOn(id: number): ReturnType<Histories['drain']>;
  whole(choice?: Partial<Choice>): Promise<number>;
}

async function setting(rows = 60, seed = 7): Promise<Setting> {
  const world = await openLedgerWorld();
  const { workspace, who, engine, database, crm, streamOf, now, books } = world;
  const log = { error: () => undefined };
  const histories = openHistories({ store: database.store, engine, crm, streamOf, now, log });
  const ledger = generateLedger({ rows, seed });
  const begin = async (choice: Partial<Choice> = {}) =>
    (await histories.begin(who, { connection: books.connection, ...choice })).id;
  const goOn = (id: number) =>
    histories.drain(workspace, id, (sync) => engine.drain(workspace, sync, 'test').catch(() => undefined));
  return {
    ...{ world, histories, ledger, rows: seedBooks(books, ledger), begin, goOn },
    async whole(choice) {
      const id = await begin(choice);
      expect((await goOn(id)).state).toBe('ready');
      await histories.execute(workspace, id);
      expect((await goOn(id)).state).toBe('done');
      return id;
    },
  };
}

const readsOf = (world: LedgerWorld) =>
  streamNames.reduce((all, name) => all + (world.books.of[name].calls.list ?? 0) + (world.books.of[name].calls.fetch ?? 0), 0);
const sum = (amounts: readonly string[]): string => amounts.reduce((all, one) => (Number(all) + Number(one)).toFixed(2), '0');

test('it is read in the order in which it refers to itself, shown in sums, and imported as shown: to the cent', async () => {
  const { world, histories, ledger, begin, goOn } = await setting();
  const id = await begin();
  const ready = await goOn(id);
  expect(ready.streams.map((stream) => stream.split('.')[1])).toEqual(['customers', 'items', 'invoices', 'credits', 'payments']);
  const found = ready.found as {
    stream: string;
    rows: number;
    sums: { year: string; currency: string; kind: string; total: string }[];
  }[];
  expect((await world.crm.list(world.workspace, 'company', { after: null, limit: 10 })).items).toEqual([]);
  const invoices = ledger.documents.filter(({ kind }) => kind === 'sale');
  const shown = found.find(({ stream }) => stream === 'books.invoices')!;
  expect(shown.rows).toBe(invoices.length);
  for (const year of ['2023', '2024', '2025'])
    for (const currency of ['USD', 'EUR'])
      expect(Number(sum(shown.sums.filter((s) => s.year === year && s.currency === currency).map((s) => s.total)))).toBe(
        Number(sum(invoices.filter((one) => one.issued.startsWith(year) && one.currency === currency).map((one) => one.total))),
      );
  const before = readsOf(world);
  await histories.execute(world.workspace, id);
  expect(await goOn(id)).toMatchObject({ state: 'done', problem: null });
  expect(readsOf(world) - before, 'what was read is not read again').toBe(0);
  const sheet = await histories.sheet(world.workspace, id);
  expect(sheet.differences).toEqual([]);
  expect(sheet).toMatchObject({
    agrees: true,
    rows: ledger.documents.length - ledger.documents.filter((d) => d.kind === 'estimate').length + ledger.payments.length,
  });
  expect(sheet.lines.every(({ difference }) => difference.count === 0 && difference.total === '0')).toBe(true);
});

test('only what was chosen comes, with what it refers to; what is older stays outside and is named', async () => {
  const { world, histories, ledger, whole } = await setting();
  const id = await whole({ streams: ['invoices'], since: '2024-06-01' });
  expect((await histories.get(world.workspace, id)).streams).toEqual(['books.customers', 'books.items', 'books.invoices']);
  const kept = (await world.crm.list(world.workspace, 'invoice', { after: null, limit: 200 })).items;
  const wanted = ledger.documents.filter(({ kind, issued }) => kind === 'sale' && issued >= '2024-06-01');
  expect(kept.map(({ fields }) => fields.number).sort()).toEqual(wanted.map(({ number }) => number).sort());
  const sheet = await histories.sheet(world.workspace, id);
  const older = ledger.documents.filter(({ kind, issued }) => kind === 'sale' && issued < '2024-06-01');
  expect(sheet.differences.filter(({ what }) => what === 'not here')).toHaveLength(older.length);
  expect(new Set(sheet.differences.filter(({ what }) => what === 'not here').map(({ reason }) => reason))).toEqual(
    new Set(['older']),
  );
  // Their payments were not chosen: what settles them is not here, and the sheet says so.
  const balances = sheet.differences.filter(({ what }) => what === 'balance');
  expect(balances.length).toBeGreaterThan(0);
  expect(new Set(balances.map(({ reason }) => reason))).toEqual(new Set(['something that settles it is not here']));
  expect(await world.engine.whyRow(world.workspace, 'books.invoices', sheet.differences[0]!.row)).not.toEqual([]);
});

test('a quota that is used up in the middle: what was read is shown and imported, the rest comes when it may', async () => {
  const { world, histories, begin, goOn } = await setting(120);
  const { invoices } = world.books.of;
  invoices.pageSize = 20;
  const { pull } = invoices.stream;
  let open = 2;
  invoices.stream.pull = async function* (ctx, since) {
    for await (const page of pull!(ctx, since)) {
      if (open-- <= 0) throw new TryLater('the day’s quota is used up', 'It goes on by itself.', 3_600_000, true);
      yield page;
    }
  };
  const id = await begin();
  const ready = await goOn(id);
  expect(ready.state).toBe('ready');
  const found = ready.found as { stream: string; rows: number; rest: Json }[];
  expect(found.find(({ stream }) => stream === 'books.invoices')).toMatchObject({
    rows: 40,
    rest: { message: expect.stringContaining('quota') },
  });
  await histories.execute(world.workspace, id);
  const kept = async () => (await world.crm.list(world.workspace, 'invoice', { after: null, limit: 200 })).items.length;
  const stuck = new AbortController();
  await histories
    .drain(world.workspace, id, async (sync) => {
      await world.engine.drain(world.workspace, sync, 'test').catch(() => stuck.abort());
      stuck.signal.throwIfAborted();
    })
    .catch(() => undefined);
  expect(await kept()).toBe(40);
  expect((await histories.get(world.workspace, id)).state).toBe('importing');
  open = 1_000;
  world.turn(3_600_000);
  expect((await goOn(id)).state).toBe('done');
  expect((await histories.sheet(world.workspace, id)).agrees).toBe(true);
});

test('a hub that dies while it reads or imports: another goes on', async () => {
  const { world, histories, begin, goOn } = await setting();
  const { workspace, database, engine, crm, streamOf, now } = world;
  const id = await begin();
  const other = () => openHistories({ store: database.store, engine, crm, streamOf, now, log: { error: () => undefined } });
  // It had read the customers, and died over the items: their plan stays half made.
  const begun = await engine.preview(workspace, world.books.sync.customers, 'test');
  await begun.done;
  await database.store.workspace(workspace, (tx) =>
    tx.run(`update histories set plans = $1 where id = $2`, [JSON.stringify({ 'books.customers': begun.plan }), id]),
  );
  expect((await other().drain(workspace, id, () => engine.drain(workspace, 0, ''))).state).toBe('ready');
  await histories.execute(workspace, id);
  let steps = 0;
  await histories
    .drain(workspace, id, async (sync) => {
      await engine.drain(workspace, sync, 'test');
      if ((steps += 1) === 2) throw new Error('the hub died');
    })
    .catch(() => undefined);
  expect((await goOn(id)).state).toBe('done');
  expect((await other().sheet(workspace, id)).agrees).toBe(true);
});

describe('the sheet names', () => {
  test('an amount that is not the same, a status, a row that is held, a tie that was cut', async () => {
    const { world, histories, ledger, rows, whole } = await setting();
    const id = await whole();
    const { workspace, engine, books, crm, who, database } = world;
    const sales = ledger.documents.filter(({ kind, stage }) => kind === 'sale' && stage === 'issued');
    const rowOf = (at: number) => rows.get(sales[at]!.id)!;
    // Behind the hub's back: a record another tool has written, a row that breaks its fields, a tie cut by a person.
    const find = async (at: number) =>
      (await crm.list(workspace, 'invoice', { after: null, limit: 200 })).items.find(
        ({ fields }) => fields.number === sales[at]!.number,
      )!;
    const wrong = await find(0);
    const total = { amount: '123456', currency: sales[0]!.currency };
    await database.store.workspace(workspace, async (tx) => {
      await tx.run(`update syncs set outward = false`, []);
      await crm.update(
        tx,
        [
          {
            id: wrong.id,
            object: 'invoice',
            expected: wrong.version,
            before: wrong.fields,
            changes: { total: { from: null, to: total, why: 'x' } },
          },
        ],
        { by: 'other tool', at: new Date(world.now()).toISOString() },
      );
    });
    await engine.sever(workspace, books.sync.invoices, rowOf(1));
    await crm.archiveOne(who, (await find(2)).id, null);
    const sheet = await histories.sheet(workspace, id);
    expect(sheet.agrees).toBe(false);
    const of = (row: string) => sheet.differences.filter((one) => one.row === row && one.stream === 'books.invoices');
    expect(of(rowOf(0))).toContainEqual(expect.objectContaining({ what: 'total', here: `123456 ${sales[0]!.currency}` }));
    expect(of(rowOf(1))).toEqual([expect.objectContaining({ what: 'not here', reason: 'severed' })]);
    expect(of(rowOf(2))).toEqual([expect.objectContaining({ what: 'not here', reason: 'archived' })]);
  });

  test('what waits for a row that never came, and takes it off when it has come', async () => {
    const { world, histories, whole } = await setting(10);
    const { of } = world.books;
    const late = of.invoices.add({
      number: 'INV-LATE',
      customer: 'p999',
      issued: '2025-01-01',
      currency: 'EUR',
      status: 'OPEN',
      total: { amount: '9', currency: 'EUR' },
      balance: { amount: '9', currency: 'EUR' },
    });
    const id = await whole();
    const sheet = await histories.sheet(world.workspace, id);
    expect(sheet.differences).toEqual([
      {
        stream: 'books.invoices',
        row: late,
        record: null,
        number: 'INV-LATE',
        what: 'not here',
        there: '9 EUR',
        here: null,
        reason: 'awaited',
      },
    ]);
    of.invoices.edit(late, { customer: 'p1' });
    await world.run('invoices');
    expect((await histories.sheet(world.workspace, id)).agrees).toBe(true);
  });

  test('in a table and as comma-separated values', async () => {
    const { world, histories, whole } = await setting(10);
    const { of } = world.books;
    of.invoices.add({
      number: '=1+1, "x"',
      customer: 'p999',
      issued: '2025-01-01',
      currency: 'EUR',
      status: 'OPEN',
      total: { amount: '9', currency: 'EUR' },
    });
    const sheet = await histories.sheet(world.workspace, await whole());
    const sums = sumsCsv(sheet).split('\r\n');
    expect(sums[0]).toMatch(/^stream,kind,month,currency,status,/);
    expect(sums).toHaveLength(sheet.lines.length + 2);
    expect(differencesCsv(sheet).split('\r\n')[1]).toBe(
      `books.invoices,${sheet.differences[0]!.row},,"'=1+1, ""x""",not here,9 EUR,,awaited`,
    );
  });
});

test.each([
  ['=1+1', "'=1+1"],
  ['+1', "'+1"],
  ['-1+2', "'-1+2"],
  ['@SUM(1)', "'@SUM(1)"],
  ['\n=1', '"\'\n=1"'],
  ['  =1', "'  =1"],
  ['＝1+1', "'＝1+1"],
  ['-12.50 EUR', '-12.50 EUR'],
  ['INV-1', 'INV-1'],
])('a number of %j is no formula in the sheet of differences', (number, written) => {
  const one = { stream: 's', row: 'r', record: null, number, what: 'not here' as const, there: null, here: null, reason: null };
  const sheet = { lines: [], differences: [one], more: 0, rows: 1, agrees: false };
  expect(differencesCsv(sheet)).toBe(`stream,row,record,number,what,there,here,reason\r\ns,r,,${written},not here,,,\r\n`);
});

test('two imports of one account at once are refused, a stream that is not there too; one that was stopped makes room', async () => {
  const { world, histories, begin } = await setting(5);
  const { workspace, who, books } = world;
  const id = await begin();
  await expect(begin()).rejects.toMatchObject({ kind: 'conflict' });
  await histories.stopImport(workspace, id);
  await expect(begin({ streams: ['bills'] })).rejects.toMatchObject({
    problems: [{ path: 'streams', allowed: expect.stringContaining('invoices') }],
  });
  await expect(histories.begin(who, { connection: books.connection + 999 })).rejects.toMatchObject({ kind: 'missing' });
  await expect(histories.execute(workspace, id)).rejects.toMatchObject({ kind: 'conflict' });
  expect(await begin()).toBeGreaterThan(id);
});

test.each(['0000-01-01', '2023-02-30', '2023-1-1', 'yesterday'])('a first day of %s is none', async (since) => {
  const { begin } = await setting(5);
  await expect(begin({ since })).rejects.toMatchObject({ kind: 'invalid', problems: [{ path: 'since' }] });
});

describe('stopped in the middle of a step, it stays so', () => {
  const stopping = async (
    parts: (stop: () => Promise<void>, world: LedgerWorld) => Partial<Parameters<typeof openHistories>[0]>,
  ) => {
    const { world, begin } = await setting(5);
    const { workspace, database, engine, crm, streamOf, now } = world;
    const id = await begin();
    const stop = async () => void (await histories.stopImport(workspace, id));
    const log = { error: () => undefined };
    const histories: Histories = openHistories({
      ...{ store: database.store, engine, crm, streamOf, now, log },
      ...parts(stop, world),
    });
    expect(await histories.drain(workspace, id, () => engine.drain(workspace, 0, ''))).toMatchObject({
      ...{ state: 'stopped', due: null, found: null, problem: null },
    });
    expect(await begin()).toBeGreaterThan(id);
  };

  test('as its last stream has been read', () =>
    stopping((stop, { crm }) => ({
      crm: Object.assign(Object.create(crm), {
        about: async (...given: Parameters<typeof crm.about>) => {
          await stop();
          return crm.about(...given);
        },
      }),
    })));

  test('as a stream cannot be read', () =>
    stopping((stop, { engine }) => ({
      engine: {
        ...engine,
        preview: async () => {
          await stop();
          throw new TryLater('the service is away', 'Wait.', 1_000, true);
        },
      },
    })));
});

test('an earlier day than last time reads everything once more', async () => {
  const { world, histories, ledger, whole, begin, goOn } = await setting();
  await whole({ since: '2025-01-01' });
  const id = await begin({ since: '2023-01-01' });
  await goOn(id);
  await histories.execute(world.workspace, id);
  await world.database.store.workspace(world.workspace, async (tx) => {
    for (const sync of Object.values(world.books.sync)) await patchSync(tx, sync, { pull_due: new Date(world.now()) });
  });
  expect((await goOn(id)).state).toBe('done');
  const kept = (await world.crm.list(world.workspace, 'invoice', { after: null, limit: 200 })).items;
  expect(kept).toHaveLength(ledger.documents.filter(({ kind }) => kind !== 'estimate').length);
  expect((await histories.sheet(world.workspace, id)).agrees).toBe(true);
});

test('streams that refer to each other in a ring are cut where it closes', () => {
  const mapping = (from: string, ...to: string[]): [string, Mapping] => [
    from,
    {
      ...{ from, to: 'invoice', winner: 'crm', match: [], create: 'crm' },
      fields: to.map((stream) => ({ crm: 'company', theirs: 'x', via: { each: { field: 'y', via: { link: { stream } } } } })),
    },
  ];
  const all = new Map([
    mapping('b.estimates', 'b.invoices', 'b.customers'),
    mapping('b.invoices', 'b.estimates', 'b.customers'),
    mapping('b.customers'),
    mapping('b.other'),
  ]);
  expect(inOrder(['b.invoices'], all)).toEqual(['b.customers', 'b.estimates', 'b.invoices']);
});
