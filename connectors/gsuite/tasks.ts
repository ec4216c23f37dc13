/** The stream of the tasks in all lists of a Google account. */
import type { Stream } from '#kit/stream.ts';
import { taskFields, toTaskRow } from './task.ts';
import { pushTasks, removeTasks } from './task-push.ts';
import { fetchTasks, pullTasks } from './task-reads.ts';

export const tasks: Stream = {
  title: 'Tasks',
  fields: taskFields,
  shape: 1,
  // Deletions are told as well, for a time that Google does not name.
  deletions: 'by absence',
  timed: true,
  creates: { by: 'nothing' },
  batch: { push: 1, fetch: 1, remove: 1 },
  undo: { update: 'exact', create: 'exact', remove: 'similar' },
  personal: true,
  once: true,
  toRow: toTaskRow,
  pull: pullTasks,
  fetch: fetchTasks,
  push: pushTasks,
  remove: removeTasks,
};
