/** Connectors, their apps, and the connections of a workspace. */
import { z } from 'zod';
import type { Connections, ConnectionView, ConnectorView } from '#hub/connections/connections.ts';
import type { Arrival } from '#hub/connections/sign-in.ts';
import { STATUSES } from '#hub/connections/status.ts';
import { type Route, route } from './route.ts';
import { Subscription, subscriptionOf } from './subscriptions.ts';

const Missing = z.object({
  stream: z.string().optional().describe('Absent: the account itself'),
  scopes: z.array(z.string()),
});

const Connector = z
  .object({
    name: z.string(),
    title: z.string(),
    docs: z.string(),
    signIn: z.enum(['browser', 'app']).describe('Who signs in: a person in a browser, or the app as itself'),
    streams: z.array(z.object({ name: z.string(), title: z.string() })),
    app: z
      .object({ of: z.enum(['workspace', 'installation']), id: z.string().describe('Public client id') })
      .optional()
      .describe('Whose app signs in; absent: none is set, and nobody can connect'),
  })
  .meta({ id: 'Connector' });

const Connection = z
  .object({
    id: z.int(),
    connector: z.string(),
    account: z.string().describe('The account’s id at the service'),
    title: z.string(),
    status: z.enum(STATUSES).describe('Told from what its syncs achieved'),
    because: z.string(),
    settings: z.record(z.string(), z.unknown()),
    missing: z.array(Missing).describe('What the person did not allow'),
    unused: z.array(Missing).describe('Streams nobody has asked for: sign in anew with their names to use them'),
    created: z.string(),
    createdBy: z.string(),
    subscription: Subscription.nullable().describe('The service’s promise to call us; null where it makes none'),
    syncs: z.array(
      z.object({
        id: z.int(),
        stream: z.string(),
        state: z.enum(['waiting', 'on', 'paused']),
        reason: z.string().nullable(),
        failures: z.int().describe('In a row'),
        moved: z.string().nullable().describe('When the cursor last moved'),
        succeeded: z.string().nullable().describe('When a pass last came to its end'),
      }),
    ),
  })
  .meta({ id: 'Connection' });

const Connected = z
  .object({
    connection: z.int(),
    title: z.string(),
    made: z.boolean().describe('Made now, or revived'),
    missing: z.array(Missing).describe('What the app may not do'),
  })
  .meta({ id: 'Connected' });

const Leaving = z.object({ url: z.string().describe('To be opened in a browser'), expires: z.string() }).meta({ id: 'SignIn' });

const id = z.object({
  id: z.coerce
    .number()
    .int()
    .min(1)
    .max(2 ** 31 - 1),
});
const name = z.object({ connector: z.string().max(64) });
const again = z.int().min(1).optional().describe('Sign in anew for this connection; absent: a new one');
const returnTo = z.string().max(500).optional().describe('Path of the hub to go to afterwards');

export function connectionRoutes(connections: Connections): Route[] {
  return [...appRoutes(connections), ...signInRoutes(connections), ...accountRoutes(connections)];
}

function appRoutes(connections: Connections): Route[] {
  return [
    route({
      method: 'get',
      path: '/api/connectors',
      title: 'The services one can connect',
      permission: 'records:read',
      answer: z.object({ items: z.array(Connector) }),
      handle: async (call) => ({ body: { items: (await connections.connectors(call.workspace)).map(connectorOf) } }),
    }),
    route({
      method: 'put',
      path: '/api/connectors/:connector/app',
      title: 'Set the workspace’s own client id and secret',
      permission: 'connections:manage',
      params: name,
      body: z
        .strictObject({ clientId: z.string().trim().min(1).max(500), clientSecret: z.string().trim().min(1).max(2000) })
        .meta({ id: 'App' }),
      answer: z.null(),
      async handle({ workspace, params, body }) {
        await connections.setApp(workspace, params.connector, { id: body.clientId, secret: body.clientSecret });
        return {};
      },
    }),
    route({
      method: 'delete',
      path: '/api/connectors/:connector/app',
      title: 'Go back to the installation’s client id and secret',
      permission: 'connections:manage',
      params: name,
      answer: z.null(),
      async handle({ workspace, params }) {
        await connections.unsetApp(workspace, params.connector);
        return {};
      },
    }),
  ];
}

const streams = z
  .array(z.string().max(64))
  .max(100)
  .optional()
  .describe('Ask for these only; absent: for all but those that are used by choice');

const settings = z.record(z.string().max(64), z.json()).optional().describe('What the connector asks, as for whom the app acts');

