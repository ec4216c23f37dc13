/**
 * What was heard of a session: a set of facts, one for each party and event. A set is the same in whatever order its members came
 * and however often, so that everything made of it is too.
 */
import type { CallEvent, Party } from '#kit/telephony.ts';

/** How one party stood at one event. */
export interface Fact extends Party {
  sequence: number;
  at: number;
}

export interface Heard {
  session: string;
  alias?: string;
  placed?: true;
  conference?: true;
  /** In order of party and sequence. */
  facts: readonly Fact[];
}

/** Services send a few dozen events a call; one that never ends must not grow for ever. The first and the last are kept. */
const MOST_FACTS = 2_000;

export const nothingHeard = (session: string): Heard => ({ session, facts: [] });

/** What was heard, and an event more. The same object where the event says nothing new. */
export function hear(heard: Heard, event: CallEvent): Heard {
  const facts = new Map(heard.facts.map((fact) => [keyOf(fact), fact]));
  let moved = false;
  for (const party of event.parties) {
    const fact: Fact = { ...party, sequence: event.sequence, at: event.at };
    const known = facts.get(keyOf(fact));
    if (known !== undefined && text(known) >= text(fact)) continue;
    facts.set(keyOf(fact), fact);
    moved = true;
  }
  const alias = later(heard.alias, event.alias);
  const placed = heard.placed ?? event.placed;
  const conference = heard.conference ?? event.conference;
  if (!moved && alias === heard.alias && placed === heard.placed && conference === heard.conference) return heard;
  return {
    session: heard.session,
    ...(alias !== undefined && { alias }),
    ...(placed && { placed }),
    ...(conference && { conference }),
    facts: cut([...facts.values()].sort(inOrder)),
  };
}

/** The call as the service shows it now has no place among the events: it comes after all that were heard, and before the next. */
export function hearSnapshot(heard: Heard, event: CallEvent): Heard {
  const last = heard.facts.reduce((highest, { sequence }) => Math.max(highest, sequence), 0);
  return hear(heard, { ...event, sequence: Math.floor(last) + 0.5 });
}

const keyOf = (fact: Fact): string => `${fact.sequence} ${fact.id}`;

/** Two events of one number that say different things (a look at the call, and the event it was taken after): one is chosen, always the same. */
const text = (fact: Fact): string => JSON.stringify(Object.entries(fact).sort(([a], [b]) => (a < b ? -1 : 1)));

function later(a: string | undefined, b: string | undefined): string | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return a > b ? a : b;
}

const inOrder = (a: Fact, b: Fact): number => (a.id < b.id ? -1 : a.id > b.id ? 1 : a.sequence - b.sequence);

function cut(facts: Fact[]): Fact[] {
  if (facts.length <= MOST_FACTS) return facts;
  const bySequence = facts.toSorted((a, b) => a.sequence - b.sequence || inOrder(a, b));
  return [...bySequence.slice(0, MOST_FACTS / 2), ...bySequence.slice(-MOST_FACTS / 2)].sort(inOrder);
}
