/** `key create`, `key list`, `key revoke`. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { ROLE_NAMES, type Role } from '#hub/permissions.ts';
import { facts, table } from './output.ts';
import { inHub, whole } from './session.ts';

export function addKey(program: Command): void {
  const key = program.command('key').description('API keys: make, list, revoke');
  key
    .command('create')
    .description('make a key; it is shown this once')
    .option('--name <name>', 'what it is for', 'cli')
    .addOption(new Option('--role <role>', 'what it may').choices(ROLE_NAMES).default('admin'))
    .option('--expires <instant>', 'until when, as 2027-01-31T00:00:00Z; else for ever', instant)
    .addHelpText('after', '\nExample:\n  npm run cli -- key create --name reporting --role reader')
    .action((options: { name: string; role: Role; expires?: string }, command: Command) =>
      inHub(command, async ({ hub, workspace, output }) => {
        const made = await hub.keys.create(workspace, options);
        output.result(
          made,
          ({ id, name, key: text }) =>
            `${facts([
              ['key', text],
              ['id', id],
              ['name', name],
              ['role', options.role],
            ])}\nIt is not shown again.`,
        );
      }),
    );
  key
    .command('list')
    .description('the keys of the workspace')
    .option('--after <id>', 'from after this id', whole(0), 0)
    .option('--limit <n>', 'how many', whole(1), 100)
    .action((page: { after: number; limit: number }, command: Command) =>
      inHub(command, async ({ hub, workspace, output }) => {
        const keys = await hub.keys.list(workspace, page);
        output.result(keys, () =>
          table(
            ['id', 'name', 'used', 'expires', 'revoked'],
            keys.map((k) => [k.id, k.name, k.used, k.expires, k.revoked]),
          ),
        );
      }),
    );
  key
    .command('revoke')
    .description('end a key at once')
    .argument('<id>', 'as in the list', whole(1))
    .action((id: number, _options: object, command: Command) =>
      inHub(command, async ({ hub, workspace, output }) => {
        await hub.keys.revoke(workspace, id);
        output.result({ revoked: id }, () => `Key ${id} is revoked.`);
      }),
    );
}

function instant(text: string): string {
  const time = Date.parse(text);
  if (/^\d{4}-\d\d-\d\d/.test(text) && !Number.isNaN(time)) return new Date(time).toISOString();
  throw new InvalidArgumentError('An instant such as 2027-01-31T00:00:00Z is allowed.');
}
