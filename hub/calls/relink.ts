/** Calls that wait for somebody are looked at again when their number has got a bearer, or when two who shared it were merged. */
import { takeMarks } from '#store/call-marks.ts';
import { lockWaiting } from '#store/calls.ts';
import { oneWriter } from '#store/syncs.ts';
import type { CallParts } from './parts.ts';
import { deskOf, settleCalls } from './settle.ts';

/** Numbers, and calls, dealt with in one transaction. */
const NUMBERS = 50;
const CALLS = 200;

export async function relink(parts: CallParts, workspace: number): Promise<void> {
  for (;;) {
    const done = await parts.store.workspace(workspace, async (tx) => {
      await oneWriter(tx);
      const numbers = await takeMarks(tx, NUMBERS);
      if (numbers.length === 0) return true;
      for (const [connection, rows] of Map.groupBy(await lockWaiting(tx, numbers, CALLS), (row) => row.connection)) {
        const desk = await deskOf(tx, parts, connection);
        if (desk !== undefined) await settleCalls(tx, parts, desk, rows);
      }
      return numbers.length < NUMBERS;
    });
    if (done) return;
  }
}
