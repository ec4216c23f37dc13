/** Tasks: all of them, and those that changed. There is no token: each list is asked for what is newer than the newest seen. */
import type { Context } from '#kit/context.ts';
import { Changed, Refused } from '#kit/errors.ts';
import type { Json } from '#kit/fields.ts';
import { type JsonObject, objectOf, objectsOf, textOf } from '#kit/json.ts';
import { watchTokens } from '#kit/paging.ts';
import type { Cursor, CursorLost, Known, Misfit, Page, Row } from '#kit/stream.ts';
import { askTasks } from './client.ts';
import { faultOf, isMissing } from './faults.ts';
import { listAll } from './listing.ts';
import { isName, sorted } from './records.ts';
import { placeOfTask, type TaskList, taskId, taskShape, taskVersion } from './task.ts';

const LIST = 'tasks.tasks.list';

/** What is told again, so that a change of the same moment is not missed. */
const OVERLAP_MS = 60_000;

/** Where a pass stands. */
interface Position {
  /** The newest change seen in each list. */
  since: { [list: string]: string };
  /** Lists that are still to be read, that of the next page first. Absent: the pass has ended. */
  rest?: TaskList[];
  pageToken?: string;
  /** The newest change seen so far in the list that is being read. */
  newest?: string;
}

export async function* pullTasks(
  ctx: Context,
  since: Cursor | null,
  known: Known = async () => new Set(),
): AsyncGenerator<Page | CursorLost, void, void> {
  let at = positionOf(since);
  at = at.rest === undefined ? { since: at.since, rest: await listTaskLists(ctx) } : at;
  let watch = watchTokens(LIST, at.pageToken);
  while (at.rest !== undefined) {
    const [list] = at.rest;
    if (list === undefined) {
      yield { rows: [], gone: [], misfits: [], next: { since: {} }, last: true };
      return;
    }
    let answer: JsonObject;
    try {
      answer = await listTasks(ctx, list, at);
    } catch (error) {
      const dead = at.pageToken !== undefined && error instanceof Refused && faultOf(error)?.http === 400;
      if (!isMissing(error) && !dead) throw error;
      yield { lost: `the task list ${list.title}, or the page that came next, is not there any more` };
      return;
    }
    const page = await toPage(answer, list, at, watch, known);
    at = positionOf(page.next);
    if (at.pageToken === undefined) watch = watchTokens(LIST);
    yield page;
  }
}

async function listTaskLists(ctx: Context): Promise<TaskList[]> {
  const name = 'tasks.tasklists.list';
  const all = await listAll(name, 'tasks#taskLists', (page) =>
    askTasks(ctx, { name, group: 'tasks' }, (api, sent) => api.tasklists.list({ maxResults: 1000, ...page }, sent), {
      repeatable: true,
    }),
  );
  return all.flatMap((one) => (typeof one.id === 'string' ? [listOf(one)] : []));
}

export function listOf({ id, title }: JsonObject): TaskList {
  return { id: String(id), title: textOf(title) ?? '' };
}

/** Hidden tasks are asked for too: a task that is completed in Google's own apps becomes one. */
function listTasks(ctx: Context, { id: tasklist }: TaskList, { since, pageToken }: Position): Promise<JsonObject> {
  const newest = since[tasklist];
  const updatedMin = newest && new Date(Date.parse(newest) - OVERLAP_MS).toISOString();
  return askTasks(
    ctx,
    { name: LIST, group: 'tasks' },
    (api, sent) =>
      api.tasks.list(
        {
          ...{ tasklist, maxResults: 100, showCompleted: true, showHidden: true },
          ...(updatedMin && { updatedMin, showDeleted: true }),
          ...(pageToken && { pageToken }),
        },
        sent,
      ),
    { repeatable: true },
  );
}

