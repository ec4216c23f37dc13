/** `deliveries`: what services sent by webhook; `deliveries show`, `replay`, `parked`, `claim`; `news`: what it said for a workspace. */
import { type Command, InvalidArgumentError } from 'commander';
import { Fault } from '#hub/fault.ts';
import type { DeliveryView } from '#hub/news/look.ts';
import type { DeliveryState } from '#store/deliveries.ts';
import { facts, table } from './output.ts';
import { brief } from './plan.ts';
import { inHub, whole } from './session.ts';

interface Range {
  connector?: string;
  from?: string;
  until?: string;
}

export function addDeliveries(program: Command): void {
  const deliveries = program
    .command('deliveries')
    .description('what services sent by webhook, to the whole installation: list, show, replay, parked, claim');
  addLooks(deliveries);
  ranged(deliveries.command('replay'))
    .description('have deliveries read again: one, all that failed, or those of a time')
    .argument('[delivery]', 'as in the list', whole(1))
    .option('--failed', 'those that failed')
    .addHelpText(
      'after',
      '\nExamples:\n  npm run cli -- deliveries replay 17\n  npm run cli -- deliveries replay --failed\n  npm run cli -- deliveries replay --from 2026-02-03T04:00Z --until 2026-02-03T05:00Z',
    )
    .action((id: number | undefined, { failed = false, ...range }: Range & { failed?: boolean }, command: Command) =>
      inHub(command, async ({ hub, output }) => {
        if (id === undefined && !failed && range.from === undefined)
          throw new Fault('invalid', 'Nothing says which deliveries.', 'Name one, or add --failed or --from.');
        const n = await hub.news.look.again(id === undefined ? { failed, ...range } : { id });
        output.result({ deliveries: n }, () => `${n} will be read again by the running hub.`);
      }),
    );
  addParked(deliveries);
}

function addLooks(deliveries: Command): void {
  ranged(deliveries.command('list', { isDefault: true }))
    .description('newest first')
    .option('--state <state>', 'unread, failed or read', stateOf)
    .option('--before <delivery>', 'older than this one', whole(1))
    .option('--limit <n>', 'how many', whole(1), 20)
    .addHelpText(
      'after',
      '\nExamples:\n  npm run cli -- deliveries --state failed\n  npm run cli -- deliveries --from 2026-02-03T04:00Z',
    )
    .action((filter: Range & { state?: DeliveryState; before?: number; limit: number }, command: Command) =>
      inHub(command, async ({ hub, output }) => {
        output.result(await hub.news.look.deliveries(filter), (rows) =>
          table(
            ['id', 'came', 'connector', 'state', 'bytes', 'identity', 'problem'],
            rows.map((row) => [row.id, row.at, row.connector, row.state, row.bytes, row.identity, row.problem]),
          ),
        );
      }),
    );
  deliveries
    .command('show')
    .description('one delivery as it came; secrets are blotted out')
    .argument('<delivery>', 'as in the list', whole(1))
    .addHelpText('after', '\nExample:\n  npm run cli -- deliveries show 17')
    .action((id: number, _options: object, command: Command) =>
      inHub(command, async ({ hub, output }) => output.result(await hub.news.look.delivery(id), text)),
    );
}

function addParked(deliveries: Command): void {
  deliveries
    .command('parked')
    .description('news for accounts that nobody has linked, newest first')
    .option('--before <news>', 'older than this one', whole(1))
    .option('--limit <n>', 'how many', whole(1), 20)
    .addHelpText('after', '\nExample:\n  npm run cli -- deliveries parked')
    .action(({ before, limit }: { before?: number; limit: number }, command: Command) =>
      inHub(command, async ({ hub, output }) => {
        output.result(await hub.news.look.parked(before, limit), (rows) =>
          table(
            ['id', 'came', 'connector', 'account', 'kind', 'stream', 'row'],
            rows.map((row) => [row.id, row.at, row.connector, row.account, row.kind, row.stream, row.row]),
          ),
        );
      }),
    );
  deliveries
    .command('claim')
    .description('hand what is parked for an account to whoever has linked it; it happens by itself when an account is linked')
    .argument('<connector>', 'as in the list')
    .argument('<account>', 'as in the list')
    .addHelpText('after', '\nExample:\n  npm run cli -- deliveries claim <connector> 104932')
    .action((connector: string, account: string, _options: object, command: Command) =>
      inHub(command, async ({ hub, output }) => {
        const news = await hub.news.look.claim(connector, account);
        output.result({ news }, () => `${news} claimed; the running hub acts upon them.`);
      }),
    );
}

export function addNews(program: Command): void {
  program
    .command('news')
    .description('what webhooks said for the workspace and what came of it, newest first')
    .option('--connection <connection>', 'of this connection only', whole(1))
    .option('--before <news>', 'older than this one', whole(1))
    .option('--limit <n>', 'how many', whole(1), 20)
    .addHelpText('after', '\nExample:\n  npm run cli -- news --connection 1')
    .action((filter: { connection?: number; before?: number; limit: number }, command: Command) =>
      inHub(command, async ({ hub, workspace, output }) => {
        output.result(await hub.news.look.news(workspace, filter), (rows) =>
          table(
            ['id', 'came', 'connection', 'kind', 'stream', 'row', 'times', 'state', 'what came of it'],
            rows.map((n) => [n.id, n.at, n.connection, n.kind, n.stream, n.row ?? brief(n.body), n.times, n.state, n.outcome]),
          ),
        );
      }),
    );
}

function ranged(command: Command): Command {
  return command
    .option('--connector <name>', 'of this one only')
    .option('--from <instant>', 'those that came then or later', instantOf)
    .option('--until <instant>', 'those that came before then', instantOf);
}

function instantOf(text: string): string {
  const ms = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isFinite(ms)) return new Date(ms).toISOString();
  throw new InvalidArgumentError('An instant is allowed, as 2026-02-03T04:05Z.');
}

function stateOf(text: string): DeliveryState {
  if (text === 'unread' || text === 'failed' || text === 'read') return text;
  throw new InvalidArgumentError('unread, failed or read is allowed.');
}

function text(delivery: DeliveryView): string {
  const head = facts([
    ['id', delivery.id],
    ['came', delivery.at],
    ['connector', delivery.connector],
    ['subscription', delivery.subscription],
    ['state', delivery.problem === null ? delivery.state : `${delivery.state}: ${delivery.problem}`],
    ['identity', delivery.identity],
    ['request', `${delivery.method} ${delivery.query}`.trim()],
    ...Object.entries(delivery.headers).map(([name, value]): [string, string] => [`  ${name}`, value]),
  ]);
  return `${head}\n\n${delivery.text ?? delivery.base64 ?? ''}`;
}
