/** How a connection does, told from evidence: what its syncs last achieved, never that a job ended well. Pure. */
import type { Missing } from '#credentials/scopes.ts';
import type { ConnectionRow, Evidence } from '#store/connections.ts';

export const STATUSES = ['working', 'waiting', 'limited', 'late', 'failing', 'paused', 'disconnected'] as const;

export interface Status {
  status: (typeof STATUSES)[number];
  /** For the person: why, and what to do. */
  because: string;
}

/** So many missed turns make a sync late. */
const MISSED_TURNS = 3;

/** The most urgent that holds. */
export function statusOf(
  { grant_id, state, reason }: Pick<ConnectionRow, 'grant_id' | 'state' | 'reason'>,
  missing: readonly Missing[],
  evidence: readonly Evidence[],
  now: number,
): Status {
  if (grant_id === null) return { status: 'disconnected', because: reason ?? 'Connect again to go on.' };
  if (state === 'paused') return { status: 'paused', because: reason ?? 'Paused.' };
  const on = evidence.filter((sync) => sync.state === 'on');
  const failing = on.find((sync) => sync.failures > 0);
  if (failing) return { status: 'failing', because: failureOf(failing) };
  const late = on.find((sync) => sync.succeeded !== null && now - Date.parse(sync.succeeded) > MISSED_TURNS * sync.every);
  if (late)
    return {
      status: 'late',
      because: `${late.stream} last came to its end at ${late.succeeded}, and is due every ${minutes(late.every)}.`,
    };
  if (missing.length > 0) return { status: 'limited', because: missing.map(sayMissing).join(' ') };
  const stopped = evidence.find((sync) => sync.state === 'paused');
  if (stopped) return { status: 'paused', because: `${stopped.stream}: ${stopped.reason ?? 'paused.'}` };
  const first = evidence.find((sync) => sync.succeeded === null);
  if (evidence.length === 0) return { status: 'waiting', because: 'Nothing is set up to be synced.' };
  if (first) return { status: 'waiting', because: waitingFor(first) };
  return { status: 'working', because: `Every stream came to its end within the last ${MISSED_TURNS} turns.` };
}

function failureOf({ stream, failures, problem }: Evidence): string {
  const said = problem?.advice ?? problem?.message ?? 'see its runs.';
  return `${stream} failed ${failures} time${failures === 1 ? '' : 's'} in a row: ${said}`;
}

function waitingFor({ stream, state }: Evidence): string {
  return state === 'waiting'
    ? `${stream} waits for its first preview: make one, look at it, execute it.`
    : `${stream} has not come to its end for the first time yet.`;
}

function sayMissing({ stream, scopes }: Missing): string {
  return `Not allowed for ${stream ?? 'the account'}: ${scopes.join(', ')}; allow it, at the sign-in or for the app over there, and connect again.`;
}

/** For the person: the streams that nobody asked for, and how to have one. '' where all are in use. */
export function sayUnused(connector: string, connection: number, unused: readonly Missing[]): string {
  if (unused.length === 0) return '';
  const each = unused.map(({ stream, scopes }) => `${stream} (${scopes.join(' ')})`).join(', ');
  return `${each}. To use one: npm run cli -- connect ${connector} --again ${connection} --streams <name>`;
}

function minutes(ms: number): string {
  return `${Math.round(ms / 60_000)} min`;
}
