/** What the settling of pages was given: listed, exported as a test case, settled again. */
import { z } from 'zod';
import type { Engine } from '#sync/engine.ts';
import { id } from './engine-schemas.ts';
import { type Route, route } from './route.ts';

const Case = z
  .object({
    id: z.int(),
    sync: z.int(),
    stream: z.string(),
    kind: z.enum(['failed', 'sampled', 'asked']).describe('asked: made of rows that somebody named'),
    at: z.string(),
    rows: z.int().describe('Of its page'),
    problem: z.string().nullable().describe('Why the page was not kept'),
    bytes: z.int().describe('Packed'),
  })
  .meta({ id: 'Case' });

const Replayed = z
  .object({
    same: z.boolean().describe('The same plan, byte for byte'),
    differences: z.array(
      z.object({
        row: z.string().optional().describe('Absent: the plan’s other parts'),
        before: z.unknown(),
        after: z.unknown(),
      }),
    ),
  })
  .meta({ id: 'Replayed' });

const whole = z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER);

export function caseRoutes({ cases }: Engine): Route[] {
  return [
    route({
      method: 'get',
      path: '/api/cases',
      title: 'Pages of which is kept what settling was given, newest first',
      permission: 'records:read',
      query: z.object({
        sync: whole.max(2 ** 31 - 1).optional(),
        before: whole.optional().describe('The id of the last one seen'),
        limit: z.coerce.number().int().min(1).max(200).default(50),
      }),
      answer: z.object({ items: z.array(Case) }),
      handle: async ({ workspace, query }) => ({ body: { items: await cases.list(workspace, query) } }),
    }),
    route({
      method: 'post',
      path: '/api/cases',
      title: 'Make a case of rows as they are now; nothing else changes',
      permission: 'export',
      body: z
        .strictObject({
          sync: z
            .int()
            .min(1)
            .max(2 ** 31 - 1),
          rows: z.array(z.string().min(1).max(500)).min(1).max(200),
        })
        .meta({ id: 'NewCase' }),
      answer: z.object({ id: z.int() }),
      status: 201,
      async handle({ workspace, by, body }) {
        return { body: { id: await cases.capture(workspace, body.sync, body.rows, by) }, status: 201 };
      },
    }),
    route({
      method: 'get',
      path: '/api/cases/:id',
      title: 'One case as a file for tests; it holds rows and records as they were',
      permission: 'export',
      params: id,
      answer: z.record(z.string(), z.unknown()).meta({ id: 'CaseFile' }),
      handle: async ({ workspace, params }) => ({ body: { ...(await cases.get(workspace, params.id)) } }),
    }),
    route({
      method: 'post',
      path: '/api/cases/:id/replay',
      title: 'Settle it again: is the plan the same?',
      permission: 'export',
      params: id,
      answer: Replayed,
      async handle({ workspace, params }) {
        const { same, differences } = await cases.replay(workspace, params.id);
        return { body: { same, differences: [...differences] } };
      },
    }),
  ];
}
