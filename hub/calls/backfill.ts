/** A past period, read from the service's log a day at a time, newest day last, with what is left of the budget over people and events. */

import { Fault } from '#hub/fault.ts';
import { forWork } from '#hub/shares.ts';
import { bothOf, Problem, TryLater } from '#kit/errors.ts';
import type { Misfit, Row } from '#kit/stream.ts';
import {
  type BackfillRow,
  claimBackfill,
  getBackfill,
  insertBackfill,
  listBackfills,
  noteBackfill,
  stopBackfill,
} from '#store/call-backfills.ts';
import { syncOfStream } from '#store/calls.ts';
import { needLine } from './lines.ts';
import { type CallParts, type Line, lineOf } from './parts.ts';

const DAY_MS = 86_400_000;
const CLAIM_MS = 300_000;
const AGAIN_MS = 60_000;
const LONGEST_DAYS = 3_660;

export interface Period {
  connection: number;
  /** Instants; `until` excluded. */
  since: string;
  until: string;
}

/** Begins to read a past period. Throws `Fault`. */
export async function beginBackfill(parts: CallParts, workspace: number, period: Period, by: string): Promise<BackfillRow> {
  const [since, until] = [Date.parse(period.since), Math.min(Date.parse(period.until), parts.now())];
  if (!(since < until) || until - since > LONGEST_DAYS * DAY_MS)
    throw new Fault(
      'invalid',
      'The period cannot be read.',
      `Give a past period of at most ${LONGEST_DAYS} days, since before until.`,
      [{ path: 'since', found: period.since, allowed: 'an instant before `until`, in the past' }],
    );
  return parts.store.workspace(workspace, async (tx) => {
    const line = await needLine(tx, parts, period.connection);
    if (line.telephony.log === undefined)
      throw new Fault(
        'conflict',
        `${line.title} does not tell the calls of a chosen period.`,
        'Its own pull reads what it keeps.',
      );
    const sync = await syncOfStream(tx, period.connection, line.stream);
    if (sync?.state !== 'on')
      throw new Fault(
        'conflict',
        `The sync of ${line.stream} is not on.`,
        'Execute its first preview, or resume it, then ask again.',
      );
    return insertBackfill(tx, {
      ...{ connection: period.connection, since: new Date(since), until: new Date(until), at: new Date(parts.now()), by },
    });
  });
}

export function backfills({ store }: CallParts, workspace: number): Promise<BackfillRow[]> {
  return store.workspace(workspace, (tx) => listBackfills(tx, 100));
}

/** Ends it where it is; what was read stays. */
export async function endBackfill({ store }: CallParts, workspace: number, id: number): Promise<BackfillRow> {
  return store.workspace(workspace, async (tx) => {
    await stopBackfill(tx, id);
    const row = await getBackfill(tx, id);
    if (row === undefined)
      throw new Fault('missing', `There is no backfill ${id}.`, 'List the backfills to see which there are.');
    return row;
  });
}

/** The next day of a period that is due. */
export async function backfillStep(parts: CallParts, workspace: number, id: number, signal: AbortSignal): Promise<void> {
  const now = parts.now();
  const found = await parts.store.workspace(workspace, async (tx) => {
    const row = await claimBackfill(tx, id, new Date(now), new Date(now + CLAIM_MS));
    const line = row && (await lineOf(tx, parts, row.connection));
    return row && line && { row, line, sync: await syncOfStream(tx, row.connection, line.stream) };
  });
  if (found?.sync === undefined) return;
  const { row, line } = found;
  const from = Date.parse(row.reached);
  const to = Math.min(from + DAY_MS, Date.parse(row.until));
  try {
    const counts = await bringPeriod(parts, workspace, line, found.sync.id, { from, to }, row.by, signal);
    const done = to >= Date.parse(row.until);
    await note(parts, workspace, row, {
      ...{ reached: new Date(to).toISOString(), read: counts.read ?? 0, made: counts.create ?? 0, problem: null },
      ...{ state: done ? 'done' : 'running', due: done ? null : new Date(parts.now()) },
    });
  } catch (error) {
    if (signal.aborted) return;
    const wait = error instanceof TryLater ? error.afterMs : AGAIN_MS;
    const problem = error instanceof Problem ? bothOf(error) : (error as Error).message;
    const due = new Date(parts.now() + wait);
    await note(parts, workspace, row, { reached: row.reached, read: 0, made: 0, state: 'running', problem, due });
  }
}

/** Brings what the service's log holds of a period through the engine. */
export async function bringPeriod(
  parts: CallParts,
  workspace: number,
  { telephony, connection }: Line,
  sync: number,
  period: { from: number; to: number },
  by: string,
  signal: AbortSignal,
): Promise<{ [count: string]: number }> {
  const ctx = forWork(await parts.context(workspace, connection, signal), 'backfill');
  const read = (): AsyncIterable<{ rows: readonly Row[]; misfits: readonly Misfit[] }> => telephony.log!(ctx, period);
  return parts.engine.bring({ workspace, sync, by, signal, read });
}

function note(
  { store }: CallParts,
  workspace: number,
  { id }: BackfillRow,
  noted: Parameters<typeof noteBackfill>[2],
): Promise<void> {
  return store.workspace(workspace, (tx) => noteBackfill(tx, id, noted));
}
