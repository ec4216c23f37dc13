/** The proof of completeness: of each call in the service's log of a day it is said which record it is, or why it has none. */

import { Fault } from '#hub/fault.ts';
import { forWork } from '#hub/shares.ts';
import type { CallRow as LoggedFields } from '#kit/telephony.ts';
import { callsBetween, heldSessions, linkedSessions, readCalls, syncOfStream } from '#store/calls.ts';
import type { Tx } from '#store/database.ts';
import { readRecords } from '#store/records.ts';
import { bringPeriod } from './backfill.ts';
import { needLine } from './lines.ts';
import type { CallParts, Line } from './parts.ts';
import { policyOf } from './policy.ts';

export interface Reconciled {
  connection: number;
  day: string;
  zone: string;
  /** Calls in the service's log. */
  total: number;
  /** Of those, with a record. */
  records: number;
  /** Reason → how many have none for it. */
  exceptions: { [reason: string]: number };
  /** Neither: the log's sessions nobody has accounted for. */
  missing: string[];
  /** Accounted for, of a hundred. */
  figure: number;
  /** Records of calls the log does not know, with what is known of why. */
  beyond: { session: string; record: string; why: string }[];
}

/** A day in the zone of the policy, `YYYY-MM-DD`. `mend`: what is missing is brought first. Throws `Fault`, and what the service says. */
export async function reconcile(
  parts: CallParts,
  workspace: number,
  asked: { connection: number; day: string; mend?: boolean; by: string },
  signal: AbortSignal,
): Promise<Reconciled> {
  const { line, zone, sync } = await parts.store.workspace(workspace, async (tx) => {
    const found = await needLine(tx, parts, asked.connection);
    const policy = await policyOf(tx, asked.connection);
    return { line: found, zone: policy.zone, sync: await syncOfStream(tx, asked.connection, found.stream) };
  });
  if (line.telephony.log === undefined)
    throw new Fault(
      'conflict',
      `${line.title} does not tell the calls of a day.`,
      'Compare the records with its own log by hand.',
    );
  const period = periodOf(asked.day, zone);
  let found = await accountOf(parts, workspace, line, period, signal);
  if (asked.mend === true && found.missing.length > 0 && sync?.state === 'on') {
    await bringPeriod(parts, workspace, line, sync.id, period, asked.by, signal);
    found = await accountOf(parts, workspace, line, period, signal);
  }
  return { connection: asked.connection, day: asked.day, zone, ...found };
}

function periodOf(day: string, zone: string): { from: number; to: number } {
  try {
    const start = Temporal.PlainDate.from(day).toZonedDateTime(zone);
    return { from: start.epochMilliseconds, to: start.add({ days: 1 }).epochMilliseconds };
  } catch {
    throw new Fault('invalid', `${day.slice(0, 40)} is no day.`, 'Write it as 2026-03-01.', [
      { path: 'day', found: day.slice(0, 40), allowed: 'a day: YYYY-MM-DD' },
    ]);
  }
}

type Account = Omit<Reconciled, 'connection' | 'day' | 'zone'>;

async function accountOf(
  parts: CallParts,
  workspace: number,
  line: Line,
  period: { from: number; to: number },
  signal: AbortSignal,
): Promise<Account> {
  const ctx = forWork(await parts.context(workspace, line.connection, signal), 'backfill');
  const seen = new Set<string>();
  const account: Account = { total: 0, records: 0, exceptions: {}, missing: [], figure: 100, beyond: [] };
  const except = (reason: string): void => {
    account.exceptions[reason] = (account.exceptions[reason] ?? 0) + 1;
  };
  for await (const { rows, misfits } of line.telephony.log!(ctx, period)) {
    const sessions = [
      ...new Set(
        rows.flatMap((row) => (seen.has(row.id) || !isWithin(row.fields as unknown as LoggedFields, period) ? [] : [row.id])),
      ),
    ];
    for (const session of sessions) seen.add(session);
    for (const { id } of misfits) if (!seen.has(id)) except('misfit: the log’s row breaks its own rules');
    for (const { id } of misfits) seen.add(id);
    const fates = await parts.store.workspace(workspace, (tx) => fatesOf(tx, line, sessions));
    for (const session of sessions) {
      const fate = fates.get(session);
      if (fate === undefined) account.missing.push(session);
      else if (fate === 'record') account.records += 1;
      else except(fate);
    }
  }
  account.total = seen.size;
  account.figure = seen.size === 0 ? 100 : Math.floor(((seen.size - account.missing.length) / seen.size) * 10_000) / 100;
  account.beyond = await parts.store.workspace(workspace, (tx) => beyond(tx, line.connection, period, seen));
  return account;
}

/** A service may give a little more than was asked. */
const isWithin = ({ started }: LoggedFields, { from, to }: { from: number; to: number }): boolean =>
  Date.parse(started) >= from && Date.parse(started) < to;

/** What became of each session: `record`, or the reason why it has none. Absent: nobody knows. */
async function fatesOf(tx: Tx, { connection, stream }: Line, sessions: readonly string[]): Promise<Map<string, string>> {
  const fates = new Map<string, string>();
  if (sessions.length === 0) return fates;
  for (const { session, kind } of await heldSessions(tx, connection, stream, sessions)) fates.set(session, `held: ${kind}`);
  const calls = await readCalls(tx, connection, sessions);
  const linked = await linkedSessions(tx, connection, stream, sessions);
  const records = new Map([
    ...linked.map((l) => [l.session, l.record] as const),
    ...calls.flatMap((c) => (c.record ? [[c.session, c.record] as const] : [])),
  ]);
  const living = new Set((await readRecords(tx, [...new Set(records.values())])).map((record) => record.id));
  for (const { session, excluded } of calls) if (excluded !== null) fates.set(session, excluded);
  for (const [session, record] of records)
    fates.set(session, living.has(record) ? 'record' : 'erased: a person erased its record');
  return fates;
}

async function beyond(
  tx: Tx,
  connection: number,
  { from, to }: { from: number; to: number },
  seen: ReadonlySet<string>,
): Promise<Reconciled['beyond']> {
  const found: Reconciled['beyond'] = [];
  let after: { started: string; session: string } | null = null;
  for (;;) {
    const rows: Awaited<ReturnType<typeof callsBetween>> = await callsBetween(
      tx,
      connection,
      new Date(from),
      new Date(to),
      after,
      1_000,
    );
    for (const { session, record, trouble, stage } of rows)
      if (record !== null && !seen.has(session))
        found.push({ session, record, why: trouble ?? (stage === 'done' ? 'gone from the log' : 'not in the log yet') });
    const last = rows.at(-1);
    if (rows.length < 1_000 || last === undefined) return found;
    after = { started: last.started, session: last.session };
  }
}
