/** Mappings and their versions: checked, their impact shown before they are saved, exported. */
import { z } from 'zod';
import type { Engine } from '#sync/engine.ts';
import { Any, Begun, id } from './engine-schemas.ts';
import { versionOf } from './record-schemas.ts';
import { type Route, route } from './route.ts';

const Mapping = z
  .object({
    id: z.int(),
    stream: z.string(),
    object: z.string(),
    name: z.string(),
    version: z.int().describe('The current one; also the ETag'),
  })
  .meta({ id: 'MappingHead' });

const Version = z
  .object({
    mapping: z.int(),
    version: z.int(),
    body: Any.describe('The mapping itself'),
    created: z.string(),
    by: z.string(),
    note: z.string(),
  })
  .meta({ id: 'MappingVersion' });

const Finding = z
  .object({
    severity: z.enum(['error', 'warning']),
    path: z.string(),
    found: z.string(),
    allowed: z.string(),
    advice: z.string(),
  })
  .meta({ id: 'MappingFinding' });

const Body = z.record(z.string(), Any).describe('A mapping: what GET /api/mappings/{id}/export answers');

export function mappingRoutes(engine: Engine): Route[] {
  return [...lookRoutes(engine), ...editRoutes(engine)];
}

function lookRoutes({ look }: Engine): Route[] {
  return [
    route({
      method: 'get',
      path: '/api/mappings',
      title: 'The mappings of the workspace',
      permission: 'records:read',
      answer: z.object({ items: z.array(Mapping) }),
      handle: async ({ workspace }) => ({ body: { items: await look.mappings(workspace) } }),
    }),
    route({
      method: 'get',
      path: '/api/mappings/:id',
      title: 'One mapping with its versions, newest first',
      permission: 'records:read',
      params: id,
      answer: Mapping.extend({ versions: z.array(Version) }).meta({ id: 'Mapping' }),
      async handle({ workspace, params }) {
        const mapping = await look.mapping(workspace, params.id);
        return { body: mapping, etag: mapping.version };
      },
    }),
    route({
      method: 'get',
      path: '/api/mappings/:id/versions/:version',
      title: 'One version of a mapping',
      permission: 'records:read',
      params: id.extend({ version: id.shape.id }),
      answer: Version,
      handle: async ({ workspace, params }) => ({ body: await look.version(workspace, params.id, params.version) }),
    }),
    route({
      method: 'get',
      path: '/api/mappings/:id/export',
      title: 'The mapping itself, as it may be kept in a file and put back',
      permission: 'records:read',
      params: id,
      answer: Body,
      async handle({ workspace, params }) {
        const { version, versions } = await look.mapping(workspace, params.id);
        return { body: Body.parse(versions[0]!.body), etag: version };
      },
    }),
  ];
}

function editRoutes(engine: Engine): Route[] {
  return [
    route({
      method: 'post',
      path: '/api/mappings/:id/check',
      title: 'Everything that is wrong or lossy about an edited mapping; nothing is saved',
      permission: 'mappings:edit',
      params: id,
      body: Body,
      answer: z.object({ ok: z.boolean().describe('It could be saved'), findings: z.array(Finding) }),
      async handle({ workspace, params, body }) {
        const findings = await engine.checkMapping(workspace, params.id, body);
        return { body: { ok: findings.every(({ severity }) => severity !== 'error'), findings } };
      },
    }),
    route({
      method: 'post',
      path: '/api/mappings/:id/impact',
      title: 'Begin plans of what an edited mapping would change in everything linked; nothing is saved',
      permission: 'mappings:edit',
      params: id,
      body: Body,
      answer: z.object({ plans: z.array(Begun.extend({ sync: z.int() })).describe('One for each sync of the mapping') }),
      status: 202,
      async handle({ workspace, params, body, by }) {
        const begun = await engine.impactOfMapping(workspace, params.id, body, by);
        return { body: { plans: begun.map(({ sync, plan, run }) => ({ sync, plan, run })) }, status: 202 };
      },
    }),
    route({
      method: 'put',
      path: '/api/mappings/:id',
      title: 'Save an edited mapping as a new version; everything linked is re-mapped from the kept rows',
      permission: 'mappings:edit',
      params: id,
      query: z.object({ note: z.string().max(500).default('').describe('Why it was edited') }),
      body: Body,
      answer: z.object({ version: z.int(), runs: z.array(z.int()).describe('They re-map, one for each sync') }),
      ifMatch: 'required',
      async handle({ workspace, params, query, body, by, ifMatch }) {
        const saved = await engine.saveMapping(workspace, params.id, versionOf(ifMatch!), body, by, query.note);
        return { body: saved, etag: saved.version };
      },
    }),
  ];
}
