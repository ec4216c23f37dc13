/** OpenAPI 3.1, printed from the routes themselves, so that it cannot say anything else than what the server checks. */
import { z } from 'zod';
import type { Json } from '#kit/fields.ts';
import { type Route, route } from './route.ts';
import { Components } from './schemas.ts';

type JsonObject = { [name: string]: Json };

/** The route that gives the description of all others, itself included. */
export function openapiRoute(routes: readonly Route[], server: { version: string; url: string }): Route {
  let text: JsonObject | undefined;
  const own: Route = route({
    method: 'get',
    path: '/api/openapi.json',
    title: 'This description of the API',
    permission: 'public',
    answer: z.looseObject({ openapi: z.string() }),
    handle: () => {
      text ??= describe([...routes, own], server);
      return { body: { openapi: '3.1.0', ...text } };
    },
  });
  return own;
}

/** Routes as an OpenAPI 3.1 document. */
export function describe(routes: readonly Route[], server: { version: string; url: string }): JsonObject {
  const components = new Components();
  const problem = components.of(Problem);
  const paths: { [path: string]: JsonObject } = {};
  for (const each of routes) {
    const path = each.path.replaceAll(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [each.method]: operation(each, components, problem) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Switchboard',
      version: server.version,
      description: 'The CRM core and the hub that keeps services in step with it.',
    },
    servers: [{ url: server.url }],
    security: [{ key: [] }],
    paths,
    components: {
      securitySchemes: { key: { type: 'http', scheme: 'bearer', description: 'An API key: sb_…' } },
      schemas: components.schemas,
    },
  };
}

const Problem = z
  .looseObject({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    advice: z.string().optional().describe('What to do next'),
    problems: z.array(z.object({ path: z.string(), found: z.string(), allowed: z.string() })).optional(),
    request: z.string().optional().describe('Id of the request, as in the log of the hub'),
  })
  .meta({ id: 'Problem', description: 'Problem details (RFC 9457)' });

function operation(each: Route, components: Components, problem: JsonObject): JsonObject {
  const sound = each.media === 'audio/*';
  const status = each.status ?? (each.answer instanceof z.ZodNull && !sound ? 204 : 200);
  const usual: JsonObject = { description: each.title };
  if (sound) usual.content = { [each.media!]: { schema: { type: 'string', format: 'binary' } } };
  else if (!(each.answer instanceof z.ZodNull))
    usual.content = { [each.media ?? 'application/json']: { schema: components.of(each.answer) } };
  return {
    operationId: operationId(each),
    summary: each.title,
    tags: [each.path.split('/').find((step) => step !== '' && step !== 'api') ?? 'hub'],
    ...(each.permission === 'public' ? { security: [] } : { description: `Needs the permission \`${each.permission}\`.` }),
    parameters: [
      ...parameters(each.params, 'path', components),
      ...parameters(each.query, 'query', components),
      ...ifMatch(each),
    ],
    ...(each.body === undefined
      ? {}
      : { requestBody: { required: true, content: { 'application/json': { schema: components.of(each.body) } } } }),
    responses: {
      [status]: usual,
      default: { description: 'The problem', content: { 'application/problem+json': { schema: problem } } },
    },
  };
}

/** `getRecordsObjectId` of `get /api/records/:object/:id`. */
function operationId(each: Route): string {
  const words = each.path.split(/[^A-Za-z0-9]+/).filter((word) => word !== '' && word !== 'api');
  return each.method + words.map((word) => word[0]!.toUpperCase() + word.slice(1)).join('');
}

function parameters(schema: z.ZodObject | undefined, where: 'path' | 'query', components: Components): JsonObject[] {
  if (schema === undefined) return [];
  return Object.entries(schema.shape).map(([name, part]) => {
    if (!(part instanceof z.ZodType)) throw new Error(`Parameter ${name} is no zod schema.`);
    return { name, in: where, required: where === 'path' || !part.safeParse(undefined).success, schema: components.of(part) };
  });
}

function ifMatch(each: Route): JsonObject[] {
  if (each.ifMatch === undefined) return [];
  return [
    {
      name: 'If-Match',
      in: 'header',
      required: true,
      description: 'The ETag of the version the change is made on',
      schema: { type: 'string' },
    },
  ];
}
