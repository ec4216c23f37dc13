import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { contactShape } from '#connectors/xero/contact.ts';
import { xero } from '#connectors/xero/index.ts';
import { type Listing, ORDER, pull } from '#connectors/xero/listing.ts';
import type { Cursor, Row } from '#kit/stream.ts';
import { type Bench, NOW, openBench } from './bench.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await openBench({ organisations: [{ name: 'Books', country: 'GB', base: 'GBP' }] });
});
afterAll(() => bench.close());

/** Pages of three rows, so that a few rows are many pages. */
const listing: Listing = {
  name: 'getContacts',
  shape: contactShape,
  size: 3,
  list: (api, tenant, since, page) =>
    api.getContacts(tenant, since, undefined, ORDER, undefined, page, true, undefined, undefined, 3),
};

const contact = (n: number, name: string) => ({
  ContactID: `c0ffee00-0000-4000-8000-${String(n).padStart(12, '0')}`,
  Name: name,
  ContactStatus: 'ACTIVE',
});

test('whatever is changed between and within readings, at equal times too, is read in its last state', async () => {
  const { on, ctx } = bench;
  const organisation = on.organisation();
  const step = fc.record({ row: fc.nat(12), after: fc.constantFrom(0, 0, 0, 1, 400, 1_000, 31_000) });
  // Each round is a reading; its edits happen one by one before its pages.
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(step, { maxLength: 8 }), { minLength: 1, maxLength: 4 }),
      fc.nat(14),
      async (rounds, born) => {
        organisation.books.Contacts.clear();
        for (let n = 0; n < born; n++) on.plant('Contacts', contact(n, `First ${n}`));
        const held = new Map<string, Row>();
        let edits = 0;
        let cursor: Cursor | null = null;
        const edit = ({ row, after }: { row: number; after: number }) => {
          on.clock.turn(after);
          on.plant('Contacts', contact(row, `Edit ${++edits}`));
        };
        const read = async (waiting: { row: number; after: number }[]) => {
          for await (const page of pull(ctx, listing, cursor)) {
            for (const row of page.rows) held.set(row.id, row);
            cursor = JSON.parse(JSON.stringify(page.next));
            const next = waiting.shift();
            if (next !== undefined && !page.last) edit(next);
          }
          for (const next of waiting) edit(next);
        };
        for (const round of rounds) await read([...round]);
        await read([]);
        const names = on.list('Contacts').map(({ ContactID, Name }) => [ContactID, Name]);
        expect([...held.values()].map(({ id, fields }) => [id, fields.name]).sort()).toEqual(names.sort());
      },
    ),
    { numRuns: 40 },
  );
});

test('a second with more rows than a page is read page by page', async () => {
  const { on, ctx } = bench;
  on.organisation().books.Contacts.clear();
  for (let n = 0; n < 11; n++) on.plant('Contacts', contact(n, `Same ${n}`));
  const ids: string[] = [];
  for await (const page of pull(ctx, listing, null)) ids.push(...page.rows.map(({ id }) => id));
  expect(ids.length).toBe(11);
  expect(new Set(ids).size).toBe(11);
});

test('after many changes at once a reading with nothing new still costs one call, and its position is small', async () => {
  const { on, ctx } = bench;
  on.organisation().books.Contacts.clear();
  for (let n = 0; n < 3_000; n++) {
    on.organisation().books.Contacts.set(contact(n, '').ContactID, { ...contact(n, `Row ${n}`), UpdatedDateUTC: NOW - n * 10 });
  }
  let cursor: Cursor = null;
  const read = async (): Promise<number> => {
    let rows = 0;
    for await (const page of xero.streams.contacts.pull!(ctx, cursor)) {
      if ('lost' in page) continue;
      rows += page.rows.length;
      cursor = page.next;
    }
    return rows;
  };
  expect(await read()).toBe(3_000);
  expect(JSON.stringify(cursor).length).toBeLessThan(100_000);
  const before = on.counters.total();
  expect(await read()).toBe(0);
  expect(on.counters.total() - before).toBe(1);
});

test('a long ledger costs hardly more calls than it has pages', async () => {
  const { on, ctx } = bench;
  on.organisation().books.Contacts.clear();
  for (let n = 0; n < 300; n++)
    on.organisation().books.Contacts.set(contact(n, '').ContactID, {
      ...contact(n, `Row ${n}`),
      UpdatedDateUTC: NOW - n * 5_000,
    });
  const before = on.counters.total();
  let rows = 0;
  for await (const page of pull(
    ctx,
    {
      ...listing,
      size: 30,
      list: (api, tenant, since, page) =>
        api.getContacts(tenant, since, undefined, ORDER, undefined, page, true, undefined, undefined, 30),
    },
    null,
  ))
    rows += page.rows.length;
  expect(rows).toBe(300);
  expect(on.counters.total() - before).toBeLessThanOrEqual(11);
});

test('payments that bear a time of long ago are read at first, and what comes later too', async () => {
  const seeded = await openBench();
  const { on, ctx } = seeded;
  const { payments } = xero.streams;
  const [old] = on.list('Payments');
  on.organisation().books.Payments.set(String(old!.PaymentID), { ...old!, UpdatedDateUTC: Date.parse('2008-12-01T00:00:00Z') });
  let cursor: Cursor = null;
  const ids: string[] = [];
  for await (const page of payments.pull!(ctx, null))
    if (!('lost' in page)) {
      ids.push(...page.rows.map(({ id }) => id));
      cursor = page.next;
    }
  expect(ids).toContain(old!.PaymentID);
  on.clock.turn(60_000);
  on.delete('Payments', String(old!.PaymentID));
  for await (const page of payments.pull!(ctx, cursor)) if (!('lost' in page)) expect(page.gone).toEqual([old!.PaymentID]);
  await seeded.close();
});

test('amounts come as decimals and days as days, whatever the zone; times are of the service', async () => {
  const seeded = await openBench();
  const { rows } = await xero.streams.invoices.fetch!(
    seeded.ctx,
    seeded.on.list('Invoices').map(({ InvoiceID }) => String(InvoiceID)),
  );
  const [first, second] = rows;
  expect(first!.fields).toMatchObject({
    ...{
      number: 'INV-0001',
      kind: 'sale',
      date: '2026-01-12',
      dueDate: '2026-02-11',
      status: 'AUTHORISED',
      taxMode: 'Exclusive',
    },
    ...{
      total: { amount: '150.9', currency: 'GBP' },
      due: { amount: '100.9', currency: 'GBP' },
      paid: { amount: '50', currency: 'GBP' },
    },
    payments: [{ amount: { amount: '50', currency: 'GBP' }, date: '2026-02-09', reference: 'Bank transfer' }],
  });
  expect(second!.fields).toMatchObject({
    status: 'PAID',
    fullyPaid: '2026-02-20',
    currencyRate: 1.17,
    discount: { amount: '29.99', currency: 'EUR' },
  });
  expect(rows.map(({ fields }) => fields.kind)).toEqual(['sale', 'sale', 'bill', 'sale', 'sale']);
  expect(first!.time).toBe(new Date(Number(first!.version)).toISOString());
  await seeded.close();
});
