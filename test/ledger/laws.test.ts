/** Arithmetic of documents and balances: laws over generated ledgers, against a reckoning in whole units. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { exact, share } from '#crm/ledger/amounts.ts';
import { type Allocating, standingOf, unappliedOf } from '#crm/ledger/standing.ts';
import { totalsOf } from '#crm/ledger/totals.ts';
import type { Json, Values } from '#kit/fields.ts';
import { generateLedger } from './generate.ts';
import type { Ledger, Rounding } from './ledger.ts';
import { decimalsOf, units } from './units.ts';
import { documentValues, paymentValues } from './values.ts';

const roundings: readonly Rounding[] = ['line', 'rate', 'document'];
const ledgers = fc
  .record({ rows: fc.integer({ min: 1, max: 24 }), seed: fc.nat(), rounding: fc.constantFrom(...roundings) })
  .map((wanted) => generateLedger({ ...wanted, currencies: ['USD', 'EUR', 'GBP', 'JPY', 'KWD'] }));
const same = (id: string): string => id;
const unitsOf = (value: Json | undefined, decimals: number): bigint =>
  units((value as { amount: string } | undefined)?.amount ?? '0', decimals);

/** The whole ledger as the CRM would have it: documents and payments by id. */
function kept(ledger: Ledger): { documents: Map<string, Values>; allocating: (id: string) => Allocating[] } {
  const documents = new Map(ledger.documents.map((one) => [one.id, documentValues(one, ledger, same)]));
  const payments = ledger.payments.map((one) => paymentValues(one, same));
  const all: Allocating[] = [
    ...[...documents.values()].map((fields) => ({ object: 'invoice', fields })),
    ...payments.map((fields) => ({ object: 'payment', fields })),
  ];
  const names = (id: string, { fields }: Allocating) =>
    ((fields.allocations ?? []) as { invoice: string }[]).some(({ invoice }) => invoice === id);
  return { documents, allocating: (id) => all.filter((one) => names(id, one)) };
}

test('2,000 ledgers: documents come to the cent to what they come to in whole units', () => {
  fc.assert(
    fc.property(ledgers, (ledger) => {
      for (const document of ledger.documents) {
        const totals = totalsOf(documentValues(document, ledger, same, false), { rounding: ledger.rounding });
        const { subtotal, tax, total, currency } = document;
        expect([totals.subtotal, totals.tax, totals.total]).toEqual(
          [subtotal, tax, total].map((amount) => ({ amount, currency })),
        );
        expect(totals.lines.map((line) => [line.amount!.amount, line.tax!.amount])).toEqual(
          document.lines.map((line) => [line.amount, line.taxAmount]),
        );
      }
    }),
    { numRuns: 2_000 },
  );
});

test('2,000 ledgers: every cent that came or went is accounted for once', () => {
  fc.assert(
    fc.property(ledgers, (ledger) => {
      const { documents, allocating } = kept(ledger);
      for (const currency of new Set(ledger.documents.map((one) => one.currency))) {
        const decimals = decimalsOf(currency);
        const sums = { billed: 0n, owed: 0n, noted: 0n, left: 0n, came: 0n, unapplied: 0n, applied: 0n };
        for (const { id, kind, currency: own, stage } of ledger.documents) {
          if (own !== currency || kind === 'estimate' || stage !== 'issued') continue;
          const fields = documents.get(id)!;
          const standing = standingOf(id, fields, allocating(id));
          const [total, balance] = [unitsOf(fields.total, decimals), unitsOf(standing.balance, decimals)];
          if (kind === 'sale') {
            sums.billed += total;
            sums.owed += balance;
            expect(total - unitsOf(standing.paid, decimals) - unitsOf(standing.credited, decimals)).toBe(balance);
            expect(balance >= 0n, 'the ledger pays nothing twice').toBe(true);
            expect(standing.status === 'open', `${id}: ${standing.status}`).toBe(
              balance === total && standing.refunded === undefined && total !== 0n,
            );
          } else {
            sums.noted += total;
            sums.left += balance + unitsOf(standing.paid, decimals);
          }
        }
        for (const payment of ledger.payments) {
          if (payment.currency !== currency || payment.status === 'void' || payment.kind === 'refund') continue;
          const fields = paymentValues(payment, same);
          sums.came += units(payment.amount, decimals);
          sums.unapplied += unitsOf(unappliedOf(fields, new Set()).unapplied, decimals);
        }
        for (const one of ledger.applications)
          if (ledger.documents.find(({ id }) => id === one.credit)!.currency === currency)
            sums.applied += units(one.amount, decimals);
        expect(sums.billed - sums.owed, `${currency}: what invoices had`).toBe(sums.came - sums.unapplied + sums.applied);
        expect(sums.noted - sums.left, `${currency}: what credit notes gave`).toBe(sums.applied);
      }
    }),
    { numRuns: 2_000 },
  );
});

