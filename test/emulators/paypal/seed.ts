/**
 * Plain objects of the service, put into an account as they are: for demonstrations, and for tests that want a past. Bodies are as
 * PayPal takes them; money in `transactions` is text in the currency's own decimals; instants are `2026-03-01T10:00:00Z`.
 */
import type { Account } from './account.ts';
import { minorOf } from './money.ts';
import type { Body } from './query.ts';
import type { Payer, Shown } from './transaction.ts';

export interface SeedPlan {
  products?: readonly Body[];
  /** Sent unless `draft`; `paid` in PayPal, so much of it. */
  invoices?: readonly { body: Body; draft?: boolean; paid?: string; payer?: Payer }[];
  transactions?: readonly SeedRow[];
  disputes?: readonly { transaction: string; amount: string; currency?: string; reason?: string; at?: string }[];
}

export interface SeedRow {
  /** 17 characters; default: made. */
  id?: string;
  /** `T0006`; default. */
  code?: string;
  at: string;
  /** Negative where it leaves the account. */
  amount: string;
  currency?: string;
  /** Negative. */
  fee?: string;
  status?: Shown;
  reference?: string;
  payer?: Payer;
  subject?: string;
  note?: string;
  invoiceId?: string;
  custom?: string;
}

/** Rows of the past, kept as they are told: nobody is told of them. */
export function seedRow(account: Account, row: SeedRow, makeId: () => string): void {
  const { currency = 'USD', status = 'S', at, amount, fee, reference, id = makeId(), code = 'T0006', ...rest } = row;
  const begun = Date.parse(at);
  if (Number.isNaN(begun)) throw new Error(`seed: at is ${JSON.stringify(at)}; an instant is expected`);
  account.transactions.push({
    ...rest,
    ...{ id, code, begun, currency },
    amount: minorOf(amount, currency),
    fee: fee === undefined ? 0n : minorOf(fee, currency),
    ...(reference !== undefined && { reference: { id: reference, type: 'TXN' as const } }),
    states: [{ at: begun, status }],
  });
}

const USD = (value: string) => ({ currency_code: 'USD', value });

/** A small account of a studio that teaches pottery. */
export const DEMO_SEED: SeedPlan = {
  products: [
    { name: 'Wheel throwing, six evenings', type: 'SERVICE', description: 'Six evenings at the wheel, clay included' },
    { name: 'Glaze kit', type: 'PHYSICAL', description: 'Eight glazes and two brushes' },
  ],
  invoices: [
    {
      body: {
        detail: { currency_code: 'USD', invoice_number: 'KILN-0101', reference: 'course', payment_term: { term_type: 'NET_30' } },
        primary_recipients: [
          {
            billing_info: {
              business_name: 'Harbour Cafe',
              email_address: 'office@harbour.example',
              name: { given_name: 'Mara', surname: 'Lind' },
            },
          },
        ],
        items: [
          { name: 'Plates, set of 12', quantity: '4', unit_amount: USD('96.00'), tax: { name: 'Sales tax', percent: '8.25' } },
        ],
      },
      paid: '200.00',
      payer: { account: 'PJ4MARA77XK2Q', email: 'office@harbour.example', given: 'Mara', surname: 'Lind', country: 'US' },
    },
    {
      body: {
        detail: { currency_code: 'JPY', invoice_number: 'KILN-0102' },
        primary_recipients: [{ billing_info: { email_address: 'ken@example.jp' } }],
        items: [{ name: 'Tea bowl', quantity: '2', unit_amount: { currency_code: 'JPY', value: '8000' } }],
      },
    },
  ],
  transactions: [
    {
      at: '2026-02-10T09:12:44Z',
      amount: '120.00',
      fee: '-4.68',
      invoiceId: 'KILN-0099',
      payer: { email: 'ben@example.com', given: 'Ben', surname: 'Ott' },
    },
    { at: '2026-02-11T17:00:01Z', code: 'T0400', amount: '-100.00', subject: 'Withdrawal to bank' },
  ],
};
