/** `/v1/customer/disputes`, for reading: by time of change, no further back than 180 days. */
import type { Answer } from '../kit/server.ts';
import type { Visit, World } from './desk.ts';
import { abridged, DISPUTES, whole } from './dispute.ts';
import { json, malformed, missing } from './errors.ts';
import { instant, natural } from './query.ts';

const HISTORY = 180 * 86_400_000;

export function listDisputes(world: World, { account, call }: Visit): Answer {
  const { query } = call;
  const size = natural(query, 'page_size', 10, 1, 50);
  const now = world.clock.now();
  const after = within(world, instant(query, 'update_time_after') ?? now - HISTORY, 'update_time_after');
  const before = within(world, instant(query, 'update_time_before') ?? now, 'update_time_before');
  const transaction = query.get('disputed_transaction_id');
  const from = tokenIn(query.get('next_page_token'));
  const all = [...account.disputes.values()]
    .filter((one) => one.updated >= after && one.updated <= before && (transaction === null || one.transaction === transaction))
    .toSorted((a, b) => a.updated - b.updated || (a.id < b.id ? -1 : 1));
  const shown = all.slice(from, from + size);
  const more = from + size < all.length;
  const next = `${DISPUTES}?page_size=${size}&next_page_token=${Buffer.from(String(from + size)).toString('base64')}`;
  return json({
    items: shown.map(abridged),
    links: [{ href: DISPUTES, rel: 'self', method: 'GET' }, ...(more ? [{ href: next, rel: 'next', method: 'GET' }] : [])],
  });
}

function within(world: World, at: number, field: string): number {
  if (at >= world.clock.now() - HISTORY) return at;
  throw malformed({
    issue: 'INVALID_DATE_RANGE',
    description: 'The date must be within the last 180 days.',
    field,
    location: 'query',
  });
}

function tokenIn(token: string | null): number {
  if (token === null) return 0;
  const from = Number(Buffer.from(token, 'base64').toString());
  if (Number.isSafeInteger(from) && from >= 0) return from;
  throw malformed({ issue: 'INVALID_PAGE_TOKEN', field: 'next_page_token', value: token, location: 'query' });
}

export function getDispute(_world: World, { account, params }: Visit): Answer {
  const found = account.disputes.get(params[0] ?? '');
  if (found === undefined) throw missing('The dispute');
  return json(whole(found, account));
}
