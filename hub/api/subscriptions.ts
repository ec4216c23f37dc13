/** What services promised to tell us, and what they did not tell. */
import { z } from 'zod';
import type { Connections } from '#hub/connections/connections.ts';
import { Fault } from '#hub/fault.ts';
import type { SubscriptionView } from '#store/subscriptions.ts';
import type { Subscriptions } from '#webhooks/subscriptions.ts';
import { id } from './engine-schemas.ts';
import { type Route, route } from './route.ts';

export const Subscription = z
  .object({
    state: z
      .enum(['wanted', 'asking', 'live', 'refused'])
      .describe('live: the service calls us; in any other state its streams are polled more often'),
    id: z.string().nullable().describe('The service’s own'),
    streams: z.array(z.string()).describe('Of which it tells'),
    since: z.string().nullable().describe('When it began to live'),
    expires: z.string().nullable().describe('Renewed long before; null: it does not end by itself'),
    due: z.string().describe('When it is looked at next'),
    rotating: z.boolean().describe('Its new secret has not been told to the service yet'),
    failures: z.int().describe('In a row'),
    problem: z.object({ at: z.string(), message: z.string(), advice: z.string() }).nullable().describe('The last failure'),
    drops: z.int().describe('How often the service let it fall'),
    dropped: z.object({ at: z.string(), reason: z.string() }).nullable().describe('The last time'),
  })
  .meta({ id: 'Subscription' });

const Gap = z
  .object({
    stream: z.string(),
    day: z.string().describe('UTC'),
    told: z.int().describe('Changes that webhooks told'),
    found: z.int().describe('Changes that a pull or a sweep found and no webhook told within minutes'),
  })
  .meta({ id: 'Gap' });

export function subscriptionOf({ connection: _, connector: __, problem, dropped, ...rest }: SubscriptionView) {
  const instant = (at: number) => new Date(at).toISOString();
  return {
    ...rest,
    problem: problem && { ...problem, at: instant(problem.at) },
    dropped: dropped && { ...dropped, at: instant(dropped.at) },
  };
}

export function subscriptionRoutes(connections: Connections, subscriptions: Subscriptions): Route[] {
  const shown = async (workspace: number, connection: number) => {
    const { subscription } = await connections.get(workspace, connection);
    if (subscription) return subscriptionOf(subscription);
    throw new Fault('missing', `Connection ${connection} has no subscription.`, 'Its service makes none, or it is disconnected.');
  };
  return [
    route({
      method: 'get',
      path: '/api/connections/:id/subscription',
      title: 'The service’s promise to call us, and how it stands',
      permission: 'records:read',
      params: id,
      answer: Subscription,
      handle: async ({ workspace, params }) => ({ body: await shown(workspace, params.id) }),
    }),
    route({
      method: 'post',
      path: '/api/connections/:id/subscription/attend',
      title: 'Ask the service now: make it, renew it, or look whether it still holds',
      permission: 'connections:manage',
      params: id,
      answer: Subscription,
      async handle({ workspace, params }) {
        await shown(workspace, params.id);
        await subscriptions.attend({ workspace, connection: params.id });
        return { body: await shown(workspace, params.id) };
      },
    }),
    route({
      method: 'post',
      path: '/api/connections/:id/subscription/rotate',
      title: 'Exchange its secret; the former is believed until the service has the new one, and an hour longer',
      permission: 'connections:manage',
      params: id,
      answer: Subscription,
      status: 202,
      async handle({ workspace, params }) {
        await shown(workspace, params.id);
        await subscriptions.rotate({ workspace, connection: params.id });
        return { body: await shown(workspace, params.id) };
      },
    }),
    route({
      method: 'get',
      path: '/api/connections/:id/gaps',
      title: 'What webhooks told and what they did not, by stream and day',
      permission: 'records:read',
      params: id,
      query: z.object({ days: z.coerce.number().int().min(1).max(400).default(30) }),
      answer: z.object({ items: z.array(Gap) }),
      async handle({ workspace, params, query }) {
        const gaps = await connections.gaps(workspace, params.id, query.days);
        return { body: { items: gaps.map(({ connection: _, ...gap }) => gap) } };
      },
    }),
  ];
}
