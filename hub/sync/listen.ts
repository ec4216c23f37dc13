/** Rows on their way in: a pull with its passes, and rows to look at again. */
import { forWork } from '#hub/shares.ts';
import { oneAhead } from '#hub/turns.ts';
import { Changed } from '#kit/errors.ts';
import type { Json } from '#kit/fields.ts';
import type { CursorLost, Known, Page, Row } from '#kit/stream.ts';
import { inTurns } from '#kit/turns.ts';
import { parkedAndUnseen, unpark } from '#store/awaited.ts';
import type { Tx } from '#store/database.ts';
import { markUnlinked } from '#store/intents.ts';
import { countMissed, linkHeads, missedRows, rowsHeld } from '#store/links.ts';
import { addDepartures, forgetSeen, type Touched, touch, touchedRows } from '#store/passes.ts';
import { patchSync, type SyncRow } from '#store/syncs.ts';
import { count } from './counts.ts';
import type { Env } from './env.ts';
import { type Keeping, keep } from './keep.ts';

/** Finished passes that must have missed a row, both begun after its agreement, before its absence is looked into. */
const PASSES = 2;

/** So long after a full pass everything is read again, where nothing else shows what is gone. */
const REREAD_MS = 86_400_000;

/** A page with the number taken before it was asked for. */
export interface Numbered {
  page: Page | CursorLost;
  begun: number;
}

/** Reads and translates one page ahead, so that the service answers and we compute while the last page is written. */
export async function* ahead(
  env: Env,
  pages: AsyncGenerator<Page | CursorLost, void, void>,
): AsyncGenerator<Numbered, void, void> {
  let over = false;
  try {
    yield* oneAhead(async () => {
      if (over) return null;
      const begun = await env.reading();
      const { value, done } = await pages.next();
      if (done || !value) return null;
      over = 'lost' in value || value.last;
      if (!('lost' in value)) await inTurns(value.rows, (row) => env.translation.prepare(row));
      return { page: value, begun };
    });
  } finally {
    await pages.return();
  }
}

/** Pulls until the pass ends or `until` says stop. True when the pass has ended. */
export async function pull(env: Env, keeping: Keeping, until: () => boolean): Promise<boolean> {
  await beginPass(env);
  const since = env.sync.cursor;
  let moved = false;
  // Where the service tells of changes, a look is mostly the answer to what it has told.
  const looking = env.sync.heard === null ? 'poll' : 'webhook';
  const context = forWork(env.context, env.sync.pass_full ? 'backfill' : looking);
  for await (const { page, begun } of ahead(env, env.stream.pull!(context, since, knownTo(env)))) {
    if ('lost' in page) {
      await env.page((tx) => patchSync(tx, env.sync.id, { cursor: null, pass: null, full_wanted: true }));
      count(keeping.counts, 'cursor lost');
      return false;
    }
    moved = true;
    await keep(
      env,
      {
        arrivals: page.rows.map((row) => ({ row, begun })),
        same: page.same ?? [],
        gone: page.gone,
        misfits: page.misfits,
        begun,
        cursor: page.next,
        full: env.sync.pass_full && env.sync.passes > 0 && tellsAbsence(env),
        ...(page.total === undefined ? {} : { total: page.total }),
      },
      keeping,
    );
    if (page.last) {
      await endPass(env);
      return true;
    }
    if (until()) return false;
  }
  if (!moved) {
    throw new Changed(
      `${env.sync.stream}: a pull gave no page and did not reach its end (cursor ${JSON.stringify(since)})`,
      'The service answered in a way this version does not know. Nothing was lost; a maintainer has to look.',
    );
  }
  throw new Changed(
    `${env.sync.stream}: a pull stopped before its last page`,
    'Nothing was lost; the next run goes on from the last kept page.',
  );
}

/** Before the first pass has ended nearly every row is new: nobody needs to ask. */
function knownTo(env: Env): Known | undefined {
  if (env.sync.passes === 0) return undefined;
  const read = { shape: env.stream.shape, mapping_version: env.mappingVersion };
  return (rows) => env.store.workspace(env.workspace, (tx) => rowsHeld(tx, env.sync.id, rows, read));
}

async function beginPass(env: Env): Promise<void> {
  if (env.sync.pass !== null) return;
  const pass = await env.reading();
  const began = new Date(env.now());
  const begun = await env.page(async (tx) => {
    const full = env.sync.full_wanted || env.sync.cursor === null || isStale(env);
    // Whoever asks for a full pass from now on asks for another one.
    const begun = { pass, pass_full: full, ...(full ? { cursor: null, full_wanted: false } : {}) };
    await forgetSeen(tx, env.sync.id);
    await patchSync(tx, env.sync.id, { ...begun, pass_began: began });
    return begun;
  });
  Object.assign(env.sync, begun, { pass_began: began.toISOString() });
}

/** Has the stream, which does not tell of deletions, not been read whole for too long? */
function isStale({ stream, sync, now }: Env): boolean {
  if (stream.deletions !== 'by absence') return false;
  return sync.full_passed === null || now() - Date.parse(sync.full_passed) >= (stream.reread ?? REREAD_MS);
}

