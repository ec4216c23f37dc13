import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { keyRoutes } from '#api/keys.ts';
import { describe as describeApi, openapiRoute } from '#api/openapi.ts';
import { type Route, route } from '#api/route.ts';
import { routesOf } from '#api/routes.ts';
import { readConfig } from '#hub/config.ts';
import type { Keys } from '#hub/keys.ts';
import { openLog } from '#hub/log.ts';
import { openHub } from '#hub/open.ts';
import { testDatabase } from '#test/database.ts';
import { serve } from './harness.ts';

const Tree: z.ZodType = z.object({ name: z.string(), children: z.array(z.lazy(() => Tree)) }).meta({ id: 'Tree' });

const never = (): never => {
  throw new Error('Not called');
};
const keys: Keys = { create: never, list: never, revoke: never, identify: never, first: never };

const routes: Route[] = [
  ...keyRoutes(keys),
  route({
    method: 'put',
    path: '/api/trees/:id',
    title: 'Replace a tree',
    permission: 'records:write',
    params: z.object({ id: z.uuid() }),
    query: z.object({ deep: z.stringbool().default(false), kind: z.enum(['oak', 'elm']) }),
    ifMatch: 'required',
    body: z.strictObject({ tree: Tree, anything: z.json() }),
    answer: Tree,
    handle: never,
  }),
];

const document = describeApi(routes, { version: '1.2.3', url: 'http://127.0.0.1:8080' });

function at(path: string, inside: unknown = document): unknown {
  return path
    .slice(2)
    .split('/')
    .reduce<unknown>(
      (value, step) => (typeof value === 'object' && value !== null ? Reflect.get(value, step.replaceAll('~1', '/')) : undefined),
      inside,
    );
}

function operationOf({ method, path }: Route, inside: unknown = document): unknown {
  return at(`#/paths/${path.replaceAll(/:(\w+)/g, '{$1}').replaceAll('/', '~1')}/${method}/operationId`, inside);
}

function expectExamples(schema: z.ZodType | undefined): void {
  for (const example of [schema?.meta()?.examples ?? []].flat()) expect(schema?.safeParse(example).error).toBeUndefined();
}

function refsIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => (name === '$ref' ? [String(inner)] : refsIn(inner)));
}

describe('The description of the API', () => {
  it('names every route with its own operation', () => {
    const ids = routes.map((each) => operationOf(each));
    expect(ids).not.toContain(undefined);
    expect(new Set(ids).size).toBe(routes.length);
  });

  it('has no reference that leads nowhere', () => {
    const refs = refsIn(document);
    expect(refs).toContain('#/components/schemas/Tree');
    for (const ref of refs) expect(at(ref), ref).toBeDefined();
  });

  it('says which parameters there are, which are required, and where a version is', () => {
    expect(at('#/paths/~1api~1trees~1{id}/put/parameters')).toEqual([
      expect.objectContaining({ name: 'id', in: 'path', required: true }),
      expect.objectContaining({ name: 'deep', in: 'query', required: false }),
      expect.objectContaining({ name: 'kind', in: 'query', required: true, schema: { type: 'string', enum: ['oak', 'elm'] } }),
      expect.objectContaining({ name: 'If-Match', in: 'header', required: true }),
    ]);
  });

  it('keeps a schema that refers to itself once', () => {
    expect(at('#/components/schemas/Tree')).toEqual({
      type: 'object',
      properties: { name: { type: 'string' }, children: { type: 'array', items: { $ref: '#/components/schemas/Tree' } } },
      required: ['name', 'children'],
    });
  });

  it('gives examples that its own schemas accept', () => {
    for (const { body } of routes) expectExamples(body);
  });

  it('is given to anyone, and describes itself', async () => {
    const { url } = await serve([openapiRoute(routes, { version: '1.2.3', url: 'http://x' })]);
    const given = await (await fetch(`${url}/api/openapi.json`)).json();
    expect([given.openapi, given.info.version]).toEqual(['3.1.0', '1.2.3']);
    expect(given.paths['/api/openapi.json'].get.security).toEqual([]);
    expect(Object.keys(given.paths)).toContain('/api/keys');
  });
});

describe('The routes of the hub', () => {
  it('are described without a loose end, with examples their schemas accept', async () => {
    const { store } = await testDatabase();
    const config = readConfig({ SWITCHBOARD_KEYS: `test:${'A'.repeat(43)}` });
    const hub = await openHub(config, openLog('silent'), { store: Promise.resolve(store) });
    const all = routesOf(hub);
    const whole = describeApi(all, { version: hub.version, url: hub.publicUrl });
    for (const ref of refsIn(whole)) expect(at(ref, whole), ref).toBeDefined();
    const ids = all.map((each) => operationOf(each, whole));
    expect(ids).not.toContain(undefined);
    expect(new Set(ids).size).toBe(all.length);
    for (const { body } of all) expectExamples(body);
    await hub.close();
  });
});
