/** Calls that wait for somebody are looked at again when their number has got a bearer, or when two who shared it were merged. */
import { takeMarks } from '#store/call-marks.ts';
import { type CallRow, lockWaiting } from '#store/calls.ts';
import { isRetryable, isUnavailable } from '#store/database.ts';
import { oneWriter } from '#store/syncs.ts';
import type { CallParts } from './parts.ts';
import { deskOf, settleCalls } from './settle.ts';

/** Numbers dealt with in one transaction, and calls at once. */
const NUMBERS = 50;
const CALLS = 200;

/** A number whose calls cannot be settled is passed over: it is looked at again with the next bearer. */
export async function relink(parts: CallParts, workspace: number): Promise<void> {
  let most = NUMBERS;
  for (;;) {
    try {
      if ((await some(parts, workspace, most)) < most) return;
    } catch (error) {
      if (isRetryable(error) || isUnavailable(error)) throw error;
      if (most === 1) {
        const [number] = await parts.store.workspace(workspace, (tx) => takeMarks(tx, 1));
        parts.log.error({ workspace, number, err: error }, 'the calls of a number could not be linked; passed over');
      }
      most = 1;
    }
  }
}

/** How many numbers were dealt with. */
function some(parts: CallParts, workspace: number, most: number): Promise<number> {
  return parts.store.workspace(workspace, async (tx) => {
    await oneWriter(tx);
    const numbers = await takeMarks(tx, most);
    if (numbers.length === 0) return 0;
    for (let after: CallRow | undefined; ; ) {
      const waiting = await lockWaiting(tx, numbers, after, CALLS);
      for (const [connection, rows] of Map.groupBy(waiting, (row) => row.connection)) {
        const desk = await deskOf(tx, parts, connection);
        if (desk !== undefined) await settleCalls(tx, parts, desk, rows);
      }
      if (waiting.length < CALLS) return numbers.length;
      after = waiting.at(-1);
    }
  });
}
