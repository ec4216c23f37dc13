import { hash, random } from '../kit/random.ts';
import type { Answer, Call } from '../kit/server.ts';
import type { Account } from './account.ts';
import { ClassicError, json } from './errors.ts';
import { invalid, isMessage } from './event.ts';
import type { Message } from './json.ts';
import type { Lent, Operation } from './operations.ts';
import type { TaskListState, TaskState } from './todo.ts';

const TASKS = 'https://tasks.googleapis.com';
const WRITE = ['https://www.googleapis.com/auth/tasks'];
const READ = [...WRITE, 'https://www.googleapis.com/auth/tasks.readonly'];
const ONE = /^\/tasks\/v1\/lists\/([^/]+)\/tasks\/([^/]+)$/;
const ALL = /^\/tasks\/v1\/lists\/([^/]+)\/tasks$/;

const operation = (
  name: string,
  verb: string,
  path: RegExp,
  scopes: readonly string[],
  query: readonly string[],
  handle: Operation['handle'],
): Operation => ({ name, verb, path, scopes, query, quota: 'tasks', method: name, origin: TASKS, handle });

export const taskOperations: readonly Operation[] = [
  operation('tasks.tasklists.list', 'GET', /^\/tasks\/v1\/users\/@me\/lists$/, READ, ['maxResults', 'pageToken'], listLists),
  operation('tasks.tasklists.get', 'GET', /^\/tasks\/v1\/users\/@me\/lists\/([^/]+)$/, READ, [], ({ todo }, { params }) =>
    json(listShown(todo.find(params[0] ?? ''))),
  ),
  operation(
    'tasks.tasks.list',
    'GET',
    ALL,
    READ,
    ['maxResults', 'pageToken', 'showCompleted', 'showHidden', 'showDeleted', 'showAssigned', 'updatedMin', 'dueMin', 'dueMax'],
    list,
  ),
  operation('tasks.tasks.get', 'GET', ONE, READ, [], ({ todo }, { params }) => {
    const list = todo.find(params[0] ?? '');
    return json(taskShown(list, existing(list, params[1] ?? '')));
  }),
  operation('tasks.tasks.insert', 'POST', ALL, WRITE, ['parent', 'previous'], ({ todo }, { params, body }, { clock }) => {
    const list = todo.find(params[0] ?? '');
    return json(taskShown(list, todo.put(list, todo.newId(), kept({}, read(body), new Date(clock.now())))));
  }),
  operation('tasks.tasks.patch', 'PATCH', ONE, WRITE, [], patch),
  operation('tasks.tasks.delete', 'DELETE', ONE, WRITE, [], ({ todo }, { params }) => {
    const list = todo.find(params[0] ?? '');
    const before = existing(list, params[1] ?? '');
    if (before.body.deleted === true) throw missing();
    todo.put(list, before.id, { ...before.body, deleted: true });
    return { status: 204, headers: {}, body: '' };
  }),
];

function listLists({ todo }: Account, { query }: Call): Answer {
  const size = Number(query.get('maxResults') ?? 1000);
  const from = Number(query.get('pageToken') ?? 0);
  const all = todo.lists();
  const next: Message = from + size < all.length ? { nextPageToken: String(from + size) } : {};
  return json({ kind: 'tasks#taskLists', etag: '"lists"', ...next, items: all.slice(from, from + size).map(listShown) });
}

function listShown({ id, title }: TaskListState): Message {
  const selfLink = `${TASKS}/tasks/v1/users/@me/lists/${id}`;
  return { kind: 'tasks#taskList', id, etag: `"L${hash(id)}"`, title, updated: '2026-01-01T00:00:00.000Z', selfLink };
}

/** `updatedMin` takes in the moment itself. What is hidden, done or deleted shows only where it is asked for. */
function list({ todo }: Account, { params, query }: Call): Answer {
  const list = todo.find(params[0] ?? '');
  const size = Number(query.get('maxResults') ?? 20);
  if (!(size >= 1 && size <= 100)) throw invalid('Invalid value for: maxResults');
  const on = (name: string, otherwise: boolean) => (query.get(name) ?? String(otherwise)) === 'true';
  const from = Number(query.get('pageToken') ?? 0);
  if (!Number.isInteger(from)) throw invalid('Invalid page token value.');
  const since = query.has('updatedMin') ? Date.parse(query.get('updatedMin') ?? '') : Number.NEGATIVE_INFINITY;
  if (Number.isNaN(since)) throw invalid('Invalid value for: updatedMin');
  const all = [...list.tasks.values()].filter(
    ({ updated, body }) =>
      updated >= since &&
      (on('showDeleted', false) || body.deleted !== true) &&
      (on('showHidden', false) || body.hidden !== true) &&
      (on('showCompleted', true) || body.status !== 'completed'),
  );
  const next: Message = from + size < all.length ? { nextPageToken: String(from + size) } : {};
  const items = all.slice(from, from + size).map((state) => taskShown(list, state));
  return json({ kind: 'tasks#tasks', etag: `"T${all.length}"`, ...next, items });
}

