/** What happens to an account's money. */
export type Shown = 'S' | 'P' | 'D' | 'V';

export interface Payer {
  account?: string;
  email?: string;
  given?: string;
  surname?: string;
  country?: string;
}

/** One row: the account's view of one movement. Amounts in the smallest unit; what leaves is negative, and so are fees. */
export interface Transaction {
  id: string;
  /** `T0006` */
  code: string;
  /** When it began, ms. */
  begun: number;
  currency: string;
  amount: bigint;
  fee: bigint;
  reference?: { id: string; type: 'ODR' | 'TXN' | 'SUB' | 'PAP' };
  payer?: Payer;
  subject?: string;
  note?: string;
  /** What the merchant called it. */
  invoiceId?: string;
  custom?: string;
  /** The invoice of invoicing that it pays. */
  paypalInvoice?: string;
  /** What it was from when on; a change shows as late as the row does. */
  states: { at: number; status: Shown }[];
}

/** Of a buyer's payment: 3.49 % and 0.49, or 49 where there are no decimals. */
export function feeOf(amount: bigint): bigint {
  return (amount * 349n + 5_000n) / 10_000n + 49n;
}
