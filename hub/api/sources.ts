/** Sources: which connection alone may overwrite a field of an object. */
import { z } from 'zod';
import type { Engine } from '#sync/engine.ts';
import { type Route, route } from './route.ts';

const Source = z
  .object({
    object: z.string(),
    field: z.string(),
    connection: z.int().describe('The one connection that may overwrite the field; others are told its value'),
    set: z.string().describe('When'),
    by: z.string(),
  })
  .meta({ id: 'FieldSource' });

const place = z.object({ object: z.string().max(40), field: z.string().max(64) });

export function sourceRoutes(engine: Engine): Route[] {
  return [
    route({
      method: 'get',
      path: '/api/sources',
      title: 'The fields that one connection alone may overwrite',
      permission: 'records:read',
      query: z.object({ object: z.string().max(40).optional() }),
      answer: z.object({ items: z.array(Source) }),
      handle: async ({ workspace, query }) => ({ body: { items: await engine.sources(workspace, query.object ?? null) } }),
    }),
    route({
      method: 'put',
      path: '/api/sources/:object/:field',
      title: 'Name the one connection that may overwrite a field; what is linked there is settled once more, from the kept rows',
      permission: 'mappings:edit',
      params: place,
      body: z
        .strictObject({
          connection: z
            .int()
            .min(1)
            .max(2 ** 31 - 1),
        })
        .meta({ id: 'NewFieldSource', examples: [{ connection: 1 }] }),
      answer: Source,
      handle: async ({ workspace, params, body, by }) => ({
        body: await engine.setSource(workspace, { ...params, ...body }, by),
      }),
    }),
    route({
      method: 'delete',
      path: '/api/sources/:object/:field',
      title: 'Let every connection write the field again, as its mapping says',
      permission: 'mappings:edit',
      params: place,
      answer: z.null(),
      async handle({ workspace, params }) {
        await engine.clearSource(workspace, params.object, params.field);
        return {};
      },
    }),
  ];
}
