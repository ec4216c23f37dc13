/** Imports of a connection's history: begin, look at what was found, execute, and reconcile to the cent. */
import { z } from 'zod';
import { differencesCsv, sumsCsv } from '#hub/ledger/history/csv.ts';
import type { Histories } from '#hub/ledger/history/history.ts';
import type { HistoryRow } from '#store/histories.ts';
import { id, newestFirst, nextOf, Problem } from './engine-schemas.ts';
import { type Route, route } from './route.ts';

const Sums = z.object({
  kind: z.string(),
  year: z.string(),
  currency: z.string(),
  status: z.string(),
  count: z.int(),
  total: z.string(),
  balance: z.string().nullable(),
});

const Found = z
  .object({
    stream: z.string(),
    object: z.string(),
    rows: z.int().describe('Read'),
    decisions: z.record(z.string(), z.int()).describe('What shall become of them'),
    older: z.int().describe('From before the first day that was chosen: left outside'),
    sums: z.array(Sums).describe('Of documents and payments, in decimals of their currency'),
    rest: z
      .unknown()
      .describe('What kept it from being read to the end; the rest is read when it is imported. Null: read to the end'),
  })
  .meta({ id: 'HistoryFound' });

const History = z
  .object({
    id: z.int(),
    connection: z.int(),
    state: z.enum(['reading', 'ready', 'importing', 'done', 'stopped']),
    streams: z.array(z.string()).describe('In the order in which they refer to each other'),
    since: z.string().nullable().describe('The first day that is taken; null takes everything'),
    found: z.array(Found).nullable().describe('What was read: the preview; null while it is read'),
    problem: Problem,
    created: z.string(),
    by: z.string(),
    ended: z.string().nullable(),
  })
  .meta({ id: 'History' });

const Side = z.object({ count: z.int(), total: z.string(), balance: z.string().nullable() });

export const Sheet = z
  .object({
    agrees: z.boolean().describe('Nothing differs'),
    rows: z.int().describe('Compared'),
    lines: z.array(
      z.object({
        ...{ stream: z.string(), kind: z.string(), month: z.string(), currency: z.string(), status: z.string() },
        ...{ there: Side, here: Side, difference: Side.describe('Here less there') },
      }),
    ),
    differences: z.array(
      z.object({
        ...{ stream: z.string(), row: z.string(), record: z.string().nullable(), number: z.string() },
        what: z.enum(['not here', 'not there', 'total', 'balance', 'status', 'currency', 'month', 'kind']),
        ...{ there: z.string().nullable(), here: z.string().nullable(), reason: z.string().nullable() },
      }),
    ),
    more: z.int().describe('Differences beyond those listed'),
  })
  .meta({ id: 'ReconciliationSheet' });

const shown = ({ id: of, connection, state, streams, since, found, problem, created, by, ended }: HistoryRow) =>
  ({ id: of, connection, state, streams, since, found, problem, created, by, ended }) as z.infer<typeof History>;

export function historyRoutes(histories: Histories): Route[] {
  return [...workRoutes(histories), ...sheetRoutes(histories)];
}

function workRoutes(histories: Histories): Route[] {
  return [
    route({
      method: 'post',
      path: '/api/histories',
      title: 'Begin to import the history of a connection: it is read, and nothing is changed until it is executed',
      permission: 'runs:execute',
      body: z
        .strictObject({
          connection: z
            .int()
            .min(1)
            .max(2 ** 31 - 1),
          streams: z
            .array(z.string().max(100))
            .max(50)
            .optional()
            .describe('Short names; what they refer to comes along. Default all'),
          since: z.iso.date().nullable().default(null).describe('The first day that is taken, of documents and payments'),
        })
        .meta({ id: 'HistoryChoice', examples: [{ connection: 3, streams: ['invoices', 'payments'], since: '2023-01-01' }] }),
      answer: History,
      status: 202,
      async handle(call) {
        const history = await histories.begin(call, call.body);
        return { body: shown(history), status: 202, location: `/api/histories/${history.id}` };
      },
    }),
    route({
      method: 'get',
      path: '/api/histories',
      title: 'Imports, newest first',
      permission: 'records:read',
      query: newestFirst.omit({ sync: true }),
      answer: z.object({ items: z.array(History), next: z.int().nullable().describe('Send it as `before`') }),
      async handle({ workspace, query: { before, limit } }) {
        const items = await histories.list(workspace, before ?? null, limit);
        return { body: { items: items.map(shown), next: nextOf(items, limit, (last) => last.id) } };
      },
    }),
    route({
      method: 'get',
      path: '/api/histories/:id',
      title: 'One import, with what was found',
      permission: 'records:read',
      params: id,
      answer: History,
      handle: async ({ workspace, params }) => ({ body: shown(await histories.get(workspace, params.id)) }),
    }),
    route({
      method: 'post',
      path: '/api/histories/:id/execute',
      title: 'Import what was found, in the order in which it refers to each other',
      permission: 'runs:execute',
      params: id,
      answer: History,
      status: 202,
      handle: async ({ workspace, params }) => ({ body: shown(await histories.execute(workspace, params.id)), status: 202 }),
    }),
    route({
      method: 'post',
      path: '/api/histories/:id/stop',
      title: 'Stop an import; what has come in stays',
      permission: 'runs:execute',
      params: id,
      answer: History,
      status: 200,
      handle: async ({ workspace, params }) => ({ body: shown(await histories.stopImport(workspace, params.id)) }),
    }),
  ];
}

function sheetRoutes(histories: Histories): Route[] {
  return [
    route({
      method: 'get',
      path: '/api/histories/:id/sheet',
      title: 'What the service has against what the CRM has now, to the cent; every difference by its name',
      permission: 'records:read',
      params: id,
      answer: Sheet,
      handle: async ({ workspace, params }) => ({ body: await histories.sheet(workspace, params.id) }),
    }),
    route({
      method: 'get',
      path: '/api/histories/:id/sheet.csv',
      title: 'The same as comma-separated values: the sums, or the differences',
      permission: 'records:read',
      params: id,
      query: z.object({ part: z.enum(['sums', 'differences']).default('sums') }),
      media: 'text/csv',
      answer: z.string(),
      async handle({ workspace, params, query }) {
        const sheet = await histories.sheet(workspace, params.id);
        return { text: query.part === 'sums' ? sumsCsv(sheet) : differencesCsv(sheet) };
      },
    }),
  ];
}
