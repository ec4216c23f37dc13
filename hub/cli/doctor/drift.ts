/** Drift: pairs that differed for no reason we know when the last sweep looked at them. */
import type { SyncRow } from '#store/syncs.ts';
import type { Check, Finding } from './check.ts';

export const checkDrift: Check = async (hub, workspace) => (await hub.engine.look.syncs(workspace)).flatMap(driftOf);

function driftOf({ id, stream, drift }: SyncRow): Finding[] {
  if (!drift?.looked) return [];
  const name = `sync ${id} (${stream}): drift`;
  const found = `${drift.drift} of ${drift.looked} pairs looked at on ${drift.at} differed for no reason we know`;
  if (drift.drift === 0) return [{ name, state: 'well', found }];
  const advice = `They are settled anew. npm run cli -- sync ${id} and then npm run cli -- sweep ${id} --rows 1000 show whether that mended it; what comes back is for the maintainer.`;
  return [{ name, state: 'warning', found, advice }];
}
