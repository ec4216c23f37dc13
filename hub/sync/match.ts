/**
 * Who is this? Strangers among the rows of a page are recognised by their match keys: a match counts only if it is best from
 * both sides, a weak key only if the names agree, and a record that has a row in this stream already is no candidate.
 */
import type { CrmCore } from '#crm/core.ts';
import { inTurns } from '#kit/turns.ts';
import type { RankedKey } from '#mappings/apply.ts';
import { namesAgree } from '#mappings/names.ts';
import { object as objectNamed } from '#mappings/objects.ts';
import type { Tx } from '#store/database.ts';
import { findPlanKeys, plannedRecords, takenRecords } from './known.ts';
import type { Reason } from './reasons.ts';

/** A row without a link, as matching sees it. */
export interface Stranger {
  row: string;
  /** Its proper name; '' where it has none, which speaks against nobody. */
  name: string;
  /** Its match keys, each with the place of its rule in the mapping: 0 is the strongest. */
  keys: readonly RankedKey[];
}

export type Match =
  | { is: 'new' }
  /** `follows`: the record has a row in this stream already, and a person or its `uid` says that this is another of it. */
  | { is: 'match'; record: string; by: string; follows?: boolean }
  | {
      is: 'held';
      reason: Extract<Reason, 'duplicate' | 'ambiguous' | 'possible match'>;
      candidates: string[];
      by: string;
      /** A person left the question as it is. */
      left?: true;
    };

interface Candidate {
  record: string;
  name: string;
  rank: number;
  hits: number;
  key: string;
  strong: boolean;
  exactName: boolean;
}

/** What is known of records that bear one of the keys: the CRM's, and those a plan or this page would make. */
export interface Bearers {
  /** Each with its proper name, as a stranger has it. */
  byKey: Map<string, { record: string; name: string }[]>;
  /** record → the row that has it already. */
  taken: Map<string, string>;
  /** Rows of books: each is a thing of its own, whatever keys another row bears. */
  single: boolean;
}

export const keyOf = (key: { kind: string; token: string }): string => `${key.kind}\u0000${key.token}`;

const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** A row's mark is the id of the record it was made for, unless somebody else wrote there. */
export const isMark = (mark: string | undefined): mark is string => mark !== undefined && ID.test(mark);

/** Our mark on a row, as a key: stronger than any rule of the mapping. */
export const markKeys = (mark: string | undefined): RankedKey[] =>
  isMark(mark) ? [{ kind: 'mark', token: mark, rank: -1, strong: true }] : [];

/** Asks the CRM, and the plan where there is one, in a constant number of questions. `said`: records a person named. */
export async function bearersOf(
  tx: Tx,
  crm: CrmCore,
  about: { object: string; sync: number; plan: number | null; single: boolean },
  strangers: readonly Stranger[],
  said: readonly (string | null)[],
): Promise<Bearers> {
  const bearers: Bearers = { byKey: new Map(), taken: new Map(), single: about.single };
  const keys = [...new Map(strangers.flatMap((s) => s.keys).map((k) => [keyOf(k), k])).values()];
  const named = said.flatMap((record) => record ?? []);
  if (keys.length + named.length === 0) return bearers;
  const marks = keys.flatMap((key) => (key.kind === 'mark' ? [key.token] : []));
  const found = await crm.find(
    tx,
    about.object,
    keys.filter((key) => key.kind !== 'mark'),
  );
  const records = await crm.read(tx, [...new Set([...found.map((f) => f.record), ...marks])]);
  const { ownName } = objectNamed(about.object);
  const nameOf = (id: string) => ownName(records.get(id)?.fields ?? {});
  for (const id of marks) {
    const record = records.get(id);
    if (record?.object === about.object && record.archived === null) bear(bearers, { kind: 'mark', token: id }, id, nameOf(id));
  }
  for (const hit of found) bear(bearers, hit, hit.record, nameOf(hit.record));
  if (about.plan !== null && !about.single)
    for (const hit of await findPlanKeys(tx, about.plan, about.object, keys)) bear(bearers, hit, hit.record, hit.name);
  const all = [...new Set([...named, ...[...bearers.byKey.values()].flat().map((b) => b.record)])];
  if (all.length === 0) return bearers;
  for (const link of await takenRecords(tx, about.sync, all)) {
    if (link.state === 'live' || link.state === 'dormant') bearers.taken.set(link.record, link.row);
  }
  if (about.plan !== null)
    for (const planned of await plannedRecords(tx, about.plan, all)) bearers.taken.set(planned.record, planned.row);
  return bearers;
}

export function bear(bearers: Bearers, key: { kind: string; token: string }, record: string, name: string): void {
  const list = bearers.byKey.get(keyOf(key));
  if (!list) bearers.byKey.set(keyOf(key), [{ record, name }]);
  else if (!list.some((b) => b.record === record)) list.push({ record, name });
}

