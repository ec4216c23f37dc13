/**
 * Whose number is it? Candidates are scored with their reasons, and nobody is named where two could be meant: a call on the wrong
 * person's card is worse than one that waits for an answer. Pure.
 */

/** How a number met one of a record's. */
export type Meeting =
  /** The same number, extension included where the caller's is known. */
  | 'exact'
  /** The record is reached at an extension of this number; which extension calls is not known. */
  | 'switchboard'
  /** Written in national form, in the country the record or the account is in. */
  | 'national'
  /** Written in national form, in nobody knows which country. */
  | 'digits';

export interface Candidate {
  record: string;
  object: 'contact' | 'company' | 'lead';
  name: string;
  meeting: Meeting;
  /** Of a contact: its company. */
  company: string | null;
  owner: string | null;
  /** Open opportunities, and the contact each is with. */
  deals: readonly { opportunity: string; contact: string | null }[];
  /** When one last dealt with it, ms since the epoch. */
  last: number | null;
}

export interface Question {
  candidates: readonly Candidate[];
  /** The user who had the call. */
  agent: string | null;
  /** When the call was, ms since the epoch. */
  at: number;
}

/** `several`: more than one could be meant. `weak`: what speaks for the only one is not enough. */
export type Doubt = 'unknown' | 'several' | 'weak';

export interface Scored {
  record: string;
  object: string;
  name: string;
  score: number;
  reasons: string[];
}

export interface Verdict {
  contact: string | null;
  company: string | null;
  lead: string | null;
  opportunity: string | null;
  /** Why no person is named. */
  doubt: Doubt | null;
  because: string;
  candidates: Scored[];
}

const MET: { readonly [meeting in Meeting]: { score: number; reason: string } } = {
  exact: { score: 60, reason: 'the same number' },
  national: { score: 55, reason: 'the same number in national form' },
  switchboard: { score: 30, reason: 'reached at an extension of this number' },
  digits: { score: 25, reason: 'the same digits, country not known' },
};
/** Less is no evidence for anybody. */
export const THRESHOLD = 50;
/** What the best must be ahead of the second: an open deal and a dealing within the week, or a number of one's own against a shared one. */
export const MARGIN = 30;
const DAY = 86_400_000;

export function score(
  { meeting, deals, last, owner }: Candidate,
  { agent, at }: Omit<Question, 'candidates'>,
): [number, string[]] {
  const reasons = [MET[meeting].reason];
  let sum = MET[meeting].score;
  const add = (points: number, reason: string): void => {
    sum += points;
    reasons.push(reason);
  };
  if (deals.length > 0) add(20, deals.length === 1 ? 'an open deal' : `${deals.length} open deals`);
  const days = last === null ? Number.POSITIVE_INFINITY : (at - last) / DAY;
  if (days <= 7) add(20, 'dealt with within the week');
  else if (days <= 90) add(8, 'dealt with within the quarter');
  if (owner !== null && owner === agent) add(10, 'looked after by who had the call');
  return [sum, reasons];
}

export function decide(question: Question): Verdict {
  const scored = question.candidates
    .map((candidate) => {
      const [points, reasons] = score(candidate, question);
      return { candidate, points, reasons };
    })
    .sort((a, b) => b.points - a.points || (a.candidate.record < b.candidate.record ? -1 : 1));
  const candidates = scored.map(({ candidate: { record, object, name }, points, reasons }) => ({
    ...{ record, object, name, score: points, reasons },
  }));
  const nobody = { contact: null, company: null, lead: null, opportunity: null, candidates };
  if (scored.length === 0) return { ...nobody, doubt: 'unknown', because: 'Nobody bears this number.' };
  const people = scored.filter(({ candidate }) => candidate.object !== 'company');
  const firms = scored.filter(({ candidate, points }) => candidate.object === 'company' && points >= THRESHOLD);
  const company = companyOf(
    people.map(({ candidate }) => candidate),
    firms.map(({ candidate }) => candidate.record),
  );
  const firmDeal = dealOf(firms[0]?.candidate.record === company ? firms[0]?.candidate.deals : [], null);
  const held = (doubt: Doubt | null, because: string): Verdict => ({ ...nobody, company, opportunity: firmDeal, doubt, because });
  if (people.length === 0) {
    if (company === null)
      return held(firms.length > 1 ? 'several' : 'weak', 'The number fits, but not surely, or several firms.');
    return held(null, 'The number of a firm.');
  }
  if (firms.length > 0) return held('several', 'A line of the firm: who calls on it is not known.');
  const [best, second] = people;
  if (best!.points < THRESHOLD) return held(people.length > 1 ? 'several' : 'weak', 'What speaks for anybody is not enough.');
  if (second !== undefined && best!.points - second.points < MARGIN)
    return held('several', `Shared by ${people.length}, and nothing sets one apart.`);
  return { ...named(best!.candidate, candidates), because: second === undefined ? 'The only one.' : 'Far ahead of the others.' };
}

function named(one: Candidate, candidates: Scored[]): Omit<Verdict, 'because'> {
  const contact = one.object === 'contact' ? one.record : null;
  const { company } = one;
  const opportunity = dealOf(one.deals, contact);
  return { contact, company, lead: contact === null ? one.record : null, opportunity, doubt: null, candidates };
}

/** The one firm that all who could be meant are of. */
function companyOf(people: readonly Candidate[], firms: readonly string[]): string | null {
  const of = new Set([...firms, ...people.map(({ company }) => company)]);
  if (firms.length > 0) of.delete(null); // a person without a firm, on a firm's line
  if (of.size !== 1) return null;
  return [...of][0]!;
}

/** The only open deal, if there is one and it is nobody else's. */
function dealOf(deals: Candidate['deals'] | undefined, contact: string | null): string | null {
  const open = (deals ?? []).filter((deal) => deal.contact === null || contact === null || deal.contact === contact);
  return open.length === 1 ? open[0]!.opportunity : null;
}
