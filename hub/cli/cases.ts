/** `cases`: what the settling of pages was given; `export` one as a test case, `replay` it. */
import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import type { Replayed } from '#sync/case.ts';
import { EXIT, table } from './output.ts';
import { inHub, type Session, whole } from './session.ts';

export function addCases(program: Command): void {
  const cases = program.command('cases').description('pages as settling was given them: list, export, replay');
  cases
    .command('list', { isDefault: true })
    .description('newest first: those that failed, a sample, and those somebody asked for')
    .option('--sync <id>', 'of this sync only', whole(1))
    .option('--limit <n>', 'how many', whole(1), 50)
    .action(({ sync, limit }: { sync?: number; limit: number }, command: Command) =>
      inHub(command, async ({ hub, workspace, output }) => {
        const rows = await hub.engine.cases.list(workspace, { ...(sync === undefined ? {} : { sync }), limit });
        output.result(rows, () =>
          table(
            ['id', 'sync', 'stream', 'kind', 'at', 'rows', 'problem'],
            rows.map((one) => [one.id, one.sync, one.stream, one.kind, one.at, one.rows, one.problem]),
          ),
        );
      }),
    );
  cases
    .command('export')
    .description('one case as JSON, to be kept as a file; it holds rows and records as they were')
    .argument('[id]', 'as in the list', whole(1))
    .option('--sync <id>', 'make one now, of rows of this sync as they are', whole(1))
    .option('--row <id...>', 'these rows')
    .addHelpText(
      'after',
      '\nExamples:\n  npm run cli -- cases export 12 > case.json\n  npm run cli -- cases export --sync 1 --row people/c123 > case.json',
    )
    .action((id: number | undefined, { sync, row }: { sync?: number; row?: string[] }, command: Command) =>
      inHub(command, async (session) => {
        const { hub, workspace, by } = session;
        if (id === undefined && (sync === undefined || row === undefined))
          return command.error('Name a case, or rows with --sync and --row.');
        const made = id ?? (await hub.engine.cases.capture(workspace, sync!, row!, by));
        session.output.result(await hub.engine.cases.get(workspace, made), (one) => JSON.stringify(one, null, 1));
      }),
    );
  cases
    .command('replay')
    .description('settle a case again: is the plan the same?')
    .argument('<case>', 'id as in the list, or a file')
    .addHelpText('after', '\nExits with 1 where it is not the same.')
    .action((which: string, _options: object, command: Command) =>
      inHub(command, async (session) => {
        const replayed = await replay(session, which);
        session.output.result(replayed, told);
        if (!replayed.same) process.exitCode = EXIT.failed;
      }),
    );
}

async function replay({ hub, workspace }: Session, which: string): Promise<Replayed> {
  if (/^\d+$/.test(which)) return hub.engine.cases.replay(workspace, Number(which));
  return hub.engine.cases.replayText(await readFile(which, 'utf8'));
}

function told({ same, differences }: Replayed): string {
  if (same) return 'The same plan, byte for byte.';
  const lines = differences.map(({ row = 'the plan', before, after }) =>
    [`${row}:`, `  before: ${JSON.stringify(before)}`, `  after:  ${JSON.stringify(after)}`].join('\n'),
  );
  return ['Another plan:', ...lines].join('\n');
}
