/** Payments that match no invoice: what was found of each, and what a person says. */
import { z } from 'zod';
import { Fault } from '#hub/fault.ts';
import type { LedgerRoom } from '#hub/ledger/ledger.ts';
import { RecordAnswer, RecordId } from './record-schemas.ts';
import { type Route, route } from './route.ts';

const Unmatched = z
  .object({
    payment: z.string(),
    doubt: z.enum(['unknown', 'several', 'weak']).describe('Why it is allocated to nothing'),
    because: z.string(),
    candidates: z.array(z.object({ invoice: z.string(), number: z.string(), score: z.number(), reasons: z.array(z.string()) })),
    looked: z.string(),
    left: z.boolean().describe('A person said to leave it'),
  })
  .meta({ id: 'UnmatchedPayment' });

const Amount = z.object({ amount: z.string().regex(/^\d{1,20}(\.\d{1,10})?$/), currency: z.string().regex(/^[A-Z]{3}$/) });

const Allocations = z
  .strictObject({ allocations: z.array(z.strictObject({ invoice: z.string().max(100), amount: Amount })).max(5_000) })
  .meta({
    id: 'PaymentAllocations',
    examples: [
      { allocations: [{ invoice: '0198c2f0-0000-7000-8000-000000000001', amount: { amount: '120.50', currency: 'EUR' } }] },
    ],
  });

export function paymentRoutes(ledger: LedgerRoom): Route[] {
  return [
    route({
      method: 'get',
      path: '/api/payments/unmatched',
      title: 'Payments that match no invoice, with what speaks for which; in order of their ids',
      permission: 'records:read',
      query: z.object({
        after: z.uuid().optional().describe('Id of the last payment seen'),
        limit: z.coerce.number().int().min(1).max(200).default(50),
      }),
      answer: z.object({ items: z.array(Unmatched) }),
      async handle({ workspace, query }) {
        const rows = await ledger.unmatched(workspace, { after: query.after ?? null, limit: query.limit });
        const items = rows.map(({ due, ...row }) => ({ ...row, left: due === null }));
        return { body: { items: items as z.infer<typeof Unmatched>[] } };
      },
    }),
    route({
      method: 'post',
      path: '/api/payments/:id/allocate',
      title: 'Say what a payment pays; an empty list takes back what was said',
      permission: 'records:write',
      params: RecordId,
      body: Allocations,
      answer: RecordAnswer,
      status: 200,
      async handle(call) {
        const record = await ledger.allocate(call, call.params.id, call.body.allocations);
        return { body: record, etag: record.version };
      },
    }),
    route({
      method: 'post',
      path: '/api/payments/:id/leave',
      title: 'Look for no invoice any more, until the payment changes',
      permission: 'records:write',
      params: RecordId,
      answer: z.object({ payment: z.string() }),
      status: 200,
      async handle({ workspace, params }) {
        if (!z.uuid().safeParse(params.id).success)
          throw new Fault('missing', `Payment ${JSON.stringify(params.id)} waits for no invoice.`, 'List the payments that do.');
        await ledger.leave(workspace, params.id);
        return { body: { payment: params.id } };
      },
    }),
  ];
}
