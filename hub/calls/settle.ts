/**
 * A call is made whole: out of what is known it gets its record, its people, its task, and the time at which it is looked at again.
 * Everything is computed anew from what is stored, so that settling twice changes nothing.
 */
import type { Cause, CrmRecord } from '#crm/core.ts';
import { archiveRecords, eraseRecords } from '#crm/leave.ts';
import { shapeOf } from '#crm/shape.ts';
import { createRecords, present } from '#crm/write.ts';
import type { Json, Values } from '#kit/fields.ts';
import { equal, isBlank } from '#kit/values.ts';
import { readRoster } from '#store/call-policies.ts';
import { type CallRow, linkedSessions, putCalls, tiedRecords, tieSessions } from '#store/calls.ts';
import type { Tx } from '#store/database.ts';
import { uuidv7 } from '#store/ids.ts';
import { lockRecords } from '#store/records.ts';
import { attribute } from './attribute.ts';
import { colleaguesAmong } from './colleagues.ts';
import { followAll } from './followup.ts';
import { exclusionFor, type Known, knownOf, valuesOf } from './known.ts';
import { writeOurs } from './ours.ts';
import { type CallParts, type Line, lineOf } from './parts.ts';
import { claimPlacing } from './placing.ts';
import { type Policy, policyOf } from './policy.ts';
import { type Roster, rosterFrom } from './roster.ts';
import { schedule } from './schedule.ts';
import { share } from './share.ts';
import { whatIsHeard } from './sound.ts';
import type { Subject } from './subject.ts';

/** Whoever logs calls, in the journal. */
export const BY = 'calls';

/** What settling calls of one connection needs to know. */
export interface Desk {
  line: Line;
  policy: Policy;
  roster: Roster;
  /** Of the workspace. */
  region: string;
  /** Where people reach the hub. */
  publicUrl: string;
}

/** Undefined where the connection is no telephone line. */
export async function deskOf(tx: Tx, parts: CallParts, connection: number): Promise<Desk | undefined> {
  const [line, policy, { region }, kept] = await Promise.all([
    lineOf(tx, parts, connection),
    policyOf(tx, connection),
    shapeOf(tx),
    readRoster(tx, connection),
  ]);
  if (line === undefined) return undefined;
  return { line, policy, roster: rosterFrom(kept, policy, region, line.ownOnly), region, publicUrl: parts.publicUrl() };
}

/**
 * Settles calls of one connection, whose rows are locked, and writes the rows. The workspace's one writer. `every`: whose each call
 * is is asked anew; of a call under way most events change nothing about that.
 */
export async function settleCalls(tx: Tx, parts: CallParts, desk: Desk, rows: readonly CallRow[], every = true): Promise<void> {
  const now = parts.now();
  const cause: Cause = { by: BY, at: new Date(now).toISOString() };
  await share(tx, desk, rows);
  const records = await recordsOf(tx, desk, rows);
  const found = rows.flatMap((row) => findOut(row, records, desk.roster) ?? []);
  const colleagues = await colleaguesAmong(
    tx,
    found.map(({ known }) => known.other),
  );
  const subjects = await embody(tx, desk, found, colleagues, cause, every);
  if (subjects.length > 0) {
    await fill(tx, desk, subjects, cause);
    const leading = subjects.filter(({ row }) => !row.shared);
    await followAll(tx, leading, cause, now);
  }
  for (const row of rows) schedule(row, now);
  await putCalls(tx, rows);
}

/** The rows' records, locked; one that was merged stands for its survivor. */
async function recordsOf(tx: Tx, { line }: Desk, rows: readonly CallRow[]): Promise<Map<string, CrmRecord>> {
  const fresh = rows.filter((row) => row.record === null && row.excluded === null);
  if (fresh.length > 0) {
    const sessions = fresh.map((row) => row.session);
    const linked = await linkedSessions(tx, line.connection, line.stream, sessions);
    for (const { session, record } of linked) fresh.find((row) => row.session === session)!.record = record;
  }
  const ids = rows.flatMap((row) => row.record ?? []);
  if (ids.length === 0) return new Map();
  const found = await lockRecords(tx, ids);
  const heirs = found.flatMap(({ mergedInto }) => mergedInto ?? []);
  const all = heirs.length === 0 ? found : [...found, ...(await lockRecords(tx, heirs))];
  return new Map(all.map((record) => [record.id, record]));
}

/** A row, and what is known of it. */
interface Found {
  row: CallRow;
  record: CrmRecord | undefined;
  known: Known;
}

function findOut(row: CallRow, records: ReadonlyMap<string, CrmRecord>, roster: Roster): Found | undefined {
  let record = row.record === null ? undefined : records.get(row.record);
  if (record?.mergedInto) record = records.get(record.mergedInto);
  const known = knownOf(row, record, roster);
  return known && { row, record, known };
}

