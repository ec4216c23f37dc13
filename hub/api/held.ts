/** Held questions: conflicts, misfits and brakes that wait for a person, and their answers. */
import { z } from 'zod';
import { Fault } from '#hub/fault.ts';
import type { Engine } from '#sync/engine.ts';
import { Any, bigId, inOrder, nextOf, ofSync } from './engine-schemas.ts';
import { type Route, route } from './route.ts';

const ANSWERS = ['crm', 'theirs', 'value', 'same', 'new', 'go on', 'leave'] as const;

const Held = z
  .object({
    id: z.int(),
    sync: z.int(),
    subject: z.string().describe('The row or record it is about, or `brake:…`'),
    field: z.string().describe('Empty: about the whole'),
    kind: z.string().describe('A reason; GET /api/reasons explains them'),
    row: z.string().nullable(),
    record: z.string().nullable(),
    question: z.record(z.string(), Any).describe('What both sides hold, candidates, problems'),
    opened: z.string(),
    closed: z.string().nullable(),
    answer: Any,
    by: z.string().nullable().describe('Who answered'),
    answers: z.array(z.enum(ANSWERS)).describe('Those it takes'),
  })
  .meta({ id: 'Held' });

const plain = ['crm', 'theirs', 'new', 'go on', 'leave'] as const;
const Answer = z
  .discriminatedUnion('is', [
    z.strictObject({ is: z.enum(plain) }),
    z.strictObject({ is: z.literal('value'), value: Any }),
    z.strictObject({ is: z.literal('same'), record: z.uuid().describe('Who it is') }),
  ])
  .meta({ id: 'HeldAnswer', examples: [{ is: 'theirs' }, { is: 'value', value: 'Countess' }] });

export function heldRoutes(engine: Engine): Route[] {
  const { look } = engine;
  return [
    route({
      method: 'get',
      path: '/api/held',
      title: 'Questions that wait for a person, oldest first',
      permission: 'records:read',
      query: inOrder.extend({ ...ofSync, open: z.enum(['true', 'false']).default('true').describe('false: answered ones too') }),
      answer: z.object({ items: z.array(Held), next: z.int().nullable().describe('Send it as `after`') }),
      async handle({ workspace, query: { sync, open, after, limit } }) {
        const filter = { open: open === 'true', after: after ?? 0, limit, ...(sync ? { sync } : {}) };
        const items = (await look.held(workspace, filter)).map((held) => ({ ...held, answers: [...held.answers] }));
        return { body: { items, next: nextOf(items, limit, (last) => last.id) } };
      },
    }),
    route({
      method: 'get',
      path: '/api/held/:id',
      title: 'One question',
      permission: 'records:read',
      params: bigId,
      answer: Held,
      async handle({ workspace, params }) {
        const held = await look.question(workspace, params.id);
        return { body: { ...held, answers: [...held.answers] } };
      },
    }),
    route({
      method: 'post',
      path: '/api/held/:id/answer',
      title: 'Answer a question; releasing a brake needs the permission to execute runs',
      permission: 'records:write',
      params: bigId,
      body: Answer,
      answer: Held,
      async handle({ workspace, params, body, by, permissions }) {
        const { kind } = await look.question(workspace, params.id);
        if (kind === 'brake' && !permissions.has('runs:execute')) {
          throw new Fault('forbidden', 'A brake is released by who may execute runs.', 'Ask an admin to answer it.');
        }
        await engine.answer(workspace, params.id, body, by);
        const held = await look.question(workspace, params.id);
        return { body: { ...held, answers: [...held.answers] } };
      },
    }),
  ];
}
