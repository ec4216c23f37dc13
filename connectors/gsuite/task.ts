/** A task: its fields, Google's task to our row, and our values to the body of a call. Pure. */
import type { Fields, Json, Values } from '#kit/fields.ts';
import { isObject, type JsonObject, textOf } from '#kit/json.ts';
import { checkValues, Misfits, problem } from '#kit/rows.ts';
import type { Row } from '#kit/stream.ts';
import { isBlank, put } from '#kit/values.ts';
import { isName, nameIn, type RecordShape } from './records.ts';

/** The longest texts are Google's own limits (tasks.v1, Task). */
export const taskFields = {
  title: { kind: 'text', title: 'Title', max: 1_024 },
  notes: { kind: 'text', title: 'Notes', max: 8_192 },
  due: { kind: 'date', title: 'Due' },
  // Google knows two: what is neither is written as the nearer one.
  status: { kind: 'choice', title: 'Status', options: ['open', 'in progress', 'waiting', 'done', 'cancelled'] },
  completed: { kind: 'instant', title: 'Completed', readOnly: true },
  list: { kind: 'text', title: 'List', readOnly: true },
  parent: { kind: 'ref', to: 'gsuite.tasks', title: 'Part of', readOnly: true },
  link: { kind: 'link', title: 'Link', readOnly: true },
} as const satisfies Fields;

export interface TaskList {
  id: string;
  title: string;
}

const KEPT = [
  'id',
  'etag',
  'updated',
  'title',
  'notes',
  'status',
  'due',
  'completed',
  'hidden',
  'parent',
  'webViewLink',
] as const;

/** Of the tasks of a list. */
export const taskShape = (list: TaskList): RecordShape => ({
  trim: (task) => trimTask(task, list),
  toRow: toTaskRow,
  idOf: ({ id }) => {
    const task = nameIn(id);
    return task && taskId(list.id, task);
  },
});

/** What of a task is kept, with the list it stands in. */
function trimTask(task: JsonObject, { id, title }: TaskList): JsonObject {
  const raw: JsonObject = { list: { id, title } };
  for (const member of KEPT) if (task[member] !== undefined && task[member] !== null) raw[member] = task[member];
  return raw;
}

/** Tasks are asked for by their list and their own id. */
export function taskId(list: string, task: string): string {
  return `${list}/${task}`;
}

export function placeOfTask(id: string): { tasklist: string; task: string } | undefined {
  const slash = id.indexOf('/');
  return slash < 1 || slash === id.length - 1 ? undefined : { tasklist: id.slice(0, slash), task: id.slice(slash + 1) };
}

/** Etags do not move with every change: the time of the change stands beside. */
export function taskVersion({ etag, updated }: JsonObject): string | undefined {
  return typeof etag === 'string' && typeof updated === 'string' ? `${etag} ${updated}` : undefined;
}

/** The row of a trimmed task. Throws Misfits with every problem when it breaks the declared fields. */
export function toTaskRow(raw: Json): Row {
  const list = isObject(raw) && isObject(raw.list) ? raw.list : undefined;
  if (!isObject(raw) || typeof raw.id !== 'string' || !isName(raw.id) || typeof list?.id !== 'string') {
    throw new Misfits([problem('id', isObject(raw) ? (raw.id ?? null) : raw, 'the id of a task')]);
  }
  const fields: Values = {};
  put(fields, 'title', raw.title);
  put(fields, 'notes', raw.notes);
  // The day alone is kept, at midnight UTC: through any zone it would become another.
  put(fields, 'due', typeof raw.due === 'string' ? raw.due.slice(0, 10) : raw.due);
  put(fields, 'status', raw.status === 'needsAction' ? 'open' : raw.status === 'completed' ? 'done' : raw.status);
  put(fields, 'completed', raw.completed);
  put(fields, 'list', list.title);
  if (typeof raw.parent === 'string') fields.parent = taskId(list.id, raw.parent);
  put(fields, 'link', raw.webViewLink);
  const problems = checkValues(taskFields, fields);
  if (problems.length > 0) throw new Misfits(problems);
  const row: Row = { id: taskId(list.id, raw.id), fields, raw };
  const version = taskVersion(raw);
  if (version !== undefined) row.version = version;
  if (textOf(raw.updated) !== undefined) row.time = textOf(raw.updated)!;
  return row;
}

/** The members that these fields live in; null erases. */
export function toTaskBody({ title, notes, due, status }: Values): JsonObject {
  const body: JsonObject = {};
  if (title !== undefined) body.title = title ?? '';
  if (notes !== undefined) body.notes = isBlank(notes) ? null : notes;
  if (due !== undefined) body.due = isBlank(due) ? null : `${due}T00:00:00.000Z`;
  if (status !== undefined) body.status = status === 'done' || status === 'cancelled' ? 'completed' : 'needsAction';
  // A task that is open again was not completed.
  if (body.status === 'needsAction') body.completed = null;
  return body;
}
