import { expect, test } from 'vitest';
import type { Caller } from '#api/entry.ts';
import { workspaceRoutes } from '#api/workspace.ts';
import { openCrm } from '#crm/crm.ts';
import { ROLES, type Role } from '#hub/permissions.ts';
import { testDatabase } from '#test/database.ts';
import { sending, serve } from './harness.ts';

const database = await testDatabase();
const workspace = await database.workspace('Engines & Sons');
const crm = openCrm({ store: database.store, now: Date.now });
const caller = (role: Role): Caller => ({ workspace, by: role, permissions: new Set(ROLES[role]) });
const callers: { [key: string]: Caller } = { admin: caller('admin'), editor: caller('editor') };
const begun: number[] = [];
const { url } = await serve(
  workspaceRoutes(crm, (changed) => begun.push(changed)),
  async (key) => callers[key],
);

async function ask(key: string, change?: unknown) {
  const authorization = `Bearer ${key}`;
  const request = change === undefined ? { headers: { authorization } } : sending(change, 'PATCH', { authorization });
  const answer = await fetch(`${url}/api/workspace`, request);
  return { status: answer.status, body: await answer.json() };
}

test('the workspace is shown; its region is changed, and its keys are computed anew behind that', async () => {
  const shown = { id: workspace, name: 'Engines & Sons', region: 'US', reindexing: false };
  expect(await ask('editor')).toEqual({ status: 200, body: shown });
  expect(await ask('admin', { region: 'US' })).toEqual({ status: 200, body: shown });
  expect(begun).toEqual([]);
  expect(await ask('admin', { region: 'DE' })).toEqual({ status: 200, body: { ...shown, region: 'DE', reindexing: true } });
  expect(begun).toEqual([workspace]);
  await crm.reindex(workspace);
  expect((await ask('admin')).body).toMatchObject({ region: 'DE', reindexing: false });
});

test('what is no region, and who may not, is refused', async () => {
  expect(await ask('admin', { region: 'Germany' })).toMatchObject({ status: 422, body: { problems: [{ path: 'region' }] } });
  expect((await ask('admin', { name: 'Other' })).status).toBe(422);
  expect((await ask('editor', { region: 'FR' })).status).toBe(403);
});
