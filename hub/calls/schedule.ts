/** When a call is looked at again, and in which stage of its life it is. Pure. */
import type { CallRow } from '#store/calls.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
export const DAY = 24 * 60 * MINUTE;

/** Nobody new comes into a call that everybody has left for so long. */
const QUIET_MS = 5 * SECOND;
/** Without news for so long, the service is asked how the call stands. */
const RINGING_MS = 2 * MINUTE;
const TALKING_MS = 30 * MINUTE;
/** Looks for the log of a call that is over, each so long after the one before: services tell it after 15 to 30 s, some much later. */
const LOOKS_MS = [25, 30, 60, 120, 300, 900].map((seconds) => seconds * SECOND);
const HOURLY_MS = 60 * MINUTE;

/** Given up after a day: whatever is missing then is said by name. */
export const NO_LOG = 'no log: the service’s log has not told this call within a day';
export const NO_END = 'no end: neither an event nor the service has told how this call ended';

/** A call that everybody has left for some seconds is over. */
export function stageBy({ stage, ended, news }: CallRow, now: number): CallRow['stage'] {
  return stage === 'live' && ended !== null && now - Date.parse(news) >= QUIET_MS ? 'over' : stage;
}

/** Moves the row to the stage it is in by now, and says when it is due next. */
export function schedule(row: CallRow, now: number): void {
  if (row.logged !== null || row.stage === 'done') return finish(row);
  row.stage = stageBy(row, now);
  if (row.stage === 'live') {
    row.due = at(Date.parse(row.news) + (row.ended !== null ? QUIET_MS : row.outcome === 'answered' ? TALKING_MS : RINGING_MS));
    return;
  }
  if (row.excluded !== null) return finish(row);
  if (now - Date.parse(row.news) >= DAY) {
    row.trouble = row.ended === null ? NO_END : NO_LOG;
    return finish(row);
  }
  if (row.due === null || Date.parse(row.due) <= now) {
    row.due = at(now + (LOOKS_MS[row.tries] ?? HOURLY_MS));
    row.tries += 1;
  }
}

/** Nothing more is expected of it: what was heard is kept no longer than it is needed. */
function finish(row: CallRow): void {
  row.stage = 'done';
  row.due = null;
  row.heard = null;
}

/** The call lives, says the service: asked again when it has been silent for as long again. */
export function outlived(row: CallRow, now: number): void {
  row.due = at(now + (row.outcome === 'answered' ? TALKING_MS : RINGING_MS));
}

export const at = (ms: number): string => new Date(ms).toISOString();
