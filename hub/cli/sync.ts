/** `sync <sync>`: works on a sync here and now; `sync --plan <plan>` executes what a preview showed. */
import type { Command } from 'commander';
import type { SliceEnd } from '#sync/slice.ts';
import { count } from './progress.ts';
import { inHub, type Session, whole } from './session.ts';
import { watchSync } from './watch.ts';

interface Options {
  full?: boolean;
  plan?: number;
}

export function addSync(program: Command): void {
  program
    .command('sync')
    .description('bring both sides in step, here and now')
    .argument('[sync]', 'as in `syncs`', whole(1))
    .option('--full', 'read everything again, not only what changed')
    .option('--plan <plan>', 'execute this plan exactly as it was shown', whole(1))
    .addHelpText('after', '\nExamples:\n  npm run cli -- sync 1\n  npm run cli -- sync 1 --full\n  npm run cli -- sync --plan 7')
    .action((sync: number | undefined, { full = false, plan }: Options, command: Command) => {
      if ((sync === undefined) === (plan === undefined)) command.error('error: name a sync, or a plan with --plan');
      if (plan !== undefined && full) command.error('error: a plan is executed as shown; --full is for a sync');
      return inHub(command, async (session) => {
        const done = plan === undefined ? await synced(session, sync!, full) : await executed(session, plan);
        session.output.result({ sync: done.sync, run: done.end.run, counts: done.end.counts }, () => ranText(done.end));
      });
    });
}

interface Done {
  sync: number;
  end: SliceEnd;
}

async function synced(session: Session, sync: number, full: boolean): Promise<Done> {
  await session.hub.engine.request(session.workspace, sync, full);
  return { sync, end: await watchSync(session, 'Syncing', sync) };
}

/** Executes a plan, then works until nothing is due. */
export async function executed(session: Session, plan: number): Promise<Done> {
  const { run, sync } = await session.hub.engine.execute(session.workspace, plan, session.by);
  const end = await watchSync(session, 'Executing', sync);
  return { sync, end: { ...end, run: end.run ?? run } };
}

/** What a run counts that changes neither side. */
const QUIET: ReadonlySet<string> = new Set(['unchanged', 'agree', 'skip', 'later', 'hold', 'questions', 'stale']);

/** `12 read: 11 unchanged, 1 update.` and how to take it back. */
export function ranText({ counts, run }: SliceEnd): string {
  const { read = 0, ...others } = counts;
  const said = Object.entries(others).map(([what, n]) => `${count(n)} ${what}`);
  const lines = [`${count(read)} read${said.length === 0 ? '' : `: ${said.join(', ')}`}.`];
  if (others.questions || others.hold) lines.push('Questions wait for a person: npm run cli -- held');
  if (Object.keys(others).every((what) => QUIET.has(what))) lines.push('Nothing was changed.');
  else if (run !== null) lines.push(`Run ${run}; npm run cli -- undo ${run} shows what undoing it would do.`);
  return lines.join('\n');
}
