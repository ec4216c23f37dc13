import { ifMatch } from './contacts.ts';
import { badRequest, json, notFound, nothing } from './errors.ts';
import { onlyParameters } from './odata.ts';
import { answerRound } from './round.ts';
import { readBody } from './schema.ts';
import type { Item } from './shelf.ts';
import { type List, merged, present } from './task.ts';
import type { Visit } from './visit.ts';

function listOf({ account, params }: Visit): List {
  const list = account.lists.get(params[0] ?? '');
  if (list === undefined) throw notFound();
  return list;
}

function taskIn(visit: Visit): Item {
  const item = visit.account.tasks.get(visit.params[1] ?? '');
  // A task is found in its own list only.
  if (item.place !== listOf(visit).id) throw notFound();
  return item;
}

function linkedIn(query: URLSearchParams): boolean {
  const expand = query.get('$expand');
  if (expand !== null && expand !== 'linkedResources')
    throw badRequest('The query specified in the URI is not valid: $expand.', 'ErrorInvalidUrlQuery');
  return expand !== null;
}

const answer = (visit: Visit, item: Item, linked: boolean, status = 200) =>
  json(
    {
      '@odata.context': `${visit.root}/$metadata#users('me')/todo/lists('${item.place}')/tasks/$entity`,
      ...present(visit.account.tasks, item, linked),
    },
    status,
  );

export function listLists({ account, call: { query }, root }: Visit) {
  onlyParameters(query, ['$top'], 'lists here');
  const value = [...account.lists.values()].map((one) => ({ ...one, isOwner: true, isShared: false }));
  return json({ '@odata.context': `${root}/$metadata#users('me')/todo/lists`, value });
}

export function deltaTasks(visit: Visit) {
  const { account, params, call } = visit;
  const list = listOf(visit);
  const first = linkedIn(call.query);
  return answerRound(
    { ...visit, immutable: false },
    {
      shelf: account.tasks,
      place: list.id,
      path: `me/todo/lists/${encodeURIComponent(params[0] ?? '')}/tasks/delta`,
      type: 'todoTask',
      what: 'Tasks',
      first: ['$expand'],
      show: ({ item }, _select, { more = {} }) => [
        {
          '@odata.type': '#microsoft.graph.todoTask',
          ...present(account.tasks, item, first || more.$expand === 'linkedResources'),
        },
      ],
    },
  );
}

export function getTask(visit: Visit) {
  onlyParameters(visit.call.query, ['$expand'], 'a task');
  return answer(visit, taskIn(visit), linkedIn(visit.call.query));
}

export function createTask(visit: Visit) {
  const { account, body, now } = visit;
  const list = listOf(visit);
  const given = readBody(body, 'todoTask');
  if (list.wellknownListName === 'flaggedEmails') throw badRequest('Tasks cannot be made in this list.', 'invalidRequest');
  if (typeof given.title !== 'string' || given.title === '')
    throw badRequest("The property 'title' is required.", 'invalidRequest');
  return answer(visit, account.tasks.add(list.id, merged({}, given, account.zone, now)), true, 201);
}

export function updateTask(visit: Visit) {
  const { account, body, now } = visit;
  const item = taskIn(visit);
  ifMatch(visit, account.tasks, item);
  account.tasks.change(item, merged(item.body, readBody(body, 'todoTask'), account.zone, now));
  return answer(visit, item, false);
}

export function deleteTask(visit: Visit) {
  const item = taskIn(visit);
  ifMatch(visit, visit.account.tasks, item);
  visit.account.tasks.remove(item);
  return nothing();
}
