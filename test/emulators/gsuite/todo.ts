import type { Clock } from '../kit/clock.ts';
import { hash } from '../kit/random.ts';
import { ClassicError } from './errors.ts';
import type { Message } from './json.ts';

/** A task as it is kept. */
export interface TaskState {
  id: string;
  /** Raised by every change: etags are made of it. */
  version: number;
  updated: number;
  body: Message;
}

export interface TaskListState {
  id: string;
  title: string;
  tasks: Map<string, TaskState>;
}

export type Todo = ReturnType<typeof createTodo>;

/** The task lists of one account. */
export function createTodo(clock: Clock, owner: string) {
  const lists = new Map<string, TaskListState>();
  let made = 0;

  /** Names as Google's: text that says nothing. */
  const newId = (): string => Buffer.from(`${hash(owner)}:${++made}`).toString('base64url');

  function addList(title: string): TaskListState {
    const list = { id: newId(), title, tasks: new Map<string, TaskState>() };
    lists.set(list.id, list);
    return list;
  }
  const inbox = addList('My Tasks');

  function find(id: string): TaskListState {
    const found = id === '@default' ? inbox : lists.get(id);
    if (found === undefined) throw new ClassicError(404, 'notFound', 'Task list not found.');
    return found;
  }

  return {
    newId,
    addList,
    find,
    lists: () => [...lists.values()],
    removeList: (id: string): void => void lists.delete(id),
    put(list: TaskListState, id: string, body: Message): TaskState {
      const state = { id, version: (list.tasks.get(id)?.version ?? 0) + 1, updated: clock.now(), body };
      list.tasks.set(id, state);
      return state;
    },
  };
}
