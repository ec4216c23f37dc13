/** Deliveries of webhooks and what they said: the requests themselves are the operator's to see, their news each workspace's own. */
import { z } from 'zod';
import type { NewsLook } from '#hub/news/look.ts';
import { KINDS } from '#store/news.ts';
import { Any, bigId, nextOf } from './engine-schemas.ts';
import { type Route, route } from './route.ts';

const at = z.string().describe('Instant');
const instant = z.iso.datetime({ offset: true });
const before = z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER).optional().describe('`next` of the page before');
const limit = z.coerce.number().int().min(1).max(200).default(50);
const next = z.int().nullable().describe('Send it as `before`');
const connector = z.string().max(64);

const Delivery = z
  .object({
    id: z.int(),
    at: at.describe('When it came'),
    connector: z.string(),
    subscription: z.string().nullable(),
    identity: z.string().nullable().describe('What makes it one however often it comes; null where nothing does'),
    state: z.enum(['unread', 'failed', 'read']),
    problem: z.string().nullable().describe('Why it could not be read'),
    bytes: z.int().describe('Of its body'),
  })
  .meta({ id: 'Delivery' });

const WholeDelivery = Delivery.extend({
  method: z.string(),
  query: z.string(),
  headers: z.record(z.string(), z.string()).describe('Secrets are blotted out'),
  text: z.string().nullable().describe('The body, where it is text'),
  base64: z.string().nullable().describe('The body, where it is no text'),
}).meta({ id: 'WholeDelivery' });

const said = {
  id: z.int(),
  at: at.describe('When its delivery came'),
  delivery: z.int(),
  connector: z.string(),
  kind: z.enum(KINDS),
  stream: z.string().nullable(),
  row: z.string().nullable(),
  body: Any.describe('The row of `changed`, the event of `call`, the subscription of `expiring`, the reason of `disconnected`'),
  times: z.int().describe('How often the same was said in one reading'),
};

const News = z
  .object({
    ...said,
    connection: z.int(),
    state: z.enum(['waiting', 'done', 'ignored', 'failed']),
    outcome: z.string().nullable().describe('What came of it; while it waits, why the last attempt failed'),
    handled: at.nullable(),
  })
  .meta({ id: 'News' });

const Parked = z.object({ ...said, account: z.string() }).meta({ id: 'ParkedNews' });

const Count = z.object({ deliveries: z.int() });
const range = {
  connector: connector.optional(),
  from: instant.optional().describe('Those that came then or later'),
  until: instant.optional().describe('Those that came before then'),
};

export function deliveryRoutes(look: NewsLook): Route[] {
  return [...lookRoutes(look), ...againRoutes(look), ...parkedRoutes(look), newsRoute(look)];
}

function lookRoutes(look: NewsLook): Route[] {
  return [
    route({
      method: 'get',
      path: '/api/deliveries',
      title: 'Webhook deliveries of the installation, newest first',
      permission: 'operator',
      query: z.object({ ...range, state: z.enum(['unread', 'failed', 'read']).optional(), before, limit }),
      answer: z.object({ items: z.array(Delivery), next }),
      async handle({ query }) {
        const items = await look.deliveries(query);
        return { body: { items, next: nextOf(items, query.limit, (last) => last.id) } };
      },
    }),
    route({
      method: 'get',
      path: '/api/deliveries/:id',
      title: 'One delivery, with its body as it came',
      permission: 'operator',
      params: bigId,
      answer: WholeDelivery,
      handle: async ({ params }) => ({ body: await look.delivery(params.id) }),
    }),
  ];
}

function againRoutes(look: NewsLook): Route[] {
  return [
    route({
      method: 'post',
      path: '/api/deliveries/:id/replay',
      title: 'Have a delivery read again: what it says is acted upon once more',
      permission: 'operator',
      params: bigId,
      answer: Count,
      status: 202,
      handle: async ({ params }) => ({ body: { deliveries: await look.again({ id: params.id }) }, status: 202 }),
    }),
    route({
      method: 'post',
      path: '/api/deliveries/replay',
      title: 'Have deliveries read again: all that failed, or those of a time',
      permission: 'operator',
      body: z
        .strictObject({ failed: z.boolean().default(false).describe('Only those that failed'), ...range })
        .refine(({ failed, from }) => failed || from !== undefined, 'failed: true, or from: the time to begin with'),
      answer: Count,
      status: 202,
      handle: async ({ body }) => ({ body: { deliveries: await look.again(body) }, status: 202 }),
    }),
  ];
}

function parkedRoutes(look: NewsLook): Route[] {
  return [
    route({
      method: 'get',
      path: '/api/deliveries/parked',
      title: 'News for accounts that nobody has linked, newest first',
      permission: 'operator',
      query: z.object({ before, limit }),
      answer: z.object({ items: z.array(Parked), next }),
      async handle({ query }) {
        const items = await look.parked(query.before, query.limit);
        return { body: { items, next: nextOf(items, query.limit, (last) => last.id) } };
      },
    }),
    route({
      method: 'post',
      path: '/api/deliveries/parked/claim',
      title: 'Hand what is parked for an account to whoever has linked it; happens by itself when it is linked',
      permission: 'operator',
      body: z.strictObject({ connector, account: z.string().min(1).max(1_000) }),
      answer: z.object({ news: z.int() }),
      handle: async ({ body }) => ({ body: { news: await look.claim(body.connector, body.account) } }),
    }),
  ];
}

function newsRoute(look: NewsLook): Route {
  return route({
    method: 'get',
    path: '/api/news',
    title: 'What webhooks said for the workspace and what came of it, newest first',
    permission: 'connections:manage',
    query: z.object({
      connection: z.coerce
        .number()
        .int()
        .min(1)
        .max(2 ** 31 - 1)
        .optional(),
      before,
      limit,
    }),
    answer: z.object({ items: z.array(News), next }),
    async handle({ workspace, query }) {
      const items = await look.news(workspace, query);
      return { body: { items, next: nextOf(items, query.limit, (last) => last.id) } };
    },
  });
}
