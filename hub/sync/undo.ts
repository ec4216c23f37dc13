/**
 * Undo is a plan: what a run changed is put back, newest first, where it still stands as the run left it; what somebody edited
 * since is left alone and said so. An inbound change is undone here only, and the pair is parted; what the run wrote over there
 * is written back there.
 */
import type { Cause, Update } from '#crm/core.ts';
import type { Json, Values } from '#kit/fields.ts';
import type { Row } from '#kit/stream.ts';
import type { Tx } from '#store/database.ts';
import { changedAfterRun, runEntries, runEntriesOf } from '#store/journal.ts';
import { type Link, linksOfRecords, passLead, putLinks } from '#store/links.ts';
import { addItems, itemsOfRecords, noteOutcomes, type PlanRow, patchPlan } from '#store/plans.ts';
import { markUndone } from '#store/runs.ts';
import { patchSync } from '#store/syncs.ts';
import { type Counts, count } from './counts.ts';
import type { Env } from './env.ts';
import type { Keeping } from './keep.ts';
import { Moved } from './moved.ts';
import { noteProgress } from './progress.ts';
import { freshRows, undoThere } from './undo-there.ts';
import { decisionOf, type Undoing, undoEntry } from './undoing.ts';

const CHUNK = 200;

/** Fills an undo plan. */
export async function fillUndo(env: Env, plan: number, undone: number, run: number, counts: Counts): Promise<void> {
  let before: number | null = null;
  let seq = 0;
  for (;;) {
    const chunk = await chunkOf(env, undone, before);
    if (chunk.records.length > 0 || chunk.before !== null) {
      const { undoings } = await undoingsOf(env, undone, chunk.records);
      await env.page(async (tx) => {
        const items = undoings.map((u) => ({
          seq: seq++,
          row: null,
          record: u.record,
          decision: decisionOf(u),
          reason: u.left[0]?.why ?? null,
          item: toJson(u),
        }));
        await addItems(tx, plan, items);
        for (const item of items) count(counts, item.decision);
        await noteProgress(env, tx, run, counts);
      });
    }
    if (chunk.before === null) break;
    before = chunk.before;
  }
  await env.page((tx) =>
    patchPlan(tx, plan, { state: 'ready', counts, about: { run: undone, before: null, mapping: env.mappingVersion } }),
  );
}

/** Executes an undo plan for as long as `until` allows. True when it is done. */
export async function executeUndo(env: Env, plan: PlanRow, keeping: Keeping, until: () => boolean): Promise<boolean> {
  const undone = plan.run!;
  let before = plan.about.before as number | null;
  for (;;) {
    if (until()) return false;
    const chunk = await chunkOf(env, undone, before);
    const { undoings, fresh } = await undoingsOf(env, undone, chunk.records);
    await undoThere(env, undoings, fresh, keeping);
    await env.page(async (tx) => {
      await undoHere(env, tx, undoings, keeping.run);
      await compare(tx, plan.id, undoings);
      for (const undoing of undoings) count(keeping.counts, decisionOf(undoing));
      await patchPlan(tx, plan.id, { about: { ...plan.about, before: chunk.before } });
      await noteProgress(env, tx, keeping.run, keeping.counts);
    });
    if (chunk.before === null) break;
    before = chunk.before;
  }
  await env.page(async (tx) => {
    await patchPlan(tx, plan.id, { state: 'done' });
    await markUndone(tx, undone, keeping.run);
    await patchSync(tx, env.sync.id, {
      state: 'paused',
      reason: `run ${undone} was undone; start the sync again when its cause is mended`,
    });
  });
  env.sync.state = 'paused';
  return true;
}

/** The next records of the run, newest entry first; each stands in the chunk that holds its newest entry. */
async function chunkOf(env: Env, run: number, before: number | null): Promise<{ records: string[]; before: number | null }> {
  return env.page(async (tx) => {
    const entries = await runEntries(tx, run, before, CHUNK);
    const records = [...new Set(entries.map((e) => e.record))];
    const newest = new Map<string, number>();
    for (const entry of await runEntriesOf(tx, run, records)) if (!newest.has(entry.record)) newest.set(entry.record, entry.seq);
    const seqs = new Set(entries.map((e) => e.seq));
    return {
      records: records.filter((r) => seqs.has(newest.get(r)!)),
      before: entries.length < CHUNK ? null : entries.at(-1)!.seq,
    };
  });
}

