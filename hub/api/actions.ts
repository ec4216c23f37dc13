/** Actions at a service, by connection. */
import { z } from 'zod';
import type { Connections } from '#hub/connections/connections.ts';
import { PERMISSIONS } from '#hub/permissions.ts';
import { type Route, route } from './route.ts';

const connection = z.coerce
  .number()
  .int()
  .min(1)
  .max(2 ** 31 - 1);

const ActionShown = z
  .object({
    name: z.string(),
    title: z.string(),
    input: z.record(z.string(), z.unknown()).describe('Its fields by name'),
    undo: z.enum(['exact', 'similar', 'never']).describe('Can it be taken back?'),
    needs: z.array(z.enum(PERMISSIONS)),
  })
  .meta({ id: 'Action' });

export function actionRoutes(connections: Connections): Route[] {
  return [
    route({
      method: 'get',
      path: '/api/connections/:id/actions',
      title: 'What can be done at the service of a connection',
      permission: 'records:read',
      params: z.object({ id: connection }),
      answer: z.object({ items: z.array(ActionShown) }),
      async handle({ workspace, params }) {
        const items = await connections.actions(workspace, params.id);
        return {
          body: { items: items.map(({ needs, input, ...rest }) => ({ ...rest, input: { ...input }, needs: [...needs] })) },
        };
      },
    }),
    route({
      method: 'post',
      path: '/api/connections/:id/actions/:action',
      title: 'Do it; what gives money back needs `money:refund` besides',
      permission: 'actions:run',
      params: z.object({ id: connection, action: z.string().max(64) }),
      body: z.strictObject({ input: z.record(z.string().max(64), z.json()) }).meta({ id: 'Deed' }),
      answer: z.object({ output: z.record(z.string(), z.unknown()) }).meta({ id: 'Done' }),
      status: 200,
      async handle({ workspace, params, body, permissions, signal }) {
        const deed = { action: params.action, input: body.input, permissions };
        return { body: { output: await connections.run(workspace, params.id, deed, signal) } };
      },
    }),
  ];
}