/**
 * Decides for every stranger, in the order of the page. `birth` names the record a new row will become, or null if it becomes
 * none; rows further down recognise it.
 */
export async function matchAll(
  strangers: readonly Stranger[],
  bearers: Bearers,
  birth: (stranger: Stranger) => string | null,
): Promise<Map<string, Match>> {
  const decided = new Map<string, Match>();
  const best = await bestRows(strangers, bearers);
  await inTurns(strangers, (stranger) => {
    const match = matchOne(stranger, bearers, best);
    decided.set(stranger.row, match);
    if (match.is === 'match') bearers.taken.set(match.record, stranger.row);
    const record = match.is === 'new' ? birth(stranger) : null;
    if (record === null) return;
    bearers.taken.set(record, stranger.row);
    if (bearers.single) return;
    for (const key of stranger.keys) bear(bearers, key, record, stranger.name);
  });
  return decided;
}

function matchOne(stranger: Stranger, bearers: Bearers, best: Map<string, { row: string; score: Candidate }>): Match {
  const { fitting, doubtful } = candidatesOf(stranger, bearers);
  const free = fitting.filter((c) => !bearers.taken.has(c.record));
  const first = free[0];
  const takenBest = fitting.find((c) => bearers.taken.has(c.record));
  if (takenBest && (!first || compare(takenBest, first) <= 0)) {
    // What is called the same everywhere is no duplicate but the same thing in another place of the account.
    if (takenBest.key === 'uid' && takenBest.strong) return { is: 'match', record: takenBest.record, by: 'uid', follows: true };
    return { is: 'held', reason: 'duplicate', candidates: [takenBest.record], by: takenBest.key };
  }
  if (first) {
    const equals = free.filter((c) => compare(c, first) === 0);
    if (equals.length > 1) return { is: 'held', reason: 'ambiguous', candidates: equals.map((c) => c.record), by: first.key };
    const rival = best.get(first.record);
    if (rival && rival.row !== stranger.row && compare(rival.score, first) < 0) {
      return { is: 'held', reason: 'duplicate', candidates: [first.record], by: first.key };
    }
    return { is: 'match', record: first.record, by: first.key };
  }
  if (doubtful[0])
    return { is: 'held', reason: 'possible match', candidates: doubtful.map((c) => c.record), by: doubtful[0].key };
  return { is: 'new' };
}

/** For each free record, the row of the page that fits it best; the first among equals. */
async function bestRows(
  strangers: readonly Stranger[],
  bearers: Bearers,
): Promise<Map<string, { row: string; score: Candidate }>> {
  const best = new Map<string, { row: string; score: Candidate }>();
  await inTurns(strangers, (stranger) => {
    for (const candidate of candidatesOf(stranger, bearers).fitting) {
      const rival = best.get(candidate.record);
      if (!rival || compare(candidate, rival.score) < 0) best.set(candidate.record, { row: stranger.row, score: candidate });
    }
  });
  return best;
}

interface Candidates {
  fitting: readonly Candidate[];
  doubtful: readonly Candidate[];
}

const NOBODY: Candidates = { fitting: [], doubtful: [] };

/** Records that share a key: those that fit, best first, and those whose name only half agrees. */
function candidatesOf(stranger: Stranger, bearers: Bearers): Candidates {
  const found = new Map<string, Candidate>();
  for (const key of stranger.keys) {
    for (const bearer of bearers.byKey.get(keyOf(key)) ?? []) {
      const known = found.get(bearer.record);
      if (known) {
        known.hits += 1;
        if (key.rank < known.rank) {
          known.rank = key.rank;
          known.key = key.kind;
        }
        known.strong ||= key.strong;
      } else {
        const exactName = stranger.name !== '' && stranger.name === bearer.name;
        found.set(bearer.record, {
          record: bearer.record,
          name: bearer.name,
          rank: key.rank,
          hits: 1,
          key: key.kind,
          strong: key.strong,
          exactName,
        });
      }
    }
  }
  if (found.size === 0) return NOBODY;
  const fitting: Candidate[] = [];
  const doubtful: Candidate[] = [];
  for (const candidate of found.values()) {
    const names = candidate.strong ? 'agree' : namesAgree(stranger.name, candidate.name);
    if (names === 'agree') fitting.push(candidate);
    else if (names === 'half' && candidate.key === 'email') doubtful.push(candidate);
  }
  return { fitting: fitting.sort(compare), doubtful };
}

/** Negative if `a` is the better candidate. */
function compare(a: Candidate, b: Candidate): number {
  return Number(b.strong) - Number(a.strong) || a.rank - b.rank || b.hits - a.hits || Number(b.exactName) - Number(a.exactName);
}