/** What undoing would do to each record, over fresh reads, and what those showed. */
async function undoingsOf(
  env: Env,
  run: number,
  records: readonly string[],
): Promise<{ undoings: Undoing[]; fresh: Map<string, Row> }> {
  if (records.length === 0) return { undoings: [], fresh: new Map() };
  const known = await env.page(async (tx) => ({
    entries: Map.groupBy(await runEntriesOf(tx, run, records), (e) => e.record),
    touched: new Set(await changedAfterRun(tx, run, records)),
    now: await env.crm.read(tx, records),
    links: Map.groupBy(await linksOfRecords(tx, env.sync.id, records), (l) => l.record),
  }));
  const rows = [
    ...new Set([...known.entries.values()].flat().flatMap((e) => (e.side === 'theirs' && e.row !== null ? [e.row] : []))),
  ];
  const fresh = await freshRows(env, rows);
  const undoings = records.map((record) => {
    const now = known.now.get(record);
    const undoing: Undoing = { record, ...(now && { name: now.name }), ours: {}, theirs: [], sever: [], left: [] };
    const about = { now, links: known.links.get(record) ?? [], touched: known.touched.has(record), fresh };
    for (const entry of known.entries.get(record) ?? []) undoEntry(env, undoing, entry, about);
    return undoing;
  });
  return { undoings, fresh };
}

async function undoHere(env: Env, tx: Tx, undoings: readonly Undoing[], run: number): Promise<void> {
  const at = new Date(env.now()).toISOString();
  const cause: Cause = { by: env.by, at, run, sync: env.sync.id, mappingVersion: env.mappingVersion };
  const records = await env.crm.read(
    tx,
    undoings.map((u) => u.record),
  );
  const links = await linksOfRecords(
    tx,
    env.sync.id,
    undoings.map((u) => u.record),
  );
  const changed = undoings.filter((u) => !u.archive && Object.keys(u.ours).length > 0 && records.has(u.record));
  const updates = changed.map((u): Update => {
    const record = records.get(u.record)!;
    return { id: u.record, object: record.object, expected: record.version, before: record.fields, changes: u.ours };
  });
  const moved = await env.crm.update(tx, updates, cause);
  if (moved.length > 0) throw new Moved(moved);
  await env.crm.archive(
    tx,
    undoings.filter((u) => u.archive && records.has(u.record)).map((u) => u.record),
    cause,
  );
  await env.crm.restore(
    tx,
    undoings.filter((u) => u.restore && records.has(u.record)).map((u) => u.record),
    cause,
  );
  const byRecord = new Map(undoings.map((u) => [u.record, u]));
  const written = links.flatMap((link): Link[] => {
    const undoing = byRecord.get(link.record)!;
    if (undoing.sever.includes(link.row)) return [{ ...link, state: 'severed' }];
    const fields = Object.keys(undoing.ours);
    if (fields.length === 0) return [];
    const now = { ...records.get(link.record)?.fields };
    for (const [field, change] of Object.entries(undoing.ours)) {
      if (change.to === null) delete now[field];
      else now[field] = change.to;
    }
    return [partedHere(link, now, fields)];
  });
  await putLinks(tx, env.sync.id, written);
  await passLead(
    tx,
    env.sync.id,
    written.flatMap((l) => (l.state === 'severed' ? [l.record] : [])),
  );
}

function partedHere(link: Link, now: Values, fields: readonly string[]): Link {
  const ours = { ...link.ours };
  const apart = { ...link.apart };
  for (const field of fields) {
    if (now[field] === undefined) delete ours[field];
    else ours[field] = now[field];
    apart[field] = 'parted';
  }
  return { ...link, ours, apart };
}

const toJson = (undoing: Undoing): { [name: string]: Json } => JSON.parse(JSON.stringify(undoing)) as { [name: string]: Json };

async function compare(tx: Tx, plan: number, undoings: readonly Undoing[]): Promise<void> {
  const items = await itemsOfRecords(
    tx,
    plan,
    undoings.map((u) => u.record),
  );
  const done = new Map(undoings.map((u) => [u.record, decisionOf(u)]));
  await noteOutcomes(
    tx,
    plan,
    items.map((i) => ({
      seq: i.seq,
      outcome: done.get(i.record!) === i.decision ? 'as planned' : `planned again: ${done.get(i.record!) ?? 'nothing to do'}`,
    })),
  );
}
