/** All commands, and what becomes of one. Exit codes: 0 done, 1 failed, 2 wrongly called. */
import { Command, CommanderError } from 'commander';
import { failureOf, failureText } from '#hub/failure.ts';
import about from '../../package.json' with { type: 'json' };
import { addActions } from './actions.ts';
import { addBill } from './bill.ts';
import { addCalls } from './calls.ts';
import { addCases } from './cases.ts';
import { addConnect } from './connect.ts';
import { addConnections } from './connections.ts';
import { addDeliveries, addNews } from './deliveries.ts';
import { addDoctor } from './doctor.ts';
import { addExplain, addWhy } from './explain.ts';
import { addHeld } from './held.ts';
import { addImportHistory } from './import-history.ts';
import { addKey } from './key.ts';
import { addKeys } from './keys.ts';
import { addMapping } from './mapping.ts';
import { addMove } from './move.ts';
import { EXIT } from './output.ts';
import { addPayments } from './payments.ts';
import { addPreview } from './preview.ts';
import { addRecords } from './records.ts';
import { addRuns } from './runs.ts';
import { whole } from './session.ts';
import { addSources } from './sources.ts';
import { addStrangers } from './strangers.ts';
import { addSubscriptions } from './subscriptions.ts';
import { addSweep } from './sweep.ts';
import { addSync } from './sync.ts';
import { addSyncs } from './syncs.ts';
import { addUndo } from './undo.ts';
import { addWorkspace, addWorkspaces } from './workspace.ts';

const COMMANDS: readonly ((program: Command) => void)[] = [
  ...[addConnect, addConnections, addSyncs, addPreview, addSync, addRuns, addUndo, addSweep],
  ...[
    addCalls,
    addRecords,
    addExplain,
    addWhy,
    addHeld,
    addMapping,
    addSources,
    addStrangers,
    addWorkspace,
    addWorkspaces,
    addKey,
    addKeys,
    addDoctor,
  ],
  ...[addSubscriptions, addDeliveries, addNews, addCases, addActions, addBill, addPayments, addImportHistory, addMove],
];

function programOf(): Command {
  const program = new Command('switchboard')
    .description(
      'Switchboard on the command line. It works on the database itself; a running hub is not needed and not disturbed.',
    )
    .version(about.version)
    .option('--json', 'one JSON value on stdout, for programs')
    .option('--workspace <id>', 'which firm', whole(1), 1)
    .configureHelp({ showGlobalOptions: true })
    .showHelpAfterError('Add --help for what is allowed.')
    .addHelpText('after', '\nExit codes: 0 done, 1 failed, 2 wrongly called.')
    .exitOverride();
  for (const add of COMMANDS) add(program);
  return program;
}

/** Does what was asked and resolves with the exit code; what is to be said goes to standard output and standard error. */
export async function run(args: readonly string[]): Promise<number> {
  try {
    await programOf().parseAsync(args, { from: 'user' });
    return process.exitCode === undefined ? EXIT.ok : Number(process.exitCode);
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    process.stderr.write(`${args.includes('--json') ? JSON.stringify({ error: failureOf(error) }) : failureText(error)}\n`);
    return EXIT.failed;
  }
}
