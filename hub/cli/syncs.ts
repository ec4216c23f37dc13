/** `syncs`: how each stands; `syncs show`, `syncs pause`, `syncs resume`, `syncs mend`. */
import type { Command } from 'commander';
import type { SyncRow } from '#store/syncs.ts';
import type { Evidence } from '#sync/look.ts';
import { facts, table } from './output.ts';
import { inHub, whole } from './session.ts';
import { driftText } from './sweep.ts';
import { memberOf } from './watch.ts';

export function addSyncs(program: Command): void {
  const syncs = program.command('syncs').description('the streams that are kept in step: list, show, pause, resume, mend');
  addLooks(syncs);
  syncs
    .command('pause')
    .description('do nothing until it is resumed; what is under way finishes its page')
    .argument('<sync>', 'as in the list', whole(1))
    .option('--reason <words>', 'why, for whoever looks', 'paused on the command line')
    .addHelpText('after', '\nExample:\n  npm run cli -- syncs pause 1 --reason "mapping under review"')
    .action((id: number, { reason }: { reason: string }, command: Command) =>
      inHub(command, async ({ hub, workspace, output }) => {
        await hub.engine.pause(workspace, id, reason);
        output.result({ sync: id, state: 'paused', reason }, () => `Sync ${id} is paused: ${reason}.`);
      }),
    );
  syncs
    .command('resume')
    .description('take it up again')
    .argument('<sync>', 'as in the list', whole(1))
    .addHelpText('after', '\nExample:\n  npm run cli -- syncs resume 1')
    .action((id: number, _options: object, command: Command) =>
      inHub(command, async ({ hub, workspace, output }) => {
        await hub.engine.resume(workspace, id);
        output.result({ sync: id, state: 'on' }, () => `Sync ${id} goes on.`);
      }),
    );
  syncs
    .command('mend')
    .description('forget ties that were cut or whose row is gone: rows and records may be tied or created again')
    .argument('<sync>', 'as in the list', whole(1))
    .argument('[rows...]', 'of these rows; else all')
    .addHelpText('after', '\nExamples:\n  npm run cli -- syncs mend 1\n  npm run cli -- syncs mend 1 people/c17 people/c18')
    .action((id: number, rows: string[], _options: object, command: Command) =>
      inHub(command, async ({ hub, workspace, output }) => {
        await hub.engine.look.sync(workspace, id);
        const mended = await hub.engine.mend(workspace, id, rows.length > 0 ? rows : 'all');
        output.result({ sync: id, mended }, () => `${mended} mended.`);
      }),
    );
}

function addLooks(syncs: Command): void {
  syncs
    .command('list', { isDefault: true })
    .description('each with its state and when it last moved')
    .addHelpText('after', '\nExample:\n  npm run cli -- syncs')
    .action((_options: object, command: Command) =>
      inHub(command, async ({ hub, workspace, output }) => {
        const rows = await hub.engine.look.syncs(workspace);
        output.result(rows.map(shown), () =>
          table(
            ['id', 'connection', 'stream', 'object', 'state', 'last moved', 'last at its end', 'because'],
            rows.map((s) => [s.id, s.connection, s.stream, s.object, s.state, s.moved, s.succeeded, because(s)]),
          ),
        );
      }),
    );
  syncs
    .command('show')
    .description('one sync with what it has achieved, counted now')
    .argument('<sync>', 'as in the list', whole(1))
    .addHelpText('after', '\nExample:\n  npm run cli -- syncs show 1 --json')
    .action((id: number, _options: object, command: Command) =>
      inHub(command, async ({ hub, workspace, output }) => {
        const sync = await hub.engine.look.sync(workspace, id);
        output.result({ ...shown(sync), ...evidenceOf(sync) }, () => text(sync));
      }),
    );
  syncs
    .command('parked')
    .description('rows that wait for others to which they refer; each goes on by itself when those are there')
    .argument('<sync>', 'as in the list', whole(1))
    .option('--after <row>', 'go on after this row', '')
    .addHelpText('after', '\nExample:\n  npm run cli -- syncs parked 3')
    .action((id: number, { after }: { after: string }, command: Command) =>
      inHub(command, async ({ hub, workspace, output }) => {
        const rows = await hub.engine.look.parked(workspace, id, { after, limit: 200 });
        output.result(rows, () =>
          table(
            ['row', 'since', 'waits for'],
            rows.map(({ row, since, waitsFor }) => [row, since, waitsFor.map((one) => `${one.stream} ${one.row}`).join(', ')]),
          ),
        );
      }),
    );
}

function text(sync: SyncRow & Evidence): string {
  return facts([
    ['id', sync.id],
    ['stream', `${sync.stream} of connection ${sync.connection}`],
    ['object', sync.object],
    ['mapping', sync.mapping],
    ['writes there', sync.outward ? 'yes' : 'no'],
    ['state', because(sync) === '' ? sync.state : `${sync.state}: ${because(sync)}`],
    ['connection', sync.connectionPaused === null ? 'active' : `paused: ${sync.connectionPaused}`],
    ['run', sync.run],
    ['due', sync.due],
    ['last moved', sync.moved],
    ['last at its end', sync.succeeded],
    ['links', tally(sync.links)],
    ['under way', tally(sync.intents)],
    ['open questions', tally(sync.held)],
    ['rows that wait for others', sync.parkedRows],
    ['last sweep', sync.drift === null ? 'none yet' : driftText(sync.drift)],
  ]);
}

function because({ state, reason, problem }: SyncRow): string {
  if (state === 'waiting') return 'waits for its first preview';
  return [reason, memberOf(problem, 'message'), memberOf(problem, 'advice')].filter((part) => part).join(' · ');
}

const tally = (counts: { readonly [what: string]: number }): string =>
  Object.entries(counts)
    .map(([what, n]) => `${n} ${what}`)
    .join(', ') || 'none';

const evidenceOf = ({ connectionPaused, links, intents, held, parkedRows, swept, drift }: SyncRow & Evidence) => ({
  connectionPaused,
  links,
  intents,
  held,
  parkedRows,
  swept,
  drift,
});

/** Without the cursor, which only the connector understands, and what the lease needs. */
function shown(sync: SyncRow) {
  const { id, connection, stream, object, mapping, state, reason, outward, every, due } = sync;
  const { moved, succeeded, run, failures, problem } = sync;
  return {
    id,
    connection,
    stream,
    object,
    mapping,
    state,
    reason,
    outward,
    every,
    due,
    moved,
    succeeded,
    run,
    failures,
    problem,
  };
}
