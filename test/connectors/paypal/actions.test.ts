/** What can be done: an invoice once, however often its answer is lost; a link to pay by; money back once under a key. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { actions } from '#connectors/paypal/actions.ts';
import { decimalFor, moneyFor } from '#connectors/paypal/amounts.ts';
import type { Context } from '#kit/context.ts';
import { Refused } from '#kit/errors.ts';
import type { Values } from '#kit/fields.ts';
import { checkValues } from '#kit/rows.ts';
import type { Emulators } from '#test/emulators/index.ts';
import { DAY, openCounter } from './counter.ts';

let on: Emulators;
let ctx: Context;
beforeEach(async () => {
  ({ on, ctx } = await openCounter({}, {}, 300));
});
afterEach(() => on.close());

const usd = (amount: string) => ({ amount, currency: 'USD' });
const run = (name: string, input: Values, key = 'key') => actions[name]!.run(ctx, input, key);
const invoices = () => [...on.paypal.account().invoices.values()];
const wish: Values = {
  number: 'KILN-0200',
  email: 'mara@example.com',
  business: 'Harbour Cafe',
  givenName: 'Mara',
  lines: [
    { name: 'Plates', quantity: 4, unitPrice: usd('96'), taxName: 'Sales tax', taxPercent: 8.25, discountPercent: 10 },
    { name: 'Delivery', unitPrice: usd('12.5'), unit: 'AMOUNT', discount: usd('2.50') },
  ],
  shipping: usd('7.00'),
  discountPercent: 5,
  issued: '2026-03-01',
  due: '2026-03-31',
  reference: 'deal 7',
  note: 'Thank you',
};

describe('an invoice', () => {
  test('is written as it was wished, and comes to what PayPal computes', async () => {
    expect(await run('createInvoice', wish)).toMatchObject({ number: 'KILN-0200', status: 'DRAFT', total: usd('371.91') });
    const [made] = invoices();
    expect(made!.body).toMatchObject({
      detail: {
        invoice_number: 'KILN-0200',
        payment_term: { term_type: 'DUE_ON_DATE_SPECIFIED', due_date: '2026-03-31' },
        reference: 'deal 7',
      },
      primary_recipients: [
        { billing_info: { email_address: 'mara@example.com', business_name: 'Harbour Cafe', name: { given_name: 'Mara' } } },
      ],
      items: [
        { quantity: '4', unit_amount: { currency_code: 'USD', value: '96.00' } },
        { quantity: '1', unit_of_measure: 'AMOUNT' },
      ],
    });
    expect(made!.body.invoicer).toBeUndefined();
  });

  test.each(['lost', 'cut', 'hang', 'malformed'] as const)('whose answer is %s is written once, and found', async (kind) => {
    on.paypal.faults.add({ kind, operation: 'invoices.create' });
    expect(await run('createInvoice', wish)).toMatchObject({ number: 'KILN-0200', status: 'DRAFT' });
    expect(invoices()).toHaveLength(1);
    expect(on.paypal.counters.calls['invoices.create']).toBe(1);
  });

  test('asked for twice is one; another under its number is refused', async () => {
    const first = await run('createInvoice', wish);
    on.paypal.addInvoice({ detail: { currency_code: 'USD', invoice_number: 'KILN-02001' } });
    expect(await run('createInvoice', wish)).toEqual(first);
    const other = { ...wish, lines: [{ name: 'Bowls', unitPrice: usd('96') }] };
    await expect(run('createInvoice', other)).rejects.toMatchObject({ next: 'refused', field: 'number' });
    expect(invoices()).toHaveLength(2);
  });

  test('is rid of what the merchant’s template put into it, and nobody is mailed', async () => {
    on.paypal.setTemplate({ note: 'Buy more', terms_and_conditions: 'No returns' });
    const { note: _, ...plain } = wish;
    await run('createInvoice', plain);
    const [made] = invoices();
    expect(made!.body.detail).toMatchObject({ note: '', terms_and_conditions: '' });
    expect(on.paypal.mails()).toEqual([]);
  });

  test('is sent by e-mail once, however often that is asked for', async () => {
    const { invoice } = await run('createInvoice', wish);
    on.paypal.faults.add({ kind: 'lost', operation: 'invoices.send' });
    const sent = await run('sendInvoice', { row: invoice!, subject: 'Your plates' });
    expect(sent).toMatchObject({ status: 'SENT', link: expect.stringContaining('/invoice/p/#') });
    expect(await run('sendInvoice', { row: invoice! })).toEqual(sent);
    expect(on.paypal.mails()).toEqual([{ invoice, kind: 'sent' }]);
    await expect(run('sendInvoice', { row: 'INV2-XXXX-XXXX-XXXX-XXXX' })).rejects.toMatchObject({
      next: 'refused',
      field: 'row',
    });
  });

  test.each<[string, Values, string]>([
    [
      'two currencies',
      {
        ...wish,
        lines: [
          { name: 'x', unitPrice: usd('1') },
          { name: 'y', unitPrice: { amount: '1', currency: 'EUR' } },
        ],
      },
      'lines',
    ],
    ['a third decimal', { ...wish, lines: [{ name: 'x', unitPrice: usd('1.005') }] }, 'lines'],
    ['half a yen', { ...wish, lines: [{ name: 'x', unitPrice: { amount: '100.5', currency: 'JPY' } }] }, 'lines'],
  ])('with %s is refused before anything is sent', async (_what, input, field) => {
    await expect(run('createInvoice', input)).rejects.toMatchObject({ next: 'refused', field });
    expect(on.paypal.counters.total()).toBe(0);
  });

  test.each<[string, Values, string]>([
    ['no lines', { ...wish, lines: [] }, 'lines'],
    ['too many lines', { ...wish, lines: Array(101).fill({ name: 'x', unitPrice: usd('1') }) }, 'lines'],
    ['a number too long', { ...wish, number: 'N'.repeat(26) }, 'number'],
    ['a field that is none', { ...wish, colour: 'red' }, 'colour'],
  ])('with %s does not fit the declared input, which the hub checks', (_what, input, path) => {
    expect(checkValues(actions.createInvoice!.input, input)).toMatchObject([{ path }]);
  });
});

test('a payment link is an invoice that is sent to nobody, with the page for the payer', async () => {
  const input = { number: 'L-1', amount: { amount: '8000.00', currency: 'JPY' }, name: 'Tea bowl' };
  const link = await run('paymentLink', input);
  expect(link).toMatchObject({
    status: 'UNPAID',
    total: { amount: '8000', currency: 'JPY' },
    link: expect.stringContaining('paypal.com/invoice/p/#'),
  });
  expect(await run('paymentLink', input)).toEqual(link);
  expect([invoices().length, on.paypal.mails()]).toEqual([1, []]);
  on.paypal.pay({ amount: '8000', currency: 'JPY', invoice: String(link.invoice) });
  expect(invoices()[0]!.status).toBe('PAID');
});

describe('a refund', () => {
  const refunds = () => [...on.paypal.account().refunds.values()].map(({ amount }) => amount);

  test('of a part, and of what is left; the same key gives back once', async () => {
    const { id: transaction } = on.paypal.pay({ amount: '25.00' });
    const part = { row: transaction, amount: usd('10'), note: 'Sorry' };
    const first = await run('refund', part, 'case 7');
    expect(first).toMatchObject({ status: 'COMPLETED', amount: usd('10.00') });
    expect(await run('refund', part, 'case 7')).toEqual(first);
    expect(await run('refund', { row: transaction }, 'case 8')).toMatchObject({ amount: usd('15.00') });
    expect(refunds()).toEqual([1000n, 1500n]);
    await expect(run('refund', { row: transaction }, 'case 9')).rejects.toThrow('CAPTURE_FULLY_REFUNDED');
  });

  test.each(['lost', 'cut', 'malformed'] as const)('whose answer is %s is given once', async (kind) => {
    const { id: transaction } = on.paypal.pay({ amount: '25.00' });
    on.paypal.faults.add({ kind, operation: 'captures.refund' });
    const ask = () => run('refund', { row: transaction, amount: usd('10.00') });
    // What cannot be read at all is told; asking again under the key is harmless.
    expect(await ask().catch(ask)).toMatchObject({ amount: usd('10.00') });
    expect(refunds()).toEqual([1000n]);
  });

  test('of more than there is, in another currency or too late is refused', async () => {
    const { id: transaction } = on.paypal.pay({ amount: '25.00' });
    await expect(run('refund', { row: transaction, amount: usd('25.01') })).rejects.toThrow('REFUND_AMOUNT_EXCEEDED');
    await expect(run('refund', { row: transaction, amount: { amount: '1.00', currency: 'EUR' } })).rejects.toThrow(
      'REFUND_CAPTURE_CURRENCY_MISMATCH',
    );
    on.clock.turn(200 * DAY);
    await expect(run('refund', { row: transaction })).rejects.toThrow('REFUND_TIME_LIMIT_EXCEEDED');
    expect(refunds()).toEqual([]);
  });

  test('is what the leaflet says needs more than other actions', () => {
    expect(
      Object.entries(actions)
        .filter(([, { does }]) => does === 'pay')
        .map(([name]) => name),
    ).toEqual(['refund']);
  });
});

describe('amounts on their way', () => {
  test.each([
    ['12.5', 'EUR', '12.50'],
    ['12', 'EUR', '12.00'],
    ['12.500', 'EUR', '12.50'],
    ['-3.1', 'USD', '-3.10'],
    ['8000.00', 'JPY', '8000'],
    ['8000', 'HUF', '8000'],
    ['1', 'TWD', '1'],
    ['90071992547409931.07', 'USD', '90071992547409931.07'],
  ])('%s %s goes as %s', (amount, currency, value) => {
    expect(moneyFor({ amount, currency }, 'x')).toEqual({ currency_code: currency, value });
  });
  test.each([
    ['12.505', 'EUR'],
    ['8000.5', 'JPY'],
    ['0.01', 'HUF'],
    ['1e3', 'EUR'],
    ['1'.repeat(31), 'EUR'],
  ])('%s %s does not', (amount, currency) => {
    expect(() => moneyFor({ amount, currency }, 'x')).toThrow(Refused);
  });
  test('quantities are written without an exponent', () => {
    expect([decimalFor(1e-7, 'q', 14), decimalFor(2.5, 'q', 14), decimalFor(0, 'q', 14)]).toEqual(['0.0000001', '2.5', '0']);
    expect(() => decimalFor(1e21, 'q', 14)).toThrow(Refused);
    expect(() => decimalFor(Number.NaN, 'q', 14)).toThrow(Refused);
  });
});
