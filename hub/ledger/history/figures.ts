/** What documents and payments come to, in the words in which two sides are compared. Pure. */
import type { Big } from 'big.js';
import { amountIn, isMoney, ZERO } from '#crm/ledger/amounts.ts';
import { currencyOf } from '#crm/ledger/totals.ts';
import type { Json, Values } from '#kit/fields.ts';
import { textOf } from '#mappings/objects/shape.ts';

/** Objects that bear amounts. */
export const MONEY_OBJECTS: ReadonlySet<string> = new Set(['estimate', 'invoice', 'payment']);

export interface Figures {
  number: string;
  /** sale, purchase, credit …; of payments payment, refund …; of estimates ''. */
  kind: string;
  /** YYYY-MM; '' where it has no day. */
  month: string;
  currency: string;
  status: string;
  total: Big;
  /** What is left to pay, or to use up; null where the side does not say. */
  balance: Big | null;
}

/** Of a record, or of what a row states in the CRM's words. */
export function figuresOf(object: string, values: Values): Figures {
  const money = object === 'payment' ? values.amount : values.total;
  const currency = isMoney(money) ? money.currency : currencyOf(values);
  const total = amountIn(money, currency) ?? ZERO;
  const balance = object === 'invoice' ? amountIn(values.balance, currency) : null;
  return {
    number: textOf(values, 'number') || textOf(values, 'transaction') || textOf(values, 'reference'),
    kind: textOf(values, 'kind'),
    month: (textOf(values, 'issued') || textOf(values, 'date') || textOf(values, 'at')).slice(0, 7),
    currency,
    status: statusOf(object, values, total, balance),
    total,
    balance,
  };
}

/** By the same measure on both sides: a refund, which the other side may not tell, does not count. */
function statusOf(object: string, values: Values, total: Big, balance: Big | null): string {
  if (object !== 'invoice') return textOf(values, 'status') || 'unknown';
  const stage = textOf(values, 'stage') || 'issued';
  if (stage !== 'issued') return stage;
  if (balance === null) return 'issued';
  if (balance.eq(total) && !total.eq(0)) return 'open';
  return balance.gt(0) ? 'partly paid' : 'paid';
}

export const said = (amount: Big | null, currency: string): Json =>
  amount === null ? null : `${amount.toFixed()} ${currency}`.trim();
