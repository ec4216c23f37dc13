import nock from 'nock';
import type { StreamDriver, World } from '../world.ts';
import { signedIn } from './gsuite.ts';

async function open(rows: number): Promise<World> {
  const { gsuite, world } = await signedIn({});
  const { directory } = gsuite;
  directory.fill(rows);
  return {
    ...world,
    ids: () => directory.list().map(({ id }) => String(id)),
    edit: (id) => directory.edit(id, { name: { fullName: `Edited ${world.now()}` } }),
    delete: (id) => directory.delete(id),
    misfit: () => directory.add({ primaryEmail: 'long@firm.example', name: { fullName: 'x'.repeat(10_000) } }),
  };
}

export const users: StreamDriver = {
  rows: { read: 1050, write: 0 },
  open,
  operations: { list: 'directory.users.list', fetch: 'directory.users.get' },
  repeating: () => {
    const host = 'http://admin.repeating.test';
    const scope = nock(host).persist().get('/admin/directory/v1/users').query(true);
    scope.reply(200, { kind: 'admin#directory#users', users: [], nextPageToken: 'the same' });
    return { base: { people: host, oauth: host, accounts: host, www: host, admin: host }, end: () => nock.cleanAll() };
  },
};
