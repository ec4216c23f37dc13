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

const Drift = z
  .object({
    at: z.string(),
    looked: z.int().describe('Pairs looked at; each counts once below'),
    equal: z.int(),
    apart: z.int().describe('Differ for a reason on record: rendering, parted, one way'),
    held: z.int().describe('Wait for a person'),
    owed: z.int().describe('A change is on its way'),
    changed: z.int().describe('The service had news that no pull has brought yet; looked at again'),
    missing: z.int().describe('Not there any more; looked into'),
    drift: z.int().describe('Differ for no reason we know; settled anew'),
  })
  .meta({ id: 'Drift' });

const Evidence = Sync.extend({
  connectionPaused: z.string().nullable().describe('Why its connection is paused; null while it is not'),
  links: Counts.describe('Ties by state: live, dormant, severed, gone'),
  intents: Counts.describe('Changes on their way to the service by state: open, flying, unsure'),
  held: Counts.describe('Open questions by kind'),
  parkedRows: z.int().describe('Rows that wait for others to which they refer'),
  swept: z.string().describe('The row at which the last sweep stopped; empty: the next one begins anew'),
  drift: Drift.nullable().describe('What the last sweep found; null while none has looked at anything'),
}).meta({ id: 'SyncEvidence' });

const Parked = z
  .object({
    row: z.string(),
    since: z.string(),
    waitsFor: z.array(z.object({ field: z.string().describe('Of the record'), stream: z.string(), row: z.string() })),
  })
  .meta({ id: 'ParkedRow' });

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
        const { connectionPaused, links, intents, held, parkedRows, swept, drift } = sync;
        return { body: { ...shown(sync), connectionPaused, links, intents, held, parkedRows, swept, drift } };
      },
    }),
    route({
      method: 'get',
      path: '/api/syncs/:id/parked',
      title: 'Rows that wait for others to which they refer, with what each waits for; in order of their ids',
      permission: 'records:read',
      params: id,
      query: z.object({
        after: z.string().max(500).default('').describe('Id of the last row seen'),
        limit: z.coerce.number().int().min(1).max(1_000).default(100),
      }),
      answer: z.object({ items: z.array(Parked) }),
      handle: async ({ workspace, params, query }) => ({ body: { items: await look.parked(workspace, params.id, query) } }),
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
      path: '/api/syncs/:id/sweep',
      title: 'Read some linked rows again and hold both sides against each other; goes on where the last sweep stopped',
      permission: 'runs:execute',
      params: id,
      body: z.strictObject({ most: z.int().min(1).max(1_000).default(200).describe('Pairs to look at') }),
      answer: Drift,
      handle: async ({ workspace, params, body, by, signal }) => ({
        body: await engine.sweep(workspace, params.id, body.most, by, signal),
      }),
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