async function toPage(
  answer: JsonObject,
  list: TaskList,
  at: Position,
  watch: (token: string) => string,
  known: Known,
): Promise<Page> {
  const items = answer.items ?? [];
  if (answer.kind !== 'tasks#tasks' || !Array.isArray(items)) {
    throw new Changed(
      `${LIST}: answered with ${Object.keys(answer).join(', ') || 'nothing'}; expected tasks#tasks with 'items' as a list`,
      'Google answers in a way we do not know. Tell the maintainer.',
    );
  }
  const times = items.flatMap((task) => textOf(objectOf(task)?.updated) ?? []);
  const newest = [at.newest ?? at.since[list.id] ?? '', ...times].reduce((a, b) => (a > b ? a : b));
  const gone = items.filter((task) => objectOf(task)?.deleted === true).flatMap((task) => textOf(objectOf(task)?.id) ?? []);
  const here = items.filter((task) => objectOf(task)?.deleted !== true);
  const same = await known(here.flatMap((task) => versionOf(task, list)));
  const next = textOf(answer.nextPageToken);
  const position: Position =
    next === undefined ? finished(at, list.id, newest) : { ...at, pageToken: watch(next), ...(newest && { newest }) };
  return {
    ...(await sorted(
      taskShape(list),
      here.filter((task) => !same.has(taskId(list.id, textOf(objectOf(task)?.id) ?? ''))),
    )),
    same: [...same],
    gone: gone.map((id) => taskId(list.id, id)),
    next: { since: position.since, ...rest(position) },
    last: position.rest === undefined,
  };
}

function rest({ rest, pageToken, newest }: Position): JsonObject {
  return {
    ...(rest && { rest: rest.map(({ id, title }) => ({ id, title })) }),
    ...(pageToken && { pageToken }),
    ...(newest && { newest }),
  };
}

/** Only a list that was read to its end has a new time. */
function finished({ since, rest }: Position, list: string, newest: string): Position {
  const after = (rest ?? []).slice(1);
  return { since: newest ? { ...since, [list]: newest } : since, ...(after.length > 0 && { rest: after }) };
}

function versionOf(task: Json, list: TaskList): { id: string; version: string }[] {
  const id = textOf(objectOf(task)?.id);
  const version = taskVersion(objectOf(task) ?? {});
  return id !== undefined && isName(id) && version !== undefined && isName(version) ? [{ id: taskId(list.id, id), version }] : [];
}

/** Rows by id. Google has no call for several; that of the lists tells what they are called. */
export async function fetchTasks(
  ctx: Context,
  ids: readonly string[],
): Promise<{ rows: Row[]; gone: string[]; misfits: Misfit[] }> {
  const found: { rows: Row[]; gone: string[]; misfits: Misfit[] } = { rows: [], gone: [], misfits: [] };
  const lists = new Map((await listTaskLists(ctx)).map((list) => [list.id, list]));
  for (const id of ids) {
    const task = await getTask(ctx, id);
    const list = lists.get(placeOfTask(id)?.tasklist ?? '');
    if (task === undefined || list === undefined) {
      found.gone.push(id);
      continue;
    }
    const { rows, misfits } = await sorted(taskShape(list), [task]);
    found.rows.push(...rows);
    found.misfits.push(...misfits);
  }
  return found;
}

/** A task as it is; undefined where there is none. */
export async function getTask(ctx: Context, id: string): Promise<JsonObject | undefined> {
  const place = placeOfTask(id);
  if (place === undefined) return undefined;
  try {
    const cost = { name: 'tasks.tasks.get', group: 'tasks' };
    const task = await askTasks(ctx, cost, (api, sent) => api.tasks.get(place, sent), { repeatable: true });
    return task.deleted === true ? undefined : task;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

function positionOf(cursor: Cursor | null): Position {
  const { since, rest, pageToken, newest } = objectOf(cursor ?? undefined) ?? {};
  const times = Object.entries(objectOf(since) ?? {}).filter((one): one is [string, string] => typeof one[1] === 'string');
  return {
    since: Object.fromEntries(times),
    ...(Array.isArray(rest) && { rest: objectsOf(rest).map(listOf) }),
    ...(typeof pageToken === 'string' && { pageToken }),
    ...(typeof newest === 'string' && { newest }),
  };
}
