/** Creations whose answer never came: repeated under their key, or looked for by their mark and then repeated, else a person's. */
import type { Tx } from '#store/database.ts';
import { type IntentRow, missedFlights, reopen, setUnsure, strandedFlights } from '#store/flights.ts';
import { openHeld } from '#store/held.ts';
import { touch } from '#store/passes.ts';
import { patchSync } from '#store/syncs.ts';
import type { Env } from './env.ts';

/** Finished passes that must have missed a creation: one that is edited over there just then may be shown only by the next. */
const PASSES = 2;

/** How often a creation is sent before a person is asked. */
const ATTEMPTS = 5;

/** How long a creation may wait for passes of changes to show whether it is there, beyond the time after which a look is reliable. */
const LONGEST_MS = 3_600_000;

/** Drafts that a dead hub left in flight. An update bears a version: it is read again and repeated. A creation is repeated under its key, else unsure. */
export async function recoverStranded(env: Env): Promise<void> {
  await env.page(async (tx) => {
    const stranded = await strandedFlights(tx, env.sync.id);
    if (stranded.length === 0) return;
    const rowsOf = (intent: IntentRow) => (intent.flights ?? []).flatMap((f) => f.row ?? []);
    const updates = stranded.filter((i) => rowsOf(i).length > 0);
    const creations = stranded.filter((i) => rowsOf(i).length === 0).map((i) => i.record);
    const again = (records: readonly string[], same: boolean) =>
      reopen(
        tx,
        env.sync.id,
        records.map((record) => ({ record, notBefore: null, counts: false, same })),
      );
    await again(
      updates.map((i) => i.record),
      false,
    );
    await touch(tx, env.sync.id, updates.flatMap(rowsOf), new Date(env.now()), 'in flight');
    if (env.stream.creates.by === 'key') await again(creations, true);
    else if (env.stream.creates.by === 'mark') await setUnsure(tx, env.sync.id, creations, new Date(env.now()));
    else await askAbout(env, tx, creations);
  });
}

/** Nothing can tell any more whether these were carried out: a person is asked. */
export async function askAbout(env: Env, tx: Tx, records: readonly string[]): Promise<void> {
  await setUnsure(tx, env.sync.id, records, null);
  const held = records.map((record) => ({
    subject: record,
    field: '',
    kind: 'unsure',
    row: null,
    record,
    question: { stream: env.sync.stream },
  }));
  await openHeld(tx, env.sync.id, held, new Date(env.now()));
}

/** How long after its answer was given up a creation can be looked for, in ms; null if it cannot. */
const wait = ({ stream: { creates } }: Env): number | null => (creates.by === 'mark' ? creates.after : null);

/** When the oldest unsure creation can be looked for: ms since the epoch, or null. */
export function lookDue(env: Env, oldest: string | null): number | null {
  const after = wait(env);
  return oldest === null || after === null ? null : Date.parse(oldest) + after;
}

/**
 * After a pass that ended: creations whose answer had been given up long enough before it began, and whose mark no row bore in it nor in
 * the one before, were not carried out. They are sent again; one that was sent so often and never seen may well be there, in a row that
 * cannot be read.
 */
export async function repeatMissing(env: Env): Promise<void> {
  const after = wait(env);
  const began = env.sync.pass_began;
  if (after === null || began === null) return;
  await env.page(async (tx) => {
    const missing = await missedFlights(tx, env.sync.id, new Date(Date.parse(began) - after), PASSES);
    const again = missing.filter((i) => i.attempts + 1 < ATTEMPTS);
    await reopen(
      tx,
      env.sync.id,
      again.map((i) => ({ record: i.record, notBefore: null, counts: true })),
    );
    const lost = missing.filter((i) => i.attempts + 1 >= ATTEMPTS).map((i) => i.record);
    await askAbout(env, tx, lost);
  });
}

/**
 * After a long pass of changes, which shows nothing that is missing: where a creation has been unsure for more than an hour, all rows are
 * read, so that constant edits over there do not keep it waiting for ever.
 */
export async function lookEverywhere(env: Env, oldest: string | null): Promise<void> {
  const due = lookDue(env, oldest);
  if (due === null || due + LONGEST_MS > env.now()) return;
  await env.page((tx) => patchSync(tx, env.sync.id, { full_wanted: true }));
  await pullEarly(env, env.now());
}

/** A look is due: the pull is brought forward. */
export async function pullEarly(env: Env, at: number): Promise<void> {
  await env.page((tx) => patchSync(tx, env.sync.id, { pull_due: new Date(at) }));
  env.sync.pull_due = new Date(at).toISOString();
}
