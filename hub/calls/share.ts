/**
 * One call, told by several connections: two people of an account are connected in one workspace, and both are told of it. It has one
 * record, and one of them leads: whoever is told of everybody's part, else whoever heard of it first.
 */
import { type CallRow, putCalls, twinsOf } from '#store/calls.ts';
import type { Tx } from '#store/database.ts';
import type { Line } from './parts.ts';

/** Gives rows without a record that of their twins, and says of each whether it leads. */
export async function share(tx: Tx, { line }: { line: Line }, rows: readonly CallRow[]): Promise<void> {
  if (line.beside.length === 0) return;
  const connections = line.beside.map(({ connection }) => connection);
  const twins = Map.groupBy(
    await twinsOf(
      tx,
      connections,
      rows.map(({ session }) => session),
    ),
    ({ session }) => session,
  );
  const yielding: CallRow[] = [];
  for (const row of rows) {
    const [twin] = twins.get(row.session) ?? [];
    if (twin === undefined) continue;
    if (row.record === null && row.excluded === null) adopt(row, twin);
    if (row.record !== twin.record) continue;
    const theirs = line.beside.find(({ connection }) => connection === twin.connection)!;
    row.shared = !twin.shared && (line.ownOnly || !theirs.ownOnly);
    if (row.shared || twin.shared) continue;
    Object.assign(row, { question: twin.question, listed: twin.listed, chosen: twin.chosen });
    yielding.push({ ...twin, shared: true, question: null, listed: false });
  }
  await putCalls(tx, yielding);
}

/** What was written there is ours as well. */
function adopt(row: CallRow, { record, ours, task }: CallRow): void {
  Object.assign(row, { record, ours, task });
}
