/** Does what `planPage` decided, in the page's transaction: the CRM's side, links, questions, intents. */
import type { Cause, Creation, Update } from '#crm/core.ts';
import type { Tx } from '#store/database.ts';
import { land } from '#store/flights.ts';
import { dissolveHeld, openHeld, wakeCandidates } from '#store/held.ts';
import { markFollowed, markFor } from '#store/intents.ts';
import { forgetMissed, insertLinks, passLead, putLinks, renameLink } from '#store/links.ts';
import { touch } from '#store/passes.ts';
import { noteWaiting, release } from './awaiting.ts';
import { type Counts, count } from './counts.ts';
import type { Env } from './env.ts';
import type { Item } from './item.ts';
import { Moved } from './moved.ts';
import { noteOutward, telling } from './outcomes.ts';
import type { PagePlan } from './page.ts';

export async function carryOut(env: Env, tx: Tx, plan: PagePlan, run: number, counts: Counts): Promise<void> {
  const { items } = plan;
  countAll(plan, counts);
  await forgetMissed(tx, env.sync.id, plan.found);
  for (const { from, to } of plan.renamed) await renameLink(tx, env.sync.id, from, to);
  if (items.length === 0) return;
  const owed = items.flatMap((i) => (i.tells.length > 0 && i.record ? [i.record] : []));
  await Promise.all([
    writeRecords(env, tx, plan, run),
    tie(env, tx, items),
    land(tx, env.sync.id, plan.recognised),
    noteRecognised(env, tx, plan),
    markFor(tx, env.sync.id, owed),
    markFollowed(
      tx,
      env.sync.id,
      items.flatMap((i) => i.update?.id ?? []),
    ),
    noteQuestions(env, tx, plan),
    lookAgain(env, tx, items),
  ]);
  await noteWaiting(env, tx, items, plan.waiting ?? []);
  await release(
    env,
    tx,
    items.flatMap(({ link, record }) => (link?.state === 'live' && record !== null ? [{ row: link.row, record }] : [])),
  );
  const stirred = items.filter((i) => i.decision === 'dormant' || i.decision === 'revive');
  await passLead(
    tx,
    env.sync.id,
    stirred.flatMap((i) => i.record ?? []),
  );
}

/** Creations whose answer never came did arrive. */
function noteRecognised(env: Env, tx: Tx, { recognised }: PagePlan): Promise<void> {
  const arrived = recognised.flatMap(({ record, flights }) =>
    (flights ?? []).map((flight) => ({ record, row: null, said: telling(flight), because: null })),
  );
  return noteOutward(env, tx, arrived);
}

function countAll({ items, unchanged, related }: PagePlan, counts: Counts): void {
  count(counts, 'read', unchanged + items.length);
  count(counts, 'unchanged', unchanged);
  count(counts, 'related', related.length);
  for (const item of items) count(counts, item.decision);
  count(counts, 'questions', items.flatMap((i) => i.questions).length);
}

/** Creates and updates. Links to nothing yet are never left: a lost race repeats the page. */
async function writeRecords(env: Env, tx: Tx, plan: PagePlan, run: number): Promise<void> {
  const creations: Creation[] = plan.related.map(({ id, object, fields }) => ({ id, object, fields }));
  const updates: Update[] = [];
  const rows = new Map<string, string>();
  for (const item of plan.items) {
    if (item.create) creations.push({ id: item.create.id, object: env.sync.object, fields: item.create.fields });
    if (item.update) updates.push(item.update);
    if (item.record) rows.set(item.record, item.row);
  }
  const cause: Cause = {
    by: env.by,
    at: new Date(env.now()).toISOString(),
    run,
    sync: env.sync.id,
    mappingVersion: env.mappingVersion,
    rows,
  };
  // Updates first: a creation may restate a document that the page changes too, whose version would be another then.
  if (updates.length > 0) {
    const moved = await env.crm.update(tx, updates, cause);
    if (moved.length > 0) throw new Moved(moved);
  }
  if (creations.length > 0) await env.crm.create(tx, creations, cause);
}

/** Rows that become records whole are most of a first import: their links are written apart, in the fewest columns. */
async function tie(env: Env, tx: Tx, items: readonly Item[]): Promise<void> {
  const whole = ({ decision, link }: Item) => decision === 'create' && link?.theirs === null;
  const born = items.flatMap((i) => (whole(i) && i.link ? [i.link] : []));
  for (const links of Map.groupBy(born, (link) => link.begun).values()) await insertLinks(tx, env.sync.id, links, links[0]!);
  await putLinks(
    tx,
    env.sync.id,
    items.flatMap((i) => (!whole(i) && i.link ? [i.link] : [])),
  );
}

/** Questions that stand are opened or rewritten; others about the same rows dissolve. */
async function noteQuestions(env: Env, tx: Tx, { items, recognised, answered }: PagePlan): Promise<void> {
  const settled = items.filter((i) => i.decision !== 'later');
  const questions = items.flatMap((i) => i.questions);
  const at = new Date(env.now());
  await dissolveHeld(tx, env.sync.id, [...settled.map((i) => i.row), ...recognised.map((i) => i.record)], questions, at);
  await openHeld(tx, env.sync.id, questions, at);
  await wakeCandidates(tx, env.sync.id, answered);
}

async function lookAgain(env: Env, tx: Tx, items: readonly Item[]): Promise<void> {
  const byDelay = Map.groupBy(
    items.filter((i) => i.decision === 'later' || i.again !== undefined),
    (i) => i.again ?? 0,
  );
  for (const [delay, group] of byDelay) {
    await touch(
      tx,
      env.sync.id,
      group.map((i) => i.row),
      new Date(env.now() + delay),
      group[0]!.reason ?? 'settling',
    );
  }
}
