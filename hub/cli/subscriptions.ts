/** `subscriptions`: what services promised to tell us; `attend`, `rotate`, `gaps`. */
import type { Command } from 'commander';
import { Fault } from '#hub/fault.ts';
import type { SubscriptionView } from '#store/subscriptions.ts';
import { table } from './output.ts';
import { inHub, type Session, whole } from './session.ts';

export function addSubscriptions(program: Command): void {
  const subscriptions = program
    .command('subscriptions')
    .description('webhooks that services promised: list, attend, rotate, gaps');
  subscriptions
    .command('list', { isDefault: true })
    .description('how each stands')
    .action((_options: object, command: Command) =>
      inHub(command, async ({ hub, workspace, output }) => {
        const views = await hub.connections.list(workspace, 0, 200);
        const rows = views.flatMap(({ title, subscription }) => (subscription ? [{ title, ...subscription }] : []));
        output.result(rows, () =>
          table(
            ['connection', 'service', 'account', 'streams', 'stands'],
            rows.map((one) => [one.connection, one.connector, one.title, one.streams.join(' '), standing(one)]),
          ),
        );
      }),
    );
  subscriptions
    .command('attend')
    .description('ask the service now: make it, renew it, or look whether it still holds')
    .argument('<connection>', 'as in `connections`', whole(1))
    .action((connection: number, _options: object, command: Command) =>
      inHub(command, async (session) => {
        await needed(session, connection);
        await session.hub.subscriptions.attend({ workspace: session.workspace, connection });
        session.output.result(await needed(session, connection), standing);
      }),
    );
  subscriptions
    .command('rotate')
    .description('exchange its secret; the former is believed until the service has the new one, and an hour longer')
    .argument('<connection>', 'as in `connections`', whole(1))
    .action((connection: number, _options: object, command: Command) =>
      inHub(command, async (session) => {
        await needed(session, connection);
        await session.hub.subscriptions.rotate({ workspace: session.workspace, connection });
        session.output.result(await needed(session, connection), () => 'The running hub tells the service within a minute.');
      }),
    );
  subscriptions
    .command('gaps')
    .description('what webhooks told and what they did not, by stream and day')
    .argument('<connection>', 'as in `connections`', whole(1))
    .option('--days <n>', 'how many, today included', whole(1), 30)
    .action((connection: number, { days }: { days: number }, command: Command) =>
      inHub(command, async ({ hub, workspace, output }) => {
        const gaps = await hub.connections.gaps(workspace, connection, days);
        output.result(gaps, () =>
          table(
            ['day', 'stream', 'told', 'found untold'],
            gaps.map((gap) => [gap.day, gap.stream, gap.told, gap.found]),
          ),
        );
      }),
    );
}

async function needed({ hub, workspace }: Session, connection: number): Promise<SubscriptionView> {
  const { subscription } = await hub.connections.get(workspace, connection);
  if (subscription) return subscription;
  throw new Fault('missing', `Connection ${connection} has no subscription.`, 'Its service makes none, or it is disconnected.');
}

/** In one line: how it is, and why. */
export function standing({ state, expires, problem, drops, dropped, rotating }: SubscriptionView): string {
  const last = dropped ? `; dropped ${drops} time${drops === 1 ? '' : 's'}, last: ${dropped.reason}` : '';
  const trouble = problem ? `: ${problem.message}` : '';
  if (state === 'live') return `live${expires ? ` until ${expires}` : ''}${rotating ? ', secret changing' : ''}${trouble}${last}`;
  return `${state}${trouble}, polled meanwhile${last}`;
}
