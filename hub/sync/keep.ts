/** One page, one transaction: what came in is kept once, with its cursor, or not at all. */
import type { Cursor, Misfit, Row } from '#kit/stream.ts';
import { unpark } from '#store/awaited.ts';
import { isDataError, type Tx } from '#store/database.ts';
import { dissolveHeld, type NewHeld, openHeld } from '#store/held.ts';
import { dropLeftOut } from '#store/left-out.ts';
import { type LinkHead, linkHeads } from '#store/links.ts';
import { addDepartures, addSeen, dropDepartures, touch, untouch } from '#store/passes.ts';
import { patchSync } from '#store/syncs.ts';
import { allowDuplicates } from './brakes.ts';
import { keepFailed, planSampled } from './capture.ts';
import { type Counts, count } from './counts.ts';
import { type Desk, newDesk } from './desk.ts';
import type { Env } from './env.ts';
import type { Arrival } from './item.ts';
import type { PagePlan } from './page.ts';
import { noteProgress } from './progress.ts';
import { rememberLeftOut } from './stated.ts';
import { carryOut } from './write.ts';

/** Rows that arrived together. */
export interface Incoming {
  arrivals: readonly Arrival[];
  /** Rows that are as they were when read last. */
  same?: readonly string[];
  gone: readonly string[];
  misfits: readonly Misfit[];
  /** The number taken before they were asked for. */
  begun?: number;
  /** Of a pull: true once this page is kept. */
  cursor?: Cursor;
  total?: number;
  /** True if the rows come from a full pass whose absences will count. */
  full?: boolean;
  /** Touched rows this answers: taken off the list with the page. */
  again?: Again;
  /** Its rows were parked: they are taken up, and parked again where they still wait. */
  parked?: true;
}

export interface Again {
  ids: readonly string[];
  /** Number taken before they were asked for: what is touched since stays on the list. */
  begun: number;
}

export interface Keeping {
  run: number;
  counts: Counts;
  desk?: (tx: Tx, arrivals: readonly Arrival[]) => Promise<Desk>;
  /** Told of what was done, in the transaction that did it; `last` with the piece that moves the cursor. */
  done?: (tx: Tx, plan: PagePlan, last: boolean) => Promise<void>;
  /** Told of a row that the database refused. */
  refused?: (tx: Tx, row: string) => Promise<void>;
}

const MOST_ROWS = 1_000;
const MOST_BYTES = 4 * 1024 * 1024;

/** Keeps a page; one that is too large is cut, and only its last piece moves the cursor. */
export async function keep(env: Env, page: Incoming, keeping: Keeping): Promise<void> {
  const pieces = cut(page.arrivals);
  for (const [at, arrivals] of pieces.entries()) {
    const last = at === pieces.length - 1;
    await keepOrHalve(env, last ? { ...page, arrivals } : partOf(page, arrivals), keeping);
  }
}

const idOf = ({ row }: Arrival): string => row.id;

/** Some of a page's rows, ahead of the rest. */
function partOf({ full, again, parked }: Incoming, arrivals: readonly Arrival[]): Incoming {
  const answered = again && { ids: arrivals.map(({ row }) => row.id), begun: again.begun };
  return {
    arrivals,
    gone: [],
    misfits: [],
    ...(full && { full }),
    ...(parked && { parked }),
    ...(answered && { again: answered }),
  };
}

export function cut(arrivals: readonly Arrival[]): (readonly Arrival[])[] {
  if (arrivals.length <= 100) return [arrivals];
  const pieces: Arrival[][] = [[]];
  let bytes = 0;
  for (const arrival of arrivals) {
    const size = roughSize(arrival.row);
    if (pieces.at(-1)!.length > 0 && (pieces.at(-1)!.length >= MOST_ROWS || bytes + size > MOST_BYTES)) {
      pieces.push([]);
      bytes = 0;
    }
    pieces.at(-1)!.push(arrival);
    bytes += size;
  }
  return pieces;
}

/** Texts are what makes a row large. */
function roughSize(row: Row): number {
  let size = 200;
  for (const value of Object.values(row.fields)) {
    if (typeof value === 'string') size += value.length;
    else if (Array.isArray(value)) size += value.length * 100;
  }
  return size;
}

/** A row the database refuses must not spoil its page: the page is halved until the guilty row stands alone, and that is held. */
async function keepOrHalve(env: Env, page: Incoming, keeping: Keeping): Promise<void> {
  try {
    await keepOne(env, page, keeping);
  } catch (error) {
    if (!isDataError(error)) {
      await keepFailed(env, page.arrivals, keeping.desk, error);
      throw error;
    }
    const { arrivals } = page;
    if (arrivals.length > 1) {
      const middle = arrivals.length >> 1;
      await keepOrHalve(env, partOf(page, arrivals.slice(0, middle)), keeping);
      await keepOrHalve(env, { ...page, arrivals: arrivals.slice(middle) }, keeping);
      return;
    }
    const guilty = arrivals[0];
    if (!guilty) throw error;
    await keepFailed(env, arrivals, keeping.desk, error);
    const question = { problem: (error as Error).message, row: guilty.row.raw };
    const held: NewHeld = { subject: guilty.row.id, field: '', kind: 'failed', row: guilty.row.id, record: null, question };
    await env.page(async (tx) => {
      await openHeld(tx, env.sync.id, [held], new Date(env.now()));
      if (page.parked) await unpark(tx, env.sync.id, [guilty.row.id]);
      await keeping.refused?.(tx, guilty.row.id);
    });
    await keepOne(env, { ...page, arrivals: [] }, keeping);
  }
}

