/** First import: directly, and as people do it, by a preview that is executed. */
import { atLeast, type Bench, timed } from './figure.ts';
import { bareWorkspace, writeBare } from './floor.ts';
import { readAll } from './pages.ts';
import { openStage, type Stage } from './stage.ts';

export const importing: Bench = async ({ rows }, report) => {
  const stage = await openStage(rows);
  try {
    const { hub } = stage;
    await readAll(hub.context);
    const read = await timed(() => readAll(hub.context));
    const bare = await bareWorkspace(hub.store);
    const floor = await timed(() => writeBare(hub, bare));
    const tenant = await hub.tenant();
    const direct = await timed(() => tenant.run(true));
    refuse(direct.result.counts.read, rows);
    report(atLeast('import', 'rows/s', rows / direct.seconds, floor.result / floor.seconds));
    report(atLeast('import', 'pages read, rows/s', read.result / read.seconds));
    const { preview, execute } = await inTwoSteps(stage);
    report(atLeast('import', 'preview, rows/s', rows / preview));
    report(atLeast('import', 'execution of the preview, rows/s', rows / execute));
    report(atLeast('import', 'preview and execution, rows/s', rows / (preview + execute)));
  } finally {
    await stage.close();
  }
};

/** A figure about other rows than those asked for is none. */
function refuse(read: number | undefined, rows: number): void {
  if (read !== rows) throw new Error(`the import read ${read ?? 0} rows; the address book has ${rows}`);
}

/** Seconds for each. */
async function inTwoSteps({ hub }: Stage): Promise<{ preview: number; execute: number }> {
  const { engine } = hub;
  const { workspace, sync } = await hub.tenant();
  const preview = await timed(async () => {
    const { plan, done } = await engine.preview(workspace, sync, 'bench');
    const problem = await done;
    if (problem) throw problem;
    return plan;
  });
  const execute = await timed(async () => {
    await engine.execute(workspace, preview.result, 'bench');
    await engine.drain(workspace, sync, 'bench');
  });
  return { preview: preview.seconds, execute: execute.seconds };
}
