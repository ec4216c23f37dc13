/** Records: made, read, listed, changed, archived, restored, erased. Changes are made on the version that If-Match names. */
import { z } from 'zod';
import type { Crm } from '#crm/crm.ts';
import { after, Fields, limit, listingOf, RecordAnswer, RecordId, versionOf } from './record-schemas.ts';
import { type Route, route } from './route.ts';

const NewRecord = z.strictObject({ object: z.string().max(40), fields: Fields }).meta({
  id: 'NewRecord',
  examples: [
    {
      object: 'contact',
      fields: { givenName: 'Ada', familyName: 'Lovelace', emails: [{ value: 'ada@example.com', primary: true }] },
    },
  ],
});

const Change = z
  .strictObject({ fields: Fields })
  .meta({ id: 'RecordChange', examples: [{ fields: { jobTitle: 'Countess', notes: null } }] });

const Billing = z
  .strictObject({ fields: Fields.default({}) })
  .meta({ id: 'Billing', examples: [{ fields: { due: '2026-12-31' } }] });

export function recordRoutes(crm: Crm): Route[] {
  return [...readRoutes(crm), ...changeRoutes(crm), ...billRoutes(crm), ...leaveRoutes(crm)];
}

function billRoutes(crm: Crm): Route[] {
  const out = { estimate: 'an opportunity', invoice: 'a won opportunity or an estimate' } as const;
  return (['estimate', 'invoice'] as const).map((wanted) =>
    route({
      method: 'post',
      path: `/api/records/:id/${wanted}`,
      title: `Make an ${wanted} out of ${out[wanted]}, once; fields given take the place of what it would say`,
      permission: 'records:write',
      params: RecordId,
      body: Billing,
      answer: RecordAnswer,
      status: 201,
      async handle(call) {
        const record = await crm.bill(call, call.params.id, wanted, call.body.fields);
        return { body: record, etag: record.version, location: `/api/records/${record.id}` };
      },
    }),
  );
}

function readRoutes(crm: Crm): Route[] {
  return [
    route({
      method: 'get',
      path: '/api/records',
      title: 'Records of an object, in order of their making; a page of large ones may be short',
      permission: 'records:read',
      query: z.object({ object: z.string().max(40), archived: z.enum(['true', 'false']).default('false'), limit, after }),
      answer: listingOf(RecordAnswer),
      async handle({ workspace, query }) {
        const page = { after: query.after ?? null, limit: query.limit, archived: query.archived === 'true' };
        return { body: await crm.list(workspace, query.object, page) };
      },
    }),
    route({
      method: 'get',
      path: '/api/records/:id',
      title: 'One record',
      permission: 'records:read',
      params: RecordId,
      answer: RecordAnswer,
      async handle({ workspace, params }) {
        const record = await crm.get(workspace, params.id);
        return { body: record, etag: record.version };
      },
    }),
  ];
}

function changeRoutes(crm: Crm): Route[] {
  return [
    route({
      method: 'post',
      path: '/api/records',
      title: 'Make a record',
      permission: 'records:write',
      body: NewRecord,
      answer: RecordAnswer,
      status: 201,
      async handle(call) {
        const record = await crm.add(call, call.body.object, call.body.fields);
        return { body: record, etag: record.version, location: `/api/records/${record.id}` };
      },
    }),
    route({
      method: 'patch',
      path: '/api/records/:id',
      title: 'Change fields of a record; null blanks one',
      permission: 'records:write',
      params: RecordId,
      body: Change,
      answer: RecordAnswer,
      ifMatch: 'required',
      async handle(call) {
        const record = await crm.change(call, call.params.id, versionOf(call.ifMatch!), 'patch', call.body.fields);
        return { body: record, etag: record.version };
      },
    }),
    route({
      method: 'put',
      path: '/api/records/:id',
      title: 'Replace the fields of a record; those not named become blank',
      permission: 'records:write',
      params: RecordId,
      body: Change,
      answer: RecordAnswer,
      ifMatch: 'required',
      async handle(call) {
        const record = await crm.change(call, call.params.id, versionOf(call.ifMatch!), 'replace', call.body.fields);
        return { body: record, etag: record.version };
      },
    }),
  ];
}

function leaveRoutes(crm: Crm): Route[] {
  return [
    route({
      method: 'post',
      path: '/api/records/:id/archive',
      title: 'Archive a record',
      permission: 'records:write',
      params: RecordId,
      answer: RecordAnswer,
      status: 200,
      async handle(call) {
        const expected = call.ifMatch === undefined ? null : versionOf(call.ifMatch);
        const record = await crm.archiveOne(call, call.params.id, expected);
        return { body: record, etag: record.version };
      },
    }),
    route({
      method: 'post',
      path: '/api/records/:id/restore',
      title: 'Bring an archived record back',
      permission: 'records:write',
      params: RecordId,
      answer: RecordAnswer,
      status: 200,
      async handle(call) {
        const expected = call.ifMatch === undefined ? null : versionOf(call.ifMatch);
        const record = await crm.restoreOne(call, call.params.id, expected);
        return { body: record, etag: record.version };
      },
    }),
    route({
      method: 'delete',
      path: '/api/records/:id',
      title: 'Erase a record for good; fields that refer to it become blank',
      permission: 'records:delete',
      params: RecordId,
      answer: z.null(),
      status: 204,
      ifMatch: 'required',
      async handle(call) {
        await crm.eraseOne(call, call.params.id, versionOf(call.ifMatch!));
        return {};
      },
    }),
  ];
}
