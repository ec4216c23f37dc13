/** A plan as people read it: what it counts, and its items with their differences. */
import type { Json } from '#kit/fields.ts';
import type { PlanItem, PlanRow } from '#store/plans.ts';
import { table } from './output.ts';
import { count } from './progress.ts';
import type { Session } from './session.ts';
import { memberOf } from './watch.ts';

export interface PlanShown {
  /** Without what only its execution understands. */
  plan: Omit<PlanRow, 'cursor' | 'about'>;
  items: PlanItem[];
  /** More items than are shown. */
  more: boolean;
}

export interface Showing {
  /** Every item, however many. */
  all?: boolean;
  /** Items of this decision only. */
  decision?: string;
}

const FIRST = 10;
const PAGE = 200;
const WIDTH = 60;

/** What each decision means. */
const MEANINGS: { readonly [decision: string]: string } = {
  create: 'new in the CRM',
  'create related': 'named by a new one, made beside it',
  'create there': 'new at the service',
  link: 'recognised as one that is there',
  update: 'changed in the CRM',
  agree: 'alike already',
  tell: 'changed at the service',
  'tell elsewhere': 'handed on to rows of other connections',
  hold: 'asked about; waits for a person',
  skip: 'left out, by the reason given',
  later: 'looked at again later',
  park: 'kept until what it refers to is there',
  gone: 'deleted at the service',
  dormant: 'left by the condition of the mapping',
  revive: 'taken up again by the condition of the mapping',
  'remove there': 'removed at the service',
  'put back': 'fields as they were',
  archive: 'archived in the CRM',
  restore: 'back in the CRM',
  leave: 'left as it is, by the reason given',
};

export async function planShown({ hub, workspace }: Session, id: number, showing: Showing): Promise<PlanShown> {
  const { look } = hub.engine;
  const { cursor: _cursor, about: _about, ...plan } = await look.plan(workspace, id);
  const items: PlanItem[] = [];
  const most = showing.all ? Number.POSITIVE_INFINITY : FIRST;
  const filter = {
    limit: showing.all ? PAGE : FIRST + 1,
    ...(showing.decision === undefined ? {} : { decision: showing.decision }),
  };
  for (let after = -1; items.length <= most; ) {
    const page = await look.items(workspace, id, { ...filter, after });
    items.push(...page);
    if (page.length < filter.limit) break;
    after = page.at(-1)!.seq;
  }
  return { plan, items: items.slice(0, most), more: items.length > most };
}

export function planText({ plan, items, more }: PlanShown): string {
  const { read, unchanged = 0, calls: _calls, ...decided } = plan.counts;
  const lines = read === undefined ? [] : [`${count(read)} read, ${count(unchanged)} unchanged.`];
  const decisions = Object.entries(decided);
  if (decisions.length === 0) lines.push('Nothing would change.');
  else
    lines.push(
      table(
        ['decision', 'count', 'means'],
        decisions.map(([name, n]) => [name, count(n), MEANINGS[name] ?? '']),
      ),
    );
  if (items.length > 0) lines.push('', ...items.map(itemText));
  if (more) lines.push(`The first ${items.length} items; all of them with --all, some with --decision <decision>.`);
  return lines.join('\n');
}

function itemText({ row, record, decision, reason, item }: PlanItem): string {
  const head = [decision, memberOf(item, 'name'), [row, record].filter((id) => id !== null).join(' ↔ ')];
  const because = reason === null ? [] : [`(${reason})`];
  return [
    [...head.filter((part) => part !== undefined), ...because].join('  '),
    ...differences(item).map((line) => `    ${line}`),
  ].join('\n');
}

/** A line for each field that would change, each thing told, each question. */
function differences(item: { readonly [name: string]: Json }): string[] {
  return [
    ...membersOf(item.changes).map(changeText),
    ...membersOf(item.ours).map(changeText),
    ...membersOf(item.fields).map(([field, value]) => `${field}: ${brief(value)}`),
    ...listOf(item.theirs).flatMap((back) =>
      membersOf(membersIn(back).fields).map(([field, value]) => `${field} there: ${brief(value)}`),
    ),
    ...(Array.isArray(item.tells) && item.tells.length > 0 ? [`to be sent: ${item.tells.join(', ')}`] : []),
    ...listOf(item.questions).map((asked) => `asks ${memberOf(asked, 'field') ?? ''}: ${brief(membersIn(asked).question)}`),
    ...(item.question === undefined ? [] : [`asks: ${brief(item.question)}`]),
    ...listOf(item.problems).map(brief),
    ...listOf(item.left).map((left) => `left: ${memberOf(left, 'what') ?? ''} (${memberOf(left, 'why') ?? ''})`),
  ];
}

function changeText([field, change]: [string, Json]): string {
  const { from = null, to = null } = membersIn(change);
  return `${field}: ${brief(from)} → ${brief(to)}`;
}

function membersIn(value: Json | undefined): { readonly [name: string]: Json } {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? value : {};
}

const membersOf = (value: Json | undefined): [string, Json][] => Object.entries(membersIn(value));

const listOf = (value: Json | undefined): readonly Json[] => (Array.isArray(value) ? value : []);

/** A value in a line; a long one is cut. */
export function brief(value: Json | undefined): string {
  if (value === null || value === undefined) return '—';
  const text = JSON.stringify(value);
  return text.length <= WIDTH ? text : `${text.slice(0, WIDTH - 1)}…`;
}
