/**
 * A sweep reads some linked rows again, whatever the pulls said, and holds both sides against each other: the measure of drift.
 * Each sweep goes on where the last one stopped, so that in time every pair is looked at.
 */

import type { CrmRecord } from '#crm/core.ts';
import { forWork } from '#hub/shares.ts';
import type { Row } from '#kit/stream.ts';
import { equal } from '#kit/values.ts';
import { intentsOf } from '#store/flights.ts';
import { openSubjects } from '#store/held.ts';
import { type Link, linksAfter, putLinks } from '#store/links.ts';
import { touch } from '#store/passes.ts';
import { type Drift, noteSweep } from '#store/syncs.ts';
import { newDesk } from './desk.ts';
import type { Env } from './env.ts';
import type { Translated } from './translate.ts';

const DAY_MS = 24 * 3_600_000;
const SAMPLE = 200;

/**
 * For a slice with time to spare: sweeps a sample once a day. A sync that was never swept begins its first day now, so that an
 * import is not followed by reading it again. True if there may be something to do now.
 */
export async function sweepDaily(env: Env, until: () => boolean): Promise<boolean> {
  const { drift, succeeded, pass } = env.sync;
  if (!env.stream.fetch || succeeded === null || pass !== null) return false;
  if (drift !== null && Date.parse(drift.at) + DAY_MS > env.now()) return false;
  const { changed, missing, drift: drifted } = await sweep(env, drift === null ? 0 : SAMPLE, until);
  return changed + missing + drifted > 0;
}

/** Looks at up to `most` pairs; costs one call per batch of the stream. */
export async function sweep(env: Env, most: number, until: () => boolean): Promise<Drift> {
  const found = { looked: 0, equal: 0, apart: 0, held: 0, owed: 0, changed: 0, missing: 0, drift: 0 };
  const size = env.stream.batch.fetch ?? 1;
  let after = env.sync.swept;
  while (found.looked < most && !until()) {
    const wanted = Math.min(size, most - found.looked);
    const from = after;
    const links = await env.page((tx) => linksAfter(tx, env.sync.id, from, wanted));
    const live = links.filter((l) => l.state === 'live');
    if (live.length > 0) await look(env, live, found);
    after = links.length < wanted ? '' : links.at(-1)!.row;
    if (after === '') break;
  }
  const drift = { at: new Date(env.now()).toISOString(), ...found };
  await env.page((tx) => noteSweep(tx, env.sync.id, after, drift));
  Object.assign(env.sync, { swept: after, drift });
  return drift;
}

type Found = Omit<Drift, 'at'>;

async function look(env: Env, links: readonly Link[], found: Found): Promise<void> {
  const answer = await env.stream.fetch!(
    forWork(env.context, 'backfill'),
    links.map((l) => l.row),
  );
  const rows = new Map(answer.rows.map((row) => [row.id, row]));
  await env.page(async (tx) => {
    const records = await env.crm.read(
      tx,
      links.map((l) => l.record),
    );
    const owed = new Set((await intentsOf(tx, env.sync.id, [...records.keys()])).map((i) => i.record));
    const held = new Set(
      await openSubjects(
        tx,
        env.sync.id,
        links.map((l) => l.row),
      ),
    );
    const ours = new Map(links.flatMap((l) => (records.has(l.record) ? [[l.row, records.get(l.record)!.fields] as const] : [])));
    const inward = (await env.translation.inward(tx, [...rows.values()], newDesk(), ours)).translated;
    const again: string[] = [];
    const drifted: Link[] = [];
    for (const link of links) {
      const row = rows.get(link.row);
      const how = standing(env, link, row, records.get(link.record), inward.get(link.row), owed, held);
      found.looked += 1;
      found[how] += 1;
      if (how === 'changed' || how === 'drift' || how === 'missing') again.push(link.row);
      if (how === 'drift') drifted.push({ ...link, version: null });
    }
    // Without the version the next read settles the pair, though the row is as it was.
    await putLinks(tx, env.sync.id, drifted);
    await touch(tx, env.sync.id, again, new Date(env.now()), 'sweep');
  });
}

function standing(
  env: Env,
  link: Link,
  row: Row | undefined,
  record: CrmRecord | undefined,
  theirs: Translated | undefined,
  owed: ReadonlySet<string>,
  held: ReadonlySet<string>,
): Exclude<keyof Found, 'looked'> {
  if (!row || !record || !theirs) return 'missing';
  if (held.has(link.row)) return 'held';
  if (owed.has(link.record)) return 'owed';
  if (env.versionOf(row) !== link.version) return 'changed';
  const differing = env.translation.rules.filter(
    ({ crm, field }) => !theirs.resting.has(crm) && !equal(field, record.fields[crm], theirs.values[crm]),
  );
  if (differing.length === 0) return 'equal';
  return differing.every((rule) => link.apart?.[rule.crm] !== undefined) ? 'apart' : 'drift';
}
