/** What is known of a call: from its events while it lives, from the service's log once that has told it. Pure. */
import type { CrmRecord } from '#crm/core.ts';
import type { Json, Values } from '#kit/fields.ts';
import { readPhone } from '#mappings/phone.ts';
import type { CallRow } from '#store/calls.ts';
import { type Asked, type Exclusion, exclusionOf, outsideOf } from './exclusion.ts';
import { type CallState, type Direction, fold, type Outcome } from './fold.ts';
import type { Heard } from './heard.ts';
import type { Policy } from './policy.ts';
import type { Roster } from './roster.ts';

export interface Known {
  state: CallState | undefined;
  direction: Direction;
  outcome: Outcome;
  from: string;
  to: string;
  /** The other side's number; '' where there is none. */
  other: string;
  /** Extension of that number, where it is known. */
  otherExt: string | undefined;
  /** Name the service gave the other side. */
  name: string;
  people: string[];
  talked: string | null;
  /** The queue or menu it came through. */
  desk: string | null;
  /** Instants. */
  started: string;
  ended: string | null;
  /** It never came further than a menu. */
  unheard: boolean;
}

/** Undefined where nothing is known yet: neither an event nor a record. */
export function knownOf(row: CallRow, record: CrmRecord | undefined, roster: Roster): Known | undefined {
  const state = row.heard === null ? undefined : fold(row.heard as unknown as Heard, roster.kindOf, roster.ownOnly);
  const told = row.logged !== null && record !== undefined ? fromRecord(row, record, state, roster) : undefined;
  const known = told ?? (state && fromState(row, state, roster));
  if (known === undefined) return undefined;
  return { ...known, state, other: outsideOf(known) };
}

/** Why a call is not logged; null where it is. */
export function exclusionFor(
  known: Known,
  row: CallRow,
  { policy, roster }: { policy: Policy; roster: Roster },
  colleagues: ReadonlySet<string>,
): Exclusion | null {
  const { state, other } = known;
  const firstLeg = state !== undefined ? state.placed && state.direction === 'inbound' : row.excluded === 'first leg';
  const asked: Asked = { ...known, fax: state?.fax ?? false, firstLeg, colleague: colleagues.has(other) };
  return exclusionOf(asked, policy, roster);
}

type Half = Omit<Known, 'state' | 'other'>;

function fromState(row: CallRow, state: CallState, roster: Roster): Half {
  const [from, to] = [roster.number(state.from), roster.number(state.to)];
  const inward = state.direction === 'outbound' && to !== '' && roster.owns(to);
  const direction = inward ? 'internal' : state.direction;
  const far = direction === 'inbound' ? state.from : state.to;
  // Events of our own party may be lost, or never sent: a direct number tells whose it is.
  const own =
    state.people.length > 0 || direction === 'internal' ? undefined : roster.personAt(direction === 'inbound' ? to : from);
  const people = own === undefined || state.desk !== null ? state.people : [own.id];
  return {
    direction,
    outcome: row.stage !== 'live' && state.outcome === 'ringing' ? 'ended' : state.outcome,
    from,
    to,
    otherExt: far.number === undefined ? undefined : readPhone(far.number, roster.region)?.ext,
    name: far.name ?? '',
    people,
    talked: state.talked ?? (state.outcome === 'answered' ? (people[0] ?? null) : null),
    desk: state.desk,
    started: new Date(state.started).toISOString(),
    ended: state.ended === null ? null : new Date(state.ended).toISOString(),
    unheard: state.unheard,
  };
}

/** As the log tells it, through the mapping; what only events know is taken from them. */
function fromRecord(row: CallRow, { fields }: CrmRecord, state: CallState | undefined, roster: Roster): Half | undefined {
  const text = (field: string): string => (typeof fields[field] === 'string' ? (fields[field] as string) : '');
  const started = text('started');
  if (started === '') return undefined;
  const direction = (text('direction') || row.direction || state?.direction || 'inbound') as Direction;
  const outcome = (text('outcome') || state?.outcome || 'ended') as Outcome;
  // Who talked is seen nearer in events, if none was lost: a log takes legs for talk.
  const extension = state?.over === true && state.whole && state.talked !== null ? state.talked : row.extension;
  const kind = extension === null ? undefined : roster.kindOf(extension);
  const desk = kind === 'queue' || kind === 'menu' ? extension : null;
  const person = desk === null ? extension : longestLeg(fields.legs, roster);
  const end = (field: 'from' | 'to'): string => roster.number({ number: text(field) });
  return {
    direction,
    outcome,
    from: end('from'),
    to: end('to'),
    otherExt: readPhone(text(direction === 'outbound' ? 'to' : 'from'), roster.region)?.ext,
    name: text(direction === 'outbound' ? 'toName' : 'fromName'),
    people: state?.people.length ? state.people : person === null ? [] : [person],
    talked: outcome === 'answered' ? (person ?? state?.talked ?? null) : null,
    desk: state?.desk ?? desk,
    started,
    ended: text('ended') || null,
    unheard: state?.unheard ?? kind === 'menu',
  };
}

/** A log that names a queue or a menu may have the person among its legs: whoever talked longest there. */
function longestLeg(legs: Json | undefined, roster: Roster): string | null {
  let best: { extension: string | null; seconds: number } = { extension: null, seconds: 0 };
  for (const leg of Array.isArray(legs) ? legs : []) {
    const { extension, talkSeconds } = leg as { extension?: string; talkSeconds?: number };
    if (extension === undefined || roster.kindOf(extension) !== 'person') continue;
    if ((talkSeconds ?? 0) > best.seconds) best = { extension, seconds: talkSeconds! };
  }
  return best.extension;
}

/** As many as a record takes (mappings/objects/activities.ts). */
const MOST_LEGS = 200;

/** Fields that no log tells: they stay ours when the log has spoken. */
const OURS_ALONE: ReadonlySet<string> = new Set(['legs', 'answered', 'ringSeconds', 'holdSeconds']);

/** What events say of the record's fields. Of a call the log has told, only what the log leaves open. */
export function valuesOf(known: Known, row: CallRow, record: CrmRecord | undefined, roster: Roster): Values {
  const { state } = known;
  if (state === undefined) return {};
  const values: Values = {
    direction: known.direction,
    outcome: known.outcome,
    from: known.from || null,
    to: known.to || null,
    fromName: nameAt(state.from, roster),
    toName: nameAt(state.to, roster),
    started: known.started,
    answered: state.answered === null ? null : new Date(state.answered).toISOString(),
    ended: known.ended,
    ringSeconds: state.ringSeconds,
    talkSeconds: state.talkSeconds > 0 ? state.talkSeconds : null,
    holdSeconds: state.holdSeconds > 0 ? state.holdSeconds : null,
    session: row.session,
    legs: state.legs.slice(0, MOST_LEGS).map(({ party, extension, number, name, outcome, talkSeconds }) => ({
      party,
      ...(extension !== undefined && { extension }),
      ...legName(name ?? roster.of(extension)?.name),
      ...(number !== undefined && { number: roster.number({ number }) }),
      outcome,
      ...(talkSeconds > 0 && { talkSeconds }),
    })),
  };
  if (row.logged === null || record === undefined) return values;
  return Object.fromEntries(
    Object.entries(values).filter(([field]) => OURS_ALONE.has(field) || record.fields[field] === undefined),
  );
}

const legName = (name: string | undefined): { name?: string } => (name === undefined ? {} : { name });

const nameAt = (end: CallState['from'], roster: Roster): string | null => end.name ?? roster.of(end.extension)?.name ?? null;
