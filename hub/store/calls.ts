/** What is known of each telephony session: its row holds what was heard, which record it is, and what is still to be done. */
import type { Json, Values } from '#kit/fields.ts';
import { column, HERE, list } from './columns.ts';
import type { Tx } from './database.ts';

export interface CallRow {
  connection: number;
  session: string;
  record: string | null;
  excluded: string | null;
  alias: string | null;
  heard: Json;
  stage: 'live' | 'over' | 'done';
  direction: string | null;
  outcome: string | null;
  extension: string | null;
  other: string | null;
  started: string;
  ended: string | null;
  news: string;
  placed: boolean;
  ours: Values;
  question: string | null;
  listed: boolean;
  chosen: Json;
  task: string | null;
  due: string | null;
  tries: number;
  logged: string | null;
  trouble: string | null;
  /** Ids of what can be heard, as the log has named them. */
  recordings: string[] | null;
  /** The message that was left. */
  voicemail: string | null;
  /** Another connection tells this call too, and leads: the record is one, and so are its people and its task. */
  shared: boolean;
}

const COLUMNS = `connection, session, record, excluded, alias, heard, stage, direction, outcome, extension, other, started, ended, news, placed,
  ours, question, listed, chosen, task, due, tries, logged, trouble, recordings, voicemail, shared`;

export interface CallPlace {
  connection: number;
  session: string;
}

/** A session, and the earliest that is known of it. */
export interface Begun {
  session: string;
  started: Date;
}

/** The rows, locked in order of session: made where there are none, and whoever else makes them waits. */
export function makeCalls(tx: Tx, connection: number, calls: readonly Begun[], news: Date): Promise<CallRow[]> {
  return tx.query<CallRow>(
    `insert into calls (workspace, connection, session, started, news)
     select ${HERE}, $1::int, session, started, $4::timestamptz
     from unnest(${list('$2', 'text')}, ${list('$3', 'timestamptz')}) n (session, started) order by session
     on conflict (workspace, connection, session) do update set session = excluded.session returning ${COLUMNS}`,
    [connection, column(calls.map(({ session }) => session)), column(calls.map(({ started }) => started.toISOString())), news],
  );
}

/** Those of the sessions that are known, locked in order. */
export function lockCalls(tx: Tx, connection: number, sessions: readonly string[]): Promise<CallRow[]> {
  return tx.query<CallRow>(
    `select ${COLUMNS} from calls where connection = $1 and session = any(${list('$2', 'text')}) order by session for update`,
    [connection, column(sessions)],
  );
}

export function readCalls(tx: Tx, connection: number, sessions: readonly string[]): Promise<CallRow[]> {
  return tx.query<CallRow>(`select ${COLUMNS} from calls where connection = $1 and session = any(${list('$2', 'text')})`, [
    connection,
    column(sessions),
  ]);
}

/** The row that leads, where several connections have told the call. */
export async function callOfRecord(tx: Tx, record: string, lock: '' | 'for update' = ''): Promise<CallRow | undefined> {
  return (await callsOfRecord(tx, record, lock))[0];
}

/** The one that leads is the first. */
export function callsOfRecord(tx: Tx, record: string, lock: '' | 'for update' = ''): Promise<CallRow[]> {
  return tx.query<CallRow>(`select ${COLUMNS} from calls where record = $1::uuid order by shared, connection, session ${lock}`, [
    record,
  ]);
}

/** The same sessions as other connections of the service tell them, those that lead first; locked. */
export function twinsOf(tx: Tx, connections: readonly number[], sessions: readonly string[]): Promise<CallRow[]> {
  return tx.query<CallRow>(
    `select ${COLUMNS} from calls where connection = any($1::int[]) and session = any(${list('$2', 'text')}) and record is not null
     order by shared, connection, session for update`,
    [connections, column(sessions)],
  );
}

