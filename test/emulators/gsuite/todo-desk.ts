import type { Json } from '#kit/fields.ts';
import type { Clock } from '../kit/clock.ts';
import type { Account } from './account.ts';
import type { Message } from './json.ts';
import { existing, fillTasks, kept, taskShown } from './task.ts';
import type { TaskListState, TaskState } from './todo.ts';

export type TodoDesk = ReturnType<typeof createTodoDesk>;

export type GivenTask = { readonly [member: string]: Json };

/** The account's owner in Google's own task apps. `list` is an id; absent, the first one. */
export function createTodoDesk(account: Account, clock: Clock) {
  const { todo } = account;
  const at = () => new Date(clock.now());
  const living = (list: TaskListState): TaskState[] => [...list.tasks.values()].filter(({ body }) => body.deleted !== true);

  return {
    lists: (): string[] => todo.lists().map(({ id }) => id),
    addList: (title: string): string => todo.addList(title).id,
    removeList: (id: string): void => todo.removeList(id),
    add(task: GivenTask, list = '@default'): string {
      const { raw, ...given } = task;
      const strange = typeof raw === 'object' && raw !== null && !Array.isArray(raw) ? raw : {};
      return todo.put(todo.find(list), todo.newId(), { ...kept({}, given, at()), ...strange }).id;
    },
    edit(id: string, task: GivenTask, list = '@default'): void {
      const there = todo.find(list);
      todo.put(there, id, kept(existing(there, id).body, task, at()));
    },
    /** Ticked off on the phone: Google's own apps hide it. */
    complete(id: string, list = '@default'): void {
      const there = todo.find(list);
      todo.put(there, id, { ...kept(existing(there, id).body, { status: 'completed' }, at()), hidden: true });
    },
    delete(id: string, list = '@default'): void {
      const there = todo.find(list);
      todo.put(there, id, { ...existing(there, id).body, deleted: true });
    },
    get(id: string, list = '@default'): Message | undefined {
      const there = todo.find(list);
      const state = there.tasks.get(id);
      return state && state.body.deleted !== true ? taskShown(there, state) : undefined;
    },
    list: (list = '@default'): Message[] => living(todo.find(list)).map((state) => taskShown(todo.find(list), state)),
    fill: (count: number, seed = 1): void => fillTasks(account, count, seed),
  };
}
