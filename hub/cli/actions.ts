/** `actions`: what a service can be asked to do beside syncing; asked, looked at, sent again. */
import type { Command } from 'commander';
import type { Json } from '#kit/fields.ts';
import type { ActionRow } from '#store/actions.ts';
import { facts, table } from './output.ts';
import { inHub, pairOf, recordId, whole } from './session.ts';

export function addActions(program: Command): void {
  const actions = program.command('actions').description('what services do beside syncing: list, offered, perform, repeat');
  addLooking(actions);
  addPerforming(actions);
}

function addLooking(actions: Command): void {
  actions
    .command('list', { isDefault: true })
    .description('what services were asked to do, newest first')
    .option('--record <id>', 'about this record alone', recordId)
    .option('--limit <n>', 'how many', whole(1), 50)
    .action(({ record, limit }: { record?: string; limit: number }, command: Command) =>
      inHub(command, async ({ hub, workspace, output }) => {
        const all = await hub.actions.list(workspace, { record: record ?? null, before: null, most: limit });
        output.result(all, (rows) =>
          table(
            ['id', 'at', 'connection', 'action', 'state', 'record', 'said'],
            rows.map((row) => [row.id, row.at, row.connection, row.action, row.state, row.record, row.said]),
          ),
        );
      }),
    );
  actions
    .command('offered')
    .description('what the service of a connection can be asked to do')
    .argument('<connection>', 'as in `connections`', whole(1))
    .addHelpText('after', '\nExample:\n  npm run cli -- actions offered 2')
    .action((connection: number, _options: object, command: Command) =>
      inHub(command, async ({ hub, workspace, output }) => {
        output.result(await hub.actions.offered(workspace, connection), (offered) =>
          table(
            ['action', 'upon', 'takes', 'what'],
            Object.entries(offered).map(([name, action]) => [
              ...[name, action.upon ?? null],
              ...[Object.keys(action.input).join(', '), action.title],
            ]),
          ),
        );
      }),
    );
}

function addPerforming(actions: Command): void {
  actions
    .command('perform')
    .description('ask the service to do something, at most once')
    .argument('<connection>', 'as in `connections`', whole(1))
    .argument('<action>', 'as in `actions offered`')
    .argument('[input...]', 'name=value; a value may be JSON')
    .option('--record <id>', 'whom or what it is about', recordId)
    .option('--key <text>', 'asked twice under the same key, it is done once')
    .addHelpText('after', '\nExample:\n  npm run cli -- actions perform 2 sendSms from=+15550100 to=+15550101 text="On my way"')
    .action((connection: number, action: string, pairs: string[], options: { record?: string; key?: string }, command: Command) =>
      inHub(command, async ({ hub, workspace, by, output }) => {
        const input: { [field: string]: Json } = Object.fromEntries(pairs.map(pairOf));
        const performed = await hub.actions.perform({ workspace, by, pays: true }, { connection, action, input, ...options });
        output.result(performed, told);
        if (performed.state !== 'done') process.exitCode = 1;
      }),
    );
  actions
    .command('repeat')
    .description('send one again whose answer never came, where the service knows it by its key')
    .argument('<id>', 'as in the list', whole(1))
    .action((id: number, _options: object, command: Command) =>
      inHub(command, async ({ hub, workspace, by, output }) => {
        const performed = await hub.actions.repeat({ workspace, by, pays: true }, id);
        output.result(performed, told);
        if (performed.state !== 'done') process.exitCode = 1;
      }),
    );
}

function told({ id, action, state, said, answer }: ActionRow): string {
  return facts([
    ['id', id],
    ['action', action],
    ['state', state],
    ['said', said],
    ...Object.entries(answer ?? {}).map(([name, value]): [string, string] => [
      name,
      typeof value === 'string' ? value : JSON.stringify(value),
    ]),
  ]);
}
