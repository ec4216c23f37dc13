/** Calls that are not logged, each with its reason: the named exceptions of the day's figure. Pure. */
import { readPhone } from '#mappings/phone.ts';
import type { Policy } from './policy.ts';
import type { Roster } from './roster.ts';

export const EXCLUSIONS = {
  fax: 'A fax is no call.',
  internal: 'A call among colleagues; the policy leaves those out.',
  'own number': 'A call of the account to itself.',
  'never: number': 'The number is on the list of those never logged.',
  'never: extension': 'The extension is on the list of those never logged.',
  anonymous: 'A call without a number; the policy leaves those out.',
  'outside the mapping': 'The condition of the mapping leaves it out.',
  'first leg': 'The agent’s own leg of a placed call: the call itself is logged.',
} as const;

export type Exclusion = keyof typeof EXCLUSIONS;

/** What is asked of a call, from events or from the service's log. */
export interface Asked {
  direction: 'inbound' | 'outbound' | 'internal';
  /** Ends of the call: E.164, a short number, other text, or ''. */
  from: string;
  to: string;
  /** Extensions of people that took part, whoever talked first among them. */
  people: readonly string[];
  talked: string | null;
  fax: boolean;
  /** An agent's own leg of a placed call. */
  firstLeg: boolean;
  /** The other side's number is a colleague's. */
  colleague: boolean;
}

export function exclusionOf(asked: Asked, policy: Policy, roster: Roster): Exclusion | null {
  if (asked.fax) return 'fax';
  if (asked.firstLeg) return 'first leg';
  const outside = outsideOf(asked);
  const listed = never(asked, policy, roster);
  if (listed !== null) return listed;
  if (asked.direction === 'internal' || asked.colleague) return policy.internal === 'ignore' ? 'internal' : null;
  if (outside === '') return policy.anonymous === 'ignore' ? 'anonymous' : null;
  if (roster.owns(outside)) return policy.internal === 'ignore' ? 'own number' : null;
  return null;
}

/** The number of the other side; '' where there is none. */
export function outsideOf({ direction, from, to }: Pick<Asked, 'direction' | 'from' | 'to'>): string {
  if (direction === 'internal') return '';
  return direction === 'inbound' ? from : to;
}

function never({ from, to, people, talked }: Asked, policy: Policy, roster: Roster): Exclusion | null {
  if (policy.neverNumbers.length > 0) {
    const numbers = new Set(policy.neverNumbers.map((number) => readPhone(number, roster.region)?.e164 ?? number.trim()));
    if (numbers.has(from) || numbers.has(to)) return 'never: number';
  }
  if (policy.neverExtensions.length === 0) return null;
  const listed = new Set(policy.neverExtensions.flatMap((name) => [name, roster.of(name)?.id ?? name]));
  const counts = talked === null ? people : [talked];
  return counts.length > 0 && counts.every((extension) => listed.has(extension)) ? 'never: extension' : null;
}
