/** A task of To Do: its fields, Graph's task to our row, and our values to what Graph takes. Pure. */
import type { Fields, Json, Values } from '#kit/fields.ts';
import { isObject, type JsonObject, objectOf, objectsOf, textOf } from '#kit/json.ts';
import { checkValues, Misfits, problem } from '#kit/rows.ts';
import type { FieldProblem, Row } from '#kit/stream.ts';
import { isBlank, put } from '#kit/values.ts';
import { ianaZone } from '#kit/zones.ts';
import { etagOf, picked, type Shape, ticksOf } from './records.ts';

export const taskFields = {
  title: { kind: 'text', title: 'Title', max: 255, required: true },
  notes: { kind: 'text', title: 'Notes', max: 131_072 },
  due: { kind: 'date', title: 'Due' },
  remind: { kind: 'instant', title: 'Reminder' },
  // To Do knows neither cancelled ones, nor what waits for nobody: both are written as the nearest.
  status: { kind: 'choice', title: 'Status', options: ['open', 'in progress', 'waiting', 'done', 'cancelled'] },
  priority: { kind: 'choice', title: 'Priority', options: ['low', 'normal', 'high'] },
  completed: { kind: 'instant', title: 'Completed', readOnly: true },
  list: { kind: 'text', title: 'List', readOnly: true },
} as const satisfies Fields;

const KEPT = [
  ...['id', 'title', 'body', 'status', 'importance', 'isReminderOn', 'lastModifiedDateTime'],
  ...['dueDateTime', 'reminderDateTime', 'completedDateTime'],
] as const;

/** What marks a link to us among a task's linked resources. */
const APPLICATION = 'Switchboard';

export const taskShape: Shape = {
  trim: (task) => ({
    ...(etagOf(task) !== undefined && { '@odata.etag': etagOf(task)! }),
    ...picked(task, KEPT),
    ...(isObject(task.place) && { place: task.place }),
    ...(markOf(task) !== undefined && { linkedResources: [{ applicationName: APPLICATION, externalId: markOf(task)! }] }),
  }),
  toRow,
  idOf: (raw) => {
    const [list, id] = [textOf(objectOf(raw.place)?.id), textOf(raw.id)];
    return list === undefined || id === undefined ? undefined : taskId(list, id);
  },
};

/** A task's id is its list's and its own: requests name both, and a list's ids are not its neighbours'. */
export function taskId(list: string, task: string): string {
  return [list, task].map((one) => encodeURIComponent(one.toWellFormed())).join('/');
}

/** The path of a row's id; undefined where it is none. */
export function pathOfTask(id: string): string | undefined {
  const parts = /^([^/\s]+)\/([^/\s]+)$/.exec(id);
  return parts === null ? undefined : `/me/todo/lists/${parts[1]}/tasks/${parts[2]}`;
}

function markOf(task: JsonObject): string | undefined {
  return textOf(objectsOf(task.linkedResources).find((one) => one.applicationName === APPLICATION)?.externalId);
}

const STATUSES = new Map([
  ['notStarted', 'open'],
  ['inProgress', 'in progress'],
  ['waitingOnOthers', 'waiting'],
  ['deferred', 'waiting'],
  ['completed', 'done'],
]);

export function toRow(raw: Json): Row {
  const task = isObject(raw) ? raw : {};
  const place = objectOf(task.place);
  const [id, list] = [textOf(task.id), textOf(place?.id)];
  if (id === undefined || list === undefined)
    throw new Misfits([problem('id', isObject(raw) ? task.id : raw, 'the id of a task, and of its list')]);
  const problems: FieldProblem[] = [];
  const fields: Values = {};
  put(fields, 'title', task.title);
  put(fields, 'notes', notesOf(task.body));
  put(fields, 'due', dayOf(task.dueDateTime, problems));
  if (task.isReminderOn === true) put(fields, 'remind', instantOf('reminderDateTime', task, problems));
  put(fields, 'status', STATUSES.get(String(task.status)) ?? task.status);
  put(fields, 'priority', task.importance);
  put(fields, 'completed', instantOf('completedDateTime', task, problems));
  put(fields, 'list', place?.name);
  problems.push(...checkValues(taskFields, fields));
  if (problems.length > 0) throw new Misfits(problems);
  const row: Row = { id: taskId(list, id), fields, raw };
  const [version, time, mark] = [etagOf(task), ticksOf(task.lastModifiedDateTime), markOf(task)];
  if (version !== undefined) row.version = version;
  if (time !== undefined) row.time = time;
  if (mark !== undefined) row.mark = mark;
  return row;
}

