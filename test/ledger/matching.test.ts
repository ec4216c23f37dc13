/** Payments to invoices: nothing wrong is ever allocated, and most of what can be known is. */
import { describe, expect, test } from 'vitest';
import { exact } from '#crm/ledger/amounts.ts';
import { matchPayment, type Open, type Paid } from '#hub/ledger/match.ts';
import { type Kind, paymentCases } from './payments.ts';

const cases = [1, 2, 3, 4].flatMap((seed) => paymentCases(seed, 500));
const judged = cases.map((one) => {
  const verdict = matchPayment(one.paid, one.open);
  const named = verdict.allocations.map(({ invoice }) => invoice).sort();
  return { ...one, verdict, named };
});

test('2,000 payments: what is allocated is what the payer meant', () => {
  const wrong = judged.filter(({ named, truth }) => named.length > 0 && JSON.stringify(named) !== JSON.stringify(truth ?? []));
  expect(wrong.map(({ kind, paid, verdict }) => ({ kind, paid, verdict }))).toEqual([]);
});

test.each<[Kind, number]>([
  ['numbered', 0.95],
  ['memo', 0.95],
  ['silent', 0.8],
  ['part', 0.9],
  ['two', 0.95],
])('of those that can be known, %s: at least %d are', (kind, part) => {
  const known = judged.filter((one) => one.kind === kind && one.truth !== null);
  const found = known.filter(({ named }) => named.length > 0);
  expect(found.length / known.length).toBeGreaterThanOrEqual(part);
});

test.each<Kind>(['twin', 'slip', 'stranger'])('of those nobody can know, %s: each says why it waits', (kind) => {
  const own = judged.filter((one) => one.kind === kind);
  expect(own.length).toBeGreaterThan(20);
  for (const { verdict } of own)
    expect(verdict).toMatchObject({ allocations: [], doubt: expect.any(String), because: expect.stringMatching(/\.$/) });
});

describe('a payment', () => {
  const open = (number: string, balance: string, more: Partial<Open> = {}): Open => ({
    ...{ invoice: number, number, reference: '', balance: exact(balance), total: exact(balance), currency: 'EUR' },
    ...{ company: 'acme', names: ['Acme Ltd'], emails: ['pay@acme.example'], issued: '2026-01-01', due: '2026-01-31', ...more },
  });
  const paid = (amount: string, more: Partial<Paid> = {}): Paid => ({
    ...{
      amount: exact(amount),
      currency: 'EUR',
      date: '2026-01-10',
      number: '',
      words: '',
      payerName: '',
      payerEmail: '',
      company: null,
    },
    ...more,
  });
  const allocated = (one: Paid, all: Open[]) =>
    matchPayment(one, all).allocations.map(({ invoice, amount }) => [invoice, amount.toFixed()]);

  test('of too much settles the invoice and leaves the rest', () => {
    expect(allocated(paid('120', { number: 'INV-100', company: 'acme' }), [open('INV-100', '100')])).toEqual([
      ['INV-100', '100'],
    ]);
  });
  test('in another currency pays nothing', () => {
    expect(allocated(paid('100', { number: 'INV-100', currency: 'USD' }), [open('INV-100', '100')])).toEqual([]);
  });
  test('is not fooled by a number that contains another', () => {
    expect(matchPayment(paid('100', { words: 'INV-1001' }), [open('INV-100', '100')]).doubt).toBe('weak');
  });
  test('that names two invoices which do not come to it waits', () => {
    const both = [open('INV-100', '100'), open('INV-101', '50')];
    expect(matchPayment(paid('120', { words: 'INV-100, INV-101' }), both)).toMatchObject({ allocations: [], doubt: 'several' });
    expect(allocated(paid('150', { words: 'INV-100, INV-101' }), both)).toEqual([
      ['INV-100', '100'],
      ['INV-101', '50'],
    ]);
  });
  test('from the customer, of what two invoices are open for, waits', () => {
    const verdict = matchPayment(paid('100', { company: 'acme' }), [open('INV-100', '100'), open('INV-101', '100')]);
    expect(verdict).toMatchObject({ doubt: 'several', candidates: [{ score: 65 }, { score: 65 }] });
  });
});
