/**
 * Reading the call log: first what changed lately, by a sync that goes on for ever; then what is older, by windows, latest first.
 * The log of the whole company where whoever is connected may read it, else that of their own extension.
 */
import type { Context } from '#kit/context.ts';
import { type JsonObject, numberOf, objectOf, textOf } from '#kit/json.ts';
import { watchTokens } from '#kit/paging.ts';
import type { Cursor, CursorLost, Page } from '#kit/stream.ts';
import { callShape, isGoingOn } from './call-record.ts';
import { ACCOUNT, ask, EXTENSION } from './client.ts';
import { isForbiddenToPerson, isTokenLost } from './faults.ts';
import { list, recordsOf, syncTokenOf } from './pages.ts';
import { sorted } from './records.ts';

export type Whose = 'company' | 'own';

/** Where a pass stands. */
type Position = {
  of: Whose;
  token: string;
  /** The sync has more to tell in this pass. */
  more?: true;
  /** What is still to be read of the time before, ms since the epoch: a window at a time, from `until` down to `since`. */
  older?: { since: number; until: number; page: number };
};

const DAY = 86_400_000;
/** A sync reaches back 30 days at most; one less, since the clocks are two. */
const REACH = 29 * DAY;
const WINDOW = 30 * DAY;
/** Most changes the sync of a company tells at once, and of an extension. */
const MOST = { company: 1000, own: 250 } as const;

export const PATH: { readonly [of in Whose]: string } = { company: ACCOUNT, own: EXTENSION };

export async function* pull(ctx: Context, since: Cursor | null): AsyncGenerator<Page | CursorLost, void, void> {
  let at = positionOf(since);
  const watch = watchTokens('call-log', at?.token);
  for (;;) {
    const step =
      at === undefined ? begin(ctx) : at.older !== undefined && !at.more ? window(ctx, at, at.older) : changes(ctx, at);
    const read = await step.catch((error: unknown) => {
      if (at === undefined || !(isTokenLost(error) || isForbiddenToPerson(error))) throw error;
      return { lost: error instanceof Error ? error.message : String(error) };
    });
    if ('lost' in read) {
      yield read;
      return;
    }
    const { records, next } = read;
    if (next.more) watch(next.token);
    const last = next.more === undefined && next.older === undefined;
    yield { ...rowsOf(records), gone: [], next, last };
    if (last) return;
    at = next;
  }
}

/** Calls that are over, as rows. */
export function rowsOf(records: readonly JsonObject[]): Pick<Page, 'rows' | 'misfits'> {
  return sorted(
    records.filter((record) => !isGoingOn(record) && record.deleted !== true),
    callShape,
  );
}

interface Step {
  records: readonly JsonObject[];
  next: Position;
}

async function begin(ctx: Context): Promise<Step> {
  if (ctx.settings.ownCallsOnly === true) return beginOwn(ctx);
  try {
    return await beginCompany(ctx);
  } catch (error) {
    if (!isForbiddenToPerson(error)) throw error;
    return beginOwn(ctx);
  }
}

async function beginCompany(ctx: Context): Promise<Step> {
  const since = beginning(ctx);
  const reached = Math.max(since, ctx.now() - REACH);
  const query = { syncType: 'FSync', dateFrom: iso(reached), recordCount: MOST.company, view: 'Detailed' };
  const answer = await ask(ctx, { name: SYNC.company, group: 'heavy', path: `${ACCOUNT}/call-log-extract-sync`, query });
  return step(answer, 'company', since < reached ? { since, until: reached, page: 1 } : undefined);
}

/** The sync of an extension shows at most 250 calls at first: it serves for its token, and the windows show all. */
async function beginOwn(ctx: Context): Promise<Step> {
  const since = beginning(ctx);
  const until = ctx.now();
  const query = { syncType: 'FSync', dateFrom: iso(until - REACH), recordCount: MOST.own, view: 'Detailed' };
  const answer = await ask(ctx, { name: SYNC.own, group: 'heavy', path: `${EXTENSION}/call-log-sync`, query });
  return { records: [], next: { of: 'own', token: syncTokenOf(SYNC.own, answer), older: { since, until, page: 1 } } };
}

const SYNC: { readonly [of in Whose]: string } = { company: 'extractSyncAccountCallLog', own: 'syncUserCallLog' };

async function changes(ctx: Context, { of, token, older }: Position): Promise<Step> {
  const path = of === 'company' ? `${ACCOUNT}/call-log-extract-sync` : `${EXTENSION}/call-log-sync`;
  const query = { syncType: 'ISync', syncToken: token, view: 'Detailed' };
  return step(await ask(ctx, { name: SYNC[of], group: 'heavy', path, query }), of, older);
}

function step(answer: JsonObject, of: Whose, older: Position['older']): Step {
  const token = syncTokenOf(SYNC[of], answer);
  const more = objectOf(answer.syncInfo)?.newerRecordsExist === true;
  return { records: recordsOf(SYNC[of], answer), next: { of, token, ...(more && { more }), ...(older && { older }) } };
}

async function window(ctx: Context, { of, token }: Position, older: NonNullable<Position['older']>): Promise<Step> {
  const { since, until, page } = older;
  const from = Math.max(since, until - WINDOW);
  const query = { view: 'Detailed', dateFrom: iso(from), dateTo: iso(until), perPage: 1000 };
  const name = of === 'company' ? 'readCompanyCallLog' : 'readUserCallLog';
  const { records, next } = await list(ctx, { name, group: 'heavy', path: `${PATH[of]}/call-log`, query }, page);
  if (next !== undefined) return { records, next: { of, token, older: { since, until, page: next } } };
  return { records, next: { of, token, ...(from > since && { older: { since, until: from, page: 1 } }) } };
}

/** How far back a first reading goes, ms since the epoch. */
function beginning(ctx: Context): number {
  const days = numberOf(ctx.settings.backfillDays) ?? REACH / DAY;
  return ctx.now() - Math.max(1, days) * DAY;
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}

function positionOf(since: Cursor | null): Position | undefined {
  const kept = objectOf(since ?? undefined);
  const token = textOf(kept?.token);
  return token === undefined ? undefined : (kept as unknown as Position);
}
