/** `import-history <connection>`: reads, shows what was found, imports it, and reconciles to the cent. */
import type { Command } from 'commander';
import type { Found } from '#hub/ledger/history/found.ts';
import type { HistoryRow } from '#store/histories.ts';
import { table } from './output.ts';
import { inHub, type Session, whole } from './session.ts';
import { day, putSheet, sheetText } from './sheet.ts';
import { memberOf, watchSync } from './watch.ts';

const HELP = `
Examples:
  npm run cli -- import-history 3 --since 2023-01-01
  npm run cli -- import-history 3 --what invoices,payments --execute
  npm run cli -- import-history execute 1
  npm run cli -- import-history sheet 1 --csv sums.csv --differences differences.csv`;

export function addImportHistory(program: Command): void {
  const history = program.command('import-history').description('the whole of an account’s history: preview, import, reconcile');
  history
    .command('begin', { isDefault: true })
    .description('read it and show what was found; nothing is changed')
    .argument('<connection>', 'as in `connections`', whole(1))
    .option('--since <day>', 'the first day that is taken, of documents and payments', day)
    .option('--what <streams>', 'only these, separated by commas, and what they refer to')
    .option('--execute', 'import it at once')
    .addHelpText('after', HELP)
    .action((connection: number, options: { since?: string; what?: string; execute?: boolean }, command: Command) =>
      inHub(command, async (session) => {
        const { hub, workspace, by } = session;
        const streams = options.what?.split(',').map((name) => name.trim());
        const begun = await hub.histories.begin({ workspace, by }, { connection, streams, since: options.since });
        const read = await goOn(session, begun.id);
        if (read.state === 'ready' && options.execute) await executed(session, read.id);
        else session.output.result(read, historyText);
      }),
    );
  addSteps(history);
}

function addSteps(history: Command): void {
  history
    .command('execute')
    .description('import what was found; run again, it goes on where it was')
    .argument('<import>', 'its id', whole(1))
    .action((id: number, _options: object, command: Command) => inHub(command, (session) => executed(session, id)));
  history
    .command('show')
    .description('how far it is, and what was found')
    .argument('<import>', 'its id', whole(1))
    .action((id: number, _options: object, command: Command) =>
      inHub(command, async ({ hub, workspace, output }) => output.result(await hub.histories.get(workspace, id), historyText)),
    );
  history
    .command('list')
    .description('imports, newest first')
    .action((_options: object, command: Command) =>
      inHub(command, async ({ hub, workspace, output }) => {
        const rows = await hub.histories.list(workspace, null, 50);
        output.result(rows, () =>
          table(
            ['id', 'connection', 'state', 'since', 'begun', 'ended'],
            rows.map((one) => [one.id, one.connection, one.state, one.since, one.created, one.ended]),
          ),
        );
      }),
    );
  history
    .command('stop')
    .description('stop it; what has come in stays')
    .argument('<import>', 'its id', whole(1))
    .action((id: number, _options: object, command: Command) =>
      inHub(command, async ({ hub, workspace, output }) =>
        output.result(await hub.histories.stopImport(workspace, id), historyText),
      ),
    );
  history
    .command('sheet')
    .description('what the service has against what the CRM has, to the cent')
    .argument('<import>', 'its id', whole(1))
    .option('--csv <file>', 'the sums, as comma-separated values')
    .option('--differences <file>', 'the differences, as comma-separated values')
    .action((id: number, files: { csv?: string; differences?: string }, command: Command) =>
      inHub(command, async ({ hub, workspace, output }) => {
        const sheet = await hub.histories.sheet(workspace, id);
        await putSheet(sheet, files);
        output.result(sheet, sheetText);
      }),
    );
}

/** Imports, and shows the sheet. */
async function executed(session: Session, id: number): Promise<void> {
  const { hub, workspace, output } = session;
  await hub.histories.execute(workspace, id);
  const history = await goOn(session, id);
  if (history.state !== 'done') return output.result(history, historyText);
  const sheet = await hub.histories.sheet(workspace, id);
  output.result({ ...history, sheet }, () => `${historyText(history)}\n\n${sheetText(sheet)}`);
}

/** As far as it goes without waiting for a quota. */
const goOn = (session: Session, id: number): Promise<HistoryRow> =>
  session.hub.histories.drain(session.workspace, id, (sync) => watchSync(session, 'Importing', sync));

function historyText({ id, state, streams, since, found, problem }: HistoryRow): string {
  const head = `Import ${id} is ${state}${since === null ? '' : `, from ${since} on`}: ${streams.join(', ')}.`;
  const trouble = memberOf(problem, 'message');
  const all = (found ?? []) as unknown as Found[];
  const rows = all.flatMap(({ stream, rows: read, older, sums, rest }) => {
    const first = [
      stream,
      '',
      '',
      '',
      read,
      '',
      `${older > 0 ? `${older} older` : ''}${rest === null ? '' : ' · the rest is read later'}`,
    ];
    return [
      first,
      ...sums.map((s) => ['', s.year, `${s.kind} ${s.status}`.trim(), s.currency, s.count, s.total, s.balance ?? '']),
    ];
  });
  const next = state === 'ready' ? `\n\nTo import it:\n  npm run cli -- import-history execute ${id}` : '';
  const shown =
    rows.length === 0 ? '' : `\n\n${table(['stream', 'year', 'status', 'currency', 'count', 'total', 'to pay'], rows)}`;
  return `${head}${trouble === undefined ? '' : `\n${trouble} ${memberOf(problem, 'advice') ?? ''}`}${shown}${next}`;
}
