/** The objects of a workspace with their fields, and the custom fields an admin adds to them. */
import { z } from 'zod';
import type { Crm } from '#crm/crm.ts';
import { customKinds } from '#crm/custom-fields.ts';
import { Fault } from '#hub/fault.ts';
import type { Json } from '#kit/fields.ts';
import { objectNames } from '#mappings/objects.ts';
import { type Route, route } from './route.ts';

const ObjectAnswer = z
  .object({
    name: z.string(),
    title: z.string(),
    plural: z.string(),
    fields: z
      .record(
        z.string(),
        z.custom<Json>(() => true),
      )
      .describe('field → its kind, title and limits'),
    custom: z.array(z.string()).describe('Names of the fields that were added'),
  })
  .meta({ id: 'Object' });

const formula = z
  .string()
  .trim()
  .min(1)
  .max(2_000)
  .describe('CEL over `record`; the value is computed exactly and cannot be written');
const options = z.array(z.string().max(200)).max(500);

const NewField = z
  .strictObject({
    object: z.string().max(40),
    name: z.string().max(40),
    title: z.string().max(200),
    kind: z.enum(customKinds),
    required: z.boolean().optional(),
    max: z.int().optional().describe('Longest text'),
    options: options.optional().describe('Of a choice'),
    to: z.string().max(40).optional().describe('Of a ref: the object referred to'),
    formula: formula.optional(),
  })
  .meta({
    id: 'NewCustomField',
    examples: [{ object: 'opportunity', name: 'commission', title: 'Commission', kind: 'money', formula: 'record.amount * 0.1' }],
  });

const FieldChange = z
  .strictObject({
    title: z.string().max(200).optional(),
    required: z.boolean().optional(),
    max: z.int().optional(),
    options: options.optional(),
    formula: formula.optional(),
    archived: z.boolean().optional().describe('Archived fields are no longer offered; their values stay readable'),
  })
  .meta({ id: 'CustomFieldChange', examples: [{ formula: 'record.amount * 0.12' }] });

const FieldAnswer = NewField.extend({
  archived: z.string().nullable(),
  pending: z.boolean().describe('Records are still being computed by its formula'),
}).meta({ id: 'CustomField' });

const FieldName = z.object({ object: z.string().max(40), name: z.string().max(40) });

export function customFieldRoutes(crm: Crm): Route[] {
  return [...objectRoutes(crm), ...fieldRoutes(crm)];
}

function objectRoutes(crm: Crm): Route[] {
  return [
    route({
      method: 'get',
      path: '/api/objects',
      title: 'The objects of the CRM, with all their fields',
      permission: 'records:read',
      answer: z.object({ items: z.array(ObjectAnswer) }),
      async handle({ workspace }) {
        const shape = await crm.shape(workspace);
        const items = objectNames.map((name) => {
          const { object, fields, custom } = shape.of(name);
          return { name, title: object.title, plural: object.plural, fields: asJson(fields), custom: Object.keys(custom) };
        });
        return { body: { items } };
      },
    }),
  ];
}

function fieldRoutes(crm: Crm): Route[] {
  return [
    route({
      method: 'get',
      path: '/api/custom-fields',
      title: 'The custom fields of the workspace',
      permission: 'records:read',
      query: z.object({ object: z.string().max(40).optional() }),
      answer: z.object({ items: z.array(FieldAnswer) }),
      async handle({ workspace, query }) {
        return { body: { items: await crm.customFields(workspace, query.object ?? null) } };
      },
    }),
    route({
      method: 'post',
      path: '/api/custom-fields',
      title: 'Add a custom field; with a formula, all records are computed before the answer',
      permission: 'mappings:edit',
      body: NewField,
      answer: FieldAnswer,
      status: 201,
      async handle(call) {
        const field = await crm.addCustomField(call, call.body, call.signal);
        return { body: field, location: `/api/custom-fields/${field.object}/${field.name}` };
      },
    }),
    route({
      method: 'get',
      path: '/api/custom-fields/:object/:name',
      title: 'One custom field',
      permission: 'records:read',
      params: FieldName,
      answer: FieldAnswer,
      async handle({ workspace, params }) {
        const field = (await crm.customFields(workspace, params.object)).find((one) => one.name === params.name);
        if (field === undefined)
          throw new Fault(
            'missing',
            `${params.object} has no custom field ${params.name}.`,
            'GET /api/custom-fields lists them.',
          );
        return { body: field };
      },
    }),
    route({
      method: 'patch',
      path: '/api/custom-fields/:object/:name',
      title: 'Change, archive or offer again a custom field; with a new formula, all records are computed before the answer',
      permission: 'mappings:edit',
      params: FieldName,
      body: FieldChange,
      answer: FieldAnswer,
      async handle(call) {
        const { object, name } = call.params;
        const { archived, ...patch } = call.body;
        const changed = await crm.changeCustomField(call, object, name, patch, call.signal);
        if (archived === undefined || archived === (changed.archived !== null)) return { body: changed };
        return { body: await crm.archiveCustomField(call, object, name, archived, call.signal) };
      },
    }),
  ];
}

/** Fields as JSON: what is not declared is left out. */
function asJson(fields: object): { [name: string]: Json } {
  return JSON.parse(JSON.stringify(fields)) as { [name: string]: Json };
}
