/** Syncs: how each stands, with the evidence; asked to preview, to run, to pause; ties cut and mended. */
import { z } from 'zod';
import type { Engine } from '#sync/engine.ts';
import { Begun, Counts, id, Problem } from './engine-schemas.ts';
import { type Route, route } from './route.ts';

const Sync = z
  .object({
    id: z.int(),
    connection: z.int(),
    stream: z.string(),
    object: z.string(),
    mapping: z.int(),
    state: z.enum(['waiting', 'on', 'paused']).describe('waiting: for its first preview'),
    reason: z.string().nullable().describe('Why it is paused'),
    outward: z.boolean().describe('Its mapping writes to the service'),
    every: z.int().describe('Milliseconds between two looks'),
    due: z.string().nullable().describe('When it is worked on next'),
    moved: z.string().nullable().describe('When its cursor last moved'),
    succeeded: z.string().nullable().describe('When a pass last came to its end'),
    run: z.int().nullable().describe('The run under way'),
    failures: z.int().describe('In a row'),
    problem: Problem,
  })
  .meta({ id: 'Sync' });

const Evidence = Sync.extend({
  connectionPaused: z.string().nullable().describe('Why its connection is paused; null while it is not'),
  links: Counts.describe('Ties by state: live, dormant, severed, gone'),
  intents: Counts.describe('Changes on their way to the service by state: open, flying, unsure'),
  held: Counts.describe('Open questions by kind'),
}).meta({ id: 'SyncEvidence' });

export function syncRoutes(engine: Engine): Route[] {
  return [...lookRoutes(engine), ...workRoutes(engine), ...tieRoutes(engine)];
}

function lookRoutes({ look }: Engine): Route[] {
  return [
    route({
      method: 'get',
      path: '/api/syncs',
      title: 'The syncs of the workspace: one for each stream of each connection',
      permission: 'records:read',
      answer: z.object({ items: z.array(Sync) }),
      handle: async ({ workspace }) => ({ body: { items: (await look.syncs(workspace)).map(shown) } }),
    }),
    route({
      method: 'get',
      path: '/api/syncs/:id',
      title: 'One sync, and what it has achieved, counted now',
      permission: 'records:read',
      params: id,
      answer: Evidence,
      async handle({ workspace, params }) {
        const sync = await look.sync(workspace, params.id);
        const { connectionPaused, links, intents, held } = sync;
        return { body: { ...shown(sync), connectionPaused, links, intents, held } };
      },
    }),
  ];
}

function workRoutes(engine: Engine): Route[] {
  const now = async (workspace: number, sync: number) => ({ body: shown(await engine.look.sync(workspace, sync)) });
  return [
    route({
      method: 'post',
      path: '/api/syncs/:id/preview',
      title: 'Begin a plan of what a run would do now, to both sides; its run tells the progress',
      permission: 'runs:execute',
      params: id,
      answer: Begun,
      status: 202,
      async handle({ workspace, params, by }) {
        const { plan, run } = await engine.preview(workspace, params.id, by);
        return { body: { plan, run }, status: 202, location: `/api/plans/${plan}` };
      },
    }),
    route({
      method: 'post',
      path: '/api/syncs/:id/request',
      title: 'Look at the service at the next opportunity',
      permission: 'runs:execute',
      params: id,
      body: z.strictObject({ full: z.boolean().default(false).describe('Read everything again, not only what changed') }),
      answer: Sync,
      status: 202,
      async handle({ workspace, params, body }) {
        await engine.request(workspace, params.id, body.full);
        return now(workspace, params.id);
      },
    }),
    route({
      method: 'post',
      path: '/api/syncs/:id/pause',
      title: 'Pause a sync; what is under way finishes its page',
      permission: 'runs:execute',
      params: id,
      body: z.strictObject({ reason: z.string().trim().min(1).max(500).optional() }),
      answer: Sync,
      async handle({ workspace, params, body, by }) {
        await engine.pause(workspace, params.id, body.reason ?? `paused by ${by}`);
        return now(workspace, params.id);
      },
    }),
    route({
      method: 'post',
      path: '/api/syncs/:id/resume',
      title: 'Resume a paused sync',
      permission: 'runs:execute',
      params: id,
      answer: Sync,
      async handle({ workspace, params }) {
        await engine.resume(workspace, params.id);
        return now(workspace, params.id);
      },
    }),
  ];
}

function tieRoutes(engine: Engine): Route[] {
  return [
    route({
      method: 'delete',
      path: '/api/syncs/:id/links/:row',
      title: 'Cut the tie between a row and its record; neither is tied or created again until it is mended',
      permission: 'runs:execute',
      params: id.extend({ row: z.string().max(1_000) }),
      answer: z.null(),
      status: 204,
      async handle({ workspace, params }) {
        await engine.sever(workspace, params.id, params.row);
        return {};
      },
    }),
    route({
      method: 'post',
      path: '/api/syncs/:id/mend',
      title: 'Forget cut and gone ties, so that their rows and records may be tied or created again',
      permission: 'runs:execute',
      params: id,
      body: z.strictObject({ rows: z.array(z.string().max(1_000)).max(1_000).optional().describe('Absent: all') }),
      answer: z.object({ mended: z.int() }),
      async handle({ workspace, params, body }) {
        await engine.look.sync(workspace, params.id);
        return { body: { mended: await engine.mend(workspace, params.id, body.rows ?? 'all') } };
      },
    }),
  ];
}

/** Without the cursor, which only the connector understands, and what the lease needs. */
function shown(sync: Awaited<ReturnType<Engine['look']['syncs']>>[number]): z.output<typeof Sync> {
  const { id, connection, stream, object, mapping, state, reason, outward, every, due } = sync;
  const { moved, succeeded, run, failures, problem } = sync;
  return {
    ...{ id, connection, stream, object, mapping, state, reason, outward, every, due },
    ...{ moved, succeeded, run, failures, problem },
  };
}
