/** Telephone events: the calls they speak of appear, or move on, in the transaction that is given. Twice, late or out of order does no harm. */
import type { Json } from '#kit/fields.ts';
import type { CallEvent } from '#kit/telephony.ts';
import { cleaned, isClean } from '#kit/text.ts';
import { wantRoster, wantRosterAgain } from '#store/call-policies.ts';
import { type CallRow, makeCalls } from '#store/calls.ts';
import type { Tx } from '#store/database.ts';
import { oneWriter } from '#store/syncs.ts';
import { type Heard, hear, nothingHeard } from './heard.ts';
import type { CallParts } from './parts.ts';
import { deskOf, settleCalls } from './settle.ts';

/** A stranger among the extensions makes the roster be read again, if it is older than this. */
const STALE_MS = 600_000;

/** What came together is settled together: a call that moved several times is settled once. */
export async function heard(tx: Tx, parts: CallParts, connection: number, events: readonly CallEvent[]): Promise<void> {
  // Sent together, and run in their order.
  const [, desk] = await Promise.all([oneWriter(tx), deskOf(tx, parts, connection)]);
  if (desk === undefined) return;
  const now = new Date(parts.now());
  // What PostgreSQL keeps in no text is a caller's name all the same.
  const sessions = Map.groupBy(events.map(clean), ({ session }) => session);
  const begun = [...sessions].map(([session, all]) => ({ session, started: new Date(Math.min(...all.map(({ at }) => at))) }));
  const rows = await makeCalls(tx, connection, begun, now);
  const moved = rows.filter((row) => take(row, sessions.get(row.session)!, now));
  if (moved.length === 0) return;
  const { roster } = desk;
  const named = events.flatMap(({ parties }) => parties.flatMap(({ extension }) => extension ?? []));
  if (!roster.known) await wantRoster(tx, connection, now);
  else if (named.some((extension) => roster.of(extension) === undefined))
    await wantRosterAgain(tx, connection, now, new Date(now.getTime() - STALE_MS));
  await settleCalls(tx, parts, desk, moved, false);
}

const clean = (event: CallEvent): CallEvent =>
  isClean(event as unknown as Json) ? event : (cleaned(event as unknown as Json) as unknown as CallEvent);

/** Is there anything new in it? */
function take(row: CallRow, events: readonly CallEvent[], now: Date): boolean {
  if (row.stage === 'done' && row.heard === null) return false; // told by the log, or given up: its events are history
  const before = (row.heard as unknown as Heard | null) ?? nothingHeard(row.session);
  const after = events.reduce(hear, before);
  if (after === before && row.heard !== null) return false;
  row.heard = JSON.parse(JSON.stringify(after));
  row.alias = after.alias ?? null;
  row.news = now.toISOString();
  if (row.stage === 'over' && row.logged === null) row.stage = 'live'; // somebody came into it after all
  return true;
}
