/** The workspace of the key: its name, and whose national phone numbers it means. */
import { z } from 'zod';
import type { Crm } from '#crm/crm.ts';
import { type Route, route } from './route.ts';

const Workspace = z
  .object({
    id: z.int(),
    name: z.string(),
    region: z.string().describe('Country (ISO 3166-1 alpha-2) whose national phone numbers are meant'),
    reindexing: z.boolean().describe('Match keys are still being computed anew: national numbers may not all be found yet'),
  })
  .meta({ id: 'Workspace' });

/** `changed` is told of a workspace whose keys are to be computed anew. */
export function workspaceRoutes(crm: Crm, changed: (workspace: number) => void): Route[] {
  return [
    route({
      method: 'get',
      path: '/api/workspace',
      title: 'The workspace of the key',
      permission: 'records:read',
      answer: Workspace,
      handle: async ({ workspace }) => ({ body: await crm.workspace(workspace) }),
    }),
    route({
      method: 'patch',
      path: '/api/workspace',
      title: 'Change its region; match keys are computed anew in the background, numbers read from linked rows too',
      permission: 'mappings:edit',
      body: z.strictObject({ region: z.string().max(10) }),
      answer: Workspace,
      async handle(call) {
        const body = await crm.changeRegion(call, call.body.region);
        if (body.reindexing) changed(call.workspace);
        return { body };
      },
    }),
  ];
}
