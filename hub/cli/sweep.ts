/** `sweep <sync>`: reads some linked rows again and says how both sides stand. */
import type { Command } from 'commander';
import type { Drift } from '#store/syncs.ts';
import { table } from './output.ts';
import { count } from './progress.ts';
import { inHub, whole } from './session.ts';

type Standing = Exclude<keyof Drift, 'at' | 'looked'>;

/** How a pair can stand, and what that means. */
const MEANINGS: { readonly [standing in Standing]: string } = {
  equal: 'both sides agree',
  apart: 'differ for a reason on record; `why` tells',
  held: 'wait for a person; `held` lists them',
  owed: 'a change is on its way',
  changed: 'news that no pull had brought yet; looked at again by the next sync',
  missing: 'not there any more; looked into by the next sync',
  drift: 'differ for no reason we know; settled anew by the next sync',
};

export function addSweep(program: Command): void {
  program
    .command('sweep')
    .description('read some linked rows again, whatever the pulls said, and hold both sides against each other')
    .argument('<sync>', 'as in `syncs`', whole(1))
    .option('--rows <n>', 'most rows to look at; each sweep goes on where the last one stopped', whole(1), 200)
    .addHelpText('after', '\nExamples:\n  npm run cli -- sweep 1\n  npm run cli -- sweep 1 --rows 5000 --json')
    .action((sync: number, { rows }: { rows: number }, command: Command) =>
      inHub(command, async ({ hub, workspace, by, output, signal }) => {
        const drift = await hub.engine.sweep(workspace, sync, rows, by, signal);
        output.result({ sync, ...drift }, () => sweepText(sync, drift));
      }),
    );
}

function sweepText(sync: number, drift: Drift): string {
  const standings = standingsOf(drift);
  const lines = [`${count(drift.looked)} looked at.`];
  if (standings.length > 0)
    lines.push(
      table(
        ['pairs', 'count', 'means'],
        standings.map(([name, n]) => [name, count(n), MEANINGS[name]]),
      ),
    );
  if (drift.drift + drift.changed + drift.missing > 0) lines.push(`To settle them now: npm run cli -- sync ${sync}`);
  return lines.join('\n');
}

/** `200 looked at on …: 198 equal, 2 drift`. */
export function driftText(drift: Drift): string {
  const standings = standingsOf(drift).map(([name, n]) => `${count(n)} ${name}`);
  return `${count(drift.looked)} looked at on ${drift.at}: ${standings.join(', ')}`;
}

const standingsOf = (drift: Drift): [Standing, number][] =>
  (Object.keys(MEANINGS) as Standing[]).flatMap((name) => (drift[name] > 0 ? [[name, drift[name]]] : []));
