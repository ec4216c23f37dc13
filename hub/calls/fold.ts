/**
 * The state of a call, made of all that was heard of its session. Pure, and a function of a set: events may come in any order, twice,
 * or not at all. What was lost leaves the state poorer, never richer: nobody is said to have talked whom no event shows talking.
 */
import type { Caller } from '#kit/telephony.ts';
import type { Heard } from './heard.ts';
import { handedOn, isGone, type KindOf, livesOf, type PartyLife } from './parties.ts';
import { lengthOf, meet, type Span, secondsOf, union, without } from './spans.ts';

export type Direction = 'inbound' | 'outbound' | 'internal';
export type Outcome = 'ringing' | 'answered' | 'missed' | 'voicemail' | 'busy' | 'rejected' | 'failed' | 'ended';

export interface Leg {
  party: string;
  extension?: string;
  number?: string;
  name?: string;
  /** How it stands, or how it ended. */
  outcome: string;
  talkSeconds: number;
}

export interface CallState {
  session: string;
  direction: Direction;
  outcome: Outcome;
  /** Every party has left, and none only handed the call on. That nobody else comes is known some seconds later. */
  over: boolean;
  /** No number is missing between its first event and its last. */
  whole: boolean;
  fax: boolean;
  placed: boolean;
  conference: boolean;
  /** Somebody waits in a parking place now. */
  parked: boolean;
  /** It never came further than a menu. */
  unheard: boolean;
  /** Who called and who was called, as the service wrote them. */
  from: Caller;
  to: Caller;
  /** The extension that talked, the longest where several did; null while, or if, nobody has. */
  talked: string | null;
  /** Extensions of people who were rung or called, in order; those who talked among them. */
  people: string[];
  /** The queue, or else the menu, it came through. */
  desk: string | null;
  /** ms since the epoch. */
  started: number;
  answered: number | null;
  ended: number | null;
  ringSeconds: number;
  talkSeconds: number;
  holdSeconds: number;
  legs: Leg[];
  /** Other sessions that are part of the same conversation. */
  links: string[];
  recordings: string[];
}

/** Undefined where nothing was heard. `ownOnly`: events of others are not lost, but never sent. */
export function fold(heard: Heard, kindOf: KindOf, ownOnly = false): CallState | undefined {
  const parties = livesOf(heard, kindOf);
  if (parties.length === 0) return undefined;
  const roles = rolesOf(parties, ownOnly && heard.placed !== true);
  const talk = talkOf(roles);
  const over = isOver(parties);
  const started = Math.min(...parties.map((party) => party.began));
  const talked = talkerOf(roles, talk);
  return {
    session: heard.session,
    direction: roles.direction,
    outcome: outcomeOf(parties, roles, talk, over),
    over,
    whole: isWhole(heard),
    fax: parties.some((party) => party.been.has('fax')),
    placed: heard.placed === true,
    conference: heard.conference === true,
    parked: parties.some((party) => party.state === 'parked'),
    unheard: roles.direction === 'inbound' && roles.people.length === 0 && !parties.some(({ kind }) => kind === 'queue'),
    ...endsOf(roles),
    talked,
    people: [...new Set(roles.people.flatMap((party) => party.extension ?? []))],
    desk: (parties.find((party) => party.kind === 'queue') ?? parties.find((party) => party.kind === 'menu'))?.extension ?? null,
    started,
    answered: answeredAt(roles, talk),
    ended: over ? Math.max(...parties.map((party) => party.last)) : null,
    ringSeconds: ringOf(roles, talk, over),
    talkSeconds: secondsOf(talk),
    holdSeconds: secondsOf(without(union(roles.people.flatMap((party) => party.held)), talk)),
    legs: parties.map(legOf),
    links: [...new Set(parties.flatMap((party) => party.peers))].filter((session) => session !== heard.session).sort(),
    recordings: [...new Set(parties.flatMap((party) => party.recordings))].sort(),
  };
}

/** Looks at the service stand between two events, and are none. */
function isWhole({ facts }: Heard): boolean {
  const sequences = new Set(facts.map((fact) => fact.sequence).filter(Number.isInteger));
  return sequences.size > 0 && Math.max(...sequences) - Math.min(...sequences) + 1 === sequences.size;
}

interface Roles {
  direction: Direction;
  /** Who began it; undefined where no event shows. */
  caller: PartyLife | undefined;
  /** Our people: agents who were rung, or who called. */
  people: PartyLife[];
  /** Those whose answer makes it a conversation. */
  callees: PartyLife[];
}

/** `believed`: the caller's own telephone says when the other side has answered. Each party sees the call with its own eyes: the outside caller of an inbound call says outbound. */
function rolesOf(parties: readonly PartyLife[], believed: boolean): Roles {
  const outside = parties.filter((party) => party.kind === 'outside');
  const people = parties.filter((party) => party.kind === 'person');
  const inside = parties.filter((party) => party.kind !== 'outside');
  const callsIn = outside.find((party) => party.direction === 'outbound');
  if (callsIn !== undefined || (outside.length === 0 && inside.some(rungFromOutside))) {
    const forwarded = outside.filter((party) => party.direction === 'inbound');
    return { direction: 'inbound', caller: callsIn, people, callees: [...people, ...forwarded] };
  }
  const caller = inside.find((party) => party.direction === 'outbound');
  const others = people.filter((party) => party !== caller);
  if (outside.length > 0 || others.length > 0)
    return { direction: outside.length > 0 ? 'outbound' : 'internal', caller, people, callees: [...outside, ...others] };
  // Of a call that an application placed one's own telephone is taken up first, and of one inside the account it is said too soon.
  const alone = caller !== undefined && callsOut(caller);
  return { direction: alone ? 'outbound' : 'internal', caller, people, callees: alone && believed ? [caller] : [] };
}

