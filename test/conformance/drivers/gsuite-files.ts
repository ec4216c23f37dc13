import nock from 'nock';
import type { StreamDriver, World } from '../world.ts';
import { signedIn } from './gsuite.ts';

async function open(rows: number): Promise<World> {
  const { gsuite, world } = await signedIn({});
  const drive = gsuite.drive();
  drive.fill(rows);
  return {
    ...world,
    forget: undefined, // page tokens of changes never end
    ids: () => drive.list().map(({ id }) => String(id)),
    edit: (id) => drive.edit(id, { name: `Edited ${world.now()}` }),
    delete: (id) => drive.delete(id),
    misfit: () => drive.add({ name: 'x'.repeat(10_000) }),
  };
}

export const files: StreamDriver = {
  rows: { read: 1050, write: 0 },
  open,
  operations: { list: 'drive.files.list', fetch: 'drive.files.get' },
  repeating: () => {
    const www = 'http://drive.repeating.test';
    const scope = nock(www).persist();
    scope.get('/drive/v3/changes/startPageToken').query(true).reply(200, { startPageToken: '1' });
    scope.get('/drive/v3/files').query(true).reply(200, { files: [], nextPageToken: 'the same' });
    return { base: { people: www, oauth: www, accounts: www, www }, end: () => nock.cleanAll() };
  },
};
