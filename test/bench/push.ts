/** Changed records, delivered: how fast, and in how many calls. */
import { streamOf } from '#connectors/index.ts';
import { editContacts } from './edits.ts';
import { atLeast, atMost, type Bench, timed } from './figure.ts';
import { expect, imported } from './rescan.ts';
import { STREAM } from './stage.ts';

const CHANGED = 10_000;
/** So many of the people become records: some are there twice, which the hub holds for a person. */
const BECOME = 0.9;

export const push: Bench = ({ rows }, report) =>
  imported(rows, async ({ hub, service }, tenant) => {
    const changed = Math.min(Math.floor(rows * BECOME), CHANGED);
    await editContacts(hub.store, tenant.workspace, changed, 'Head of bench', new Date(hub.now()).toISOString());
    await service.forgetCalls();
    const delivered = await timed(() => tenant.run(false));
    const calls = await service.calls();
    const reads = calls['people.people.connections.list'] ?? 0;
    const total = Object.values(calls).reduce((sum, n) => sum + n, 0);
    expect('told', delivered.result.counts.told, changed);
    report(atMost('push', `calls for ${changed} records`, total - reads, Math.ceil(changed / streamOf(STREAM).batch.push!)));
    report(atLeast('push', 'records/s', changed / delivered.seconds));
  });