/** Sees to it that each call has a record, or none: those that have one. */
async function embody(
  tx: Tx,
  desk: Desk,
  found: readonly Found[],
  colleagues: ReadonlySet<string>,
  cause: Cause,
  every: boolean,
): Promise<Subject[]> {
  const { policy, roster } = desk;
  const logged: (Found & { anew: boolean })[] = [];
  for (const one of found) {
    const { row, record: kept, known } = one;
    // What the log told and a mapping made a record of stays one, whatever a later policy says.
    const excluded = kept !== undefined && row.logged !== null ? null : exclusionFor(known, row, desk, colleagues);
    const before = sidesOf(row);
    note(row, known, excluded);
    // A person erased or archived it: a call is not logged twice.
    const left = row.record !== null && (kept === undefined || kept.archived !== null);
    if (excluded === null && !left)
      logged.push({ ...one, anew: !row.shared && (every || kept === undefined || sidesOf(row) !== before) });
    else if (excluded !== null && kept !== undefined && !row.shared) await retire(tx, row, kept, cause);
  }
  const born = await bear(
    tx,
    logged.filter(({ record }) => record === undefined),
    roster,
    cause,
  );
  for (const { row, known } of logged) await tie(tx, row, known);
  return logged.map(({ row, record, known, anew }) => ({ row, record: record ?? born.get(row)!, known, policy, roster, anew }));
}

/** Who called whom, as far as it decides whose call it is. */
const sidesOf = ({ direction, other, extension }: CallRow): string => [direction, other, extension].join();

function note(row: CallRow, known: Known, excluded: CallRow['excluded']): void {
  const { state } = known;
  row.direction = known.direction;
  row.outcome = known.outcome;
  row.other = known.other || null;
  row.started = known.started;
  row.ended = known.ended;
  row.excluded = excluded;
  if (row.logged === null || known.talked !== null) row.extension = known.talked ?? known.people[0] ?? known.desk;
  if (state !== undefined) row.placed = state.placed;
}

/** A record for each call that has none yet. */
async function bear(tx: Tx, found: readonly Found[], roster: Roster, cause: Cause): Promise<Map<CallRow, CrmRecord>> {
  if (found.length === 0) return new Map();
  const births = found.map(({ row, known }) => ({
    row,
    creation: { id: uuidv7(), object: 'call', fields: present(valuesOf(known, row, undefined, roster)) },
  }));
  await createRecords(
    tx,
    births.map(({ creation }) => creation),
    cause,
  );
  for (const { row, creation } of births) Object.assign(row, { record: creation.id, ours: creation.fields });
  const made = await lockRecords(
    tx,
    births.map(({ creation }) => creation.id),
  );
  const records = new Map(made.map((record) => [record.id, record]));
  return new Map(births.map(({ row, creation }) => [row, records.get(creation.id)!]));
}

/** Values of the state, and to whom it belongs, are written together. */
async function fill(tx: Tx, { region, line, publicUrl }: Desk, subjects: readonly Subject[], cause: Cause): Promise<void> {
  const anew = subjects.filter((subject) => subject.anew);
  for (const subject of anew) await claimPlacing(tx, line.connection, subject);
  const belonging = anew.length === 0 ? new Map<Subject, Values>() : await attribute(tx, anew, region, cause);
  const heard = await whatIsHeard(tx, line, subjects, publicUrl);
  const sessions = subjects.map(({ row }) => row.session);
  const tied = Map.groupBy(await tiedRecords(tx, line.connection, sessions), ({ session }) => session);
  const wishes = [];
  for (const subject of subjects) {
    const { row, record, known, roster } = subject;
    const told = { ...valuesOf(known, row, record, roster), ...belonging.get(subject), ...heard.get(subject) };
    const linked = tied.get(row.session);
    const values: Values = linked === undefined ? told : { ...told, linked: linked.map(({ record }) => ({ call: record })) };
    wishes.push({ row, record, values, why: row.logged === null ? 'telephone event' : 'call completed' });
  }
  await writeOurs(tx, wishes, cause);
}

/** Sessions that an event named as the other part of this one. Their records name each other once both are there. */
async function tie(tx: Tx, row: CallRow, { state }: Known): Promise<void> {
  if (state === undefined || state.links.length === 0) return;
  await tieSessions(tx, row.connection, row.session, state.links);
}

/** A record that shall not be there: erased where nobody else has written in it, else archived. */
async function retire(tx: Tx, row: CallRow, record: CrmRecord, cause: Cause): Promise<void> {
  const shape = (await shapeOf(tx)).of('call');
  const untouched = Object.entries(record.fields).every(
    ([field, value]: [string, Json]) => !isBlank(row.ours[field]) && equal(shape.fields[field]!, row.ours[field], value),
  );
  if (record.archived === null) await (untouched ? eraseRecords : archiveRecords)(tx, [record.id], cause);
  row.record = null;
  row.ours = {};
  row.question = null;
  row.listed = false;
}
