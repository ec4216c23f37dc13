/** `mapping`: list, export, check, impact, import. */
import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { Fault } from '#hub/fault.ts';
import type { Json } from '#kit/fields.ts';
import type { Finding } from '#mappings/parse.ts';
import { EXIT, table } from './output.ts';
import { type PlanShown, planShown, planText, type Showing } from './plan.ts';
import { inHub, whole } from './session.ts';
import { watchPlan } from './watch.ts';

export function addMapping(program: Command): void {
  const mapping = program.command('mapping').description('how streams are mapped: list, export, check, impact, import');
  addLooks(mapping);
  addCheck(mapping);
  addImpact(mapping);
  addImport(mapping);
}

function addLooks(mapping: Command): void {
  mapping
    .command('list', { isDefault: true })
    .description('the mappings with their current versions')
    .addHelpText('after', '\nExample:\n  npm run cli -- mapping')
    .action((_options: object, command: Command) =>
      inHub(command, async ({ hub, workspace, output }) => {
        output.result(await hub.engine.look.mappings(workspace), (all) =>
          table(
            ['id', 'stream', 'object', 'name', 'version'],
            all.map((m) => [m.id, m.stream, m.object, m.name, m.version]),
          ),
        );
      }),
    );
  mapping
    .command('export')
    .description('the mapping itself, to be kept in a file, edited and put back')
    .argument('<mapping>', 'as in the list', whole(1))
    .option('--version-of <version>', 'an older version; else the current one', whole(1))
    .addHelpText('after', '\nExample:\n  npm run -s cli -- mapping export 1 > contacts.json')
    .action((id: number, { versionOf }: { versionOf?: number }, command: Command) =>
      inHub(command, async ({ hub: { engine }, workspace, output }) => {
        const version = versionOf ?? (await engine.look.mapping(workspace, id)).version;
        const { body } = await engine.look.version(workspace, id, version);
        output.say(`Mapping ${id}, version ${version}: mapping import ${id} <file> --expect ${version} puts it back.`);
        output.result(body, (mapping) => JSON.stringify(mapping, null, 2));
      }),
    );
}

function addCheck(mapping: Command): void {
  mapping
    .command('check')
    .description('everything that is wrong or lossy about a mapping in a file; nothing is saved')
    .argument('<file>', 'JSON, as exported')
    .option('--mapping <mapping>', 'meant for this one; else the one of its stream', whole(1))
    .addHelpText('after', '\nExample:\n  npm run cli -- mapping check contacts.json\n\nExits with 1 where it could not be saved.')
    .action((file: string, options: { mapping?: number }, command: Command) =>
      inHub(command, async ({ hub: { engine }, workspace, output }) => {
        const body = await mappingIn(file);
        const id = options.mapping ?? idFor(body, await engine.look.mappings(workspace));
        const findings = await engine.checkMapping(workspace, id, body);
        const ok = findings.every(({ severity }) => severity !== 'error');
        output.result({ mapping: id, ok, findings }, () =>
          [...findings.map(findingText), ok ? 'It could be saved.' : 'It could not be saved.'].join('\n'),
        );
        if (!ok) process.exitCode = EXIT.failed;
      }),
    );
}

function addImpact(mapping: Command): void {
  mapping
    .command('impact')
    .description('what a mapping in a file would change in everything linked; nothing is saved')
    .argument('<mapping>', 'as in the list', whole(1))
    .argument('<file>', 'JSON, as exported')
    .option('--all', 'every item, not only the first')
    .option('--decision <decision>', 'items of this decision only: update, hold, tell …')
    .addHelpText('after', '\nExample:\n  npm run cli -- mapping impact 1 contacts.json')
    .action((id: number, file: string, options: Showing, command: Command) =>
      inHub(command, async (session) => {
        const { hub, workspace, by, output } = session;
        const plans: (PlanShown & { sync: number })[] = [];
        for (const begun of await hub.engine.impactOfMapping(workspace, id, await mappingIn(file), by)) {
          await watchPlan(session, `Looking at sync ${begun.sync}`, begun);
          plans.push({ sync: begun.sync, ...(await planShown(session, begun.plan, options)) });
        }
        output.result(plans, (all) => all.map((one) => `Sync ${one.sync}: ${planText(one)}`).join('\n\n') || 'No sync uses it.');
      }),
    );
}

function addImport(mapping: Command): void {
  mapping
    .command('import')
    .description('save a mapping in a file as a new version; everything linked is re-mapped from the kept rows')
    .argument('<mapping>', 'as in the list', whole(1))
    .argument('<file>', 'JSON, as exported')
    .requiredOption('--expect <version>', 'the version the edit was made on; refused if another has come since', whole(1))
    .option('--note <words>', 'why it was edited', '')
    .addHelpText('after', '\nExample:\n  npm run cli -- mapping import 1 contacts.json --expect 1 --note "ask about job titles"')
    .action((id: number, file: string, { expect, note }: { expect: number; note: string }, command: Command) =>
      inHub(command, async ({ hub, workspace, by, output }) => {
        const saved = await hub.engine.saveMapping(workspace, id, expect, await mappingIn(file), by, note);
        output.result({ mapping: id, ...saved }, ({ version, runs }) =>
          [
            `Mapping ${id} is at version ${version}.`,
            ...(runs.length === 0
              ? []
              : [`Run ${runs.join(', ')} re-maps what is linked: the running hub does it, or sync <sync>.`]),
          ].join('\n'),
        );
      }),
    );
}

/** The JSON in a file. */
async function mappingIn(file: string): Promise<Json> {
  const text = await readFile(file, 'utf8').catch((error: Error) => {
    throw new Fault('missing', `${file} cannot be read: ${error.message}`, 'Name a file that mapping export wrote.', [], error);
  });
  try {
    return JSON.parse(text) as Json;
  } catch (error) {
    throw new Fault('invalid', `${file} is not JSON: ${String(error)}`, 'Mend it, or export the mapping anew.', [], error);
  }
}

/** The mapping of the stream a body says it is from. */
function idFor(body: Json, mappings: readonly { id: number; stream: string }[]): number {
  const stream = body !== null && typeof body === 'object' && !Array.isArray(body) ? body.from : undefined;
  const [found, ...others] = mappings.filter((one) => one.stream === stream);
  if (found && others.length === 0) return found.id;
  const streams = [...new Set(mappings.map((one) => one.stream))].join(', ') || 'none yet; connect an account first';
  throw new Fault(
    'missing',
    `${found ? 'several mappings are' : 'no mapping is'} from ${JSON.stringify(stream ?? null)}`,
    `Say which is meant with --mapping <id>. Streams with mappings: ${streams}.`,
  );
}

const findingText = ({ severity, path, found, allowed, advice }: Finding): string =>
  `${severity} ${path === '' ? 'mapping' : path}: found ${found}, allowed ${allowed}\n    → ${advice}`;
