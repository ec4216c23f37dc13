/** What a workspace is to its people: its name, and whose national phone numbers it means. */
import { Fault } from '#hub/fault.ts';
import { isRegion } from '#mappings/phone.ts';
import { lockShape } from '#store/custom-fields.ts';
import type { Tx } from '#store/database.ts';
import { oneWriter } from '#store/syncs.ts';
import { getWorkspace, setRegion } from '#store/workspaces.ts';
import { indexedBy } from './reindex.ts';
import { forgetShape } from './shape.ts';

export interface Workspace {
  id: number;
  name: string;
  /** ISO 3166-1 alpha-2. */
  region: string;
  /** Match keys are still being computed anew. */
  reindexing: boolean;
}

export async function readWorkspace(tx: Tx): Promise<Workspace> {
  const row = await getWorkspace(tx);
  if (!row) throw new Fault('missing', 'There is no such workspace.', 'Name one that is there.');
  const { workspace: id, name, region, indexed } = row;
  return { id, name, region, reindexing: indexed !== indexedBy(region) };
}

/** From now on records are written by the new region; those that are there keep their keys until they are computed anew. */
export async function changeRegion(tx: Tx, region: string): Promise<Workspace> {
  if (!isRegion(region))
    throw new Fault('invalid', `"${region}" is no region whose phone numbers are known`, 'Name a country by its two letters.', [
      { path: 'region', found: region, allowed: 'an ISO 3166-1 code such as US, GB or DE' },
    ]);
  await oneWriter(tx); // pages under way end by the old region
  await lockShape(tx, 'edit it');
  await readWorkspace(tx);
  await setRegion(tx, region);
  forgetShape(tx);
  return readWorkspace(tx);
}
