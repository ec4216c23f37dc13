/** Beside the engine while it keeps pages of finished calls, and of nothing else: what is not to be logged is left outside, what is kept is noted as told. */
import type { Row } from '#kit/stream.ts';
import type { CallRow as LoggedFields } from '#kit/telephony.ts';
import { type LoggedCall, noteLogged, readCalls } from '#store/calls.ts';
import type { Tx } from '#store/database.ts';
import type { Beside, Kept } from '#sync/beside.ts';
import { Moved } from '#sync/moved.ts';
import { colleaguesAmong } from './colleagues.ts';
import { type Exclusion, exclusionOf, outsideOf } from './exclusion.ts';
import { fold } from './fold.ts';
import type { Heard } from './heard.ts';
import type { CallParts } from './parts.ts';
import { type Desk, deskOf } from './settle.ts';

export function besideEngine(parts: CallParts): Beside {
  return {
    heard: true,
    async outside(tx, sync, rows) {
      const desk = await deskOf(tx, parts, sync.connection);
      if (desk === undefined) return new Set();
      return new Set((await excludedAmong(tx, desk, rows)).keys());
    },
    async kept(tx, sync, rows, kept) {
      const desk = await deskOf(tx, parts, sync.connection);
      if (desk === undefined) return;
      const byRow = new Map(rows.map((row) => [row.id, row]));
      const strangers = kept.flatMap(({ row, record }) => (record === null ? (byRow.get(row) ?? []) : []));
      const excluded = await excludedAmong(tx, desk, strangers);
      const told = kept.flatMap((one): LoggedCall[] => toldOf(one, byRow.get(one.row), excluded));
      const lost = await noteLogged(tx, sync.connection, told, new Date(parts.now()));
      if (lost.length > 0) throw new Moved(lost);
    },
  };
}

/** Rows without a record that were held for a person are told too, but not yet a call. */
function toldOf(
  { row: session, record, reason }: Kept,
  row: Row | undefined,
  excluded: ReadonlyMap<string, Exclusion>,
): LoggedCall[] {
  const why = excluded.get(session) ?? (record === null && reason === 'outside' ? 'outside the mapping' : null);
  if (row === undefined || (record === null && why === null)) return [];
  const { direction, extension, started, recordings = [], voicemail } = row.fields as unknown as LoggedFields;
  const heard = { recordings: recordings.length === 0 ? null : recordings.map(({ id }) => id), voicemail: voicemail ?? null };
  return [{ session, record, excluded: why, direction: direction ?? null, extension: extension ?? null, started, ...heard }];
}

/** Rows of calls that are not logged, with the reason; those that have a record already are. */
async function excludedAmong(tx: Tx, desk: Desk, rows: readonly Row[]): Promise<Map<string, Exclusion>> {
  const { policy, roster, line } = desk;
  const known = new Map(
    (
      await readCalls(
        tx,
        line.connection,
        rows.map((row) => row.id),
      )
    ).map((call) => [call.session, call]),
  );
  const excluded = new Map<string, Exclusion>();
  const numberOf = (number: string | undefined): string => roster.number({ number });
  const sides = rows.map(({ fields }) => outsideOf({ ...(fields as unknown as LoggedFields), ...endsOf(fields, numberOf) }));
  const colleagues = await colleaguesAmong(tx, sides);
  for (const [at, row] of rows.entries()) {
    const call = known.get(row.id);
    if (call?.record) continue;
    const told = row.fields as unknown as LoggedFields;
    const state = call?.heard ? fold(call.heard as unknown as Heard, roster.kindOf, roster.ownOnly) : undefined;
    const { from, to } = endsOf(row.fields, numberOf);
    const firstLeg = state === undefined ? call?.excluded === 'first leg' : state.placed && state.direction === 'inbound';
    const people = state?.people ?? (told.extension === undefined ? [] : [told.extension]);
    const talked = told.outcome === 'answered' ? (told.extension ?? null) : null;
    const fax = state?.fax ?? call?.excluded === 'fax';
    const colleague = colleagues.has(sides[at]!);
    const asked = { direction: told.direction, from, to, people, talked, fax, firstLeg, colleague };
    const why = exclusionOf(asked, policy, roster);
    if (why !== null) excluded.set(row.id, why);
  }
  return excluded;
}

function endsOf(fields: Row['fields'], numberOf: (number: string | undefined) => string): { from: string; to: string } {
  const { from, to } = fields as unknown as LoggedFields;
  return { from: numberOf(from), to: numberOf(to) };
}
