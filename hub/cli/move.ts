/** `move`: from the books of one service to those of another: made ready, sent over by `import-history`, settled, compared to the cent. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import type { Prepared } from '#hub/ledger/move/prepare.ts';
import type { Settled } from '#hub/ledger/move/settle.ts';
import { table } from './output.ts';
import { inHub, type Session, whole } from './session.ts';
import { day, putSheet, sheetText } from './sheet.ts';

const HELP = `
From connection 1 to connection 2:
  npm run cli -- import-history 1 --execute
  npm run cli -- move prepare 1 2 --account 200 --tax "20.0% S=OUTPUT2"
  npm run cli -- import-history 2
  npm run cli -- import-history execute <import>
  npm run cli -- move settle 1 2 --account 090
  npm run cli -- move sheet 1 2 --csv sums.csv --differences differences.csv`;

export function addMove(program: Command): void {
  const move = program
    .command('move')
    .description('from the books of one service to those of another')
    .addHelpText('after', HELP);
  addPrepare(move);
  addSettle(move);
  addSheet(move);
}

function addPrepare(move: Command): void {
  between(move.command('prepare'))
    .description('join tax codes, let what is open go over, and only read the books that are left from now on')
    .option('--account <code>', 'what lines are booked to over there that name no account')
    .option('--tax <pair>', 'a tax of the books that are left and what it is over there, as name=code; once for each', pairs, {})
    .action((from: number, to: number, options: { account?: string; tax: { [name: string]: string } }, command: Command) =>
      inHub(command, async ({ hub, workspace, by, output }) => {
        const { account, tax: taxes } = options;
        output.result(await hub.moves.prepare({ workspace, by }, { from, to, account, taxes }), (made) => preparedText(made, to));
      }),
    );
}

function addSettle(move: Command): void {
  between(move.command('settle'))
    .description('note over there what had settled a part of the documents, and set taxes right that differ by cents')
    .requiredOption('--account <code>', 'where what was settled is booked to: one for opening balances')
    .option('--date <day>', 'the day it is booked on; else today', day)
    .action((from: number, to: number, options: { account: string; date?: string }, command: Command) =>
      inHub(command, async (session) => session.output.result(await settled(session, { from, to, ...options }), settledText)),
    );
}

function addSheet(move: Command): void {
  between(move.command('sheet'))
    .description('what is open in the books that are left (there) against what is open in the others (here), to the cent')
    .option('--csv <file>', 'the sums, as comma-separated values')
    .option('--differences <file>', 'the differences, as comma-separated values')
    .action((from: number, to: number, files: { csv?: string; differences?: string }, command: Command) =>
      inHub(command, async ({ hub, workspace, output }) => {
        const sheet = await hub.moves.sheet(workspace, { from, to });
        await putSheet(sheet, files);
        output.result(sheet, sheetText);
      }),
    );
}

const between = (command: Command): Command =>
  command
    .argument('<from>', 'connection of the books that are left', whole(1))
    .argument('<to>', 'connection of the others', whole(1));

/** Until all is gone through, however long the quota takes. */
async function settled(session: Session, asked: { from: number; to: number; account: string; date?: string }): Promise<Settled> {
  const { hub, workspace, by, output, signal } = session;
  const all: Settled = { settled: 0, corrected: 0, alike: 0, apart: 0, problems: [], later: null };
  for (;;) {
    const done = await hub.moves.settle({ workspace, by }, asked);
    all.settled += done.settled;
    all.corrected += done.corrected;
    Object.assign(all, { alike: done.alike, apart: done.apart, problems: done.problems });
    if (done.later === null) return all;
    output.say(`The quota of the service is used up; it goes on in ${Math.ceil(done.later / 1_000)} s.`);
    await delay(done.later + 1_000, undefined, { signal });
  }
}

function preparedText({ taxes, staying, mappings, waiting }: Prepared, to: number): string {
  const open = taxes.filter(({ is }) => is === null);
  const parts = [
    taxes.length === 0
      ? 'No open document bears a tax.'
      : table(
          ['tax', '%', 'over there', 'may be'],
          taxes.map((one) => [one.name, one.percent, one.is ?? 'not known', one.candidates.join('; ')]),
        ),
  ];
  if (open.length > 0)
    parts.push(
      `Documents with ${open.map(({ name }) => name).join(', ')} wait: say what it is by --tax "${open[0]!.name}=<code>".`,
    );
  if (staying.length > 0)
    parts.push(
      `These stay, and are to be entered by hand:\n${table(
        ['number', 'because'],
        staying.map((one) => [one.number, one.reason]),
      )}`,
    );
  if (mappings.length > 0)
    parts.push(`Mappings set anew: ${mappings.map(({ stream, version }) => `${stream} (version ${version})`).join(', ')}.`);
  parts.push(
    waiting.length > 0
      ? `Nothing has gone over yet. What would become of everything:\n  npm run cli -- import-history ${to}`
      : 'What is open goes over as the syncs run.',
  );
  return parts.join('\n\n');
}

function settledText({ settled, corrected, alike, apart, problems }: Settled): string {
  const differ = apart === 0 ? '' : ` ${apart} differ in what cannot be brought about: \`move sheet\` says in what.`;
  const head = `${settled} settled, ${corrected} taxes set right, ${alike} alike before.${differ}`;
  if (problems.length === 0) return head;
  return `${head}\n${table(
    ['number', 'what was said'],
    problems.map((one) => [one.number, one.said]),
  )}`;
}

function pairs(text: string, before: { [name: string]: string }): { [name: string]: string } {
  const at = text.lastIndexOf('=');
  if (at > 0 && at < text.length - 1) return { ...before, [text.slice(0, at)]: text.slice(at + 1) };
  throw new InvalidArgumentError(`${text}: write name=code.`);
}
