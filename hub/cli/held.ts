/** `held`: questions that wait for a person; `held answer`. */
import { type Command, InvalidArgumentError } from 'commander';
import type { Json } from '#kit/fields.ts';
import type { Answer } from '#sync/answers.ts';
import type { HeldView } from '#sync/look.ts';
import { brief } from './plan.ts';
import { inHub, isRecordId, whole } from './session.ts';

const ALLOWED = 'crm, theirs, value=…, same=<record>, new, go-on and leave are allowed.';

/** What tells the person what to do is never cut short. */
const WHOLE: ReadonlySet<string> = new Set(['reason', 'problem']);

export function addHeld(program: Command): void {
  const held = program.command('held').description('questions that wait for a person: list, answer');
  held
    .command('list', { isDefault: true })
    .description('oldest first, each with the answers it takes')
    .option('--sync <sync>', 'of this sync only', whole(1))
    .option('--answered', 'answered ones too')
    .option('--after <id>', 'from after this id', whole(0), 0)
    .option('--limit <n>', 'how many', whole(1), 50)
    .addHelpText('after', '\nExample:\n  npm run cli -- held --sync 1')
    .action((options: { sync?: number; answered?: boolean; after: number; limit: number }, command: Command) =>
      inHub(command, async ({ hub, workspace, output }) => {
        const { answered = false, ...page } = options;
        const questions = await hub.engine.look.held(workspace, { ...page, open: !answered });
        output.result(questions, (all) => all.map(text).join('\n') || 'No questions.');
      }),
    );
  held
    .command('answer')
    .description('answer a question; the sync does it at its next opportunity')
    .argument('<id>', 'as in the list', whole(1))
    .argument('<answer>', 'crm | theirs | value=<JSON or words> | same=<record> | new | go-on | leave', answerOf)
    .addHelpText(
      'after',
      '\nExamples:\n  npm run cli -- held answer 4 theirs\n  npm run cli -- held answer 4 "value=Chief engineer"\n  npm run cli -- held answer 5 same=01990000-0000-7000-8000-000000000000',
    )
    .action((id: number, answer: Answer, _options: object, command: Command) =>
      inHub(command, async ({ hub, workspace, by, output }) => {
        await hub.engine.answer(workspace, id, answer, by);
        const question = await hub.engine.look.question(workspace, id);
        output.result(
          question,
          () => `Question ${id} is answered. The sync acts on it next; at once with npm run cli -- sync ${question.sync}`,
        );
      }),
    );
}

function answerOf(text: string): Answer {
  const [, is, rest] = /^([a-z-]+)(?:=(.*))?$/s.exec(text) ?? [];
  if (rest === undefined) {
    if (is === 'crm' || is === 'theirs' || is === 'new' || is === 'leave') return { is };
    if (is === 'go-on') return { is: 'go on' };
  } else {
    if (is === 'value') return { is, value: valueIn(rest) };
    if (is === 'same' && isRecordId(rest)) return { is, record: rest };
    if (is === 'same') throw new InvalidArgumentError('same= wants the id of a record.');
  }
  throw new InvalidArgumentError(ALLOWED);
}

/** JSON where it is JSON, else the words themselves. */
function valueIn(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text;
  }
}

function text({ id, sync, kind, field, row, record, question, answers, answer, closed, by }: HeldView): string {
  const pair = [row, record].filter((one) => one !== null).join(' ↔ ');
  const lines = [`${id}  ${[kind, field, pair].filter((part) => part !== '').join(', ')} (sync ${sync})`];
  for (const [name, value] of Object.entries(question))
    lines.push(`    ${name}: ${typeof value === 'string' && WHOLE.has(name) ? value : brief(value)}`);
  if (closed === null) lines.push(`    answers: ${answers.map(spelt).join(' | ')}`);
  else lines.push(`    answered ${closed} by ${by ?? ''}: ${brief(answer)}`);
  return lines.join('\n');
}

/** As `held answer` takes it. */
function spelt(is: Answer['is']): string {
  if (is === 'value') return 'value=…';
  if (is === 'same') return 'same=<record>';
  return is === 'go on' ? 'go-on' : is;
}
