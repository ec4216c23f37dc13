/**
 * The stream of transactions, from PayPal's transaction search. A search reaches over 31 days and 10,000 rows at most, shows rows up to
 * three hours late, and finds by the time they began alone: what changes later is found by reading again.
 */
import type { Context } from '#kit/context.ts';
import { Changed } from '#kit/errors.ts';
import { type JsonObject, numberOf, objectOf, objectsOf } from '#kit/json.ts';
import type { Cursor, CursorLost, Known, Misfit, Page, Row, Stream } from '#kit/stream.ts';
import { ask } from './client.ts';
import { hasIssue } from './faults.ts';
import { digestOf, msOf, secondsOf, sorted } from './records.ts';
import { partsOf, toRow, transactionFields, transactionShape } from './transaction.ts';

export const transactions: Stream = {
  title: 'Transactions',
  fields: transactionFields,
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

const SEARCH = 'search.get';
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const LONGEST = 31 * DAY;
/** How far back the search reaches, less what a pass may take. */
const REACH = (3 * 365 - 2) * DAY;
/** Rows come late, and not in the order in which they began: so much is read again by every pass. */
const OVERLAP = DAY;
/** So much is read again once a day: pending payments settle, and settled ones are reversed. */
const LOOK_BACK = 60 * DAY;
const PAGE_SIZE = 500;
/** A window that holds too much and cannot be made smaller. */
const SHORTEST = 1000;
/** Published up to three hours late (doc: transaction search). */
const LATE = 3 * HOUR;
/** Digests that a cursor bears; of more the oldest come once more. */
const MOST_SEEN = 2_000;

/** Where a pass stands. Times are ms since the epoch, of whole seconds. */
type Position = {
  /** The window that is being read: rows that began in [from, to). */
  from: number;
  to: number;
  page: number;
  /** Where the pass ends. */
  end: number;
  /** How long windows are: halved where one holds too much, doubled after one that did not. */
  span: number;
  /** Digests of what was read of the overlap: what comes again as it was is passed over. */
  seen: string[];
  /** When the last days were read again. */
  lookedBack: number;
};

async function* pull(ctx: Context, since: Cursor | null, known?: Known): AsyncGenerator<Page | CursorLost, void, void> {
  let at = begin(ctx, objectOf(since ?? undefined) as Position | undefined);
  if ('lost' in at) {
    yield at;
    return;
  }
  for (;;) {
    const found = await search(ctx, at);
    if (found === 'too many') at = halved(at);
    else {
      const { next, last } = after(at, found);
      const page = await pageOf(at, found, next, known);
      yield { ...page, next, last };
      if (last) return;
      at = next;
    }
  }
}

/** A pass goes on in its middle, or begins where the last one ended. */
function begin(ctx: Context, since: Position | undefined): Position | CursorLost {
  const now = Math.floor(ctx.now() / 1000) * 1000;
  if (since === undefined) {
    const days = numberOf(ctx.settings.backfillDays);
    const from = now - Math.min(REACH, days === undefined ? REACH : Math.max(1, days) * DAY);
    return windowFrom({ from, end: now, span: LONGEST, seen: [], lookedBack: now });
  }
  if (since.from < now - REACH - DAY) return { lost: `what began before ${secondsOf(now - REACH)} can no longer be searched` };
  if (since.to > 0) return since;
  const again = now - since.lookedBack >= DAY;
  const from = again ? Math.min(since.from, now - LOOK_BACK) : since.from;
  return windowFrom({ ...since, from, end: now, ...(again && { lookedBack: now }) });
}

function windowFrom(at: Omit<Position, 'to' | 'page'>): Position {
  return { ...at, to: Math.min(at.from + at.span, at.end), page: 1 };
}

function halved(at: Position): Position {
  const to = at.from + Math.floor((at.to - at.from) / 2000) * 1000;
  if (to > at.from && at.to - at.from > SHORTEST) return { ...at, to, span: to - at.from, page: 1 };
  throw new Changed(
    `${SEARCH}: more than 10,000 transactions began at ${secondsOf(at.from)}; fewer than that can be told apart`,
    'Look at the account: so many payments in one second are no trade. Tell the maintainer.',
  );
}

interface Found {
  rows: readonly JsonObject[];
  pages: number;
  /** Up to when the service has published. */
  until: number;
}

async function search(ctx: Context, { from, to, page }: Position): Promise<Found | 'too many'> {
  const query = {
    ...{ start_date: secondsOf(from), end_date: secondsOf(to), fields: 'all', page_size: PAGE_SIZE, page },
    // Pending payments do not move the balance, and are wanted all the same.
    balance_affecting_records_only: 'N',
  };
  try {
    const answer = await ask(ctx, { name: SEARCH, group: 'reports', path: '/v1/reporting/transactions', query });
    return foundIn(answer, page, to);
  } catch (error) {
    if (hasIssue(error, 'RESULTSET_TOO_LARGE')) return 'too many';
    if (hasIssue(error, NOT_YET)) return { rows: [], pages: 0, until: from };
    throw error;
  }
}

/** Nothing is published from there on: no fault of ours, and the end of the pass. */
const NOT_YET = 'Data for the given start date is not available.';

/** A window without rows has no list of them at all. */
function foundIn(answer: JsonObject, page: number, to: number): Found {
  const pages = numberOf(answer.total_pages);
  const told = numberOf(answer.page);
  const rows = objectsOf(answer.transaction_details);
  if (pages === undefined || told === undefined || (pages > 0 && rows.length === 0)) {
    throw new Changed(
      `${SEARCH}: answered with ${Object.keys(answer).join(', ') || 'nothing'}; expected 'page', 'total_pages' and, with pages, 'transaction_details'`,
      'PayPal answers in a way we do not know. Tell the maintainer.',
    );
  }
  if (told !== page) {
    throw new Changed(
      `${SEARCH}: page ${page} was asked for, page ${told} came`,
      'The service repeats itself. Try again later; if it stays, tell the maintainer.',
    );
  }
  const published = [msOf(answer.end_date), msOf(answer.last_refreshed_datetime)].filter((ms) => ms !== undefined);
  return { rows, pages, until: Math.min(to, ...published) };
}

/** The next page, the next window, or the end: what is not published yet is read by the next pass. */
function after(at: Position, { pages, until }: Found): { next: Position; last: boolean } {
  if (at.page < pages) return { next: { ...at, page: at.page + 1 }, last: false };
  if (at.to < at.end && until >= at.to)
    return { next: windowFrom({ ...at, from: at.to, span: Math.min(LONGEST, at.span * 2) }), last: false };
  const from = Math.max(Math.min(until, at.end) - OVERLAP, 0);
  return { next: { ...at, from, to: 0, page: 1, end: 0, span: LONGEST }, last: true };
}

const begunAt = (row: JsonObject): number => msOf(objectOf(row.transaction_info)?.transaction_initiation_date) ?? 0;

/**
 * The rows of a page, less those that came before as they are. A window's end belongs to the next one, for PayPal counts both ends
 * in. `next.seen` is what the next page, or pass, compares with.
 */
async function pageOf(at: Position, found: Found, next: Position, known?: Known): Promise<Omit<Page, 'next' | 'last' | 'total'>> {
  const own = found.rows.filter((row) => begunAt(row) < at.to || at.to >= at.end);
  const before = new Set(at.seen);
  const fresh = own.filter((row) => !before.has(digestOf(row)));
  const oldest = next.to === 0 ? next.from : at.end - LATE - OVERLAP;
  const overlap = own.filter((row) => begunAt(row) >= oldest).map((row) => digestOf(row));
  next.seen = [...new Set([...at.seen, ...overlap])].slice(-MOST_SEEN);
  const { rows, misfits } = sorted(fresh, transactionShape);
  const same = known && rows.length > 0 ? await known(rows.map(({ id, version }) => ({ id, version: version! }))) : NONE;
  return { rows: rows.filter(({ id }) => !same.has(id)), same: [...same], misfits, gone: [] };
}

const NONE: ReadonlySet<string> = new Set();

/** By the id of the transaction, around the second it began. */
async function fetch(ctx: Context, ids: readonly string[]): Promise<{ rows: Row[]; gone: string[]; misfits: Misfit[] }> {
  const found: { rows: Row[]; gone: string[]; misfits: Misfit[] } = { rows: [], gone: [], misfits: [] };
  for (const id of ids) {
    const parts = partsOf(id);
    const all = parts === undefined ? [] : await lookUp(ctx, parts);
    const { rows, misfits } = sorted(all, transactionShape);
    const row = rows.find((one) => one.id === id);
    const misfit = misfits.find((one) => one.id === id);
    if (row) found.rows.push(row);
    else if (misfit) found.misfits.push(misfit);
    else found.gone.push(id);
  }
  return found;
}

async function lookUp(
  ctx: Context,
  { transaction, begun }: { transaction: string; begun: number },
): Promise<readonly JsonObject[]> {
  const query = {
    ...{ transaction_id: transaction, start_date: secondsOf(begun - HOUR), end_date: secondsOf(begun + HOUR) },
    ...{ fields: 'all', page_size: PAGE_SIZE, page: 1, balance_affecting_records_only: 'N' },
  };
  try {
    const answer = await ask(ctx, { name: SEARCH, group: 'reports', path: '/v1/reporting/transactions', query });
    return objectsOf(answer.transaction_details);
  } catch (error) {
    if (hasIssue(error, NOT_YET)) return [];
    throw error;
  }
}
