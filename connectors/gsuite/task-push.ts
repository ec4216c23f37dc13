/** Creating, changing and deleting tasks, one by one. Google knows neither a key nor a place for a mark. */
import type { tasks_v1 } from 'googleapis/build/src/apis/tasks/index.js';
import type { Context } from '#kit/context.ts';
import { type JsonObject, objectOf, textOf } from '#kit/json.ts';
import { checkValues } from '#kit/rows.ts';
import type { Draft, Outcome, Removal } from '#kit/stream.ts';
import { sendBatches } from './batches.ts';
import { askTasks } from './client.ts';
import { done } from './records.ts';
import { placeOfTask, type TaskList, taskFields, taskShape, taskVersion, toTaskBody } from './task.ts';
import { getTask, listOf } from './task-reads.ts';

/** One outcome for each draft, in order. Throws only when no draft was sent. */
export async function pushTasks(ctx: Context, drafts: readonly Draft[]): Promise<Outcome[]> {
  const refused = new Map(drafts.map((draft) => [draft, refusal(draft)]));
  let inbox: Promise<TaskList> | undefined;
  const sent = await sendBatches<Draft, Outcome>({
    batches: drafts.filter((draft) => refused.get(draft) === undefined).map((draft) => [draft]),
    send: async ([draft], onSent) => {
      if (draft!.id !== undefined) return [await change(ctx, draft!, draft!.id, onSent)];
      inbox ??= defaultList(ctx);
      return [await create(ctx, draft!, await inbox, onSent)];
    },
  });
  return drafts.map((draft) => refused.get(draft) ?? sent.get(draft)!);
}

function refusal({ fields }: Draft): Outcome | undefined {
  const locked = Object.keys(fields).find((field) => {
    const declared = taskFields[field as keyof typeof taskFields];
    return declared !== undefined && 'readOnly' in declared;
  });
  if (locked !== undefined) return { is: 'refused', reason: `${locked} is made by Google and cannot be written`, field: locked };
  const found = checkValues(taskFields, fields)[0];
  if (found === undefined) return undefined;
  const field = found.path.split('/')[0]!;
  return { is: 'refused', reason: `${found.path}: found ${found.found}, allowed is ${found.allowed}`, field };
}

/** New tasks go into the list that Google itself puts them in. */
async function defaultList(ctx: Context): Promise<TaskList> {
  const cost = { name: 'tasks.tasklists.get', group: 'tasks' };
  return listOf(
    await askTasks(ctx, cost, (api, sent) => api.tasklists.get({ tasklist: '@default' }, sent), { repeatable: true }),
  );
}

async function create(ctx: Context, { fields }: Draft, list: TaskList, onSent: () => void): Promise<Outcome> {
  const body: JsonObject = toTaskBody(fields);
  for (const member of Object.keys(body)) if (body[member] === null) delete body[member];
  const made = await askTasks(ctx, { name: 'tasks.tasks.insert', group: 'tasks' }, (api, sent) => {
    onSent();
    return api.tasks.insert({ tasklist: list.id, requestBody: body as tasks_v1.Schema$Task }, sent);
  });
  return outcomeOf(made, list);
}

async function change(ctx: Context, { raw, version, fields }: Draft, id: string, onSent: () => void): Promise<Outcome> {
  const place = placeOfTask(id);
  const known = objectOf(raw) ?? (await getTask(ctx, id));
  if (place === undefined || known === undefined) return { is: 'gone' };
  if (version !== undefined && version !== taskVersion(known)) return { is: 'stale' };
  const etag = textOf(known.etag);
  const changed = await askTasks(ctx, { name: 'tasks.tasks.patch', group: 'tasks' }, (api, sent) => {
    onSent();
    const condition = etag === undefined ? sent : { ...sent, headers: { ...sent.headers, 'If-Match': etag } };
    return api.tasks.patch({ ...place, requestBody: toTaskBody(fields) as tasks_v1.Schema$Task }, condition);
  });
  const title = textOf(objectOf(known.list)?.title) ?? '';
  return outcomeOf(changed, { id: place.tasklist, title });
}

function outcomeOf(task: JsonObject, list: TaskList): Outcome {
  return task.deleted === true ? { is: 'gone' } : done(taskShape(list), task);
}

/** What became of each id, in order. Throws only when nothing was sent. */
export async function removeTasks(ctx: Context, ids: readonly string[]): Promise<Removal[]> {
  const outcomes = await sendBatches<string, Removal>({
    batches: [...new Set(ids)].map((id) => [id]),
    send: async ([id], onSent) => {
      const place = placeOfTask(id!);
      if (place === undefined) return [{ is: 'gone' }];
      await askTasks(ctx, { name: 'tasks.tasks.delete', group: 'tasks' }, (api, sent) => {
        onSent();
        return api.tasks.delete(place, sent);
      });
      return [{ is: 'done' }];
    },
  });
  return ids.map((id) => {
    const outcome = outcomes.get(id)!;
    return outcome.is === 'stale' ? { is: 'refused', reason: 'Google asks for a newer version of the task' } : outcome;
  });
}
