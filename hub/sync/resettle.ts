/** Something was decided that moves what is linked already: it is settled once more, from the kept rows (`remap.ts`). */
import type { Json } from '#kit/fields.ts';
import { readsByRegion } from '#mappings/codecs.ts';
import { keptMapping } from '#mappings/parse.ts';
import type { Tx } from '#store/database.ts';
import { countLinks } from '#store/links.ts';
import { addVersion, getMapping, getVersion, listMappings, type MappingRow } from '#store/mappings.ts';
import { endPlans, insertPlan, patchPlan } from '#store/plans.ts';
import { beginRun, endRun, noteRun } from '#store/runs.ts';
import { patchSync, type SyncRow, syncsOfMapping } from '#store/syncs.ts';
import type { Parts } from './parts.ts';

/** What was decided, beside the mapping's version. */
export interface Resettling {
  /** Fields of the object that are decided as if theirs had changed. */
  fields?: readonly string[];
  /** The region that was left: fields whose value it made another are decided so. */
  region?: string;
  /** Records without a row may owe a creation from now on. */
  strangers?: boolean;
}

/** What a region was changed from and to, and by whom. */
export interface RegionChange {
  from: string;
  to: string;
  by: string;
}

/**
 * Begins the run; the sync's open previews end and its run under way is stopped, for neither is true any more. `because`: for the person.
 * Null of a sync that nobody has begun: nothing is linked, and nobody would work on it.
 */
export async function resettle(
  parts: Parts,
  tx: Tx,
  sync: SyncRow,
  mapping: number,
  what: Resettling & { by: string; because: string },
): Promise<number | null> {
  const now = new Date(parts.now());
  const { by, because, fields, region, strangers } = what;
  await endPlans(tx, { sync: sync.id });
  if (sync.state === 'waiting' && sync.passes === 0) return null;
  const about: { [name: string]: Json } = { mapping };
  if (fields) about.fields = [...fields];
  if (region) about.region = region;
  if (strangers) about.strangers = true;
  const plan = await insertPlan(tx, { kind: 'remap', sync: sync.id, run: null, about, by, created: now, expires: now });
  await patchPlan(tx, plan, { state: 'executing' });
  if (sync.run !== null) await endRun(tx, sync.run, 'stopped', now, { message: `${because} by ${by}` });
  const run = await beginRun(tx, { sync: sync.id, plan, kind: 'remap', by, at: now });
  const { live = 0, dormant = 0 } = await countLinks(tx, sync.id);
  await noteRun(tx, run, {}, live + dormant);
  await patchSync(tx, sync.id, { run, due: now });
  return run;
}

/** National numbers are read otherwise from now on: mappings that read any get a new version, and what they have linked is read again. */
export async function regionChanged(parts: Parts, tx: Tx, { from, to, by }: RegionChange): Promise<void> {
  await endPlans(tx, {});
  for (const { id } of await listMappings(tx)) {
    const row = (await getMapping(tx, id, 'update'))!;
    const version = await versionFor(tx, row, { from, to, by });
    if (version === null) continue;
    for (const sync of await syncsOfMapping(tx, id))
      await resettle(parts, tx, sync, version, { region: from, by, because: `the region was changed to ${to}` });
  }
}

/** A version of its own, so that no page goes on under the old region. Null where the mapping reads no national numbers. */
async function versionFor(tx: Tx, { id, version }: MappingRow, { from, to, by }: RegionChange): Promise<number | null> {
  const { body } = (await getVersion(tx, id, version))!;
  if (!keptMapping(body).fields.some((rule) => readsByRegion(rule.via))) return null;
  const note = `national phone numbers are read as ${to}, not as ${from}`;
  return (await addVersion(tx, id, version, { body, by, note }))!;
}
