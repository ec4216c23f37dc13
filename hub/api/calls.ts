/** Calls: those under way as they go, those that wait for a person, notes, and whose they are. */
import { z } from 'zod';
import type { Calls } from '#calls/calls.ts';
import type { LiveEvent } from '#calls/look.ts';
import { dispositions } from '#mappings/objects/activities.ts';
import { Belongs, CallShown, LiveCall } from './call-schemas.ts';
import { after, limit, listingOf, RecordAnswer, RecordId } from './record-schemas.ts';
import { type Route, route, type ServerEvent } from './route.ts';

const instant = z.iso.datetime({ offset: true });

export function callRoutes(calls: Calls): Route[] {
  return [...lookRoutes(calls), ...answerRoutes(calls)];
}

function lookRoutes(calls: Calls): Route[] {
  return [
    route({
      method: 'get',
      path: '/api/calls',
      title: 'Calls of a connection in a period, oldest first; those that are not logged with the reason',
      permission: 'records:read',
      query: z.object({ connection: z.coerce.number().int().min(1), since: instant, until: instant, limit, after }),
      answer: listingOf(CallShown),
      async handle({ workspace, query: { connection, since, until, ...page } }) {
        const span = { connection, from: new Date(since), to: new Date(until) };
        return { body: await calls.between(workspace, span, { after: page.after ?? null, limit: page.limit }) };
      },
    }),
    route({
      method: 'get',
      path: '/api/calls/live',
      title: 'Calls under way',
      permission: 'records:read',
      answer: z.object({ items: z.array(CallShown) }),
      handle: async ({ workspace }) => ({ body: { items: await calls.live(workspace) } }),
    }),
    route({
      method: 'get',
      path: '/api/calls/live/events',
      title: 'Calls as they go: an event `call` for each under way and whenever it moves, `gone` when it is over',
      permission: 'records:read',
      media: 'text/event-stream',
      answer: LiveCall,
      handle: ({ workspace, signal }) => ({ events: eventsOf(calls.watch(workspace, signal)) }),
    }),
    route({
      method: 'get',
      path: '/api/calls/unresolved',
      title: 'Calls that wait for a person to say whose they are, oldest first',
      permission: 'records:read',
      query: z.object({ limit, after }),
      answer: listingOf(CallShown),
      async handle({ workspace, query }) {
        return { body: await calls.unresolved(workspace, { after: query.after ?? null, limit: query.limit }) };
      },
    }),
  ];
}

function answerRoutes(calls: Calls): Route[] {
  return [
    route({
      method: 'post',
      path: '/api/calls/:id/belongs',
      title: 'Say whose a call is; it stays so',
      permission: 'records:write',
      params: RecordId,
      body: Belongs,
      answer: RecordAnswer,
      status: 200,
      async handle(call) {
        const record = await calls.belongs(call, call.params.id, call.body);
        return { body: record, etag: record.version };
      },
    }),
    route({
      method: 'post',
      path: '/api/calls/:id/notes',
      title: 'Add a note below those that are there',
      permission: 'records:write',
      params: RecordId,
      body: z
        .strictObject({ text: z.string().min(1).max(100_000) })
        .meta({ id: 'CallNote', examples: [{ text: 'Wants a quote.' }] }),
      answer: RecordAnswer,
      status: 200,
      async handle(call) {
        const record = await calls.addNote(call, call.params.id, call.body.text);
        return { body: record, etag: record.version };
      },
    }),
    route({
      method: 'put',
      path: '/api/calls/:id/disposition',
      title: 'Say what came of a call; null takes it back',
      permission: 'records:write',
      params: RecordId,
      body: z
        .strictObject({ disposition: z.enum(dispositions).nullable() })
        .meta({ id: 'CallDisposition', examples: [{ disposition: 'call back' }] }),
      answer: RecordAnswer,
      async handle(call) {
        const record = await calls.dispose(call, call.params.id, call.body.disposition);
        return { body: record, etag: record.version };
      },
    }),
  ];
}

async function* eventsOf(events: AsyncGenerator<LiveEvent>): AsyncGenerator<ServerEvent> {
  for await (const event of events) yield { event: event.is, data: event };
}
