/** `explain <record> <field>`: why a field holds its value; `why <record | stream row>`: why something is not in step. */
import type { Command } from 'commander';
import type { Json } from '#kit/fields.ts';
import type { Explanation } from '#sync/explain.ts';
import type { Why } from '#sync/why.ts';
import { brief } from './plan.ts';
import { inHub, isRecordId, recordId } from './session.ts';

export function addExplain(program: Command): void {
  program
    .command('explain')
    .description('why a field holds its value: who wrote it, from which row, by which rule, step by step')
    .argument('<record>', 'its id', recordId)
    .argument('<field>', 'as the object names it')
    .addHelpText('after', '\nExample:\n  npm run cli -- explain 01990000-0000-7000-8000-000000000000 jobTitle')
    .action((record: string, field: string, _options: object, command: Command) =>
      inHub(command, async ({ hub, workspace, output }) => {
        output.result(await hub.engine.explain(workspace, record, field), explanationText);
      }),
    );
}

export function addWhy(program: Command): void {
  program
    .command('why')
    .description('why a record or a row is, or is not, in step')
    .argument('<record | stream>', 'a record’s id, or a stream as in `syncs`')
    .argument('[row]', 'with a stream: the row’s id at the service')
    .addHelpText(
      'after',
      '\nExamples:\n  npm run cli -- why 01990000-0000-7000-8000-000000000000\n  npm run cli -- why <connector>.<stream> <row>',
    )
    .action((subject: string, row: string | undefined, _options: object, command: Command) => {
      if (row === undefined && !isRecordId(subject))
        command.error(`error: "${subject}" is no record's id; of a stream, name the row too`);
      return inHub(command, async ({ hub: { engine }, workspace, output }) => {
        const answers = await (row === undefined ? engine.whyRecord(workspace, subject) : engine.whyRow(workspace, subject, row));
        output.result(answers, (all) => all.map(whyText).join('\n'));
      });
    });
}

function whyText({ stream, connection, row, record, reason, says, detail }: Why): string {
  const where = stream === null ? 'No stream' : `${stream}${connection === null ? '' : ` of connection ${connection}`}`;
  const pair = [row, record].filter((id) => id !== null).join(' ↔ ');
  return `${where}, ${pair}: ${reason}${detail === null ? '' : ` (${detail})`}\n    ${says}`;
}

function explanationText({ field, value, source, onlyFrom, elsewhere, history }: Explanation): string {
  const lines = [`${field} is ${brief(value)}`];
  if (source === null) lines.push('  It never had a value.');
  else lines.push(...sourceLines(source).map((line) => `  ${line}`));
  if (onlyFrom !== null) lines.push(`  Only connection ${onlyFrom} may overwrite it.`);
  if (elsewhere.length > 0) lines.push('Elsewhere:');
  for (const there of elsewhere)
    lines.push(
      `  ${there.stream} of connection ${there.connection}, ${there.row}: ${brief(there.value)} (${there.state}, ${there.why})`,
    );
  if (history.length > 0) lines.push('Before:');
  for (const was of history)
    lines.push(`  ${was.at} ${was.by}${runText(was.run)}: ${brief(was.from)} → ${brief(was.to)} (${was.why})`);
  return lines.join('\n');
}

function sourceLines(source: NonNullable<Explanation['source']>): string[] {
  const { stream, connection, row, run, by, at, why, mappingVersion, rule, raw, steps, replaced, lost } = source;
  const from = stream === null ? [] : [`from ${stream} of connection ${String(connection)}${row === null ? '' : `, ${row}`}`];
  return [
    `since ${at}, by ${by}${runText(run)}: ${why}`,
    ...from,
    ...(rule === null ? [] : [`by the rule ${ruleText(rule)} (mapping version ${String(mappingVersion)})`]),
    ...(rule === null ? [] : [`the row held ${brief(raw)}`]),
    ...steps.map(({ step, value }) => `  ${step} → ${brief(value)}`),
    ...(replaced === null ? [] : [`in place of ${brief(replaced)}`]),
    ...(lost === null ? [] : [`over ${brief(lost)}, which lost`]),
  ];
}

const runText = (run: number | null): string => (run === null ? '' : ` in run ${run}`);

const ruleText = (rule: Json): string => JSON.stringify(rule);
