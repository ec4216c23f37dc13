/** API keys: made (and shown) once, listed, revoked. */
import { z } from 'zod';
import { Fault } from '#hub/fault.ts';
import type { Keys } from '#hub/keys.ts';
import { type Permission, ROLE_NAMES, ROLES, type Role } from '#hub/permissions.ts';
import { type Route, route } from './route.ts';

const Key = z
  .object({
    id: z.int(),
    name: z.string(),
    permissions: z.array(z.string()),
    created: z.string(),
    expires: z.string().nullable(),
    revoked: z.string().nullable(),
    used: z.string().nullable().describe('When it was last used, to the minute'),
  })
  .meta({ id: 'Key' });

const NewKey = z
  .strictObject({
    name: z.string().trim().min(1).max(100),
    role: z.enum(ROLE_NAMES),
    expires: z.iso.datetime().optional().describe('Instant; absent: never'),
  })
  .meta({ id: 'NewKey', examples: [{ name: 'Reporting', role: 'reader' }] });

export function keyRoutes(keys: Keys): Route[] {
  return [
    route({
      method: 'post',
      path: '/api/keys',
      title: 'Make a key; it is shown this once',
      permission: 'keys:manage',
      body: NewKey,
      answer: Key.extend({ key: z.string() }).meta({ id: 'MadeKey' }),
      status: 201,
      async handle(call) {
        expectWithin(call.permissions, call.body.role);
        const made = await keys.create(call.workspace, call.body);
        return { body: made, location: `/api/keys/${made.id}` };
      },
    }),
    route({
      method: 'get',
      path: '/api/keys',
      title: 'The keys of this workspace',
      permission: 'keys:manage',
      query: z.object({
        limit: z.coerce.number().int().min(1).max(200).default(50),
        after: z.coerce
          .number()
          .int()
          .min(0)
          .max(2 ** 31 - 1)
          .default(0),
      }),
      answer: z.object({ items: z.array(Key), next: z.string().nullable() }),
      async handle(call) {
        const items = await keys.list(call.workspace, call.query);
        return { body: { items, next: items.length < call.query.limit ? null : String(items.at(-1)!.id) } };
      },
    }),
    route({
      method: 'delete',
      path: '/api/keys/:id',
      title: 'Revoke a key',
      permission: 'keys:manage',
      params: z.object({
        id: z.coerce
          .number()
          .int()
          .min(1)
          .max(2 ** 31 - 1),
      }),
      answer: z.null(),
      async handle(call) {
        await keys.revoke(call.workspace, call.params.id);
        return {};
      },
    }),
  ];
}

/** Nobody hands out more than they have. */
function expectWithin(own: ReadonlySet<Permission>, role: Role): void {
  const beyond = ROLES[role].filter((permission) => !own.has(permission));
  if (beyond.length === 0) return;
  throw new Fault(
    'forbidden',
    `The role ${role} has ${beyond.join(', ')}, which your key has not.`,
    'Choose a smaller role, or ask an operator.',
  );
}
