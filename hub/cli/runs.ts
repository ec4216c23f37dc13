/** `runs`: what was done, newest first; `runs show`. */
import type { Command } from 'commander';
import type { RunView } from '#sync/look.ts';
import { facts, table } from './output.ts';
import { duration } from './progress.ts';
import { inHub, whole } from './session.ts';
import { memberOf } from './watch.ts';

export function addRuns(program: Command): void {
  const runs = program.command('runs').description('what was done and what it counted: list, show');
  runs
    .command('list', { isDefault: true })
    .description('newest first')
    .option('--sync <sync>', 'of this sync only', whole(1))
    .option('--before <run>', 'older than this one', whole(1))
    .option('--limit <n>', 'how many', whole(1), 20)
    .addHelpText('after', '\nExamples:\n  npm run cli -- runs\n  npm run cli -- runs --sync 1 --limit 5')
    .action((filter: { sync?: number; before?: number; limit: number }, command: Command) =>
      inHub(command, async ({ hub, workspace, output }) => {
        const rows = await hub.engine.look.runs(workspace, filter);
        output.result(rows, () =>
          table(
            ['id', 'sync', 'kind', 'state', 'begun', 'by', 'counts'],
            rows.map((run) => [run.id, run.sync, run.kind, run.state, run.begun, run.by, countsText(run)]),
          ),
        );
      }),
    );
  runs
    .command('show')
    .description('one run: what it counted, how fast it went, what it met with')
    .argument('<run>', 'as in the list', whole(1))
    .addHelpText('after', '\nExample:\n  npm run cli -- runs show 3')
    .action((id: number, _options: object, command: Command) =>
      inHub(command, async ({ hub, workspace, output }) => {
        output.result(await hub.engine.look.run(workspace, id), text);
      }),
    );
}

function text(run: RunView): string {
  const problem = [memberOf(run.problem, 'message'), memberOf(run.problem, 'advice')].filter((part) => part).join(' · ');
  return facts([
    ['id', run.id],
    ['kind', run.kind],
    ['sync', run.sync],
    ['plan', run.plan],
    ['state', run.state],
    ['begun', `${run.begun} by ${run.by}`],
    ['ended', run.ended],
    ['handled', run.total === null ? run.handled : `${run.handled} of ${run.total}`],
    ['per second', run.rate],
    ['left', run.state === 'running' && run.left !== null ? duration(run.left) : null],
    ['counts', countsText(run)],
    ['problem', problem],
    ['undone by', run.undoneBy === null ? null : `run ${run.undoneBy}`],
  ]);
}

const countsText = ({ counts }: RunView): string =>
  Object.entries(counts)
    .map(([what, n]) => `${n} ${what}`)
    .join(', ');
