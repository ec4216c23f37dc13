/** Finding records: by words, and by a match key. */
import { z } from 'zod';
import type { Crm } from '#crm/crm.ts';
import { after, limit, listingOf, RecordAnswer } from './record-schemas.ts';
import { type Route, route } from './route.ts';

const Hit = z
  .object({ record: RecordAnswer, exact: z.boolean().describe('Every word asked for is a whole word of the record') })
  .meta({ id: 'Hit' });

export function searchRoutes(crm: Crm): Route[] {
  return [
    route({
      method: 'get',
      path: '/api/search',
      title: 'Records that bear every word, or its beginning; whole words first. A page may be short and still have a next one',
      permission: 'records:read',
      query: z.object({
        q: z.string().min(1).max(500).describe('Words of names, e-mail addresses, telephone or other numbers'),
        object: z.string().max(400).optional().describe('Only of these objects, separated by commas'),
        limit,
        after,
      }),
      answer: listingOf(Hit),
      async handle({ workspace, query }) {
        const objects = query.object === undefined ? [] : query.object.split(',');
        return { body: await crm.search(workspace, query.q, { objects, after: query.after ?? null, limit: query.limit }) };
      },
    }),
    route({
      method: 'get',
      path: '/api/matches',
      title: 'Living records of an object that bear a match key, 100 at most',
      permission: 'records:read',
      query: z.object({
        object: z.string().max(40),
        kind: z.enum(['email', 'phone', 'domain', 'name', 'tax', 'number', 'uid']),
        value: z.string().min(1).max(500),
      }),
      answer: z.object({ items: z.array(RecordAnswer) }),
      async handle({ workspace, query }) {
        return { body: { items: await crm.bearers(workspace, query.object, query.kind, query.value) } };
      },
    }),
  ];
}
