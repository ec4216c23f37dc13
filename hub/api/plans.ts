/** Plans: what a run would do, before it does it; executed as shown. */
import { z } from 'zod';
import type { Engine } from '#sync/engine.ts';
import { Any, bigId, Counts, inOrder, newestFirst, nextOf, Problem } from './engine-schemas.ts';
import { type Route, route } from './route.ts';

const Plan = z
  .object({
    id: z.int(),
    kind: z.enum(['sync', 'undo', 'remap']).describe('remap: the impact of an edited mapping, executed by saving it'),
    sync: z.int().nullable(),
    run: z.int().nullable().describe('Of an undo: the run to be undone'),
    state: z
      .enum(['staging', 'ready', 'executing', 'done', 'ended'])
      .describe('Only a ready one can be executed; executing lasts until what goes outward is delivered'),
    counts: Counts.describe('By decision; `read` and `unchanged` rows besides'),
    created: z.string(),
    expires: z.string().describe('Its pages are kept until then'),
    by: z.string(),
    problem: Problem,
    pruned: z.string().nullable().describe('When its items were dropped; what they counted stays'),
  })
  .meta({ id: 'Plan' });

const Item = z
  .object({
    seq: z.int(),
    row: z.string().nullable(),
    record: z.string().nullable(),
    decision: z.string(),
    reason: z.string().nullable().describe('GET /api/reasons explains them'),
    item: z
      .record(z.string(), Any)
      .describe('Particulars: changes by field, fields of a creation, what is told to the service, questions'),
    outcome: z
      .string()
      .nullable()
      .describe(
        'After execution: `as planned`; `planned again: …`, what was done instead; `not done: …`, with its reason; `unsure` while an answer is missing',
      ),
  })
  .meta({ id: 'PlanItem' });

export function planRoutes(engine: Engine): Route[] {
  return [
    ...lookRoutes(engine),
    route({
      method: 'post',
      path: '/api/plans/:id/execute',
      title: 'Execute a ready plan exactly as shown, once',
      permission: 'runs:execute',
      params: bigId,
      answer: z.object({ run: z.int(), sync: z.int() }),
      status: 202,
      async handle({ workspace, params, by }) {
        const begun = await engine.execute(workspace, params.id, by);
        return { body: begun, status: 202, location: `/api/runs/${begun.run}` };
      },
    }),
  ];
}

function lookRoutes({ look }: Engine): Route[] {
  return [
    route({
      method: 'get',
      path: '/api/plans',
      title: 'Plans, newest first',
      permission: 'records:read',
      query: newestFirst,
      answer: z.object({ items: z.array(Plan), next: z.int().nullable().describe('Send it as `before`') }),
      async handle({ workspace, query: { sync, before, limit } }) {
        const items = await look.plans(workspace, { limit, ...(sync ? { sync } : {}), ...(before ? { before } : {}) });
        return { body: { items: items.map(shown), next: nextOf(items, limit, (last) => last.id) } };
      },
    }),
    route({
      method: 'get',
      path: '/api/plans/:id',
      title: 'One plan: its state, what it counts, and how its execution went',
      permission: 'records:read',
      params: bigId,
      answer: Plan.extend({ outcomes: Counts.describe('Items by outcome; `not reached` before execution') }).meta({
        id: 'PlanWithOutcomes',
      }),
      async handle({ workspace, params }) {
        const plan = await look.plan(workspace, params.id);
        return { body: { ...shown(plan), outcomes: plan.outcomes } };
      },
    }),
    route({
      method: 'get',
      path: '/api/plans/:id/items',
      title: 'The items of a plan; those that change nothing are only counted',
      permission: 'records:read',
      params: bigId,
      query: inOrder.extend({ decision: z.string().max(40).optional().describe('create, update, link, tell, hold …') }),
      answer: z.object({ items: z.array(Item), next: z.int().nullable().describe('Send it as `after`') }),
      async handle({ workspace, params, query: { after, limit, decision } }) {
        const filter = { after: after ?? -1, limit, ...(decision === undefined ? {} : { decision }) };
        const items = await look.items(workspace, params.id, filter);
        return { body: { items, next: nextOf(items, limit, (last) => last.seq) } };
      },
    }),
  ];
}

function shown(plan: Awaited<ReturnType<Engine['look']['plans']>>[number]): z.output<typeof Plan> {
  const { id, kind, sync, run, state, counts, created, expires, by, problem, pruned } = plan;
  return { id, kind, sync, run, state, counts, created, expires, by, problem, pruned };
}
