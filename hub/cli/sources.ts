/** `sources`: the fields that one connection alone may overwrite; `sources set`, `sources clear`. */
import type { Command } from 'commander';
import { table } from './output.ts';
import { inHub, whole } from './session.ts';

export function addSources(program: Command): void {
  const sources = program.command('sources').description('which connection alone may overwrite a field: list, set, clear');
  sources
    .command('list', { isDefault: true })
    .description('the fields that have a source')
    .argument('[object]', 'of this object alone')
    .addHelpText('after', '\nExample:\n  npm run cli -- sources')
    .action((object: string | undefined, _options: object, command: Command) =>
      inHub(command, async ({ hub, workspace, output }) => {
        output.result(await hub.engine.sources(workspace, object ?? null), (all) =>
          table(
            ['object', 'field', 'connection', 'set', 'by'],
            all.map((s) => [s.object, s.field, s.connection, s.set, s.by]),
          ),
        );
      }),
    );
  sources
    .command('set')
    .description('name the one connection that may overwrite a field; others are told its value')
    .argument('<object>', 'as contact')
    .argument('<field>', 'as the object names it')
    .argument('<connection>', 'as in `connections`', whole(1))
    .addHelpText('after', '\nExample:\n  npm run cli -- sources set contact jobTitle 2')
    .action((object: string, field: string, connection: number, _options: object, command: Command) =>
      inHub(command, async ({ hub, workspace, by, output }) => {
        const set = await hub.engine.setSource(workspace, { object, field, connection }, by);
        output.result(set, () => `Only connection ${connection} overwrites ${object}.${field} from now on.`);
      }),
    );
  sources
    .command('clear')
    .description('let every connection write the field again, as its mapping says')
    .argument('<object>', 'as contact')
    .argument('<field>', 'as the object names it')
    .addHelpText('after', '\nExample:\n  npm run cli -- sources clear contact jobTitle')
    .action((object: string, field: string, _options: object, command: Command) =>
      inHub(command, async ({ hub, workspace, output }) => {
        await hub.engine.clearSource(workspace, object, field);
        output.result({ object, field, connection: null }, () => `Any connection may write ${object}.${field}.`);
      }),
    );
}
