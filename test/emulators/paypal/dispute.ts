/** A buyer's claim, and how it is shown. */
import type { Json } from '#kit/fields.ts';
import { money } from './money.ts';
import type { Payer } from './transaction.ts';

export interface Dispute {
  id: string;
  /** The payment it is about. */
  transaction: string;
  invoiceId?: string;
  currency: string;
  /** In the smallest unit. */
  amount: bigint;
  gross: bigint;
  reason: string;
  status: 'OPEN' | 'WAITING_FOR_BUYER_RESPONSE' | 'WAITING_FOR_SELLER_RESPONSE' | 'UNDER_REVIEW' | 'RESOLVED' | 'OTHER';
  stage: 'INQUIRY' | 'CHARGEBACK' | 'PRE_ARBITRATION' | 'ARBITRATION';
  outcome?: { code: string; refunded?: bigint };
  buyer?: Payer;
  created: number;
  updated: number;
  respondBy?: number;
}

export const DISPUTES = 'https://api-m.sandbox.paypal.com/v1/customer/disputes';

const time = (ms: number): string => new Date(ms).toISOString();

function stateOf({ status }: Dispute): string {
  if (status === 'RESOLVED') return 'RESOLVED';
  if (status === 'WAITING_FOR_SELLER_RESPONSE') return 'REQUIRED_ACTION';
  return status === 'UNDER_REVIEW' ? 'UNDER_PAYPAL_REVIEW' : 'REQUIRED_OTHER_PARTY_ACTION';
}

/** As lists show it. */
export function abridged(one: Dispute): { [member: string]: Json } {
  return {
    dispute_id: one.id,
    create_time: time(one.created),
    update_time: time(one.updated),
    status: one.status,
    reason: one.reason,
    dispute_state: stateOf(one),
    dispute_amount: money(one.amount, one.currency),
    dispute_life_cycle_stage: one.stage,
    dispute_channel: 'INTERNAL',
    ...(one.respondBy !== undefined && { seller_response_due_date: time(one.respondBy) }),
    links: [{ href: `${DISPUTES}/${one.id}`, rel: 'self', method: 'GET' }],
  };
}

export function whole(one: Dispute, account: { id: string; email: string }): { [member: string]: Json } {
  const { given, surname } = one.buyer ?? {};
  const name = [given, surname].filter((part) => part !== undefined).join(' ');
  return {
    ...abridged(one),
    disputed_transactions: [
      {
        seller_transaction_id: one.transaction,
        create_time: time(one.created),
        transaction_status: 'COMPLETED',
        gross_amount: money(one.gross, one.currency),
        ...(one.invoiceId !== undefined && { invoice_number: one.invoiceId }),
        buyer: { ...(name !== '' && { name }) },
        seller: { email: account.email, merchant_id: account.id },
      },
    ],
    ...(one.outcome && {
      dispute_outcome: {
        outcome_code: one.outcome.code,
        ...(one.outcome.refunded !== undefined && { amount_refunded: money(one.outcome.refunded, one.currency) }),
      },
    }),
  };
}
