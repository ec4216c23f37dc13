/** `workspace`: the firm, and whose national phone numbers it means; `--region` changes that. */
import type { Command } from 'commander';
import type { Workspace } from '#crm/workspace.ts';
import { facts, table } from './output.ts';
import { count } from './progress.ts';
import { inHub, whole } from './session.ts';

export function addWorkspace(program: Command): void {
  program
    .command('workspace')
    .description(
      'show the firm, and finish what was cut off of computing its match keys anew; with --region say whose national phone numbers it means',
    )
    .option(
      '--region <country>',
      'two letters, as DE; match keys are computed anew before it returns, linked rows are read again by their syncs',
    )
    .addHelpText('after', '\nExamples:\n  npm run cli -- workspace\n  npm run cli -- workspace --region DE')
    .action(({ region }: { region?: string }, command: Command) =>
      inHub(command, async ({ hub: { crm }, workspace, by, output, signal }) => {
        const found =
          region === undefined ? await crm.workspace(workspace) : await crm.changeRegion({ workspace, by }, region.toUpperCase());
        if (region === undefined && !found.reindexing) {
          output.result(found, workspaceText);
          return;
        }
        if (found.reindexing)
          output.say('Computing match keys anew. If it is cut off, this command or a running hub goes on with it.');
        const reindexed = await crm.reindex(workspace, signal);
        const shown = { ...(await crm.workspace(workspace)), ...reindexed };
        output.result(
          shown,
          () => `${workspaceText(shown)}\n${count(reindexed.dropped)} keys dropped, ${count(reindexed.added)} added.`,
        );
      }),
    );
}

export function addWorkspaces(program: Command): void {
  const workspaces = program.command('workspaces').description('the firms of this installation: list, found');
  workspaces
    .command('list', { isDefault: true })
    .description('the firms there are')
    .option('--after <id>', 'from after this id', whole(0), 0)
    .option('--limit <n>', 'how many', whole(1), 100)
    .action((page: { after: number; limit: number }, command: Command) =>
      inHub(command, async ({ hub, output }) => {
        output.result(await hub.firms.list(page), (all) =>
          table(
            ['id', 'name'],
            all.map(({ id, name }) => [id, name]),
          ),
        );
      }),
    );
  workspaces
    .command('found')
    .description('a workspace for another firm; the key of its administrator is shown this once')
    .argument('<name>', 'what the firm is called')
    .addHelpText('after', '\nExample:\n  npm run cli -- workspaces found "Harbour Antiques"')
    .action((name: string, _options: object, command: Command) =>
      inHub(command, async ({ hub, output }) => {
        const { id, key } = await hub.firms.found(name);
        output.result({ id, name, key: key.key }, () =>
          facts([
            ['id', id],
            ['name', name],
            ['key', key.key],
          ]),
        );
      }),
    );
}

const workspaceText = ({ id, name, region, reindexing }: Workspace): string =>
  facts([
    ['id', id],
    ['name', name],
    ['region', region],
    ['match keys', reindexing ? 'being computed anew' : 'up to date'],
  ]);