async function keepOne(env: Env, page: Incoming, keeping: Keeping): Promise<void> {
  const counts = await env.page(async (tx) => {
    const counts = { ...keeping.counts };
    // First of all: whatever the page finds reason to look at once more puts itself back.
    if (page.again) await untouch(tx, env.sync.id, page.again.ids, page.again.begun);
    if (page.parked) await unpark(tx, env.sync.id, [...page.arrivals.map(idOf), ...page.misfits.map(({ id }) => id)]);
    const desk = (await keeping.desk?.(tx, page.arrivals)) ?? newDesk();
    const plan = await planSampled(env, tx, page.arrivals, desk);
    await allowDuplicates(env, tx, plan.items);
    countSame(page, counts);
    await Promise.all([
      carryOut(env, tx, plan, keeping.run, counts),
      keepMisfits(env, tx, page.misfits, counts),
      keepDepartures(env, tx, page),
      moveCursor(env, tx, page.cursor),
      keeping.done?.(tx, plan, page.cursor !== undefined),
      env.beside?.kept(
        tx,
        env.sync,
        page.arrivals.map(({ row }) => row),
        plan.items.flatMap(({ row, record, decision, reason }) => (decision === 'later' ? [] : [{ row, record, reason }])),
      ),
      rememberLeftOut(env, tx, page.arrivals, page.misfits, plan.items),
      noteProgress(env, tx, keeping.run, counts, page.total ?? null),
    ]);
    return counts;
  });
  Object.assign(keeping.counts, counts);
}

function countSame({ same = [] }: Incoming, counts: Counts): void {
  count(counts, 'read', same.length);
  count(counts, 'unchanged', same.length);
}

async function moveCursor(env: Env, tx: Tx, cursor: Cursor | undefined): Promise<void> {
  if (cursor === undefined) return;
  env.sync.cursor = cursor;
  await patchSync(tx, env.sync.id, { cursor, moved: new Date(env.now()) });
}

async function keepMisfits(env: Env, tx: Tx, misfits: readonly Misfit[], counts: Counts): Promise<void> {
  count(counts, 'read', misfits.length);
  count(counts, 'misfit', misfits.length);
  const held = misfits.map(({ id, problems, raw }) => ({
    subject: id,
    field: '',
    kind: 'misfit',
    row: id,
    record: null,
    question: {
      problems: problems.slice(0, 50).map((p) => ({ ...p })),
      row: JSON.stringify(raw).length > 20_000 ? 'too large to quote' : raw,
    },
  }));
  await openHeld(tx, env.sync.id, held, new Date(env.now()));
  // What they said before they could be read no more is not what they say.
  if (env.sync.parked)
    await unpark(
      tx,
      env.sync.id,
      misfits.map(({ id }) => id),
    );
}

/** Rows said to be gone wait for the end of the pass; rows seen after all no longer do. */
async function keepDepartures(env: Env, tx: Tx, page: Incoming): Promise<void> {
  const here = page.arrivals
    .map((a) => a.row.id)
    .concat(
      page.misfits.map((m) => m.id),
      page.same ?? [],
    );
  if (page.gone.length > 0) {
    const linked = await linkHeads(tx, env.sync.id, page.gone);
    const tied = new Set(linked.map((l) => l.row));
    const strangers = page.gone.filter((row) => !tied.has(row));
    await dissolveHeld(tx, env.sync.id, strangers, [], new Date(env.now()));
    if (env.sync.parked) await unpark(tx, env.sync.id, strangers);
    if (env.sync.remembers) await dropLeftOut(tx, env.sync.id, strangers);
    const living = linked.filter((l) => l.state === 'live' || l.state === 'dormant');
    const younger = (l: LinkHead) => env.stream.fetch !== undefined && page.begun !== undefined && page.begun < l.begun;
    const since = living.filter(younger).map((l) => l.row);
    const gone = living.map((l) => l.row).filter((row) => !since.includes(row));
    await addDepartures(tx, env.sync.id, gone, 'told');
    // Seen again by a younger read than the one that tells of its going.
    await touch(tx, env.sync.id, since, new Date(env.now()), 'settling');
  }
  if (here.length === 0) return;
  await dropDepartures(tx, env.sync.id, here);
  if (page.full) await addSeen(tx, env.sync.id, here);
}