/** The rows as they shall be from now on. */
export async function putCalls(tx: Tx, rows: readonly CallRow[]): Promise<void> {
  if (rows.length === 0) return;
  await tx.run(
    `update calls c set record = n.record, excluded = n.excluded, alias = n.alias, heard = nullif(n.heard::text, 'null')::json,
       stage = n.stage, direction = n.direction, outcome = n.outcome, extension = n.extension, other = n.other, started = n.started,
       ended = n.ended, news = n.news, placed = n.placed, ours = n.ours, question = n.question, listed = n.listed,
       chosen = nullif(n.chosen::text, 'null')::json, task = n.task, due = n.due, tries = n.tries, logged = n.logged, trouble = n.trouble,
       recordings = nullif(n.recordings::text, 'null')::json, voicemail = n.voicemail, shared = n.shared
     from json_populate_recordset(null::calls, $1::json) n where c.connection = n.connection and c.session = n.session`,
    [JSON.stringify(rows)],
  );
}

export const putCall = (tx: Tx, row: CallRow): Promise<void> => putCalls(tx, [row]);

const asJson = (value: Json): string | null => (value === null ? null : JSON.stringify(value));

export interface LoggedCall {
  session: string;
  record: string | null;
  excluded: string | null;
  direction: string | null;
  /** Who talked, or was rung, as the log says. */
  extension: string | null;
  started: string;
  recordings: string[] | null;
  voicemail: string | null;
}

/**
 * The service's log has told these sessions. Rows that are not there are made; all are due. Answers the sessions that have another
 * record already: their page has lost a race and must not be kept.
 */
export async function noteLogged(tx: Tx, connection: number, calls: readonly LoggedCall[], at: Date): Promise<string[]> {
  if (calls.length === 0) return [];
  const kept = await tx.query<{ session: string }>(
    `insert into calls as c (workspace, connection, session, record, excluded, direction, extension, started, news, stage, due, logged,
       recordings, voicemail)
     select ${HERE}, $1::int, n.session, n.record, n.excluded, n.direction, n.extension, n.started, $6::timestamptz, 'over', $6::timestamptz,
       $6::timestamptz, n.recordings, n.voicemail
     from unnest(${list('$2', 'text')}, ${list('$3', 'uuid')}, ${list('$4', 'text')}, ${list('$5', 'timestamptz')}, ${list('$7', 'text')}, ${list('$8', 'text')},
         ${list('$9', 'json')}, ${list('$10', 'text')})
       n (session, record, excluded, started, direction, extension, recordings, voicemail)
     on conflict (workspace, connection, session) do update
     set record = coalesce(c.record, excluded.record), excluded = excluded.excluded,
       direction = coalesce(excluded.direction, c.direction), extension = coalesce(excluded.extension, c.extension), logged = $6::timestamptz,
       recordings = excluded.recordings, voicemail = coalesce(excluded.voicemail, c.voicemail),
       stage = case when c.stage = 'live' then 'over' else c.stage end, due = $6::timestamptz, trouble = null
     where c.record is null or excluded.record is null or c.record = excluded.record
     returning c.session`,
    [
      connection,
      column(calls.map((c) => c.session)),
      column(calls.map((c) => c.record)),
      column(calls.map((c) => c.excluded)),
      column(calls.map((c) => c.started)),
      at,
      column(calls.map((c) => c.direction)),
      column(calls.map((c) => c.extension)),
      column(calls.map((c) => asJson(c.recordings))),
      column(calls.map((c) => c.voicemail)),
    ],
  );
  const done = new Set(kept.map((row) => row.session));
  return calls.flatMap((call) => (done.has(call.session) ? [] : [call.session]));
}

/** Due rows of whatever workspace, the longest waiting first. Worker. */
export function dueCalls(tx: Tx, at: Date, most: number): Promise<(CallPlace & { workspace: number })[]> {
  return tx.query(`select workspace, connection, session from calls where due <= $1 order by due limit $2`, [at, most]);
}

/** Those that are still due, locked; what somebody else works on is left to him. */
export function takeDue(tx: Tx, connection: number, sessions: readonly string[], at: Date): Promise<CallRow[]> {
  return tx.query<CallRow>(
    `select ${COLUMNS} from calls where connection = $1 and session = any(${list('$2', 'text')}) and due <= $3
     order by session for update skip locked`,
    [connection, column(sessions), at],
  );
}

/** Calls under way, oldest first. */
export function liveCalls(tx: Tx, most: number): Promise<CallRow[]> {
  return tx.query<CallRow>(
    `select ${COLUMNS} from calls where stage = 'live' and record is not null and not shared order by started limit $1`,
    [most],
  );
}

