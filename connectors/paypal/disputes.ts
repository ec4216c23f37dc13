/** The stream of disputes, by time of change: what buyers claim, and how it ends. PayPal lists those of the last 180 days. */
import type { Context } from '#kit/context.ts';
import type { Field, Fields, Json, Values } from '#kit/fields.ts';
import { isObject, type JsonObject, objectOf, objectsOf, textOf } from '#kit/json.ts';
import { watchTokens } from '#kit/paging.ts';
import { checkValues, Misfits, problem } from '#kit/rows.ts';
import type { Cursor, CursorLost, Page, Row, Stream } from '#kit/stream.ts';
import { put } from '#kit/values.ts';
import { fetchEach } from './fetching.ts';
import { list } from './pages.ts';
import { instantOf, moneyOf, msOf } from './records.ts';

const text = (title: string, max = 255): Field => ({ kind: 'text', title, max, readOnly: true });
const instant = (title: string): Field => ({ kind: 'instant', title, readOnly: true });
const money = (title: string): Field => ({ kind: 'money', title, readOnly: true });

export const disputeFields = {
  dispute: text('Dispute'),
  status: text('Status'),
  state: text('Whose turn it is'),
  reason: text('Reason'),
  stage: text('Stage'),
  channel: text('Channel'),
  amount: money('Amount in dispute'),
  transaction: text('Transaction'),
  invoiceNumber: text('Invoice number', 127),
  custom: text('Custom', 2_000),
  buyer: text('Buyer', 2_000),
  outcome: text('Outcome'),
  refunded: money('Refunded'),
  respondBy: instant('To be answered by'),
  created: instant('Created'),
  updated: instant('Updated'),
} satisfies Fields;

export const disputes: Stream = {
  title: 'Disputes',
  fields: disputeFields,
  shape: 1,
  deletions: 'never',
  timed: true,
  creates: { by: 'nothing' },
  batch: { fetch: 1 },
  undo: { update: 'never', create: 'never', remove: 'never' },
  toRow,
  pull,
  fetch,
};

const PATH = '/v1/customer/disputes';
const LIST = 'disputes.list';
const PAGE_SIZE = 50;
/** "Within the last 180 days", less what a pass may take. */
const REACH = 179 * 86_400_000;

export function toRow(raw: Json): Row {
  const dispute = isObject(raw) ? raw : {};
  const id = textOf(dispute.dispute_id);
  if (id === undefined)
    throw new Misfits([problem('dispute_id', isObject(raw) ? dispute.dispute_id : raw, 'the id of a dispute')]);
  const fields: Values = { dispute: id };
  const about = objectsOf(dispute.disputed_transactions)[0] ?? {};
  put(fields, 'status', dispute.status);
  put(fields, 'state', dispute.dispute_state);
  put(fields, 'reason', dispute.reason);
  put(fields, 'stage', dispute.dispute_life_cycle_stage);
  put(fields, 'channel', dispute.dispute_channel);
  put(fields, 'amount', moneyOf(dispute.dispute_amount));
  put(fields, 'transaction', about.seller_transaction_id);
  put(fields, 'invoiceNumber', about.invoice_number);
  put(fields, 'custom', about.custom);
  put(fields, 'buyer', objectOf(about.buyer)?.name);
  put(fields, 'outcome', objectOf(dispute.dispute_outcome)?.outcome_code);
  put(fields, 'refunded', moneyOf(objectOf(dispute.dispute_outcome)?.amount_refunded));
  put(fields, 'respondBy', instantOf(dispute.seller_response_due_date));
  put(fields, 'created', instantOf(dispute.create_time));
  put(fields, 'updated', instantOf(dispute.update_time));
  const problems = checkValues(disputeFields, fields);
  if (problems.length > 0) throw new Misfits(problems);
  const time = fields.updated;
  return { id, fields, raw, ...(typeof time === 'string' && { time }) };
}

const shape = { toRow, idOf: ({ dispute_id: id }: JsonObject) => textOf(id) };

/**
 * Where a pass stands. `after`: changes before it are known (ms since the epoch), and of those at that very instant the ones `seen`
 * names. `page`: the page that comes next, of what changed until `before`, with the latest of those before it.
 */
type Position = Latest & { page?: { token: string; before: number; latest: Latest } };

type Latest = { after: number; seen: string[] };

async function* pull(ctx: Context, since: Cursor | null): AsyncGenerator<Page | CursorLost, void, void> {
  const oldest = ctx.now() - REACH;
  let at: Position = (objectOf(since ?? undefined) as Position | undefined) ?? { after: oldest, seen: [] };
  if (at.after < oldest) {
    yield { lost: `changes before ${new Date(oldest).toISOString()} are no longer listed` };
    return;
  }
  const watch = watchTokens(LIST, at.page?.token);
  for (;;) {
    const before = at.page?.before ?? ctx.now();
    const listed = await list(ctx, { name: LIST, path: PATH, query: queryOf(at, before) }, 'items');
    const known = new Set(at.seen);
    const changed = listed.things.filter((one) => !known.has(nameOf(one)));
    const latest = latestOf(at.page?.latest ?? at, listed.things);
    const token = listed.next?.searchParams.get('next_page_token') ?? undefined;
    const next: Position = token === undefined ? latest : { ...at, page: { token: watch(token), before, latest } };
    yield {
      ...(await fetch(
        ctx,
        changed.flatMap(({ dispute_id: id }) => textOf(id) ?? []),
      )),
      next,
      last: token === undefined,
    };
    if (token === undefined) return;
    at = next;
  }
}

function queryOf({ after, page }: Position, before: number): { [name: string]: string | number } {
  return {
    page_size: PAGE_SIZE,
    update_time_after: new Date(after).toISOString(),
    update_time_before: new Date(before).toISOString(),
    ...(page && { next_page_token: page.token }),
  };
}

const nameOf = ({ dispute_id: id, update_time: time }: JsonObject): string => `${textOf(id)} ${textOf(time)}`;

/** Whatever order PayPal lists them in. */
function latestOf(before: Latest, things: readonly JsonObject[]): Latest {
  const after = Math.max(before.after, ...things.flatMap(({ update_time: time }) => msOf(time) ?? []));
  const seen = things.filter(({ update_time: time }) => msOf(time) === after).map(nameOf);
  return { after, seen: after === before.after ? [...new Set([...before.seen, ...seen])] : seen };
}

function fetch(ctx: Context, ids: readonly string[]): ReturnType<typeof fetchEach> {
  return fetchEach(ctx, ids, (id) => ({ name: 'disputes.get', path: `${PATH}/${encodeURIComponent(id)}` }), shape);
}
