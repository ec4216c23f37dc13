/** `payments`: those that match no invoice; `payments match`, `payments allocate`, `payments leave`. */
import type { Command } from 'commander';
import { Fault } from '#hub/fault.ts';
import { table } from './output.ts';
import { inHub } from './session.ts';

export function addPayments(program: Command): void {
  const payments = program.command('payments').description('payments that match no invoice: list, match, allocate, leave');
  payments
    .command('list', { isDefault: true })
    .description('each with why it waits, and what speaks for which invoice')
    .option('--after <payment>', 'go on after this one')
    .addHelpText('after', '\nExample:\n  npm run cli -- payments')
    .action(({ after }: { after?: string }, command: Command) =>
      inHub(command, async ({ hub, workspace, output }) => {
        const rows = await hub.ledger.unmatched(workspace, { after: after ?? null, limit: 200 });
        output.result(rows, () =>
          table(
            ['payment', 'doubt', 'because', 'best'],
            rows.map(({ payment, doubt, because, candidates }) => [payment, doubt, because, bestOf(candidates)]),
          ),
        );
      }),
    );
  payments
    .command('match')
    .description('look for the invoices of all that are due, now')
    .addHelpText('after', '\nExample:\n  npm run cli -- payments match')
    .action((_options: object, command: Command) =>
      inHub(command, async ({ hub, workspace, output }) => {
        await hub.ledger.drain();
        const left = (await hub.ledger.unmatched(workspace, { after: null, limit: 200 })).length;
        output.result(
          { left },
          () => `Done; ${left === 200 ? 'more than 199 wait' : left === 1 ? '1 waits' : `${left} wait`} for a person.`,
        );
      }),
    );
  payments
    .command('allocate')
    .description('say what a payment pays')
    .argument('<payment>', 'its id')
    .argument('<invoice=amount...>', 'ids of invoices with amounts, in the currency of the payment')
    .addHelpText('after', '\nExample:\n  npm run cli -- payments allocate 0198… 0198…=120.50')
    .action((payment: string, parts: string[], _options: object, command: Command) =>
      inHub(command, async ({ hub, workspace, by, output }) => {
        const { fields } = await hub.crm.get(workspace, payment);
        const { currency = '' } = (fields.amount ?? {}) as { currency?: string };
        const to = parts.map((part) => ({ ...allocationIn(part, currency) }));
        const record = await hub.ledger.allocate({ workspace, by }, payment, to);
        output.result(record, () => `Payment ${payment} is allocated to ${to.length} invoice${to.length === 1 ? '' : 's'}.`);
      }),
    );
  payments
    .command('leave')
    .description('look for no invoice any more')
    .argument('<payment>', 'its id')
    .addHelpText('after', '\nExample:\n  npm run cli -- payments leave 0198…')
    .action((payment: string, _options: object, command: Command) =>
      inHub(command, async ({ hub, workspace, output }) => {
        await hub.ledger.leave(workspace, payment);
        output.result({ payment }, () => `Payment ${payment} is left as it is.`);
      }),
    );
}

function allocationIn(part: string, currency: string) {
  const [, invoice, amount] = /^([0-9a-f-]{36})=(\d{1,20}(?:\.\d{1,10})?)$/i.exec(part) ?? [];
  if (invoice === undefined || amount === undefined)
    throw new Fault(
      'invalid',
      `${JSON.stringify(part)} is no invoice with an amount.`,
      'Write the id, =, and the amount: 0198…=120.50',
    );
  return { invoice, amount: { amount, currency } };
}

function bestOf(candidates: unknown): string {
  const [best] = (candidates ?? []) as { number: string; score: number; reasons: string[] }[];
  return best === undefined ? '' : `${best.number} (${best.score}): ${best.reasons.join(', ')}`;
}
