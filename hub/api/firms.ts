/** Workspaces of the installation, for its operator. */
import { z } from 'zod';
import { type Firms, LONGEST } from '#hub/firms.ts';
import { type Route, route } from './route.ts';

const Firm = z.object({ id: z.int(), name: z.string() }).meta({ id: 'Firm' });

export function firmRoutes(firms: Firms): Route[] {
  return [
    route({
      method: 'post',
      path: '/api/workspaces',
      title: 'Found a workspace for another firm; the key of its administrator is shown this once',
      permission: 'operator',
      body: z.strictObject({ name: z.string().trim().min(1).max(LONGEST) }).meta({ id: 'NewFirm' }),
      answer: Firm.extend({ key: z.string() }).meta({ id: 'FoundedFirm' }),
      status: 201,
      async handle({ body }) {
        const { id, name, key } = await firms.found(body.name);
        return { body: { id, name, key: key.key } };
      },
    }),
    route({
      method: 'get',
      path: '/api/workspaces',
      title: 'The workspaces there are, in order of their ids',
      permission: 'operator',
      query: z.object({
        limit: z.coerce.number().int().min(1).max(200).default(50),
        after: z.coerce
          .number()
          .int()
          .min(0)
          .max(2 ** 31 - 1)
          .default(0),
      }),
      answer: z.object({ items: z.array(Firm), next: z.int().nullable().describe('Send it as `after`') }),
      async handle({ query }) {
        const items = await firms.list(query);
        return { body: { items, next: items.length < query.limit ? null : items.at(-1)!.id } };
      },
    }),
  ];
}