describe('totals', () => {
  const percent = fc.constantFrom(0, 5, 7, 8.25, 10, 15, 19, 20, 33.333);
  const line = fc.record({
    quantity: fc.integer({ min: -1_000, max: 1_000 }).map((n) => n / 100),
    unitPrice: fc.integer({ min: 0, max: 10_000_000 }).map((n): Json => ({ amount: (n / 100).toFixed(2), currency: 'EUR' })),
    taxPercent: percent,
  });
  const document = fc.record({
    taxMode: fc.constantFrom('exclusive', 'inclusive', 'none'),
    lines: fc.array(line, { minLength: 1, maxLength: 8 }),
    discountBeforeTax: fc.boolean(),
    discountPercent: fc.constantFrom(0, 3, 12.5),
  });
  const rules = fc.constantFrom(...roundings).map((rounding) => ({ rounding }));
  const cents = (money: { amount: string }): bigint => units(money.amount, 2);

  test('the total is the sum of its parts, and taxes are those of the rates', () => {
    fc.assert(
      fc.property(document, rules, (values, rule) => {
        const totals = totalsOf(values, rule);
        const tax = values.taxMode === 'exclusive' ? cents(totals.tax) : 0n;
        expect(cents(totals.total)).toBe(cents(totals.subtotal) - cents(totals.discount) + tax);
        expect(totals.lines.reduce((all, one) => all + cents(one.amount!), 0n)).toBe(cents(totals.subtotal));
        if (rule.rounding !== 'document')
          expect(totals.taxes.reduce((all, one) => all + cents(one.tax), 0n)).toBe(cents(totals.tax));
        const taxable = totals.taxes.reduce((all, one) => all + cents(one.taxable), 0n);
        if (values.taxMode === 'inclusive' && rule.rounding !== 'document' && values.lines.every((one) => one.taxPercent !== 0)) {
          const less = values.discountBeforeTax ? cents(totals.discount) : 0n;
          expect(taxable + cents(totals.tax)).toBe(cents(totals.subtotal) - less);
        }
      }),
    );
  });

  test('the other way round is the same with the other sign', () => {
    fc.assert(
      fc.property(document, rules, (values, rule) => {
        const turned = { ...values, lines: values.lines.map((one) => ({ ...one, quantity: -one.quantity })) };
        expect(cents(totalsOf(turned, rule).total)).toBe(-cents(totalsOf(values, rule).total));
      }),
    );
  });

  test('the order of lines is no matter', () => {
    fc.assert(
      fc.property(document, rules, (values, rule) => {
        const turned = { ...values, discountBeforeTax: false, lines: values.lines.toReversed() };
        expect(totalsOf(turned, rule).total).toEqual(totalsOf({ ...values, discountBeforeTax: false }, rule).total);
      }),
    );
  });

  test('where tax is rounded makes a difference of at most half a cent a line', () => {
    fc.assert(
      fc.property(document, (values) => {
        const [byLine, byRate, once] = roundings.map((rounding) => cents(totalsOf(values, { rounding }).tax));
        const most = BigInt(values.lines.length + 1);
        for (const [a, b] of [
          [byLine!, byRate!],
          [byRate!, once!],
        ])
          expect(a! - b! <= most && b! - a! <= most).toBe(true);
      }),
    );
  });

  test('three lines that come to another cent by line than as a whole', () => {
    const lines = ['25.06', '25.61', '25.63'].map((amount) => ({ unitPrice: { amount, currency: 'NZD' }, taxPercent: 15 }));
    const taxBy = (rounding: Rounding) => totalsOf({ lines }, { rounding }).tax.amount;
    expect(roundings.map(taxBy)).toEqual(['11.44', '11.45', '11.45']);
  });

  test('currencies without decimals, with three, and amounts beyond what a number keeps', () => {
    const of = (amount: string, currency: string, quantity: number) =>
      totalsOf({ lines: [{ unitPrice: { amount, currency }, quantity, taxPercent: 10 }] });
    expect(of('333', 'JPY', 1.5)).toMatchObject({ subtotal: { amount: '500' }, tax: { amount: '50' }, total: { amount: '550' } });
    expect(of('1.2345', 'KWD', 1)).toMatchObject({ subtotal: { amount: '1.235' }, tax: { amount: '0.124' } });
    expect(of('90071992547409931.27', 'USD', 3).total).toEqual({ amount: '297237575406452773.19', currency: 'USD' });
    expect(
      totalsOf({ lines: [{ unitPrice: { amount: '10.5', currency: 'HUF' } }] }, { rounding: 'line', decimals: () => 0 }).total,
    ).toEqual({
      amount: '11',
      currency: 'HUF',
    });
  });

  test('a thousand lines, texts among them, and parts that are counted in their bundle', () => {
    const lines = Array.from({ length: 1_000 }, (_, n) => ({
      ...(n % 10 === 9 ? { kind: 'text' } : { unitPrice: { amount: '0.01', currency: 'EUR' }, quantity: 1 }),
      ...(n % 10 === 8 && { partOf: '7' }),
    }));
    expect(totalsOf({ lines }).total).toEqual({ amount: '8', currency: 'EUR' });
  });
});

test('shares come to the whole, whatever the weights', () => {
  const cents = fc.integer({ min: -1_000_000, max: 1_000_000 });
  fc.assert(
    fc.property(cents, fc.array(fc.integer({ min: -500, max: 10_000 }), { minLength: 1, maxLength: 12 }), (whole, weights) => {
      const shares = share(
        exact(whole).div(100),
        weights.map((weight) => exact(weight)),
        2,
      );
      expect(shares.reduce((all, one) => all.plus(one), exact(0)).toFixed(2)).toBe(exact(whole).div(100).toFixed(2));
    }),
  );
});