function notesOf(body: Json | undefined): Json | undefined {
  const { content, contentType } = objectOf(body) ?? {};
  if (typeof content !== 'string') return content;
  const plain = contentType === 'html' ? content.replace(/<br\s*\/?>|<\/p>/gi, '\n').replace(/<[^>]*>/g, '') : content;
  return plain.replaceAll('\r\n', '\n').trimEnd();
}

/** Hours of UTC from which midnight of the mailbox's zone belongs to the day that follows: east of Greenwich, as far as New Zealand. */
const EAST = 11;

/**
 * The day that is meant. The service keeps midnight of it in the mailbox's zone, and shows that in UTC, so perhaps as the evening before
 * (microsoft-graph-docs#16991). Which zone that is, nobody says: midnight is in the afternoon of UTC to the east, in the morning to the west.
 */
function dayOf(due: Json | undefined, problems: FieldProblem[]): string | undefined {
  const { dateTime, timeZone } = objectOf(due) ?? {};
  if (typeof dateTime !== 'string') return undefined;
  const at = read('dueDateTime', dateTime, timeZone, problems);
  return at
    ?.add({ hours: at.hour >= EAST ? 24 - at.hour : 0 })
    .toPlainDate()
    .toString();
}

function read(
  member: string,
  dateTime: string,
  timeZone: Json | undefined,
  problems: FieldProblem[],
): Temporal.ZonedDateTime | undefined {
  try {
    return Temporal.PlainDateTime.from(dateTime.slice(0, 19))
      .toZonedDateTime(ianaZone(String(timeZone ?? 'UTC')))
      .withTimeZone('UTC');
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    problems.push(problem(member, dateTime, 'a local time such as 2026-06-15T10:00:00.0000000, in a zone that is known'));
    return undefined;
  }
}

function instantOf(member: string, task: JsonObject, problems: FieldProblem[]): string | undefined {
  const { dateTime, timeZone } = objectOf(task[member]) ?? {};
  if (typeof dateTime !== 'string') return undefined;
  return read(member, dateTime, timeZone, problems)?.toInstant().toString({ smallestUnit: 'millisecond' });
}

const WRITTEN: { readonly [ours: string]: string } = {
  open: 'notStarted',
  'in progress': 'inProgress',
  waiting: 'waitingOnOthers',
  done: 'completed',
  cancelled: 'completed',
};

/** What changes; null blanks. */
export function taskBody(fields: Values): JsonObject {
  const body: JsonObject = {};
  if ('title' in fields) body.title = fields.title ?? '';
  if ('notes' in fields) body.body = { contentType: 'text', content: fields.notes ?? '' };
  // In the morning of UTC: the same day from Hawaii to New Zealand, before the service makes midnight of it.
  if ('due' in fields) body.dueDateTime = isBlank(fields.due) ? null : { dateTime: `${fields.due}T10:30:00`, timeZone: 'UTC' };
  if ('remind' in fields) {
    body.isReminderOn = !isBlank(fields.remind);
    body.reminderDateTime = isBlank(fields.remind) ? null : { dateTime: String(fields.remind).slice(0, 19), timeZone: 'UTC' };
  }
  if ('status' in fields) body.status = WRITTEN[String(fields.status)] ?? 'notStarted';
  if ('priority' in fields) body.importance = isBlank(fields.priority) ? 'normal' : fields.priority!;
  return body;
}

/** A new task, with the record it was created for among what it links to. */
export function newTask(fields: Values, mark: string): JsonObject {
  const filled = Object.entries(taskBody(fields)).filter(([, value]) => value !== null);
  const link = { applicationName: APPLICATION, displayName: APPLICATION, externalId: mark };
  return { ...Object.fromEntries(filled), linkedResources: [link] };
}
