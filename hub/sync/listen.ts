/** Rows on their way in: a pull with its passes, and rows to look at again. */
import { inTurns } from '#hub/turns.ts';
import { Changed } from '#kit/errors.ts';
import type { CursorLost, Page } from '#kit/stream.ts';
import { markUnlinked } from '#store/intents.ts';
import { countMissed, missedRows } from '#store/links.ts';
import { addDepartures, forgetSeen, touchedRows, untouch } from '#store/passes.ts';
import { patchSync } from '#store/syncs.ts';
import { count } from './counts.ts';
import type { Env } from './env.ts';
import { type Keeping, keep } from './keep.ts';

/** Finished passes that must have missed a row, both begun after its agreement, before its absence is looked into. */
const PASSES = 2;

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
  const ask = async (): Promise<Numbered | null> => {
    const begun = await env.reading();
    const { value, done } = await pages.next();
    if (done || !value) return null;
    if (!('lost' in value)) await inTurns(value.rows, (row) => env.translation.prepare(row));
    return { page: value, begun };
  };
  let next = ask();
  try {
    for (;;) {
      const numbered = await next;
      if (numbered === null) return;
      const last = 'lost' in numbered.page || numbered.page.last;
      if (!last) {
        next = ask();
        next.catch(() => undefined); // awaited on the next turn; until then an early failure is not an unhandled one
      }
      yield numbered;
      if (last) return;
    }
  } finally {
    await next.catch(() => undefined);
    await pages.return();
  }
}

/** Pulls until the pass ends or `until` says stop. True when the pass has ended. */
export async function pull(env: Env, keeping: Keeping, until: () => boolean): Promise<boolean> {
  await beginPass(env);
  const since = env.sync.cursor;
  let moved = false;
  for await (const { page, begun } of ahead(env, env.stream.pull!(env.context, since))) {
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
        gone: page.gone,
        misfits: page.misfits,
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

async function beginPass(env: Env): Promise<void> {
  if (env.sync.pass !== null) return;
  const full = env.sync.full_wanted || env.sync.cursor === null;
  const pass = await env.reading();
  const began = new Date(env.now());
  await env.page(async (tx) => {
    await forgetSeen(tx, env.sync.id);
    await patchSync(tx, env.sync.id, { pass, pass_began: began, pass_full: full, ...(full ? { cursor: null } : {}) });
  });
  Object.assign(env.sync, { pass, pass_began: began.toISOString(), pass_full: full }, full ? { cursor: null } : {});
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
  const missing = await env.page(async (tx) => {
    let missed = 0;
    if (sync.pass_full && !first && tellsAbsence(env)) missed = await countMissed(tx, sync.id, sync.pass!);
    const gone = missed > 0 ? await missedRows(tx, sync.id, PASSES, missed) : [];
    await addDepartures(tx, sync.id, gone, 'absent');
    await forgetSeen(tx, sync.id);
    const now = env.now();
    const again = missed > gone.length;
    await patchSync(tx, sync.id, {
      pass: null,
      pass_full: false,
      full_wanted: again,
      passes: sync.passes + (sync.pass_full ? 1 : 0),
      succeeded: new Date(now),
      pull_due: new Date(again ? now : now + sync.every),
      failures: 0,
      problem: null,
    });
    return again;
  });
  Object.assign(sync, { pass: null, pass_full: false, full_wanted: missing, succeeded: new Date(env.now()).toISOString() });
}

/** Records without a row over there may owe a creation: said once, after the first pass has shown who is there. */
async function markStrangers(env: Env): Promise<void> {
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
  const ids = await env.page(async (tx) => touchedRows(tx, env.sync.id, at, env.stream.batch.fetch ?? 1));
  if (ids.length === 0) return 0;
  const begun = await env.reading();
  const found = await env.stream.fetch(env.context, ids);
  // Taken off the list first: whatever the page finds reason to look at once more puts itself back.
  await env.page((tx) => untouch(tx, env.sync.id, ids, at));
  await keep(env, { arrivals: found.rows.map((row) => ({ row, begun })), gone: found.gone, misfits: found.misfits }, keeping);
  return ids.length;
}
