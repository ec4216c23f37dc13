/** Calls to the service against the least possible. */
import { streamOf } from '#connectors/index.ts';
import { editContacts } from './edits.ts';
import { atMost, type Bench } from './figure.ts';
import { imported } from './rescan.ts';
import { STREAM } from './stage.ts';

const CHANGED = 1_000;
/** Most people in one answer of `connections.list`. */
const PAGE = 1_000;
/** Longer than a write takes to show in every read: what we ourselves wrote comes back, and is nothing new. */
const SETTLED = 15 * 60_000;

export const economy: Bench = ({ rows }, report) =>
  imported(rows, async ({ hub, service }, tenant) => {
    const changed = Math.min(rows, CHANGED);
    const calls = async (work: () => Promise<unknown>): Promise<number> => {
      await service.forgetCalls();
      await work();
      return Object.values(await service.calls()).reduce((sum, n) => sum + n, 0);
    };
    const quiet = await calls(() => tenant.run(false));
    report(atMost('economy', 'calls of a sync with nothing new', quiet, 1));
    await service.touch(changed, 1);
    const inward = await calls(() => tenant.run(false));
    report(atMost('economy', `calls for ${changed} rows changed there`, inward, Math.ceil(changed / PAGE)));
    await editContacts(hub.store, tenant.workspace, changed, 'Head of bench', new Date(hub.now()).toISOString());
    const outward = await calls(() => tenant.run(false));
    const least = Math.ceil(changed / streamOf(STREAM).batch.push!) + 1;
    report(atMost('economy', `calls for ${changed} records changed here, with the pull that follows`, outward, least));
    hub.turn(SETTLED);
    await service.turn(SETTLED);
    const after = await calls(() => tenant.run(false));
    report(atMost('economy', 'calls of the sync after, which reads our own writes', after, 1));
  });
