/** Money a buyer paid. Amounts in the smallest unit of its currency. */
export interface Capture {
  id: string;
  currency: string;
  amount: bigint;
  fee: bigint;
  status: 'COMPLETED' | 'PENDING' | 'DECLINED' | 'PARTIALLY_REFUNDED' | 'REFUNDED';
  refunded: bigint;
  created: number;
  updated: number;
  /** What the merchant calls it. */
  invoiceId?: string;
  customId?: string;
  /** The invoice it pays. */
  invoice?: string;
  disputed?: true;
}

export interface Refund {
  id: string;
  capture: string;
  currency: string;
  amount: bigint;
  /** Refunded of the capture so far, this one included. */
  total: bigint;
  created: number;
  note?: string;
}
