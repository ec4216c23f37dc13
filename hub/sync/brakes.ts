/**
 * Brakes: per sync, over a rolling day, across runs and webhooks, in both directions. A brake stops before the page that would
 * cross it, pauses the sync and asks; the answer lets so many more pass.
 */
import type { Tx } from '#store/database.ts';
import { knownDuplicates, openHeld } from '#store/held.ts';
import { countLinks } from '#store/links.ts';
import { patchSync } from '#store/syncs.ts';
import { addTally, dayTallies } from '#store/tallies.ts';
import type { Env } from './env.ts';
import type { Item } from './item.ts';

export const LIMITS = {
  /** Deletions a day: the smaller of a share of the links and a number, never under `least`. */
  deletions: { share: 0.02, most: 50, least: 5 },
  /** Share of new rows that turn out to be duplicates, once there are enough to judge. */
  duplicates: { share: 0.2, from: 50 },
} as const;

export type BrakeKind = 'deletions here' | 'deletions there' | 'duplicates';

/** Thrown inside the page's transaction, so that nothing of the page is kept. */
export class Braked extends Error {
  readonly kind: BrakeKind;
  readonly found: number;
  readonly allowed: number;
  constructor(kind: BrakeKind, found: number, allowed: number) {
    super(`brake "${kind}": ${found} in a day, ${allowed} allowed without a person's word`);
    this.name = 'Braked';
    this.kind = kind;
    this.found = found;
    this.allowed = allowed;
  }
}

/** How many deletions may still happen today, of so many waiting. Throws `Braked` if they are too many. */
export async function allowDeletions(
  env: Env,
  tx: Tx,
  kind: 'deletions here' | 'deletions there',
  waiting: number,
): Promise<void> {
  const links = await countLinks(tx, env.sync.id);
  const tallies = await dayTallies(tx, env.sync.id, new Date(env.now()));
  const { share, most, least } = LIMITS.deletions;
  const limit = Math.max(least, Math.min(most, Math.floor(((links.live ?? 0) + (links.gone ?? 0)) * share)));
  const allowed = limit + (tallies[`allowed ${kind}`] ?? 0);
  const found = (tallies[kind] ?? 0) + waiting;
  if (found > allowed) throw new Braked(kind, found, allowed);
}

/**
 * Counts the new rows of a page, and the duplicates among them. One whose question stands was counted when it was asked: reading it
 * again makes no second one. Throws `Braked` if there are too many.
 */
export async function allowDuplicates(env: Env, tx: Tx, items: readonly Item[]): Promise<void> {
  const held = items.flatMap((i) => (i.reason === 'duplicate' ? [i.row] : []));
  const known = new Set(held.length === 0 ? [] : await knownDuplicates(tx, env.sync.id, held));
  const duplicates = held.filter((row) => !known.has(row)).length;
  const strangers = items.filter((i) => i.decision === 'create').length + duplicates;
  const at = new Date(env.now());
  if (duplicates > 0) {
    const tallies = await dayTallies(tx, env.sync.id, at);
    const all = (tallies.strangers ?? 0) + strangers;
    const found = (tallies.duplicates ?? 0) + duplicates;
    const allowed = Math.floor(all * LIMITS.duplicates.share) + (tallies['allowed duplicates'] ?? 0);
    if (all >= LIMITS.duplicates.from && found > allowed) throw new Braked('duplicates', found, allowed);
  }
  await addTally(tx, env.sync.id, 'strangers', strangers, at);
  await addTally(tx, env.sync.id, 'duplicates', duplicates, at);
}

/** Pauses the sync and asks. */
export async function brake(env: Env, tx: Tx, braked: Braked): Promise<void> {
  await patchSync(tx, env.sync.id, { state: 'paused', reason: `${braked.message}; answer the held question to go on` });
  const question = { brake: braked.kind, found: braked.found, allowed: braked.allowed };
  const held = { subject: `brake:${braked.kind}`, field: '', kind: 'brake', row: null, record: null, question };
  await openHeld(tx, env.sync.id, [held], new Date(env.now()));
}

/** A person agrees: so many more may pass today, and the sync goes on. */
export async function release(
  tx: Tx,
  sync: number,
  question: { brake: BrakeKind; found: number; allowed: number },
  at: Date,
): Promise<void> {
  await addTally(tx, sync, `allowed ${question.brake}`, Math.max(0, question.found - question.allowed), at);
  await patchSync(tx, sync, { state: 'on', reason: null, due: at });
}
