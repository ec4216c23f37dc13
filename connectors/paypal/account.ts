/** Who is connected: the app's own account, or that of a seller it acts for. */
import type { Account } from '#kit/connector.ts';
import type { Context } from '#kit/context.ts';
import { Changed } from '#kit/errors.ts';
import type { Fields } from '#kit/fields.ts';
import { textOf } from '#kit/json.ts';
import { ask } from './client.ts';
import { secondsOf } from './records.ts';

export const settings = {
  seller: { kind: 'text', title: 'Seller the app acts for, as a partner: the merchant id of 13 characters', max: 13 },
  partner: { kind: 'text', title: 'Partner attribution id (BN code)', max: 128 },
  backfillDays: { kind: 'number', title: 'Days of transactions to read at first (three years)' },
} satisfies Fields;

const DAY = 86_400_000;

/** Every report names the account it is of; one of the day before yesterday is always there. */
export async function check(ctx: Context): Promise<Account> {
  const end = ctx.now() - DAY;
  const query = { start_date: secondsOf(end - DAY), end_date: secondsOf(end), page_size: 1, page: 1 };
  const answer = await ask(ctx, { name: 'search.get', group: 'reports', path: '/v1/reporting/transactions', query });
  const id = textOf(answer.account_number);
  if (id === undefined) {
    throw new Changed(
      `search.get: answered with ${Object.keys(answer).join(', ') || 'nothing'}; expected 'account_number'`,
      'PayPal answers in a way we do not know. Tell the maintainer.',
    );
  }
  return { id, title: `PayPal account ${id}${isSandbox(ctx) ? ' (sandbox)' : ''}` };
}

export function isSandbox({ base }: Pick<Context, 'base'>): boolean {
  return URL.canParse(base.rest ?? '') && new URL(base.rest!).hostname.includes('.sandbox.');
}
