/** What happened to a record and around it, and the merge of two that are one. */
import { z } from 'zod';
import type { Crm } from '#crm/crm.ts';
import type { Json } from '#kit/fields.ts';
import { after, limit, listingOf, RecordAnswer, RecordId, versionOf } from './record-schemas.ts';
import { type Route, route } from './route.ts';

const Happening = z
  .object({
    is: z.literal('happening'),
    at: z.string(),
    record: z.string(),
    object: z.string(),
    name: z.string(),
    field: z.string().describe('By which of its fields it refers to the record'),
    archived: z.boolean(),
  })
  .meta({ id: 'Happening' });

const ChangeEntry = z
  .object({
    is: z.literal('change'),
    seq: z.int(),
    at: z.string(),
    record: z.string().describe('The record, or one that was merged into it'),
    run: z.int().nullable(),
    sync: z.int().nullable(),
    row: z.string().nullable(),
    side: z.enum(['ours', 'theirs']),
    action: z.string(),
    mappingVersion: z.int().nullable(),
    changes: z
      .record(
        z.string(),
        z.custom<Json>(() => true),
      )
      .nullable()
      .describe('field → { from, to, why, … }'),
    by: z.string(),
  })
  .meta({ id: 'ChangeEntry' });

export function timelineRoutes(crm: Crm): Route[] {
  return [
    route({
      method: 'get',
      path: '/api/records/:id/timeline',
      title: 'What happened to a record and around it, newest first',
      permission: 'records:read',
      params: RecordId,
      query: z.object({ limit, after }),
      answer: listingOf(z.discriminatedUnion('is', [Happening, ChangeEntry])),
      async handle({ workspace, params, query }) {
        return { body: await crm.timeline(workspace, params.id, { after: query.after ?? null, limit: query.limit }) };
      },
    }),
  ];
}

const Merge = z
  .strictObject({
    loser: z.string().max(100).describe('The record that is merged into this one and archived'),
    loserVersion: z.int().min(1).optional().describe('Its version, where it was seen'),
    choices: z
      .record(z.string(), z.enum(['survivor', 'loser']))
      .default({})
      .describe('field → whose value stays'),
  })
  .meta({ id: 'Merge', examples: [{ loser: '019a3c1e-0000-7000-8000-000000000000', choices: { jobTitle: 'loser' } }] });

export function mergeRoutes(crm: Crm): Route[] {
  return [
    route({
      method: 'post',
      path: '/api/records/:id/merge',
      title:
        'Merge another record into this one: it keeps its values, fills its blanks, unites lists, and takes links and history',
      permission: 'records:write',
      params: RecordId,
      body: Merge,
      answer: RecordAnswer,
      status: 200,
      ifMatch: 'required',
      async handle(call) {
        const { loser, loserVersion, choices } = call.body;
        const expected = versionOf(call.ifMatch!);
        const record = await crm.merge(call, { survivor: call.params.id, expected, loser, loserExpected: loserVersion, choices });
        return { body: record, etag: record.version };
      },
    }),
  ];
}
