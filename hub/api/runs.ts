/** Runs: how far each has come, as a listing and as it goes; undone by a plan. */
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { Fault } from '#hub/fault.ts';
import type { Engine } from '#sync/engine.ts';
import { Begun, bigId, Counts, newestFirst, nextOf, Problem } from './engine-schemas.ts';
import { type Route, route, type ServerEvent } from './route.ts';

/** How often the row of a run is looked at for its events. */
const LOOK_MS = 250;

const Run = z
  .object({
    id: z.int(),
    sync: z.int().nullable(),
    plan: z.int().nullable(),
    kind: z.enum(['preview', 'sync', 'execute', 'undo', 'remap']),
    state: z.enum(['running', 'done', 'failed', 'stopped']),
    begun: z.string(),
    ended: z.string().nullable(),
    by: z.string(),
    counts: Counts.describe('read, unchanged, create, update, told, held …'),
    handled: z.int().describe('Rows dealt with so far'),
    total: z.int().nullable().describe('Rows there are; null while nobody knows'),
    calls: z.int().describe('Calls made to the service'),
    rate: z.number().nullable().describe('Rows per second since it began'),
    left: z.int().nullable().describe('Seconds until all are dealt with, at this rate; null while nobody knows'),
    problem: Problem,
    undoneBy: z.int().nullable().describe('The run that undid it'),
  })
  .meta({ id: 'Run' });

type RunShown = z.output<typeof Run>;

export function runRoutes(engine: Engine): Route[] {
  return [
    ...lookRoutes(engine),
    route({
      method: 'get',
      path: '/api/runs/:id/events',
      title: 'A run as it goes: an event `progress` whenever it moved, and `end` with how it ended',
      permission: 'records:read',
      params: bigId,
      media: 'text/event-stream',
      answer: Run,
      async handle({ workspace, params, signal }) {
        const first = await engine.look.run(workspace, params.id);
        return { events: eventsOf(first, () => engine.look.run(workspace, params.id), signal) };
      },
    }),
    route({
      method: 'post',
      path: '/api/runs/:id/undo',
      title: 'Begin a plan of what undoing a run would do now; executing it pauses the sync',
      permission: 'runs:execute',
      params: bigId,
      answer: Begun,
      status: 202,
      async handle({ workspace, params, by }) {
        const { plan, run } = await engine.undo(workspace, params.id, by);
        return { body: { plan, run }, status: 202, location: `/api/plans/${plan}` };
      },
    }),
  ];
}

function lookRoutes({ look }: Engine): Route[] {
  return [
    route({
      method: 'get',
      path: '/api/runs',
      title: 'Runs, newest first',
      permission: 'records:read',
      query: newestFirst,
      answer: z.object({ items: z.array(Run), next: z.int().nullable().describe('Send it as `before`') }),
      async handle({ workspace, query: { sync, before, limit } }) {
        const items = await look.runs(workspace, { limit, ...(sync ? { sync } : {}), ...(before ? { before } : {}) });
        return { body: { items, next: nextOf(items, limit, (last) => last.id) } };
      },
    }),
    route({
      method: 'get',
      path: '/api/runs/:id',
      title: 'One run: what it counted, how fast it goes, how long it will take',
      permission: 'records:read',
      params: bigId,
      answer: Run,
      handle: async ({ workspace, params }) => ({ body: await look.run(workspace, params.id) }),
    }),
  ];
}

async function* eventsOf(first: RunShown, look: () => Promise<RunShown>, signal: AbortSignal): AsyncGenerator<ServerEvent> {
  let told = '';
  for (let run = first; ; run = await look().catch((error: unknown) => vanished(run, error))) {
    if (run.state !== 'running') {
      yield { event: 'end', data: run };
      return;
    }
    const moved = JSON.stringify([run.counts, run.total]);
    if (moved !== told) yield { event: 'progress', data: run };
    told = moved;
    await delay(LOOK_MS, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
  }
}

/** A run that found nothing to do leaves no trace: that is its end. */
function vanished(last: RunShown, error: unknown): RunShown {
  if (error instanceof Fault && error.kind === 'missing') return { ...last, state: 'done', left: 0 };
  throw error;
}
