/** `actions <connection>`: what can be done at its service; `actions run` does it. */
import type { Command } from 'commander';
import { Fault } from '#hub/fault.ts';
import { PERMISSIONS } from '#hub/permissions.ts';
import type { Values } from '#kit/fields.ts';
import { table } from './output.ts';
import { inHub, whole } from './session.ts';

export function addActions(program: Command): void {
  const actions = program.command('actions').description('what can be done at a service: list, run');
  actions
    .command('list', { isDefault: true })
    .description('the actions of a connection, with their inputs')
    .argument('<connection>', 'as in the list of connections', whole(1))
    .addHelpText('after', '\nExample:\n  npm run cli -- actions 3')
    .action((id: number, _options: object, command: Command) =>
      inHub(command, async ({ hub, workspace, output }) => {
        const views = await hub.connections.actions(workspace, id);
        output.result(views, () =>
          table(
            ['action', 'does', 'takes'],
            views.map(({ name, title, input }) => [
              name,
              title,
              Object.entries(input)
                .map(([field, { required }]) => (required ? field : `[${field}]`))
                .join(' '),
            ]),
          ),
        );
      }),
    );
  actions
    .command('run')
    .description('does one of them, once')
    .argument('<connection>', 'as in the list of connections', whole(1))
    .argument('<action>', 'its name')
    .argument('[input]', 'its input as a JSON object', '{}')
    .addHelpText('after', `\nExample:\n  npm run cli -- actions run 3 <action> '{"amount":{"amount":"12.50","currency":"EUR"}}'`)
    .action((id: number, action: string, input: string, _options: object, command: Command) =>
      inHub(command, async ({ hub, workspace, output, signal }) => {
        const deed = { action, input: valuesIn(input), permissions: new Set(PERMISSIONS) };
        output.result(await hub.connections.run(workspace, id, deed, signal), (done) => JSON.stringify(done, null, 2));
      }),
    );
}

function valuesIn(text: string): Values {
  try {
    const json: unknown = JSON.parse(text);
    if (typeof json === 'object' && json !== null && !Array.isArray(json)) return json as Values;
  } catch {
    // said below
  }
  throw new Fault('invalid', `The input is ${text.slice(0, 60)}.`, 'Give a JSON object, in quotes: \'{"name":"value"}\'.');
}
