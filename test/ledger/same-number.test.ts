/** In one account's books a number is no name: a credit note may bear that of an invoice, and two suppliers count alike. */
import { expect, test } from 'vitest';
import type { Json, Values } from '#kit/fields.ts';
import { openLedgerWorld } from './world.ts';

const usd = (amount: string): Json => ({ amount, currency: 'USD' });

async function oneBooks() {
  const world = await openLedgerWorld();
  const { crm, workspace, books } = world;
  const customer = books.of.customers.add({ name: 'Acme', email: 'accounts@acme.example' });
  await world.begin('customers');
  const document = (number: string, total: string): Values => ({
    ...{ number, customer, issued: '2026-01-01', currency: 'USD', status: 'OPEN', total: usd(total) },
  });
  const kept = async () =>
    (await crm.list(workspace, 'invoice', { after: null, limit: 200 })).items
      .map(({ fields }) => `${fields.kind} ${(fields.total as { amount: string }).amount}`)
      .sort();
  return { world, books, document, kept };
}

test('a credit note under the number of an invoice is another document', async () => {
  const { world, books, document, kept } = await oneBooks();
  books.of.invoices.add(document('1001', '100'));
  await world.begin('invoices');
  books.of.credits.add(document('1001', '30'));
  await world.begin('credits');
  expect(await kept()).toEqual(['credit 30', 'sale 100']);
});

test('two documents of one stream under one number both come in', async () => {
  const { world, books, document, kept } = await oneBooks();
  books.of.invoices.add(document('1001', '100'));
  await world.begin('invoices');
  books.of.invoices.add(document('1001', '50'));
  await world.run('invoices');
  expect(await kept()).toEqual(['sale 100', 'sale 50']);
});

test('on one page, too', async () => {
  const { world, books, document, kept } = await oneBooks();
  books.of.invoices.add(document('1001', '100'));
  books.of.invoices.add(document('1001', '50'));
  await world.begin('invoices');
  expect(await kept()).toEqual(['sale 100', 'sale 50']);
});

test('what was made here is recognised by its number', async () => {
  const { world, books, document, kept } = await oneBooks();
  const { crm, who } = world;
  await crm.add(who, 'invoice', { number: '1001', kind: 'sale', stage: 'issued', currency: 'USD', total: usd('100') });
  books.of.invoices.add(document('1001', '100'));
  await world.begin('invoices');
  expect(await kept()).toEqual(['sale 100']);
});
