/**
 * A firm's books as neutral data, which any emulated service can take as its own: decimals as text, dates as days, ids of our own.
 * What documents come to is reckoned in whole smallest units (`units.ts`), so that it proves the hub's decimals.
 */

/** Where whoever keeps the books rounds tax: for each line, for each rate, or once. */
export type Rounding = 'line' | 'rate' | 'document';

export interface Party {
  id: string;
  name: string;
  email: string;
  currency: string;
  term: string;
}

export interface Item {
  id: string;
  code: string;
  name: string;
  price: string;
}

export interface Tax {
  id: string;
  name: string;
  percent: string;
}

export interface Term {
  id: string;
  name: string;
  days: number;
}

export interface Line {
  item?: string;
  description: string;
  quantity: string;
  price: string;
  discountPercent?: string;
  tax?: string;
  taxPercent: string;
  /** Quantity × price less the discount, in the document's tax mode. */
  amount: string;
  taxAmount: string;
}

export type TaxMode = 'exclusive' | 'inclusive' | 'none';

export interface Document {
  id: string;
  number: string;
  kind: 'sale' | 'credit' | 'estimate';
  party: string;
  issued: string;
  due: string;
  currency: string;
  /** Units of the firm's own currency for one of the document's. */
  rate: string;
  taxMode: TaxMode;
  lines: Line[];
  /** On the whole; lowers the tax where `discountBeforeTax`. */
  discount: string;
  discountBeforeTax: boolean;
  shipping: string;
  subtotal: string;
  tax: string;
  total: string;
  stage: 'draft' | 'issued' | 'void';
  sent: boolean;
}

/** Of a payment to what it pays, of a refund to what it gives back. */
export interface Allocation {
  document: string;
  amount: string;
}

export interface Payment {
  id: string;
  party: string;
  date: string;
  currency: string;
  amount: string;
  kind: 'payment' | 'refund';
  status: 'completed' | 'void';
  method: string;
  reference: string;
  /** What a payment service kept of it; '0' where none stood between. */
  fee: string;
  allocations: Allocation[];
}

/** Part of a credit note that an invoice had of it. */
export interface Application {
  credit: string;
  document: string;
  amount: string;
  date: string;
}

export interface Ledger {
  home: string;
  rounding: Rounding;
  parties: Party[];
  items: Item[];
  taxes: Tax[];
  terms: Term[];
  documents: Document[];
  payments: Payment[];
  applications: Application[];
}