export function existing(list: TaskListState, id: string): TaskState {
  const found = list.tasks.get(id);
  if (found === undefined) throw missing();
  return found;
}

const missing = () => new ClassicError(404, 'notFound', 'Task not found.');

function patch({ todo }: Account, { params, body, headers }: Call, { clock }: Lent): Answer {
  const list = todo.find(params[0] ?? '');
  const before = existing(list, params[1] ?? '');
  if (before.body.deleted === true) throw missing();
  const wanted = headers['if-match'];
  if (wanted !== undefined && wanted !== etagOf(before))
    throw new ClassicError(412, 'conditionNotMet', 'Precondition Failed', 'global', {
      locationType: 'header',
      location: 'If-Match',
    });
  return json(taskShown(list, todo.put(list, before.id, kept(before.body, read(body), new Date(clock.now())))));
}

function read(body: Buffer): Message {
  try {
    const task = JSON.parse(body.toString());
    if (isMessage(task)) return task;
  } catch {}
  throw new ClassicError(400, 'parseError', 'Parse Error');
}

/** The task with what was sent: of a due time only the day is kept, and what is completed says when. */
export function kept(before: Message, sent: Message, at: Date): Message {
  const task = { ...before };
  for (const member of ['title', 'notes', 'due', 'status', 'completed']) {
    const value = sent[member];
    if (value === undefined) continue;
    if (value === null) delete task[member];
    else if (typeof value !== 'string') throw invalid(`Invalid value for: ${member}`);
    else task[member] = value;
  }
  if (String(task.title ?? '').length > 1024 || String(task.notes ?? '').length > 8192) throw invalid('Invalid value: too long');
  if (task.due !== undefined) {
    if (Number.isNaN(Date.parse(String(task.due)))) throw invalid('Invalid value for: due');
    task.due = `${String(task.due).slice(0, 10)}T00:00:00.000Z`;
  }
  const status = task.status ?? 'needsAction';
  if (status !== 'needsAction' && status !== 'completed') throw invalid('Invalid value for: status');
  if (status === 'completed') task.completed ??= at.toISOString();
  else delete task.completed;
  return { ...task, status };
}

const etagOf = ({ id, version }: TaskState): string => `"LTE${hash(id).toString(36)}${version.toString(36)}"`;

export function taskShown(list: TaskListState, state: TaskState): Message {
  const { id, updated, body } = state;
  return {
    ...{ kind: 'tasks#task', id, etag: etagOf(state), title: body.title ?? '', updated: new Date(updated).toISOString() },
    ...{ selfLink: `${TASKS}/tasks/v1/lists/${list.id}/tasks/${id}`, position: String(hash(id)).padStart(20, '0') },
    ...body,
    ...{ links: [], webViewLink: `https://tasks.google.com/task/${id}` },
  };
}

const TITLES = ['Call Ada', 'Send the offer', 'Book a room', '見積書', 'Relire le contrat'];

/** Fills the first list. */
export function fillTasks({ todo }: Account, count: number, seed = 1): void {
  const draw = random(seed);
  const list = todo.find('@default');
  for (let n = 0; n < count; n++) {
    const done = draw.oneIn(5);
    todo.put(list, todo.newId(), {
      ...{ title: `${draw.pick(TITLES)} ${n}`, status: done ? 'completed' : 'needsAction' },
      ...(draw.oneIn(2) && { due: `2026-${String(1 + draw.below(12)).padStart(2, '0')}-15T00:00:00.000Z` }),
      ...(draw.oneIn(3) && { notes: 'As we said on the phone.' }),
      ...(done && { completed: '2026-01-02T09:00:00.000Z', hidden: draw.oneIn(2) }),
    });
  }
}
