/** How calls are logged, whether all of a day are, and past periods. */
import { z } from 'zod';
import type { Calls } from '#calls/calls.ts';
import { Backfill, PolicyBody, PolicyShown, Reconciled } from './call-schemas.ts';
import { bigId } from './engine-schemas.ts';
import { type Route, route } from './route.ts';

const connection = z.object({
  connection: z.coerce
    .number()
    .int()
    .min(0)
    .max(2 ** 31 - 1)
    .describe('0: the whole workspace'),
});
const of = z
  .int()
  .min(1)
  .max(2 ** 31 - 1);
const Said = z.object({ connection: z.int(), said: PolicyBody, now: PolicyShown, at: z.string(), by: z.string() });

export function callPolicyRoutes(calls: Calls): Route[] {
  return [...policyRoutes(calls), ...proofRoutes(calls)];
}

function policyRoutes(calls: Calls): Route[] {
  return [
    route({
      method: 'get',
      path: '/api/call-policies',
      title: 'What was said of the workspace and of each connection, and what holds',
      permission: 'records:read',
      answer: z.object({ items: z.array(Said), now: PolicyShown.describe('Where a connection says nothing itself') }),
      async handle({ workspace }) {
        const rows = await calls.policies(workspace);
        const items = rows.map(async ({ connection: id, body, at, by }) => ({
          ...{ connection: id, said: body, at, by },
          now: mutable(await calls.policy(workspace, id)),
        }));
        return { body: { items: await Promise.all(items), now: mutable(await calls.policy(workspace, 0)) } };
      },
    }),
    route({
      method: 'get',
      path: '/api/call-policies/:connection',
      title: 'How calls of a connection are logged now',
      permission: 'records:read',
      params: connection,
      answer: PolicyShown,
      handle: async ({ workspace, params }) => ({ body: mutable(await calls.policy(workspace, params.connection)) }),
    }),
    route({
      method: 'put',
      path: '/api/call-policies/:connection',
      title: 'Say how calls are logged; it holds from the next event on. What is not named is as the workspace says',
      permission: 'connections:manage',
      params: connection,
      body: PolicyBody,
      answer: PolicyShown,
      handle: async (call) => ({ body: mutable(await calls.setPolicy(call, call.params.connection, call.body)) }),
    }),
    route({
      method: 'delete',
      path: '/api/call-policies/:connection',
      title: 'Take back what was said',
      permission: 'connections:manage',
      params: connection,
      answer: z.null(),
      async handle({ workspace, params }) {
        await calls.clearPolicy(workspace, params.connection);
        return {};
      },
    }),
  ];
}

function proofRoutes(calls: Calls): Route[] {
  return [
    route({
      method: 'post',
      path: '/api/calls/reconcile',
      title: 'Compare a day of the service’s log with the records: every call is one, or has none for a reason',
      permission: 'connections:manage',
      body: z
        .strictObject({ connection: of, day: z.string().max(40), mend: z.boolean().optional().describe('Bring what is missing') })
        .meta({ id: 'ReconcileCalls', examples: [{ connection: 1, day: '2026-03-01' }] }),
      answer: Reconciled,
      status: 200,
      handle: async (call) => ({ body: await calls.reconcile(call, call.body, call.signal) }),
    }),
    route({
      method: 'get',
      path: '/api/call-backfills',
      title: 'Past periods that are or were read, newest first',
      permission: 'records:read',
      answer: z.object({ items: z.array(Backfill) }),
      handle: async ({ workspace }) => ({ body: { items: (await calls.backfills(workspace)).map(({ due: _, ...row }) => row) } }),
    }),
    route({
      method: 'post',
      path: '/api/call-backfills',
      title: 'Read a past period from the service’s log, with what the budget leaves',
      permission: 'runs:execute',
      body: z
        .strictObject({ connection: of, since: z.iso.datetime({ offset: true }), until: z.iso.datetime({ offset: true }) })
        .meta({
          id: 'NewCallBackfill',
          examples: [{ connection: 1, since: '2026-01-01T00:00:00Z', until: '2026-02-01T00:00:00Z' }],
        }),
      answer: Backfill,
      status: 202,
      async handle(call) {
        const { due: _, ...row } = await calls.backfill(call, call.body);
        return { body: row, status: 202 };
      },
    }),
    route({
      method: 'post',
      path: '/api/call-backfills/:id/stop',
      title: 'End it where it is; what was read stays',
      permission: 'runs:execute',
      params: bigId,
      answer: Backfill,
      status: 200,
      async handle({ workspace, params }) {
        const { due: _, ...row } = await calls.endBackfill(workspace, params.id);
        return { body: row };
      },
    }),
  ];
}

function mutable(policy: Awaited<ReturnType<Calls['policy']>>): z.input<typeof PolicyShown> {
  const { neverNumbers, neverExtensions, days } = policy;
  return {
    ...policy,
    neverNumbers: [...neverNumbers],
    neverExtensions: [...neverExtensions],
    days: [...days],
    owners: { ...policy.owners },
  };
}
