import nock from 'nock';
import type { Values } from '#kit/fields.ts';
import type { StreamDriver, World } from '../world.ts';
import { signedIn } from './gsuite.ts';

async function open(rows: number): Promise<World> {
  const { gsuite, world } = await signedIn({ tasks: rows });
  const todo = gsuite.todo();
  const [list = ''] = todo.lists();
  const bare = (id: string) => id.slice(list.length + 1);
  const named = (id: unknown) => `${list}/${id}`;
  return {
    ...world,
    ids: () => todo.list().map(({ id }) => named(id)),
    edit: (id) => todo.edit(bare(id), { notes: `Edited ${world.now()}` }),
    delete: (id) => todo.delete(bare(id)),
    // A task has nothing that is not declared but where it stands.
    decorate: () => {},
    decoration: (id) => `${todo.get(bare(id))?.position}`,
    misfit: () => named(todo.add({ title: 'Odd', raw: { status: 'perhaps' } })),
  };
}

const one: Values = { title: 'Send the offer', notes: 'Two pages\nat most', due: '2026-03-20', status: 'open' };
const other: Values = { title: 'Send it again', notes: 'One page', due: '2024-02-29', status: 'done' };

export const tasks: StreamDriver = {
  rows: { read: 230, write: 20 },
  open,
  values: { one, other },
  neverBlank: ['status'],
  impossible: { field: 'due', fields: { due: '2026-02-30' } },
  operations: {
    list: 'tasks.tasks.list',
    fetch: 'tasks.tasks.get',
    create: 'tasks.tasks.insert',
    update: 'tasks.tasks.patch',
    remove: 'tasks.tasks.delete',
  },
  repeating: () => {
    const host = 'http://tasks.repeating.test';
    const scope = nock(host).persist();
    scope
      .get('/tasks/v1/users/@me/lists')
      .query(true)
      .reply(200, { items: [{ id: 'L', title: 'My Tasks' }] });
    scope.get('/tasks/v1/lists/L/tasks').query(true).reply(200, { kind: 'tasks#tasks', items: [], nextPageToken: 'the same' });
    return { base: { people: host, oauth: host, accounts: host, www: host, tasks: host }, end: () => nock.cleanAll() };
  },
};
