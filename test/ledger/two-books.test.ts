/** Two accounts' books in one workspace: each keeps its own documents, though both deal with the same customers. */
import { expect, test } from 'vitest';
import { streamOf } from '#connectors/index.ts';
import type { Json, Values } from '#kit/fields.ts';
import { defaults } from '#mappings/defaults.ts';
import type { Mapping } from '#mappings/format.ts';
import { type Books, mappings, openLedgerWorld } from './world.ts';

const DOCUMENTS: ReadonlySet<string> = new Set(['estimate', 'invoice', 'payment']);
const usd = (amount: string): Json => ({ amount, currency: 'USD' });

/** Both know Acme; each has an invoice of its own under the same number. */
async function twoBooks(own: { readonly [stream: string]: Mapping } = {}) {
  const world = await openLedgerWorld(own);
  const { crm, who, workspace } = world;
  const [first, second] = [world.books, await world.connect('b')];
  const customers = new Map<Books, string>();
  const invoiced = (books: Books, number: string, total: string): string => {
    const values: Values = { number, customer: customers.get(books)!, issued: '2026-01-01', currency: 'USD', status: 'OPEN' };
    return books.of.invoices.add({ ...values, total: usd(total) });
  };
  for (const books of [first, second]) {
    customers.set(books, books.of.customers.add({ name: 'Acme', email: 'accounts@acme.example' }));
    await world.begin('customers', books);
  }
  const numbers = (books: Books) => books.of.invoices.living().map(({ fields }) => fields.number);
  const kept = async () => (await crm.list(workspace, 'invoice', { after: null, limit: 200 })).items;
  return { ...{ world, crm, who, workspace, first, second, invoiced, numbers, kept } };
}

test('what one account invoiced is not created at the other, neither way, and says why', async () => {
  const { world, first, second, invoiced, numbers, kept, workspace } = await twoBooks();
  invoiced(first, 'A-1', '100');
  await world.begin('invoices', first);
  invoiced(second, 'B-1', '50');
  await world.begin('invoices', second);
  invoiced(first, 'A-2', '7');
  for (const books of [first, second, first, second]) await world.run('invoices', books);
  expect(numbers(first)).toEqual(['A-1', 'A-2']);
  expect(numbers(second)).toEqual(['B-1']);
  const records = await kept();
  expect(records).toHaveLength(3);
  const foreign = records.find(({ fields }) => fields.number === 'B-1')!;
  const why = await world.engine.whyRecord(workspace, foreign.id);
  expect(why.map(({ sync, reason }) => [sync, reason])).toContainEqual([first.sync.invoices, 'other books']);
});

test('the same number in two books is two invoices: neither takes the other’s amount', async () => {
  const { world, first, second, invoiced, kept } = await twoBooks();
  const [here, there] = [invoiced(first, 'INV-1', '100'), invoiced(second, 'INV-1', '50')];
  await world.begin('invoices', first);
  await world.begin('invoices', second);
  for (const books of [first, second]) await world.run('invoices', books);
  expect(first.of.invoices.get(here)).toMatchObject({ total: usd('100') });
  expect(second.of.invoices.get(there)).toMatchObject({ total: usd('50') });
  expect((await kept()).map(({ fields }) => (fields.total as { amount: string }).amount).sort()).toEqual(['100', '50']);
});

test('what is made here goes into the books that were connected first', async () => {
  const { world, first, second, numbers, crm, who, workspace } = await twoBooks();
  await world.begin('invoices', first);
  await world.begin('invoices', second);
  const [acme] = (await crm.list(workspace, 'company', { after: null, limit: 1 })).items;
  await crm.add(who, 'invoice', {
    ...{ number: 'C-1', kind: 'sale', stage: 'issued', currency: 'USD', company: acme!.id, total: usd('9') },
  });
  for (const books of [second, first, second]) await world.run('invoices', books);
  expect(numbers(first)).toEqual(['C-1']);
  expect(numbers(second)).toEqual([]);
});

test('books that are to move into others do so where the mapping says so', async () => {
  const { world, first, second, invoiced, numbers } = await twoBooks({
    invoices: { ...mappings.invoices!, books: 'together' },
  });
  invoiced(first, 'A-1', '100');
  await world.begin('invoices', first);
  await world.begin('invoices', second);
  await world.run('invoices', second);
  expect(numbers(second)).toEqual(['A-1']);
});

test('every stream into which documents and payments are written by default says that it stands in books', () => {
  const written = Object.values(defaults).filter(({ to, create }) => DOCUMENTS.has(to) && create === 'both');
  expect(written.length).toBeGreaterThan(0);
  for (const { from } of written) expect(streamOf(from).books, from).toBe(true);
});
