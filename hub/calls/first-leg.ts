/** The agent's own leg of a placed call. */
import { placedAbout } from '#store/calls.ts';
import type { Tx } from '#store/database.ts';
import type { Known } from './known.ts';

/** How long before the call itself the agent's own telephone may have begun to ring. */
const RINGS_MS = 90_000;

/**
 * The service's log tells of a placed call twice: the agent's own leg looks like a call from the customer. Events say which is which;
 * where they were lost, the leg is the one that begins before the call and outlasts it.
 */
export async function isFirstLeg(
  tx: Tx,
  row: { connection: number; session: string },
  known: Pick<Known, 'direction' | 'other' | 'started' | 'ended'>,
): Promise<boolean> {
  if (known.direction !== 'inbound' || known.other === '' || known.ended === null) return false;
  const [started, ended] = [Date.parse(known.started), Date.parse(known.ended)];
  const near = await placedAbout(tx, row.connection, known.other, new Date(started - 1_000), new Date(started + RINGS_MS));
  return near.some(
    (call) =>
      call.session !== row.session &&
      call.direction === 'outbound' &&
      call.ended !== null &&
      Date.parse(call.ended) <= ended + 3_000 &&
      Date.parse(call.started) <= ended,
  );
}
