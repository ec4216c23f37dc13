/** Why a field holds its value, and why a row or record is not in step. */
import { z } from 'zod';
import type { Engine } from '#sync/engine.ts';
import { REASONS } from '#sync/reasons.ts';
import { Any } from './engine-schemas.ts';
import { type Route, route } from './route.ts';

const Source = z
  .object({
    stream: z.string().nullable().describe('null: a person’s edit'),
    connection: z.int().nullable(),
    row: z.string().nullable(),
    run: z.int().nullable(),
    by: z.string(),
    at: z.string(),
    why: z.string(),
    mappingVersion: z.int().nullable(),
    rule: Any.describe('The line of the mapping, as it was then'),
    raw: Any.describe('What the row held'),
    steps: z.array(z.object({ step: z.string(), value: Any })).describe('From what the row held to the value'),
    replaced: Any.describe('What was there before'),
    lost: Any.describe('The value that lost, where both sides had changed'),
  })
  .meta({ id: 'ValueSource' });

const Explanation = z
  .object({
    record: z.string(),
    field: z.string(),
    value: Any,
    source: Source.nullable().describe('null: it never had a value'),
    onlyFrom: z
      .int()
      .nullable()
      .describe('The one connection that may overwrite it (PUT /api/sources); null: any may, as its mapping says'),
    elsewhere: z
      .array(
        z.object({
          stream: z.string(),
          connection: z.int(),
          row: z.string(),
          state: z.string(),
          value: Any,
          why: z.string(),
        }),
      )
      .describe('What the other sides hold, and why that may differ'),
    history: z
      .array(z.object({ at: z.string(), by: z.string(), run: z.int().nullable(), why: z.string(), from: Any, to: Any }))
      .describe('Earlier values, newest first'),
  })
  .meta({ id: 'Explanation' });

const reason = z.enum(Object.keys(REASONS) as [keyof typeof REASONS, ...(keyof typeof REASONS)[]]);

const Why = z
  .object({
    sync: z.int().nullable(),
    stream: z.string().nullable(),
    connection: z.int().nullable(),
    row: z.string().nullable(),
    record: z.string().nullable(),
    reason,
    says: z.string().describe('The reason as a sentence'),
    detail: z.string().nullable(),
  })
  .meta({ id: 'Why' });

const Whys = z.object({
  items: z.array(Why).describe('One for each sync it could be in; of a record also one for each row that may be the same'),
});

const RecordId = z.object({ id: z.uuid() });

export function explainRoutes(engine: Engine): Route[] {
  return [
    route({
      method: 'get',
      path: '/api/records/:id/explain',
      title: 'Why a field of a record holds its value',
      permission: 'records:read',
      params: RecordId,
      query: z.object({ field: z.string().min(1).max(100) }),
      answer: Explanation,
      handle: async ({ workspace, params, query }) => ({ body: await engine.explain(workspace, params.id, query.field) }),
    }),
    route({
      method: 'get',
      path: '/api/records/:id/why',
      title: 'Why a record is, or is not, in step',
      permission: 'records:read',
      params: RecordId,
      answer: Whys,
      handle: async ({ workspace, params }) => ({ body: { items: await engine.whyRecord(workspace, params.id) } }),
    }),
    route({
      method: 'get',
      path: '/api/rows/:stream/:row/why',
      title: 'Why a row of a service is, or is not, in step',
      permission: 'records:read',
      params: z.object({ stream: z.string().max(100), row: z.string().max(1_000) }),
      answer: Whys,
      handle: async ({ workspace, params }) => ({ body: { items: await engine.whyRow(workspace, params.stream, params.row) } }),
    }),
    route({
      method: 'get',
      path: '/api/reasons',
      title: 'The closed list of reasons why something is not in step, or waits',
      permission: 'records:read',
      answer: z.object({ items: z.array(z.object({ reason, says: z.string() })) }),
      handle: () => ({ body: { items: reason.options.map((one) => ({ reason: one, says: REASONS[one] })) } }),
    }),
  ];
}
