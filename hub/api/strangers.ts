/** People met in meetings and mails whom nobody knows: whether they are listed, who they are, and what becomes of them. */
import { z } from 'zod';
import type { Strangers } from '#crm/people/strangers.ts';
import { after, Fields, limit, listingOf, RecordAnswer } from './record-schemas.ts';
import { type Route, route } from './route.ts';

const Stranger = z
  .object({
    address: z.string(),
    name: z.string().describe('As a meeting or a mail gave it last; empty where none did'),
    times: z.int().describe('In how many meetings, mails and files; counted up to 1,000'),
    last: z.string().describe('When last, an instant; a meeting may be ahead'),
  })
  .meta({ id: 'Stranger' });

const Policy = z
  .strictObject({ policy: z.enum(['off', 'review']) })
  .meta({ id: 'StrangerPolicy', examples: [{ policy: 'review' }] });

const address = z.string().min(1).max(400);

export function strangerRoutes(strangers: Strangers): Route[] {
  return [
    route({
      method: 'get',
      path: '/api/strangers',
      title: 'People met whom nobody knows, last met first; none where they are not reviewed',
      permission: 'records:read',
      query: z.object({ limit, after }),
      answer: listingOf(Stranger),
      async handle({ workspace, query }) {
        return { body: await strangers.list(workspace, { after: query.after ?? null, limit: query.limit }) };
      },
    }),
    route({
      method: 'get',
      path: '/api/strangers/policy',
      title: 'Are people whom nobody knows listed?',
      permission: 'records:read',
      answer: Policy,
      handle: async ({ workspace }) => ({ body: { policy: await strangers.policy(workspace) } }),
    }),
    route({
      method: 'put',
      path: '/api/strangers/policy',
      title: 'List people whom nobody knows, those met so far too, or keep nothing of them',
      permission: 'connections:manage',
      body: Policy,
      answer: Policy,
      handle: async (call) => ({ body: { policy: await strangers.setPolicy(call.workspace, call.body.policy) } }),
    }),
    route({
      method: 'post',
      path: '/api/strangers/accept',
      title: 'Make a contact of somebody; it stands on everything that names the address, within a moment',
      permission: 'records:write',
      body: z
        .strictObject({ address, fields: Fields.optional() })
        .meta({ id: 'AcceptStranger', examples: [{ address: 'ada@example.com', fields: { jobTitle: 'Countess' } }] }),
      answer: RecordAnswer,
      status: 201,
      async handle(call) {
        const record = await strangers.accept(call, call.body.address, call.body.fields);
        return { body: record, location: `/api/records/${record.id}`, etag: record.version };
      },
    }),
    route({
      method: 'post',
      path: '/api/strangers/dismiss',
      title: 'Never list them again',
      permission: 'records:write',
      body: z
        .strictObject({ addresses: z.array(address).min(1).max(200) })
        .meta({ id: 'DismissStrangers', examples: [{ addresses: ['news@example.com'] }] }),
      answer: z.object({ dismissed: z.array(z.string()) }),
      status: 200,
      handle: async (call) => ({ body: { dismissed: await strangers.dismiss(call, call.body.addresses) } }),
    }),
  ];
}
