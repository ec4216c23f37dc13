/** Reading everything again: when nothing has changed, and when one row in twenty has. */
import { atLeast, type Bench, timed } from './figure.ts';
import { readAll } from './pages.ts';
import { openStage, type Stage, type Tenant } from './stage.ts';

const CHANGED = 0.05;

export const rescan: Bench = ({ rows }, report) =>
  imported(rows, async ({ hub }, tenant) => {
    const read = await timed(() => readAll(hub.context));
    const again = await timed(() => tenant.run(true));
    expect('read', again.result.counts.read, rows);
    report(atLeast('rescan', 'rows/s', rows / again.seconds, read.result / read.seconds));
  });

export const delta: Bench = ({ rows }, report) =>
  imported(rows, async ({ hub, service }, tenant) => {
    const changed = Math.round(rows * CHANGED);
    await service.touch(changed, 1);
    await readAll(hub.context);
    const read = await timed(() => readAll(hub.context));
    const full = await timed(() => tenant.run(true));
    expect('read', full.result.counts.read, rows);
    report(atLeast('delta', 'rows/s', rows / full.seconds, read.result / read.seconds));
    await service.touch(changed, 2);
    const since = await timed(() => tenant.run(false));
    report(atLeast('delta', 'changed rows/s since the last sync', changed / since.seconds));
  });

/** Does it on a stage whose address book has been imported. */
export async function imported(rows: number, work: (stage: Stage, tenant: Tenant) => Promise<void>): Promise<void> {
  const stage = await openStage(rows);
  try {
    const tenant = await stage.hub.tenant();
    await tenant.run(true);
    await work(stage, tenant);
  } finally {
    await stage.close();
  }
}

/** A figure about other work than was meant is none. */
export function expect(what: string, found: number | undefined, wanted: number): void {
  if (found !== wanted) throw new Error(`${what}: ${found ?? 0} rows, where ${wanted} were expected`);
}
