/** `undo <run>`: shows what undoing a run would do; does it when told so. */
import { createInterface } from 'node:readline/promises';
import type { Command } from 'commander';
import { planShown, planText, type Showing } from './plan.ts';
import { inHub, type Session, whole } from './session.ts';
import { executed, ranText } from './sync.ts';
import { watchPlan } from './watch.ts';

export function addUndo(program: Command): void {
  program
    .command('undo')
    .description(
      'show what undoing a run would do, and do it with --yes; what was edited since is left alone. The sync rests after',
    )
    .argument('<run>', 'as in `runs`', whole(1))
    .option('--yes', 'do it; else a terminal is asked')
    .option('--all', 'show every item, not only the first')
    .addHelpText('after', '\nExamples:\n  npm run cli -- undo 3\n  npm run cli -- undo 3 --yes')
    .action((run: number, options: Showing & { yes?: boolean }, command: Command) =>
      inHub(command, async (session) => {
        const { hub, workspace, by, output } = session;
        const begun = await hub.engine.undo(workspace, run, by);
        await watchPlan(session, 'Looking back', begun);
        const shown = await planShown(session, begun.plan, options);
        if (!options.yes) output.say(planText(shown));
        if (!options.yes && !(await agreed(session, `Undo run ${run}?`))) {
          output.result(
            { ...shown, executed: false },
            () => `Nothing was done. To do it: npm run cli -- sync --plan ${begun.plan}`,
          );
          return;
        }
        const { sync, end } = await executed(session, begun.plan);
        output.result(
          { ...shown, executed: true, run: end.run, counts: end.counts },
          () =>
            `${options.yes ? `${planText(shown)}\n\n` : ''}${ranText(end)}\nThe sync rests, so that nothing comes back by itself: npm run cli -- syncs resume ${sync}`,
        );
      }),
    );
}

/** A person at a terminal is asked; nobody else is. */
async function agreed({ output, signal }: Session, question: string): Promise<boolean> {
  if (output.json || !process.stdin.isTTY) return false;
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await lines.question(`${question} [y/N] `, { signal })).trim());
  } catch (error) {
    if (signal.aborted) return false;
    throw error;
  } finally {
    lines.close();
  }
}
