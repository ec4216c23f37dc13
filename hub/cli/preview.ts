/** `preview <sync>`: what a run would do now, to both sides, as a plan that can be executed exactly as shown. */
import type { Command } from 'commander';
import { type PlanShown, planShown, planText, type Showing } from './plan.ts';
import { inHub, type Session, whole } from './session.ts';
import { executed, ranText } from './sync.ts';
import { watchPlan } from './watch.ts';

export function addPreview(program: Command): void {
  program
    .command('preview')
    .description('show what a run would do now, to both sides; changes neither')
    .argument('<sync>', 'as in `syncs`', whole(1))
    .option('--all', 'every item, not only the first')
    .option('--decision <decision>', 'items of this decision only: create, update, link, tell, hold …')
    .option('--execute', 'execute it at once, exactly as shown')
    .addHelpText(
      'after',
      '\nExamples:\n  npm run cli -- preview 1\n  npm run cli -- preview 1 --all --decision update\n  npm run cli -- preview 1 --execute',
    )
    .action((sync: number, options: Showing & { execute?: boolean }, command: Command) =>
      inHub(command, async (session) => {
        const shown = await preview(session, sync, options);
        if (!options.execute) {
          session.output.result(shown, (all) => `${planText(all)}\n\n${howToExecute(all)}`);
          return;
        }
        const { end } = await executed(session, shown.plan.id);
        session.output.result({ ...shown, run: end.run, counts: end.counts }, (all) => `${planText(all)}\n\n${ranText(end)}`);
      }),
    );
}

async function preview(session: Session, sync: number, showing: Showing): Promise<PlanShown> {
  const { hub, workspace, by } = session;
  const begun = await hub.engine.preview(workspace, sync, by);
  await watchPlan(session, 'Reading', begun);
  return planShown(session, begun.plan, showing);
}

function howToExecute({ plan }: PlanShown): string {
  return `Plan ${plan.id}, good until ${plan.expires}. To execute it exactly as shown:\n  npm run cli -- sync --plan ${plan.id}`;
}
