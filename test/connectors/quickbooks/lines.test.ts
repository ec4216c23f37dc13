/** Laws of lines: whatever a document says, the service takes what is sent and reckons what was said, to the cent. */
import Big from 'big.js';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { quickbooks } from '#connectors/quickbooks/index.ts';
import { invoiceMembers } from '#connectors/quickbooks/invoice.ts';
import { decimalOf, numberFor, parseAmounts } from '#kit/exact.ts';
import type { Json, Values } from '#kit/fields.ts';
import { createClock } from '#test/emulators/kit/clock.ts';
import { createBooks } from '#test/emulators/quickbooks/company.ts';
import { furnish } from '#test/emulators/quickbooks/seed.ts';
import { write } from '#test/emulators/quickbooks/writes.ts';

const books = createBooks(
  createClock(Date.parse('2026-03-01T10:00:00Z')),
  {
    ...{ realm: '1', name: 'Laws Ltd', country: 'US', currency: 'USD', multicurrency: false, taxes: 'us' },
    ...{ customNumbers: false, warnsOfDuplicates: false },
  },
  () => undefined,
);
furnish(books);
write(books, 'Customer', { DisplayName: 'Ada' });
write(books, 'Item', { Name: 'Thing', IncomeAccountRef: { value: '1' } });

const usd = (amount: string): Json => ({ amount, currency: 'USD' });
const decimals = (places: number, most: number) =>
  fc.integer({ min: -most, max: most }).map((n) => new Big(n).div(10 ** places).toFixed());
const line = fc.record({
  quantity: fc.option(decimals(3, 100_000).map(Number), { nil: undefined }),
  unitPrice: fc.option(decimals(4, 10_000_000), { nil: undefined }),
  amount: fc.option(decimals(2, 100_000_000), { nil: undefined }),
  description: fc.option(fc.string({ maxLength: 20 }), { nil: undefined }),
});

type Given = typeof line extends fc.Arbitrary<infer One> ? One : never;

/** What the line is worth: what it says, else quantity × price rounded, else the price of one. */
function worthOf({ quantity, unitPrice, amount }: Given): Big {
  if (amount !== undefined) return new Big(amount);
  if (unitPrice === undefined) return new Big(0);
  return quantity === undefined ? new Big(unitPrice) : new Big(unitPrice).times(quantity).round(2, Big.roundHalfUp);
}

function partsOf({ quantity, unitPrice, amount, description }: Given): Values {
  return {
    ...{ item: '1', taxName: 'NON' },
    ...(quantity !== undefined && { quantity }),
    ...(unitPrice !== undefined && { unitPrice: usd(unitPrice) }),
    ...(amount !== undefined && { amount: usd(amount) }),
    ...(description !== undefined && { description }),
  };
}

/** A price of fractions of a cent is no amount. */
const sellable = (one: Given) =>
  (one.amount !== undefined || one.unitPrice !== undefined) && worthOf(one).round(2, Big.roundHalfUp).eq(worthOf(one));

test('what is sent is taken, comes to what the lines say, and reads the same again', () => {
  fc.assert(
    fc.property(fc.array(line.filter(sellable), { minLength: 1, maxLength: 8 }), (lines) => {
      const body = invoiceMembers({ customer: '1', issued: '2026-03-01', lines: lines.map(partsOf) }, {});
      const kept = write(books, 'Invoice', body);
      const { fields } = quickbooks.streams.invoices.toRow(kept);
      const total = lines.map(worthOf).reduce((sum, one) => sum.plus(one), new Big(0));
      expect((fields.total as { amount: string }).amount).toBe(total.toFixed());
      // Told again as it was read, it is the same document: nothing is left to send.
      const again = write(books, 'Invoice', {
        ...invoiceMembers({ lines: fields.lines! }, kept),
        ...{ Id: kept.Id!, SyncToken: kept.SyncToken!, sparse: true },
      });
      expect(again.SyncToken).toBe(kept.SyncToken);
    }),
    { numRuns: 400 },
  );
});

test('amounts survive the wire digit by digit', () => {
  const amount = fc
    .tuple(fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }), fc.nat(4))
    .map(([n, places]) => new Big(n.toString()).div(10 ** places).toFixed());
  fc.assert(
    fc.property(amount, (text) => {
      expect(decimalOf((parseAmounts(`{"a":${text}}`) as { a: Json }).a)).toBe(text);
      const number = numberFor(text);
      if (number !== undefined) expect(new Big(JSON.stringify(number)).eq(text)).toBe(true);
    }),
  );
});