const rungFromOutside = ({ direction, from }: PartyLife): boolean =>
  direction === 'inbound' && from.extension === undefined && from.number !== undefined;

const callsOut = ({ to }: PartyLife): boolean => to.extension === undefined && to.number !== undefined;

/** When they talked: somebody who was called was on the line, and, where they are known, so was whoever called. */
function talkOf({ direction, callees, people }: Roles): Span[] {
  const called = union(callees.flatMap((party) => party.talking));
  const ours = union(people.flatMap((party) => party.talking));
  // Whom an agent has put through to the outside goes on talking without us; who was forwarded there was never with us.
  if (direction !== 'outbound') return direction === 'inbound' && ours.length > 0 ? ours : called;
  const held = union(people.flatMap((party) => party.held));
  return without(ours.length > 0 ? meet(called, ours) : called, held);
}

/** Who of our people talked: the longest, where several did, and of them the first. */
function talkerOf({ direction, people, callees, caller }: Roles, talk: readonly Span[]): string | null {
  if (!callees.some((party) => party.answered !== undefined)) return null;
  const spans = new Map<string, Span[]>();
  for (const { extension, talking } of people)
    if (extension !== undefined) spans.set(extension, [...(spans.get(extension) ?? []), ...talking]);
  const talked = [...spans].map(([extension, all]) => ({ extension, ms: lengthOf(meet(all, talk)) }));
  const longest = talked.reduce((best, one) => (one.ms > best.ms ? one : best), { extension: '', ms: 0 });
  if (longest.ms > 0) return longest.extension;
  if (direction !== 'inbound') return caller?.extension ?? people[0]?.extension ?? null;
  const first = people
    .filter((party) => party.answered !== undefined)
    .sort((a, b) => a.answered! - b.answered! || a.first - b.first)[0];
  // Forwarded out of the house: it is the call of whose extension sent it on.
  const sent = people.find((party) => party.why === 'forwarded' || party.why === 'answered elsewhere');
  return first?.extension ?? (talk.length > 0 ? (sent?.extension ?? null) : null);
}

function isOver(parties: readonly PartyLife[]): boolean {
  if (!parties.every(isGone)) return false;
  return parties.some((party) => !handedOn(party));
}

function outcomeOf(
  parties: readonly PartyLife[],
  { caller, callees, people, direction }: Roles,
  talk: readonly Span[],
  over: boolean,
): Outcome {
  if (talk.length > 0 || callees.some((party) => party.answered !== undefined)) return 'answered';
  // Somebody's mailbox, or that of a queue.
  if (parties.some((party) => party.been.has('voicemail') || party.why === 'voicemail')) return 'voicemail';
  if (!over) return 'ringing';
  if (callees.length === 0 && direction !== 'inbound') return people.length === 0 ? 'ended' : whyOf(people, 'ended');
  const silent = callees.every((party) => party === caller && party.why === undefined);
  return whyOf(callees, callees.length > 0 && silent ? 'ended' : 'missed');
}

/** What all of them said; one who simply did not answer makes it missed. */
function whyOf(parties: readonly PartyLife[], otherwise: Outcome): Outcome {
  const said = new Set(parties.filter((party) => !handedOn(party)).map((party) => party.why));
  if (said.size !== 1) return otherwise;
  const [why] = said;
  return why === 'busy' || why === 'rejected' || why === 'failed' ? why : otherwise;
}

function answeredAt({ callees }: Roles, talk: readonly Span[]): number | null {
  const answers = callees.flatMap((party) => party.answered ?? []);
  return talk[0]?.from ?? (answers.length === 0 ? null : Math.min(...answers));
}

/** From the first ringing to the answer; of a call nobody took, as long as it rang. */
function ringOf(roles: Roles, talk: readonly Span[], over: boolean): number {
  const { callees } = roles;
  if (callees.length === 0) return 0;
  const from = Math.min(...callees.map((party) => party.began));
  const to = answeredAt(roles, talk) ?? (over ? Math.max(...callees.map((party) => party.last)) : from);
  return secondsOf([{ from, to }]);
}

function endsOf({ direction, caller, people, callees }: Roles): { from: Caller; to: Caller } {
  const far = direction === 'inbound' ? people[0] : callees[0];
  const merged = (end: 'from' | 'to'): Caller => ({ ...far?.[end], ...present(caller?.[end]) });
  return { from: merged('from'), to: merged('to') };
}

const present = (caller: Caller | undefined): Caller =>
  caller?.number !== undefined || caller?.extension !== undefined ? caller : {};

function legOf(party: PartyLife): Leg {
  const own = party.direction === 'inbound' ? party.to : party.from;
  return {
    party: party.id,
    ...(party.extension !== undefined && { extension: party.extension }),
    ...(own.number !== undefined && { number: own.number }),
    ...(own.name !== undefined && { name: own.name }),
    outcome: legOutcome(party),
    talkSeconds: party.kind === 'menu' || party.kind === 'queue' ? 0 : secondsOf(party.talking),
  };
}

function legOutcome({ state, why, answered }: PartyLife): string {
  if (state === 'moved') return 'moved';
  if (state !== 'ended') return state;
  if (answered !== undefined && (why === undefined || why === 'finished' || why === 'cancelled')) return 'answered';
  return why ?? 'ended';
}
