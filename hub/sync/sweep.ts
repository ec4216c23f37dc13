/**
 * A sweep reads some linked rows again, whatever the pulls said, and holds both sides against each other: the measure of drift.
 * Each sweep goes on where the last one stopped, so that in time every pair is looked at.
 */
import type { CrmRecord } from '#crm/core.ts';
import type { Row } from '#kit/connector.ts';
import { equal } from '#kit/values.ts';
import { intentsOf } from '#store/flights.ts';
import { openSubjects } from '#store/held.ts';
import { type Link, linksAfter } from '#store/links.ts';
import { touch } from '#store/passes.ts';
import { noteSweep, sweptTo } from '#store/syncs.ts';
import { newDesk } from './desk.ts';
import type { Env } from './env.ts';

/** How the pairs looked at stand. All but `changed` and `drift` are in order. */
export interface Sweep {
  looked: number;
  equal: number;
  /** Differ for a reason on record: rendering, parted, one way, … */
  apart: number;
  held: number;
  /** A change is on its way. */
  owed: number;
  /** The service had news that no pull has brought yet: looked at again now. */
  changed: number;
  /** Not there any more. */
  missing: number;
  /** Differ for no reason we know: settled anew. */
  drift: number;
}

/** Looks at up to `most` pairs; costs one call per batch of the stream. */
export async function sweep(env: Env, most: number): Promise<Sweep> {
  const found: Sweep = { looked: 0, equal: 0, apart: 0, held: 0, owed: 0, changed: 0, missing: 0, drift: 0 };
  if (!env.stream.fetch) return found;
  const size = env.stream.batch.fetch ?? 1;
  let after = await env.page((tx) => sweptTo(tx, env.sync.id));
  while (found.looked < most) {
    const links = await env.page((tx) => linksAfter(tx, env.sync.id, after, Math.min(size, most - found.looked)));
    const live = links.filter((l) => l.state === 'live');
    if (live.length > 0) await look(env, live, found);
    after = links.length < size ? '' : links.at(-1)!.row;
    if (after === '') break;
  }
  await env.page((tx) => noteSweep(tx, env.sync.id, after, { ...found, at: new Date(env.now()).toISOString() }));
  return found;
}

async function look(env: Env, links: readonly Link[], found: Sweep): Promise<void> {
  const answer = await env.stream.fetch!(
    env.context,
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
    const inward = (await env.translation.inward(tx, [...rows.values()], newDesk())).translated;
    const again: string[] = [];
    for (const link of links) {
      const row = rows.get(link.row);
      const how = standing(env, link, row, records.get(link.record), inward.get(link.row)?.values ?? {}, owed, held);
      found.looked += 1;
      found[how] += 1;
      if (how === 'changed' || how === 'drift' || how === 'missing') again.push(link.row);
    }
    await touch(tx, env.sync.id, again, new Date(env.now()), 'sweep');
  });
}

function standing(
  env: Env,
  link: Link,
  row: Row | undefined,
  record: CrmRecord | undefined,
  inward: { [crm: string]: unknown },
  owed: ReadonlySet<string>,
  held: ReadonlySet<string>,
): Exclude<keyof Sweep, 'looked'> {
  if (!row || !record) return 'missing';
  if (held.has(link.row)) return 'held';
  if (owed.has(link.record)) return 'owed';
  if (env.versionOf(row) !== link.version) return 'changed';
  const values = inward as CrmRecord['fields'];
  const differing = env.translation.rules.filter((rule) => !equal(rule.field, record.fields[rule.crm], values[rule.crm]));
  if (differing.length === 0) return 'equal';
  return differing.every((rule) => link.apart?.[rule.crm] !== undefined) ? 'apart' : 'drift';
}
