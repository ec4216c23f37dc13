/** Click-to-call: placed, looked at, cancelled. */
import { z } from 'zod';
import type { Calls } from '#calls/calls.ts';
import type { PlacedRow } from '#store/placed-calls.ts';
import { PlaceCall, PlacedCall } from './call-schemas.ts';
import { bigId, newestFirst, nextOf } from './engine-schemas.ts';
import { type Route, route } from './route.ts';

export function placedCallRoutes(calls: Calls): Route[] {
  return [
    route({
      method: 'post',
      path: '/api/calls',
      title: 'Call from a record’s number; at most once',
      permission: 'calls:place',
      body: PlaceCall,
      answer: PlacedCall,
      status: 202,
      async handle(call) {
        const placed = await calls.place(call, call.body, call.signal);
        return { body: shown(placed), status: 202, location: `/api/placed-calls/${placed.id}` };
      },
    }),
    route({
      method: 'get',
      path: '/api/placed-calls',
      title: 'Placed calls, newest first',
      permission: 'records:read',
      query: newestFirst.omit({ sync: true }),
      answer: z.object({ items: z.array(PlacedCall), next: z.int().nullable().describe('Send it as `before`') }),
      async handle({ workspace, query: { before, limit } }) {
        const items = (await calls.placedList(workspace, before ?? null, limit)).map(shown);
        return { body: { items, next: nextOf(items, limit, (last) => last.id) } };
      },
    }),
    route({
      method: 'get',
      path: '/api/placed-calls/:id',
      title: 'How far a placed call has come',
      permission: 'records:read',
      params: bigId,
      answer: PlacedCall,
      handle: async ({ workspace, params }) => ({ body: shown(await calls.placed(workspace, params.id)) }),
    }),
    route({
      method: 'post',
      path: '/api/placed-calls/:id/cancel',
      title: 'End a placed call that nobody has taken up yet',
      permission: 'calls:place',
      params: bigId,
      answer: PlacedCall,
      status: 200,
      handle: async ({ workspace, params, signal }) => ({ body: shown(await calls.cancel(workspace, params.id, signal)) }),
    }),
  ];
}

function shown({ service: _service, due: _due, state, ...row }: PlacedRow): z.input<typeof PlacedCall> {
  return { ...row, state: state as z.input<typeof PlacedCall>['state'] };
}