function signInRoutes(connections: Connections): Route[] {
  return [
    route({
      method: 'post',
      path: '/api/connections',
      title: 'Connect an account: gives the address to sign in at',
      permission: 'connections:manage',
      body: z
        .strictObject({
          connector: z.string().max(64),
          streams,
          settings,
          returnTo,
        })
        .meta({ id: 'NewConnection' }),
      answer: Leaving,
      handle: async ({ workspace, by, session, body }) => ({
        body: await connections.start({ ...body, workspace, by, session }),
      }),
    }),
    route({
      method: 'post',
      path: '/api/connections/assertion',
      title: 'Connect an account without a browser, by an assertion made in the service’s console (RFC 7523)',
      permission: 'connections:manage',
      body: z
        .strictObject({
          connector: z.string().max(64),
          assertion: z.string().trim().min(1).max(16_000).describe('Kept sealed, never shown again'),
          connection: again,
        })
        .meta({ id: 'Assertion' }),
      answer: Connected,
      handle: async ({ workspace, by, body }) => ({ body: connectedOf(await connections.paste({ ...body, workspace, by })) }),
    }),
    route({
      method: 'post',
      path: '/api/connections/app',
      title: 'Connect an account as the app itself, with its client id and secret (RFC 6749 4.4)',
      permission: 'connections:manage',
      body: z
        .strictObject({
          connector: z.string().max(64),
          settings,
          connection: again,
        })
        .meta({ id: 'Entry' }),
      answer: Connected,
      handle: async ({ workspace, by, body }) => ({ body: connectedOf(await connections.enter({ ...body, workspace, by })) }),
    }),
    route({
      method: 'post',
      path: '/api/connections/:id/reconnect',
      title: 'Sign in anew with the same account: cursors and links are kept',
      permission: 'connections:manage',
      params: id,
      body: z.strictObject({ streams, settings, returnTo }).meta({ id: 'Reconnection' }),
      answer: Leaving,
      async handle({ workspace, by, session, params, body }) {
        const { connector } = await connections.get(workspace, params.id);
        return { body: await connections.start({ workspace, by, session, connector, connection: params.id, ...body }) };
      },
    }),
  ];
}

function accountRoutes(connections: Connections): Route[] {
  return [
    route({
      method: 'get',
      path: '/api/connections',
      title: 'The connections of this workspace',
      permission: 'records:read',
      query: z.object({
        limit: z.coerce.number().int().min(1).max(200).default(50),
        after: z.coerce
          .number()
          .int()
          .min(0)
          .max(2 ** 31 - 1)
          .default(0),
      }),
      answer: z.object({ items: z.array(Connection), next: z.string().nullable() }),
      async handle({ workspace, query: { after, limit } }) {
        const items = (await connections.list(workspace, after, limit)).map(connectionOf);
        return { body: { items, next: items.length < limit ? null : String(items.at(-1)!.id) } };
      },
    }),
    route({
      method: 'get',
      path: '/api/connections/:id',
      title: 'One connection',
      permission: 'records:read',
      params: id,
      answer: Connection,
      handle: async ({ workspace, params }) => ({ body: connectionOf(await connections.get(workspace, params.id)) }),
    }),
    route({
      method: 'get',
      path: '/api/connections/:id/health',
      title: 'Ask the service who we are; costs one call there',
      permission: 'connections:manage',
      params: id,
      answer: z.object({ account: z.string(), title: z.string() }).meta({ id: 'ConnectionHealth' }),
      async handle({ workspace, params, signal }) {
        const { id: account, title } = await connections.check(workspace, params.id, signal);
        return { body: { account, title } };
      },
    }),
    route({
      method: 'delete',
      path: '/api/connections/:id',
      title: 'Disconnect: ends the access, keeps syncs and links',
      permission: 'connections:manage',
      params: id,
      answer: z
        .object({ revoked: z.boolean().describe('Did the service end the access?'), note: z.string() })
        .meta({ id: 'Disconnected' }),
      handle: async ({ workspace, by, params }) => ({ body: await connections.disconnect(workspace, params.id, by) }),
    }),
  ];
}

function connectorOf({ connector: { name, title, docs, auth, streams }, app }: ConnectorView) {
  const signIn = auth.kind === 'oauth2' ? ('browser' as const) : ('app' as const);
  return {
    name,
    title,
    docs,
    signIn,
    streams: Object.entries(streams).map(([stream, { title }]) => ({ name: stream, title })),
    app,
  };
}

function connectionOf({ missing, unused, syncs, subscription, ...rest }: ConnectionView) {
  const lists = { syncs: [...syncs], missing: missing.map(plain), unused: unused.map(plain) };
  return { ...rest, ...lists, subscription: subscription && subscriptionOf(subscription) };
}

function connectedOf({ connection, title, made, missing }: Arrival) {
  return { connection, title, made, missing: missing.map(plain) };
}

function plain({ stream, scopes }: ConnectionView['missing'][number]) {
  return { stream, scopes: [...scopes] };
}
