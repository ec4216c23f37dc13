/** Calls that are due: their end is settled, or asked of the service; their log is waited for. */
import { forWork } from '#hub/shares.ts';
import { Problem, TryLater } from '#kit/errors.ts';
import type { CallEvent } from '#kit/telephony.ts';
import { wantRoster } from '#store/call-policies.ts';
import { type CallRow, lockCalls, putCall, syncOfStream, takeDue } from '#store/calls.ts';
import type { Tx } from '#store/database.ts';
import { oneWriter } from '#store/syncs.ts';
import { type Heard, hearSnapshot, nothingHeard } from './heard.ts';
import type { CallParts, Line } from './parts.ts';
import { at, DAY, outlived, stageBy } from './schedule.ts';
import { type Desk, deskOf, settleCalls } from './settle.ts';

/** An engine that is asked for the log of one call gets that of all: no oftener than so. */
const PULL_MS = 20_000;
/** Until a service that does not answer is asked again. */
const AGAIN_MS = 60_000;
/** A roster that is being read is there soon. */
const ROSTER_MS = 2_000;

/** `aside`: what has to wait for the service, which may take its time, is done there. */
export async function dueWork(
  parts: CallParts,
  workspace: number,
  connection: number,
  sessions: readonly string[],
  signal: AbortSignal,
  aside: (work: () => Promise<void>) => void,
): Promise<void> {
  const found = await parts.store.workspace(workspace, async (tx) => {
    await oneWriter(tx);
    const rows = await takeDue(tx, connection, sessions, new Date(parts.now()));
    const desk = await deskOf(tx, parts, connection);
    if (desk === undefined) {
      for (const row of rows) await putCall(tx, { ...row, due: null });
      return undefined;
    }
    const waits = await untilRoster(tx, parts, desk, rows);
    const asked = rows.filter((row) => isSilent(row, parts.now()));
    const settled = rows.filter((row) => !asked.includes(row) && !waits.includes(row));
    // What depends on its being over is settled with it.
    for (const row of settled) row.stage = stageBy(row, parts.now());
    await settleCalls(tx, parts, desk, settled);
    // Asked outside the transaction: nobody else asks meanwhile.
    for (const row of asked) await putCall(tx, { ...row, due: at(parts.now() + AGAIN_MS) });
    return { line: desk.line, asked, waiting: settled.some((row) => row.stage === 'over' && row.logged === null) };
  });
  if (found === undefined) return;
  if (found.waiting) await pullLog(parts, workspace, found.line);
  const { line, asked } = found;
  if (asked.length > 0)
    aside(async () => {
      for (const row of asked) await askService(parts, workspace, line, row, signal);
    });
}

/** What failed here may fail for ever: it is tried again with the patience that logs are waited for. */
export async function putOff({ store, now }: CallParts, workspace: number, connection: number, session: string): Promise<void> {
  await store.workspace(workspace, async (tx) => {
    for (const row of await takeDue(tx, connection, [session], new Date(now())))
      await putCall(tx, { ...row, due: at(now() + 60 * AGAIN_MS) });
  });
}

/** Whose a call is that only the log has told cannot be said before the roster was read: until then it waits. */
async function untilRoster(tx: Tx, parts: CallParts, { line, roster }: Desk, rows: readonly CallRow[]): Promise<CallRow[]> {
  if (!roster.awaited) return [];
  await wantRoster(tx, line.connection, new Date(parts.now()));
  const waits = rows.filter((row) => row.logged !== null);
  for (const row of waits) await putCall(tx, { ...row, due: at(parts.now() + ROSTER_MS) });
  return waits;
}

/** No event has told its end for so long that the service is asked. */
const isSilent = (row: CallRow, now: number): boolean =>
  row.stage === 'live' && row.ended === null && row.logged === null && row.due !== null && Date.parse(row.due) <= now;

async function pullLog({ store, engine, now }: CallParts, workspace: number, line: Line): Promise<void> {
  const sync = await store.workspace(workspace, (tx) => syncOfStream(tx, line.connection, line.stream));
  if (sync === undefined || sync.state !== 'on') return;
  // It was pulled lately, or is about to be: `pull_due` lies one interval after the last.
  if (sync.succeeded !== null && now() - Date.parse(sync.succeeded) < PULL_MS) return;
  await engine.request(workspace, sync.id, false);
}

async function askService(parts: CallParts, workspace: number, line: Line, row: CallRow, signal: AbortSignal): Promise<void> {
  const answer = await ask(parts, workspace, line, row.session, signal);
  await parts.store.workspace(workspace, async (tx) => {
    await oneWriter(tx);
    const desk = await deskOf(tx, parts, line.connection);
    const [current] = await lockCalls(tx, line.connection, [row.session]);
    if (desk === undefined || current === undefined || current.stage !== 'live') return;
    const given = answer.is === 'later' && parts.now() - Date.parse(current.news) >= DAY;
    if (answer.is === 'later' && !given) {
      await putCall(tx, { ...current, due: at(parts.now() + answer.afterMs) });
      return;
    }
    if (answer.is === 'lives') {
      const before = (current.heard as unknown as Heard | null) ?? nothingHeard(row.session);
      current.heard = JSON.parse(JSON.stringify(hearSnapshot(before, answer.event)));
    } else current.stage = 'over';
    current.due = null;
    await settleCalls(tx, parts, desk, [current]);
    // It is as silent as before, but it lives.
    if (current.stage === 'live' && current.ended === null) {
      outlived(current, parts.now());
      await putCall(tx, current);
    }
  });
}

type Answer = { is: 'lives'; event: CallEvent } | { is: 'gone' } | { is: 'later'; afterMs: number };

async function ask(parts: CallParts, workspace: number, line: Line, session: string, signal: AbortSignal): Promise<Answer> {
  const { telephony, connection } = line;
  if (telephony.session === undefined) return { is: 'gone' };
  if (!line.active) return { is: 'later', afterMs: 10 * AGAIN_MS };
  try {
    const event = await telephony.session(forWork(await parts.context(workspace, connection, signal), 'webhook'), session);
    return event === undefined ? { is: 'gone' } : { is: 'lives', event };
  } catch (error) {
    if (error instanceof TryLater) return { is: 'later', afterMs: Math.max(error.afterMs, 1_000) };
    if (!(error instanceof Problem)) throw error;
    parts.log.info({ workspace, connection, session, problem: error.message }, 'the service does not tell how a call stands');
    return { is: 'later', afterMs: 10 * AGAIN_MS };
  }
}