/** Calls that wait for a person's answer, oldest first, from after a place. */
export function listedCalls(tx: Tx, after: { started: string; session: string } | null, most: number): Promise<CallRow[]> {
  return tx.query<CallRow>(
    `select ${COLUMNS} from calls where listed and (started, session) > ($1::timestamptz, $2) order by started, session limit $3`,
    [after?.started ?? '-infinity', after?.session ?? '', most],
  );
}

/** Calls with a number to which nobody belongs yet, locked, in order of session and connection, from after a place. */
export function lockWaiting(tx: Tx, numbers: readonly string[], after: CallPlace | undefined, most: number): Promise<CallRow[]> {
  return tx.query<CallRow>(
    `select ${COLUMNS} from calls
     where question is not null and other = any(${list('$1', 'text')}) and (session, connection) > ($2, $3::int)
     order by session, connection limit $4 for update`,
    [column(numbers), after?.session ?? '', after?.connection ?? 0, most],
  );
}

/** Was there a conversation with the number after that moment? */
export async function talkedSince(tx: Tx, number: string, since: string): Promise<boolean> {
  const rows = await tx.query(`select from calls where other = $1 and started > $2 and outcome = 'answered' limit 1`, [
    number,
    since,
  ]);
  return rows.length > 0;
}

/** Calls of a period in order, from after a place. */
export function callsBetween(
  tx: Tx,
  connection: number,
  from: Date,
  to: Date,
  after: { started: string; session: string } | null,
  most: number,
): Promise<CallRow[]> {
  return tx.query<CallRow>(
    `select ${COLUMNS} from calls
     where connection = $1 and started >= $2 and started < $3 and (started, session) > ($4::timestamptz, $5)
     order by started, session limit $6`,
    [connection, from, to, after?.started ?? '-infinity', after?.session ?? '', most],
  );
}

/** Ties sessions of one conversation, both ways. */
export async function tieSessions(tx: Tx, connection: number, session: string, others: readonly string[]): Promise<void> {
  if (others.length === 0) return;
  await tx.run(
    `insert into call_ties (workspace, connection, session, other)
     select ${HERE}, $1::int, s, o from (
       select $2::text as s, unnest(${list('$3', 'text')}) as o union all select unnest(${list('$3', 'text')}), $2::text) pairs
     on conflict do nothing`,
    [connection, session, column(others)],
  );
}

/** Records of the sessions that are tied to these, in order of session. */
export function tiedRecords(
  tx: Tx,
  connection: number,
  sessions: readonly string[],
): Promise<{ session: string; record: string }[]> {
  return tx.query(
    `select t.session, c.record from call_ties t join calls c on c.connection = t.connection and c.session = t.other
     where t.connection = $1 and t.session = any(${list('$2', 'text')}) and c.record is not null order by t.session, t.other`,
    [connection, column(sessions)],
  );
}

/** Which of the rows are known as links of a sync: session → record. */
export function linkedSessions(
  tx: Tx,
  connection: number,
  stream: string,
  sessions: readonly string[],
): Promise<{ session: string; record: string }[]> {
  return tx.query(
    `select l.row as session, l.record from syncs s join links l on l.workspace = s.workspace and l.sync = s.id
     where s.connection = $1 and s.stream = $2 and l.row = any(${list('$3', 'text')})`,
    [connection, stream, column(sessions)],
  );
}

/** Ids of held questions about rows of a sync, by row. */
export function heldSessions(
  tx: Tx,
  connection: number,
  stream: string,
  sessions: readonly string[],
): Promise<{ session: string; kind: string }[]> {
  return tx.query(
    `select distinct h.subject as session, h.kind from syncs s join held h on h.workspace = s.workspace and h.sync = s.id
     where s.connection = $1 and s.stream = $2 and h.subject = any(${list('$3', 'text')}) and h.closed is null`,
    [connection, stream, column(sessions)],
  );
}

/** The sync of a connection's stream. */
export async function syncOfStream(
  tx: Tx,
  connection: number,
  stream: string,
): Promise<{ id: number; state: 'waiting' | 'on' | 'paused'; succeeded: string | null } | undefined> {
  return (
    await tx.query<{ id: number; state: 'waiting' | 'on' | 'paused'; succeeded: string | null }>(
      'select id, state, succeeded from syncs where connection = $1 and stream = $2',
      [connection, stream],
    )
  )[0];
}
