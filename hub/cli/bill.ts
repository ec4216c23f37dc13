/** `bill`: an estimate or an invoice out of what was agreed. */
import { Argument, type Command } from 'commander';
import type { Billed } from '#crm/ledger/bill.ts';
import type { Json } from '#kit/fields.ts';
import { facts } from './output.ts';
import { inHub, pairOf, recordId } from './session.ts';

export function addBill(program: Command): void {
  program
    .command('bill')
    .description('make an estimate or an invoice out of an opportunity, or an invoice out of an estimate; once')
    .argument('<record>', 'the opportunity or the estimate', recordId)
    .addArgument(new Argument('<what>', 'what to make').choices(['estimate', 'invoice']))
    .argument('[fields...]', 'name=value in the place of what it would say; a value may be JSON')
    .addHelpText('after', '\nExample:\n  npm run cli -- bill 01990000-0000-7000-8000-000000000000 invoice due=2026-12-31')
    .action((record: string, wanted: Billed, pairs: string[], _options: object, command: Command) =>
      inHub(command, async ({ hub, workspace, by, output }) => {
        const given: { [field: string]: Json } = Object.fromEntries(pairs.map(pairOf));
        output.result(await hub.crm.bill({ workspace, by }, record, wanted, given), ({ id, name, fields }) =>
          facts([
            [wanted, id],
            ['name', name],
            ['total', JSON.stringify(fields.total ?? null)],
          ]),
        );
      }),
    );
}
