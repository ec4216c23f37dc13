/** A telephone event: the call it speaks of appears, or moves on, in the transaction that is given. Twice, late or out of order does no harm. */
import type { CallEvent } from '#kit/telephony.ts';
import { wantRoster, wantRosterAgain } from '#store/call-policies.ts';
import { lockCall } from '#store/calls.ts';
import type { Tx } from '#store/database.ts';
import { oneWriter } from '#store/syncs.ts';
import { type Heard, hear, nothingHeard } from './heard.ts';
import type { CallParts } from './parts.ts';
import { deskOf, settleCalls } from './settle.ts';

/** A stranger among the extensions makes the roster be read again, if it is older than this. */
const STALE_MS = 600_000;

export async function heard(tx: Tx, parts: CallParts, connection: number, event: CallEvent): Promise<void> {
  await oneWriter(tx);
  const desk = await deskOf(tx, parts, connection);
  if (desk === undefined) return;
  const now = new Date(parts.now());
  const row = await lockCall(tx, { connection, session: event.session }, new Date(event.at), now);
  if (row.stage === 'done' && row.heard === null) return; // told by the log, or given up: its events are history
  const before = (row.heard as unknown as Heard | null) ?? nothingHeard(event.session);
  const after = hear(before, event);
  if (after === before && row.heard !== null) return;
  if (!desk.roster.known) await wantRoster(tx, connection, now);
  else if (event.parties.some(({ extension }) => extension !== undefined && desk.roster.of(extension) === undefined))
    await wantRosterAgain(tx, connection, now, new Date(now.getTime() - STALE_MS));
  row.heard = JSON.parse(JSON.stringify(after));
  row.alias = after.alias ?? null;
  row.news = now.toISOString();
  if (row.stage === 'over' && row.logged === null) row.stage = 'live'; // somebody came into it after all
  await settleCalls(tx, parts, desk, [row], false);
}
