/** The parties of a call, each with its life: what its facts say together. Pure. */
import type { Caller, Ending, Extension, Party } from '#kit/telephony.ts';
import type { Fact, Heard } from './heard.ts';
import type { Span } from './spans.ts';

export interface PartyLife {
  id: string;
  /** Of the account; absent: the outside world. */
  extension?: string;
  /** What the extension is; an unknown one is taken for a person. */
  kind: Extension['kind'] | 'outside';
  direction: Party['direction'];
  from: Caller;
  to: Caller;
  state: Party['state'];
  why?: Ending;
  /** When it was first heard of, and when its last state began. */
  began: number;
  last: number;
  /** The sequence of its first event. */
  first: number;
  answered?: number;
  talking: Span[];
  held: Span[];
  /** States it has been in. */
  been: ReadonlySet<Party['state']>;
  peers: string[];
  recordings: string[];
  queue: boolean;
}

/** What an extension is. */
export type KindOf = (extension: string) => Extension['kind'] | undefined;

/** Parties in order of their first event. `until`: as far as states that last still reach. */
export function livesOf(heard: Heard, kindOf: KindOf): PartyLife[] {
  const until = heard.facts.reduce((latest, fact) => Math.max(latest, fact.at), 0);
  const byParty = Map.groupBy(heard.facts, (fact) => fact.id);
  return [...byParty.values()]
    .map((facts) => lifeOf(facts, until, kindOf))
    .sort((a, b) => a.first - b.first || (a.id < b.id ? -1 : 1));
}

/** `facts` in order of sequence. */
function lifeOf(facts: readonly Fact[], until: number, kindOf: KindOf): PartyLife {
  const last = facts.at(-1)!;
  const latest = <T>(of: (fact: Fact) => T | undefined): T | undefined => facts.map(of).findLast((value) => value !== undefined);
  const extension = latest((fact) => fact.extension);
  const why = last.why;
  const answered = facts.find((fact) => fact.state === 'answered')?.at;
  return {
    id: last.id,
    ...(extension !== undefined && { extension }),
    kind: extension === undefined ? 'outside' : (kindOf(extension) ?? 'person'),
    direction: last.direction,
    from: callerOf(facts, 'from'),
    to: callerOf(facts, 'to'),
    state: last.state,
    ...(why !== undefined && { why }),
    began: Math.min(...facts.map((fact) => fact.at)),
    last: last.at,
    first: facts[0]!.sequence,
    ...(answered !== undefined && { answered }),
    talking: spansIn(facts, 'answered', until),
    held: spansIn(facts, 'held', until),
    been: new Set(facts.map((fact) => fact.state)),
    peers: [...new Set(facts.flatMap((fact) => fact.peer?.session ?? []))].sort(),
    recordings: [...new Set(facts.flatMap((fact) => fact.recordings ?? []))].sort(),
    queue: facts.some((fact) => fact.queue === true),
  };
}

/** The latest that is said of each of number, extension and name. */
function callerOf(facts: readonly Fact[], end: 'from' | 'to'): Caller {
  const caller: Caller = {};
  for (const fact of facts) {
    const { number, extension, name } = fact[end];
    if (number) caller.number = number;
    if (extension) caller.extension = extension;
    if (name) caller.name = name;
  }
  return caller;
}

function spansIn(facts: readonly Fact[], state: Party['state'], until: number): Span[] {
  return facts.flatMap((fact, at) =>
    fact.state === state ? [{ from: fact.at, to: Math.max(fact.at, facts[at + 1]?.at ?? until) }] : [],
  );
}

/** Ends that hand the call on: somebody else goes on with it. */
const HANDED_ON: ReadonlySet<Ending> = new Set(['transferred', 'forwarded', 'flipped', 'parked', 'answered elsewhere']);

export const isGone = ({ state }: PartyLife): boolean => state === 'ended' || state === 'moved';

/** It left, and the call goes on elsewhere. A menu that falls silent without a reason has put the caller through. */
export const handedOn = ({ state, why, kind }: PartyLife): boolean =>
  state === 'ended' && (why === undefined ? kind === 'menu' : HANDED_ON.has(why));
