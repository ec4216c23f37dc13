import type { Clock } from '../kit/clock.ts';
import { random } from '../kit/random.ts';
import type { Capture, Refund } from './capture.ts';
import type { Dispute } from './dispute.ts';
import type { Invoice } from './invoice.ts';
import type { Product } from './product.ts';
import type { Transaction } from './transaction.ts';

/** A business at PayPal, with all that is its own. */
export interface Account {
  /** 13 characters: payer id and account number alike. */
  id: string;
  email: string;
  /** Who let whom act for it: client ids of partners' apps. */
  partners: Set<string>;
  transactions: Transaction[];
  invoices: Map<string, Invoice>;
  /** The number that was given last: the next is one more. */
  lastNumber: string;
  products: Map<string, Product>;
  disputes: Map<string, Dispute>;
  captures: Map<string, Capture>;
  refunds: Map<string, Refund>;
}

export function createAccount(id: string, email: string): Account {
  return {
    ...{ id, email, partners: new Set(), transactions: [], lastNumber: 'INV-0000' },
    ...{ invoices: new Map(), products: new Map(), disputes: new Map(), captures: new Map(), refunds: new Map() },
  };
}

const SIGNS = 'ABCDEFGHJKLMNPQRSTUVWXYZ0123456789';

/** Makes ids in PayPal's forms, the same for the same seed. */
export function createIds(seed: number) {
  const chance = random(seed);
  const signs = (length: number, among = SIGNS) => Array.from({ length }, () => among[chance.below(among.length)]).join('');
  return {
    /** 17 characters: payments, refunds, webhooks. */
    payment: () => `${chance.below(10)}${signs(16)}`,
    invoice: () => `INV2-${[signs(4), signs(4), signs(4), signs(4)].join('-')}`,
    item: () => `ITEM-${signs(17)}`,
    external: () => `EXTR-${signs(17)}`,
    product: () => `PROD-${signs(17)}`,
    dispute: () => `PP-R-${signs(3)}-${10_000_000 + chance.below(90_000_000)}`,
    event: () => `WH-${signs(17)}-${signs(17)}`,
    account: () => signs(13, '23456789ABCDEFGHJKLMNPQRSTUVWXYZ'),
    template: () => `TEMP-${signs(17)}`,
  };
}

export type Ids = ReturnType<typeof createIds>;

/** What every part of the service needs. */
export interface Ground {
  clock: Clock;
  ids: Ids;
}
