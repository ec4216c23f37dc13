/** What a hub has made of calls, against the truth about each. Pure. */
import type { Truth } from '#test/emulators/ringcentral/call.ts';

/** What stands in the CRM, and beside it, of a telephony session. */
export interface Found {
  /** Every record that bears the session. */
  records: readonly {
    direction: string | null;
    outcome: string | null;
    contact: string | null;
    /** Has it been told how and when it ended? */
    ended: boolean;
  }[];
  /** The service's log has told it. */
  logged: boolean;
  /** Why it is not logged, by name. */
  excluded: string | null;
}

export interface Judgement {
  calls: number;
  /** One finished record, or a named exception, where there is to be one. */
  complete: number;
  /** Records beyond the first of a session, and those of sessions that never were. */
  doubles: number;
  /** Said to be of somebody who it was not, or of somebody where nobody can tell. */
  wrongContact: number;
  /** Nobody is named although somebody could be. */
  noContact: number;
  /** Another direction or outcome. */
  wrongOutcome: number;
  /** What is amiss, a line for each call, the first ones. */
  amiss: string[];
}

const MOST_TOLD = 20;

const NOTHING_FOUND: Found = { records: [], logged: false, excluded: null };

/** `contactOf`: whose number it is; null where nobody's, or where nobody can tell. */
export function judge(
  truths: readonly Truth[],
  all: ReadonlyMap<string, Found>,
  contactOf: (number: string) => string | null,
  isInLog: (session: string) => boolean,
): Judgement {
  const sum: Judgement = { calls: 0, complete: 0, doubles: 0, wrongContact: 0, noContact: 0, wrongOutcome: 0, amiss: [] };
  const tell = (line: string): void => {
    if (sum.amiss.length < MOST_TOLD) sum.amiss.push(line);
  };
  for (const truth of truths) {
    const { telephonySessionId: session } = truth;
    const found = all.get(session) ?? NOTHING_FOUND;
    const wrong: string[] = [];
    sum.calls += 1;
    if (isComplete(truth, found, isInLog(session))) sum.complete += 1;
    else wrong.push(truth.exception === undefined ? 'no finished record' : `logged, or no exception: ${truth.exception.why}`);
    sum.doubles += Math.max(0, found.records.length - 1);
    if (found.records.length > 1) wrong.push(`${found.records.length} records`);
    const [record] = found.records;
    if (record !== undefined && truth.exception === undefined) {
      const wanted = truth.outside === undefined ? null : contactOf(truth.outside);
      if (record.contact !== wanted) {
        if (record.contact === null) sum.noContact += 1;
        else sum.wrongContact += 1;
        wrong.push(`contact ${record.contact} in place of ${wanted}`);
      }
      if (record.direction !== truth.direction || record.outcome !== truth.outcome) {
        sum.wrongOutcome += 1;
        wrong.push(`${record.direction} ${record.outcome} in place of ${truth.direction} ${truth.outcome}`);
      }
    }
    if (wrong.length > 0) tell(`${truth.story}, ${session}: ${wrong.join('; ')}`);
  }
  const told = new Set(truths.map(({ telephonySessionId }) => telephonySessionId));
  for (const [session, { records }] of all) {
    if (told.has(session) || records.length === 0) continue;
    sum.doubles += records.length;
    tell(`${session}: ${records.length} records of a call that never was`);
  }
  return sum;
}

function isComplete({ exception }: Truth, { records, logged, excluded }: Found, inLog: boolean): boolean {
  if (exception !== undefined) return records.length === 0 && (excluded !== null || !inLog);
  return records.length > 0 && records.every(({ ended }) => ended) && (logged || !inLog);
}
