/** `connections`: what is connected and how it does; `connections check`, `connections disconnect`. */
import type { Command } from 'commander';
import { sayUnused } from '#hub/connections/status.ts';
import { facts, table } from './output.ts';
import { inHub, whole } from './session.ts';
import { standing } from './subscriptions.ts';

export function addConnections(program: Command): void {
  const connections = program.command('connections').description('accounts that are connected: list, show, check, disconnect');
  connections
    .command('list', { isDefault: true })
    .description('each with how it does, told from what it last achieved')
    .option('--after <id>', 'from after this id', whole(0), 0)
    .option('--limit <n>', 'how many', whole(1), 100)
    .addHelpText('after', '\nExample:\n  npm run cli -- connections')
    .action(({ after, limit }: { after: number; limit: number }, command: Command) =>
      inHub(command, async ({ hub, workspace, output }) => {
        const views = await hub.connections.list(workspace, after, limit);
        output.result(views, () =>
          table(
            ['id', 'connector', 'account', 'status', 'because'],
            views.map((view) => [view.id, view.connector, view.title, view.status, view.because]),
          ),
        );
      }),
    );
  connections
    .command('show')
    .description('one connection with its syncs')
    .argument('<id>', 'as in the list', whole(1))
    .action((id: number, _options: object, command: Command) =>
      inHub(command, async ({ hub, workspace, output }) => {
        output.result(await hub.connections.get(workspace, id), (view) =>
          [
            facts([
              ['id', view.id],
              ['connector', view.connector],
              ['account', `${view.title} (${view.account})`],
              ['status', `${view.status}: ${view.because}`],
              ['webhooks', view.subscription ? standing(view.subscription) : 'none promised: polled'],
              ['connected', `${view.created} by ${view.createdBy}`],
              ['not in use', sayUnused(view.connector, view.id, view.unused) || 'nothing: every stream is'],
            ]),
            table(
              ['sync', 'stream', 'state', 'last moved', 'last at its end', 'reason'],
              view.syncs.map((sync) => [sync.id, sync.stream, sync.state, sync.moved, sync.succeeded, sync.reason]),
            ),
          ].join('\n\n'),
        );
      }),
    );
  connections
    .command('check')
    .description('ask the service who we are; one call')
    .argument('<id>', 'as in the list', whole(1))
    .action((id: number, _options: object, command: Command) =>
      inHub(command, async ({ hub, workspace, output, signal }) => {
        output.result(
          await hub.connections.check(workspace, id, signal),
          (account) => `The service knows us as ${account.title} (${account.id}).`,
        );
      }),
    );
  connections
    .command('disconnect')
    .description('end the access; syncs, cursors and links stay for the day it comes back')
    .argument('<id>', 'as in the list', whole(1))
    .action((id: number, _options: object, command: Command) =>
      inHub(command, async ({ hub, workspace, by, output }) => {
        output.result(await hub.connections.disconnect(workspace, id, by), ({ revoked, note }) =>
          [revoked ? 'Disconnected; the service has ended the access.' : 'Disconnected.', note]
            .filter((line) => line !== '')
            .join(' '),
        );
      }),
    );
}
