/** A session that a click-to-call began belongs to the record it was placed from: nobody has to guess. */
import type { Json } from '#kit/fields.ts';
import type { Tx } from '#store/database.ts';
import { bindPlaced, placedFor } from '#store/placed-calls.ts';
import { readRecords } from '#store/records.ts';
import type { Subject } from './subject.ts';

/** A placed call begins to ring the other side within so long. */
const WITHIN_MS = 180_000;

/** Finds the click-to-call that a call came of, and takes its record as a person's choice. */
export async function claimPlacing(tx: Tx, connection: number, { row, known }: Subject): Promise<void> {
  if (row.chosen !== null || known.direction !== 'outbound' || known.other === '') return;
  const started = Date.parse(known.started);
  const placed = await placedFor(
    tx,
    connection,
    row.session,
    known.other,
    new Date(started - WITHIN_MS),
    new Date(started + 10_000),
  );
  if (placed === undefined) return;
  const [whom] = await readRecords(tx, [placed.record]);
  if (whom === undefined || whom.archived !== null) return;
  await bindPlaced(tx, placed.id, row.session);
  row.chosen = { record: whom.id, by: placed.by, how: 'placed' } satisfies Json;
}
