/** `strangers`: people met in meetings and mails whom nobody knows; accept, dismiss, and whether they are listed at all. */
import { type Command, InvalidArgumentError } from 'commander';
import type { Stranger } from '#crm/people/strangers.ts';
import type { StrangerPolicy } from '#store/strangers.ts';
import { table } from './output.ts';
import { inHub, whole } from './session.ts';

export function addStrangers(program: Command): void {
  const strangers = program
    .command('strangers')
    .description('people met in meetings and mails whom nobody knows: list, accept, dismiss, policy');
  addLists(strangers);
  addAnswers(strangers);
}

function addLists(strangers: Command): void {
  strangers
    .command('list', { isDefault: true })
    .description('last met first')
    .option('--limit <n>', 'how many', whole(1), 50)
    .option('--after <place>', '`next` of the list before')
    .action(({ limit, after }: { limit: number; after?: string }, command: Command) =>
      inHub(command, async ({ hub, workspace, output }) => {
        const listed = await hub.strangers.list(workspace, { after: after ?? null, limit });
        const policy = await hub.strangers.policy(workspace);
        output.result({ policy, ...listed }, ({ items, next }) =>
          items.length === 0
            ? emptyText(policy)
            : [listText(items), ...(next === null ? [] : [`More: --after ${next}`])].join('\n'),
        );
      }),
    );
  strangers
    .command('policy')
    .description('are they listed? `review` lists them, `off` keeps nothing of them')
    .argument('[policy]', 'off | review', policyOf)
    .addHelpText('after', '\nExample:\n  npm run cli -- strangers policy review')
    .action((policy: StrangerPolicy | undefined, _options: object, command: Command) =>
      inHub(command, async ({ hub, workspace, output, signal }) => {
        if (policy !== undefined) await hub.strangers.setPolicy(workspace, policy);
        if (policy === 'review') await hub.crm.relink(workspace, signal);
        output.result({ policy: await hub.strangers.policy(workspace) }, (now) => now.policy);
      }),
    );
}

function addAnswers(strangers: Command): void {
  strangers
    .command('accept')
    .description('make a contact of somebody; it stands on everything that names the address')
    .argument('<address>', 'as `strangers` lists it')
    .addHelpText('after', '\nExample:\n  npm run cli -- strangers accept ada@example.com')
    .action((address: string, _options: object, command: Command) =>
      inHub(command, async ({ hub, workspace, by, output, signal }) => {
        const contact = await hub.strangers.accept({ workspace, by }, address);
        await hub.crm.relink(workspace, signal);
        output.result(contact, ({ name, id }) => `${name} is a contact (${id}), and stands on all that names ${address}.`);
      }),
    );
  strangers
    .command('dismiss')
    .description('never list them again')
    .argument('<addresses...>', 'as `strangers` lists them')
    .addHelpText('after', '\nExample:\n  npm run cli -- strangers dismiss news@example.com')
    .action((addresses: string[], _options: object, command: Command) =>
      inHub(command, async ({ hub, workspace, by, output }) => {
        const dismissed = await hub.strangers.dismiss({ workspace, by }, addresses);
        output.result({ dismissed }, () => `${dismissed.join(', ')} will not be listed again.`);
      }),
    );
}

const listText = (items: readonly Stranger[]): string =>
  table(
    ['address', 'name', 'times', 'last'],
    items.map(({ address, name, times, last }) => [address, name, times, last]),
  );

const emptyText = (policy: StrangerPolicy): string =>
  policy === 'off' ? 'Strangers are not reviewed: `strangers policy review` lists them.' : 'Nobody is met whom nobody knows.';

function policyOf(text: string): StrangerPolicy {
  if (text === 'off' || text === 'review') return text;
  throw new InvalidArgumentError('It is off or review.');
}
