/** What services do for us beside streams: offered, performed, looked at. */
import { z } from 'zod';
import type { Actions } from '#hub/actions/actions.ts';
import type { Action } from '#kit/connector.ts';
import type { ActionRow } from '#store/actions.ts';
import { Any, bigId, id, newestFirst, nextOf } from './engine-schemas.ts';
import { type Call, type Route, route } from './route.ts';

const Offered = z
  .object({
    name: z.string(),
    title: z.string(),
    does: z.enum(['look', 'tell', 'pay']).describe('pay: money leaves the firm, and asks for its own permission'),
    upon: z.string().optional().describe('The stream upon whose row it acts: name the record it stands for, or its id as `row`'),
    undo: z.enum(['exact', 'similar', 'never']),
    input: z.record(z.string(), Any).describe('The fields it takes'),
  })
  .meta({ id: 'OfferedAction' });

const Performed = z
  .object({
    id: z.int(),
    connection: z.int(),
    action: z.string(),
    record: z.string().nullable(),
    input: z.record(z.string(), Any),
    state: z
      .enum(['sending', 'done', 'refused', 'unsure'])
      .describe('unsure: no answer came, and nobody knows whether it was done'),
    answer: z.record(z.string(), Any).nullable().describe('What the service answered'),
    said: z.string().describe('Why it is not done, for a person'),
    at: z.string(),
    ended: z.string().nullable(),
    by: z.string(),
  })
  .meta({ id: 'Action' });

const Asked = z
  .strictObject({
    input: z.record(z.string().max(64), Any).default({}),
    record: z.uuid().optional().describe('Whom or what it is about; of an action upon a row, the record that the row stands for'),
    key: z.string().min(1).max(200).optional().describe('Asked twice under the same key, it is done once'),
  })
  .meta({ id: 'AskedAction' });

export function actionRoutes(actions: Actions): Route[] {
  return [...askingRoutes(actions), ...lookRoutes(actions)];
}

/** Who asks, and whether money may leave the firm for it. */
const whoOf = ({ workspace, by, permissions }: Call) => ({ workspace, by, pays: permissions.has('actions:pay') });

function askingRoutes(actions: Actions): Route[] {
  return [
    route({
      method: 'get',
      path: '/api/connections/:id/actions',
      title: 'What the service can be asked to do',
      permission: 'records:read',
      params: id,
      answer: z.object({ items: z.array(Offered) }),
      async handle({ workspace, params }) {
        const offered = await actions.offered(workspace, params.id);
        return { body: { items: Object.entries(offered).map(([name, action]) => offeredOf(name, action)) } };
      },
    }),
    route({
      method: 'post',
      path: '/api/connections/:id/actions/:action',
      title: 'Ask the service to do something, at most once',
      permission: 'actions:perform',
      params: id.extend({ action: z.string().max(64) }),
      body: Asked,
      answer: Performed,
      status: 200,
      async handle(call) {
        const { params, body } = call;
        const { record, key, input } = body;
        const asked = { connection: params.id, action: params.action, input, ...(record && { record }), ...(key && { key }) };
        const performed = await actions.perform(whoOf(call), asked);
        return { body: shown(performed), location: `/api/actions/${performed.id}` };
      },
    }),
    route({
      method: 'post',
      path: '/api/actions/:id/repeat',
      title: 'Send one again whose answer never came, where the service knows it by its key',
      permission: 'actions:perform',
      params: bigId,
      answer: Performed,
      status: 200,
      handle: async (call) => ({ body: shown(await actions.repeat(whoOf(call), call.params.id)) }),
    }),
  ];
}

function lookRoutes(actions: Actions): Route[] {
  return [
    route({
      method: 'get',
      path: '/api/actions',
      title: 'What services were asked to do, newest first',
      permission: 'records:read',
      query: newestFirst.omit({ sync: true }).extend({ record: z.uuid().optional() }),
      answer: z.object({ items: z.array(Performed), next: z.int().nullable().describe('Send it as `before`') }),
      async handle({ workspace, query: { record, before, limit } }) {
        const filter = { record: record ?? null, before: before ?? null, most: limit };
        const items = (await actions.list(workspace, filter)).map(shown);
        return { body: { items, next: nextOf(items, limit, (last) => last.id) } };
      },
    }),
    route({
      method: 'get',
      path: '/api/actions/:id',
      title: 'What came of something a service was asked to do',
      permission: 'records:read',
      params: bigId,
      answer: Performed,
      handle: async ({ workspace, params }) => ({ body: shown(await actions.look(workspace, params.id)) }),
    }),
  ];
}

function offeredOf(name: string, { title, does = 'tell', upon, undo, input }: Action): z.input<typeof Offered> {
  return { name, title, does, undo, input: JSON.parse(JSON.stringify(input)), ...(upon === undefined ? {} : { upon }) };
}

function shown({ asked: _asked, key: _key, until: _until, ...row }: ActionRow): z.input<typeof Performed> {
  return row;
}
