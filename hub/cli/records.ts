/** `records <object> [id]`: what the CRM holds; `records --search words` finds across objects. */
import type { Command } from 'commander';
import type { CrmRecord } from '#crm/core.ts';
import { facts, table } from './output.ts';
import { inHub, type Session, whole } from './session.ts';

interface Options {
  search?: string;
  timeline?: boolean;
  archived?: boolean;
  after?: string;
  limit: number;
}

export function addRecords(program: Command): void {
  program
    .command('records')
    .description('records of the CRM: list, show, search')
    .argument('[object]', 'contact, company, invoice …')
    .argument('[id]', 'one record')
    .option('--search <words>', 'find by words, beginnings of words, addresses, numbers')
    .option('--timeline', 'with an id: what happened to and around it')
    .option('--archived', 'the archived ones')
    .option('--after <place>', 'where the former page said the next begins')
    .option('--limit <n>', 'how many', whole(1), 50)
    .addHelpText(
      'after',
      '\nExamples:\n  npm run cli -- records contact\n  npm run cli -- records contact 0190… --timeline\n  npm run cli -- records --search "ada love"',
    )
    .action((object: string | undefined, id: string | undefined, options: Options, command: Command) => {
      if (object === undefined && options.search === undefined) command.error('error: name an object, or search with --search');
      return inHub(command, (session) => {
        if (options.search !== undefined) return search(session, options.search, object, options);
        return id === undefined ? list(session, object!, options) : show(session, id, options);
      });
    });
}

async function list({ hub, workspace, output }: Session, object: string, options: Options): Promise<void> {
  const page = await hub.crm.list(workspace, object, { ...pageOf(options), archived: options.archived });
  output.result(page, ({ items, next }) => withNext(rows(items), next));
}

async function search(
  { hub, workspace, output }: Session,
  words: string,
  object: string | undefined,
  options: Options,
): Promise<void> {
  const page = await hub.crm.search(workspace, words, { ...pageOf(options), objects: object === undefined ? [] : [object] });
  output.result(page, ({ items, next }) => withNext(rows(items.map((found) => found.record)), next));
}

async function show({ hub, workspace, output }: Session, id: string, options: Options): Promise<void> {
  if (options.timeline) {
    const page = await hub.crm.timeline(workspace, id, pageOf(options));
    output.result(page, ({ items, next }) => withNext(items.map((entry) => JSON.stringify(entry)).join('\n'), next));
    return;
  }
  output.result(await hub.crm.get(workspace, id), (record) =>
    facts([
      ['id', record.id],
      ['object', record.object],
      ['version', record.version],
      ['updated', record.updated],
      ...(record.archived === null ? [] : [['archived', record.archived] as const]),
      ...Object.entries(record.fields).map(
        ([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)] as const,
      ),
    ]),
  );
}

function pageOf({ after, limit }: Options): { after: string | null; limit: number } {
  return { after: after ?? null, limit };
}

function rows(records: readonly CrmRecord[]): string {
  return table(
    ['id', 'object', 'name', 'updated'],
    records.map((record) => [record.id, record.object, record.name, record.updated]),
  );
}

function withNext(text: string, next: string | null): string {
  return next === null ? text : `${text}\nMore: --after ${next}`;
}
