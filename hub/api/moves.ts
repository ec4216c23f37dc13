/** Moving from the books of one service to those of another: made ready, settled, and compared to the cent. */
import { z } from 'zod';
import { differencesCsv, sumsCsv } from '#hub/ledger/history/csv.ts';
import type { Moves } from '#hub/ledger/move/move.ts';
import { Sheet } from './histories.ts';
import { type Route, route } from './route.ts';

const most = 2 ** 31 - 1;
const between = z.strictObject({
  from: z.int().min(1).max(most).describe('Connection of the books that are left'),
  to: z.int().min(1).max(most).describe('Connection of the others'),
});
const asked = z.object({
  from: z.coerce.number().int().min(1).max(most).describe('Connection of the books that are left'),
  to: z.coerce.number().int().min(1).max(most).describe('Connection of the others'),
});

const Prepared = z
  .object({
    taxes: z
      .array(
        z.object({
          name: z.string(),
          percent: z.number().nullable(),
          is: z.string().nullable().describe('What it is in the other books; null while nobody knows'),
          candidates: z.array(z.string()).describe('What it may be'),
        }),
      )
      .describe('Taxes that open documents bear'),
    staying: z
      .array(z.object({ number: z.string(), record: z.string(), reason: z.string() }))
      .describe('Open documents that do not go, and why: they are to be entered by hand'),
    mappings: z.array(z.object({ stream: z.string(), version: z.int() })).describe('Set anew'),
    waiting: z.array(z.string()).describe('Streams of the other books whose syncs wait for their first preview'),
  })
  .meta({ id: 'MovePrepared' });

const Settled = z
  .object({
    settled: z.int().describe('Documents of which a part was noted as settled'),
    corrected: z.int().describe('Documents whose tax was set right'),
    alike: z.int().describe('Documents that were alike on both sides'),
    apart: z.int().describe('Documents that differ in what cannot be brought about: the sheet says in what'),
    problems: z.array(z.object({ number: z.string(), record: z.string(), said: z.string() })),
    later: z.int().nullable().describe('Not all was gone through: ask again after so many ms. Null: all was'),
  })
  .meta({ id: 'MoveSettled' });

export function moveRoutes(moves: Moves): Route[] {
  return [...workRoutes(moves), ...sheetRoutes(moves)];
}

function workRoutes(moves: Moves): Route[] {
  return [
    route({
      method: 'post',
      path: '/api/moves/prepare',
      title:
        'Make ready to move from one service’s books to another’s: tax codes are joined and mappings set; what is open goes over with the syncs, or with POST /api/histories',
      permission: 'mappings:edit',
      body: between
        .extend({
          account: z.string().trim().min(1).max(50).optional().describe('What lines are booked to over there that name none'),
          taxes: z
            .record(z.string().max(500), z.string().max(500))
            .default({})
            .describe('Tax of the books that are left → what it is in the others, by name or code'),
        })
        .meta({ id: 'MoveWish', examples: [{ from: 1, to: 2, account: '200', taxes: { '20.0% S': 'OUTPUT2' } }] }),
      answer: Prepared,
      handle: async (call) => ({ body: await moves.prepare(call, call.body) }),
    }),
    route({
      method: 'post',
      path: '/api/moves/settle',
      title: 'Note over there what had settled a part of the documents that went, so that as much is open on both sides',
      permission: 'runs:execute',
      body: between
        .extend({
          account: z.string().trim().min(1).max(50).describe('Where it is booked to over there: one for opening balances'),
          date: z.iso.date().optional().describe('The day it is booked on; default today'),
        })
        .meta({ id: 'MoveSettling' }),
      answer: Settled,
      handle: async (call) => ({ body: await moves.settle(call, call.body) }),
    }),
  ];
}

function sheetRoutes(moves: Moves): Route[] {
  return [
    route({
      method: 'get',
      path: '/api/moves/sheet',
      title: 'What is open in the books that are left (there) against what is open in the others (here), to the cent',
      permission: 'records:read',
      query: asked,
      answer: Sheet,
      handle: async ({ workspace, query }) => ({ body: await moves.sheet(workspace, query) }),
    }),
    route({
      method: 'get',
      path: '/api/moves/sheet.csv',
      title: 'The same as comma-separated values: the sums, or the differences',
      permission: 'records:read',
      query: asked.extend({ part: z.enum(['sums', 'differences']).default('sums') }),
      media: 'text/csv',
      answer: z.string(),
      async handle({ workspace, query }) {
        const sheet = await moves.sheet(workspace, query);
        return { text: query.part === 'sums' ? sumsCsv(sheet) : differencesCsv(sheet) };
      },
    }),
  ];
}
