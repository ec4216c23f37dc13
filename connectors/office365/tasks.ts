/** The stream of a person's tasks, in all lists of To Do. */
import type { Context } from '#kit/context.ts';
import { type JsonObject, objectOf, textOf } from '#kit/json.ts';
import type { Draft, Misfit, Outcome, Row, Stream } from '#kit/stream.ts';
import { listAll } from './listing.ts';
import { readByIds } from './reading.ts';
import { arrived, etagOf, sorted } from './records.ts';
import { type Place, pullRounds, type Rounds } from './rounds.ts';
import { newTask, pathOfTask, taskBody, taskFields, taskId, taskShape, toRow } from './task.ts';
import { Misplaced, push as pushAll, removeAll, type Writing } from './writing.ts';

const LINKS = '$expand=linkedResources';

const ROUNDS: Rounds = {
  name: 'tasks.delta',
  prefer: ['odata.maxpagesize=200'],
  what: 'a list of tasks',
  places: async (ctx) => (await taskLists(ctx)).map(({ id, name }) => ({ id, name })),
  first: (list) => `/me/todo/lists/${encodeURIComponent(list)}/tasks/delta?${LINKS}`,
  page: async (_ctx, { things, removed }, { place, known }) => {
    const all = things.map((one): JsonObject => ({ ...one, place: { ...place } }));
    const same = await known(all.flatMap((one) => versionOf(one, place)));
    const fresh = all.filter((one) => !same.has(taskId(place.id, String(one.id))));
    return { ...(await sorted(taskShape, fresh)), same: [...same], gone: removed.map((id) => taskId(place.id, id)) };
  },
};

function versionOf(task: JsonObject, { id: list }: Place): { id: string; version: string }[] {
  const [id, version] = [textOf(task.id), etagOf(task)];
  return id === undefined || version === undefined ? [] : [{ id: taskId(list, id), version }];
}

interface List extends Place {
  known: string;
}

/** What mails are flagged is no list of tasks: nothing can be added or taken away there. */
async function taskLists(ctx: Context): Promise<List[]> {
  const all = await listAll(ctx, { name: 'taskLists.list', group: 'mailbox', path: '/me/todo/lists?$top=100' });
  return all.flatMap((one) => {
    const [id, known] = [textOf(one.id), textOf(one.wellknownListName) ?? 'none'];
    return id === undefined || known === 'flaggedEmails' ? [] : [{ id, name: textOf(one.displayName) ?? '', known }];
  });
}

/** Those that are there, by the id they were asked for, with the list they stand in as far as an id tells it. */
async function readTasks(ctx: Context, ids: readonly string[]): Promise<Map<string, JsonObject>> {
  const asked = ids.filter((id) => pathOfTask(id) !== undefined);
  const there = await readByIds(ctx, 'tasks.get', 'mailbox', asked, (id) => ({
    method: 'GET',
    url: `${pathOfTask(decodeURIComponent(id))}?${LINKS}`,
  }));
  const names = there.size === 0 ? [] : await taskLists(ctx);
  return new Map(
    [...there].map(([id, task]) => {
      const list = decodeURIComponent(id.split('/', 1)[0]!);
      return [id, { ...task, place: { id: list, name: names.find((one) => one.id === list)?.name ?? '' } }];
    }),
  );
}

async function fetch(ctx: Context, ids: readonly string[]): Promise<{ rows: Row[]; gone: string[]; misfits: Misfit[] }> {
  const there = await readTasks(ctx, ids);
  return { ...(await sorted(taskShape, [...there.values()])), gone: ids.filter((id) => !there.has(id)) };
}

/** New tasks stand in the list that every account has. */
const writingTo = (list: List | undefined): Writing => ({
  name: 'task',
  fields: taskFields,
  create: ({ fields, mark }) => {
    if (list === undefined)
      throw new Misplaced('list', 'list: this account has no list of tasks; open To Do once, which makes one');
    return { method: 'POST', url: `/me/todo/lists/${encodeURIComponent(list.id)}/tasks`, body: newTask(fields, mark) };
  },
  update: (id, fields) => ({ method: 'PATCH', url: pathOfTask(id)!, body: taskBody(fields) }),
  arrived: (answer, { body = {} }, raw) => {
    const place = objectOf(raw.place) ?? { id: list!.id, name: list!.name };
    const linkedResources = answer.linkedResources ?? body.linkedResources ?? raw.linkedResources;
    return arrived(taskShape, { ...answer, place, ...(linkedResources !== undefined && { linkedResources }) });
  },
  read: readTasks,
});

async function push(ctx: Context, drafts: readonly Draft[]): Promise<Outcome[]> {
  const creates = drafts.some(({ id, fields }) => id === undefined && Object.keys(fields).every((field) => !isLocked(field)));
  const lists = creates ? await taskLists(ctx) : [];
  return pushAll(writingTo(lists.find(({ known }) => known === 'defaultList') ?? lists[0]), ctx, drafts);
}

const isLocked = (field: string): boolean => 'readOnly' in (taskFields[field as keyof typeof taskFields] ?? {});

export const tasks: Stream = {
  title: 'Tasks',
  fields: taskFields,
  shape: 1,
  deletions: 'told',
  timed: true,
  settles: 60_000,
  creates: { by: 'mark', after: 60_000 },
  batch: { push: 20, fetch: 20, remove: 20 },
  // Steps, files and links of a task that is made again do not come back.
  undo: { update: 'exact', create: 'exact', remove: 'similar' },
  personal: true,
  once: true,
  toRow,
  pull: (ctx, since, known) => pullRounds(ROUNDS, ctx, since, known),
  fetch,
  push,
  remove: (ctx, ids) =>
    removeAll(ctx, 'task', ids, (id) => ({ method: 'DELETE', url: pathOfTask(id) ?? '/me/todo/lists/none/tasks/none' })),
};