/** Rows of a stream that never deletes are not gone because a pass does not show them: it may reach back only so far. */
function tellsAbsence({ stream }: Env): boolean {
  return stream.deletions !== 'never';
}

/** The pass has reached its end: absences are counted, records nobody over there knows are marked, the next pull gets its time. */
export async function endPass(env: Env): Promise<void> {
  const { sync } = env;
  const first = sync.passes === 0;
  if (sync.pass_full && first && env.mapping.createsTheirs) await markStrangers(env);
  const wanted = await env.page(async (tx) => {
    let missed = 0;
    if (sync.pass_full && !first && tellsAbsence(env)) missed = await countMissed(tx, sync.id, sync.pass!);
    const gone = missed > 0 ? await missedRows(tx, sync.id, PASSES, missed) : [];
    await addDepartures(tx, sync.id, gone, 'absent');
    if (sync.pass_full && !first && tellsAbsence(env)) await doubtParked(env, tx);
    await forgetSeen(tx, sync.id);
    const now = env.now();
    const again = missed > gone.length || env.sync.full_wanted;
    await patchSync(tx, sync.id, {
      pass: null,
      pass_full: false,
      full_wanted: again,
      ...(sync.pass_full ? { passes: sync.passes + 1, full_passed: new Date(now) } : {}),
      succeeded: new Date(now),
      pull_due: new Date(again || (env.sync.heard ?? 0) > sync.pass! ? now : Math.min(now + sync.every, askedSince(env.sync))),
      failures: 0,
      problem: null,
    });
    return again;
  });
  Object.assign(sync, { pass: null, pass_full: false, full_wanted: wanted, succeeded: new Date(env.now()).toISOString() });
}

/** Parked rows that the pass did not show are asked for by name; where nobody can be asked, they wait no more. */
async function doubtParked({ sync, stream, now }: Env, tx: Tx): Promise<void> {
  if (!sync.parked) return;
  const unseen = await parkedAndUnseen(tx, sync.id, sync.pass!);
  if (stream.fetch === undefined) await unpark(tx, sync.id, unseen);
  else await touch(tx, sync.id, unseen, new Date(now()), 'waits for another, and absent from a pass');
}

/** When a pull is due that was asked for after the pass had begun: what this one read, it may have read too early. */
function askedSince({ pull_due, pass_began, problem }: SyncRow): number {
  const due = pull_due === null ? Number.NEGATIVE_INFINITY : Date.parse(pull_due);
  const began = pass_began === null ? Number.NEGATIVE_INFINITY : Date.parse(pass_began);
  return due > began && due !== waitedFor(problem) ? due : Number.POSITIVE_INFINITY;
}

/** Until when the service had asked us to wait in the middle of the pass. */
function waitedFor(problem: Json): number | undefined {
  if (problem === null || typeof problem !== 'object' || Array.isArray(problem)) return undefined;
  return typeof problem.until === 'string' ? Date.parse(problem.until) : undefined;
}

/** Records without a row over there may owe a creation: said after the first pass has shown who is there, and when a mapping is widened. */
export async function markStrangers(env: Env): Promise<void> {
  let after: string | null = null;
  do {
    const from: string | null = after;
    after = await env.page((tx) => markUnlinked(tx, env.sync.id, env.sync.object, from, 5_000));
  } while (after !== null);
}

/** Looks again at touched rows that are due. How many: 0 means none were. */
export async function lookAgain(env: Env, keeping: Keeping): Promise<number> {
  if (!env.stream.fetch) return 0;
  const at = new Date(env.now());
  const { ids, newer } = await env.page(async (tx) => {
    const touched = await touchedRows(tx, env.sync.id, at, env.stream.batch.fetch ?? 1);
    return { ids: touched.map(({ row }) => row), newer: await newerArrived(env, tx, touched) };
  });
  if (ids.length === 0) return 0;
  const begun = await env.reading();
  const asked = ids.filter((id) => !newer.has(id));
  const found =
    asked.length > 0 ? await env.stream.fetch(forWork(env.context, 'webhook'), asked) : { rows: [], gone: [], misfits: [] };
  const arrivals = [...newer.values(), ...found.rows].map((row) => ({ row, begun }));
  await keep(env, { arrivals, gone: found.gone, misfits: found.misfits, begun, again: { ids, begun } }, keeping);
  return ids.length;
}

/** Rows that a webhook brought, where they are surely newer than what we have: the others are fetched. */
async function newerArrived(env: Env, tx: Tx, touched: readonly Touched[]): Promise<Map<string, Row>> {
  const brought = touched.flatMap(({ arrived }) => (arrived?.time === undefined ? [] : [arrived]));
  if (brought.length === 0 || !env.stream.timed) return new Map();
  const heads = await linkHeads(
    tx,
    env.sync.id,
    brought.map((row) => row.id),
  );
  const times = new Map(heads.flatMap((head) => (head.row_time === null ? [] : [[head.row, head.row_time]])));
  return new Map(brought.filter((row) => (times.get(row.id) ?? row.time!) < row.time!).map((row) => [row.id, row]));
}
