/**
 * Which invoice does a payment pay? Candidates are scored with their reasons, and nothing is allocated where two could be meant: money on
 * the wrong invoice is worse than money that waits for an answer. Pure.
 */
import type { Big } from 'big.js';
import { ZERO } from '#crm/ledger/amounts.ts';
import { bareNumber as bare } from '#crm/ledger/purses.ts';
import { keyOf } from '#mappings/keys.ts';
import { namesAgree } from '#mappings/names.ts';

export interface Paid {
  /** What is not allocated yet. */
  amount: Big;
  currency: string;
  /** YYYY-MM-DD; '' where it is not known. */
  date: string;
  /** The number the payer gave for the invoice; '' for none. */
  number: string;
  /** Whatever else was written: memo, reference. */
  words: string;
  payerName: string;
  payerEmail: string;
  company: string | null;
}

export interface Open {
  invoice: string;
  number: string;
  reference: string;
  balance: Big;
  total: Big;
  currency: string;
  company: string | null;
  /** Names under which its customer may pay. */
  names: readonly string[];
  /** E-mail addresses of its customer, and those it was sent to. */
  emails: readonly string[];
  issued: string;
  due: string;
}

/** `several`: more than one could be meant. `weak`: what speaks for the only one is not enough. `unknown`: nothing speaks for any. */
export type Doubt = 'unknown' | 'several' | 'weak';

export interface Scored {
  invoice: string;
  number: string;
  score: number;
  reasons: string[];
}

export interface Verdict {
  allocations: { invoice: string; amount: Big }[];
  doubt: Doubt | null;
  because: string;
  /** Best first. */
  candidates: Scored[];
}

/** Less is no evidence. */
export const THRESHOLD = 60;
/** What the best must be ahead of the second. */
export const MARGIN = 20;

export function matchPayment(paid: Paid, open: readonly Open[]): Verdict {
  const scored = open
    .filter(({ currency, balance }) => currency === paid.currency && balance.gt(0))
    .map((one) => ({ one, ...score(paid, one) }))
    .sort((a, b) => b.score - a.score || (a.one.invoice < b.one.invoice ? -1 : 1));
  const candidates = scored
    .slice(0, 10)
    .map(({ one, score: points, reasons }): Scored => ({ invoice: one.invoice, number: one.number, score: points, reasons }));
  const held = (doubt: Doubt, because: string): Verdict => ({ allocations: [], doubt, because, candidates });
  const named = scored.filter(({ exact }) => exact).map(({ one }) => one);
  if (named.length > 1)
    return (
      several(paid, named, candidates) ??
      held('several', `It names ${named.length} invoices, which do not come to what was paid.`)
    );
  const [best, second] = scored;
  if (best === undefined || best.score <= 0) return held('unknown', 'Nothing speaks for any open invoice.');
  if (best.score < THRESHOLD)
    return held(second && best.score - second.score < MARGIN ? 'several' : 'weak', 'What speaks for the best is not enough.');
  if (!paid.amount.eq(best.one.balance) && scored.some(({ one, fits }) => fits && one !== best.one))
    return held('several', 'It names one invoice, and comes to what another of its payer is open for.');
  if (second !== undefined && best.score - second.score < MARGIN) return held('several', 'Two fit, and nothing sets one apart.');
  return { ...allocated(paid, [best.one]), doubt: null, because: sentence(best.reasons), candidates };
}

/** All that it names, where together they come to what was paid. */
function several(paid: Paid, named: readonly Open[], candidates: Scored[]): Verdict | null {
  const sum = named.reduce((all, { balance }) => all.plus(balance), ZERO);
  const strangers = named.some((one) => one.company !== named[0]!.company);
  if (!sum.eq(paid.amount) || strangers) return null;
  return {
    ...allocated(paid, named),
    doubt: null,
    because: `Names ${named.length} invoices, which come to what was paid.`,
    candidates,
  };
}

/** To each what it needs, as long as the money lasts; the rest stays unallocated. */
function allocated(paid: Paid, invoices: readonly Open[]): Pick<Verdict, 'allocations'> {
  let left = paid.amount;
  return {
    allocations: invoices.map(({ invoice, balance }) => {
      const amount = balance.lt(left) ? balance : left;
      left = left.minus(amount);
      return { invoice, amount };
    }),
  };
}

interface Points {
  score: number;
  reasons: string[];
  /** It names this invoice, letter by letter. */
  exact: boolean;
  /** It comes from this invoice's customer and to exactly what is open. */
  fits: boolean;
}

function score(paid: Paid, one: Open): Points {
  const points: Points = { score: 0, reasons: [], exact: false, fits: false };
  const add = (by: number, reason: string): void => {
    points.score += by;
    points.reasons.push(reason);
  };
  const byNumber = numberPoints(paid, one);
  if (byNumber !== null) {
    add(byNumber.score, byNumber.reason);
    points.exact = byNumber.exact;
  } else if (paid.number !== '' && /\d/.test(paid.number)) add(-40, 'another number was given');
  amountPoints(paid, one, add, byNumber !== null);
  const before = points.score;
  payerPoints(paid, one, add);
  points.fits = points.score > before && paid.amount.eq(one.balance);
  datePoints(paid, one, add);
  return points;
}

function numberPoints(paid: Paid, { number, reference }: Open): { score: number; reason: string; exact: boolean } | null {
  for (const [own, what] of [
    [bare(number), 'number'],
    [bare(reference), 'reference'],
  ] as const) {
    if (own.length < 3 || !/\d/.test(own)) continue;
    if (bare(paid.number) === own) return { score: 50, reason: `gives the ${what} of the invoice`, exact: true };
    if (mentions(paid.words, own) || mentions(paid.number, own))
      return { score: 45, reason: `mentions the ${what} of the invoice`, exact: true };
  }
  const digits = /(\d{3,})\D*$/.exec(number)?.[1]?.replace(/^0+/, '') ?? '';
  if (
    digits.length >= 3 &&
    [...`${paid.number} ${paid.words}`.matchAll(/\d+/g)].some(([found]) => found.replace(/^0+/, '') === digits)
  )
    return { score: 30, reason: 'mentions the digits of its number', exact: false };
  return null;
}

/** Does the text contain the number as a whole, however it is punctuated? Not as a part of a longer one. */
const mentions = (text: string, own: string): boolean => numbersIn(text).has(own);

const MOST_WORDS = 200;

/** Whatever in a text may be a number: up to four words, as letters and digits. */
export function numbersIn(text: string): Set<string> {
  const found = new Set<string>();
  const words = text.toLowerCase().split(/[\s,;:()"']+/, MOST_WORDS);
  for (let from = 0; from < words.length; from += 1) {
    let joined = '';
    for (let to = from; to < Math.min(words.length, from + 4); to += 1) {
      joined += bare(words[to]!);
      if (joined.length >= 3 && joined.length <= 100 && /\d/.test(joined)) found.add(joined);
    }
  }
  return found;
}

type Add = (by: number, reason: string) => void;

function amountPoints({ amount }: Paid, { balance, total }: Open, add: Add, named: boolean): void {
  if (amount.eq(balance)) add(30, 'exactly what is open');
  else if (amount.eq(total)) add(5, 'its whole amount, of which part is paid');
  else if (amount.gt(balance)) add(named ? -15 : -25, 'more than is open');
  else add(named ? 0 : -10, 'a part of what is open');
}

function payerPoints(paid: Paid, one: Open, add: Add): void {
  const email = paid.payerEmail.trim().toLowerCase();
  const emails = one.emails.map((each) => each.trim().toLowerCase());
  const domain = domainOf(email);
  if (paid.company !== null && paid.company === one.company) add(30, 'from its customer');
  else if (email !== '' && emails.includes(email)) add(30, 'from an address of its customer');
  else if (domain !== undefined && emails.some((each) => domainOf(each) === domain)) add(25, 'from the domain of its customer');
  else if (paid.company !== null && one.company !== null) add(-30, 'from another customer');
  else {
    const agreed =
      paid.payerName === '' ? [] : one.names.filter((name) => name !== '').map((name) => namesAgree(paid.payerName, name));
    if (agreed.includes('agree')) add(25, 'the payer bears the name of its customer');
    else if (agreed.length > 0 && !agreed.includes('half')) add(-15, 'the payer bears another name');
  }
}

/** The domain of an address that says whose it is: not that of a mail service for everybody. */
const domainOf = (email: string): string | undefined => keyOf('domain', email)?.token;

function datePoints({ date }: Paid, { issued, due }: Open, add: Add): void {
  if (date === '' || issued === '') return;
  const days = (from: string): number => (Date.parse(date) - Date.parse(from)) / 86_400_000;
  if (days(issued) < -3) add(-30, 'paid before it was issued');
  else if (days(due || issued) <= 45) add(5, 'paid in its time');
}

const sentence = (reasons: readonly string[]): string =>
  `It ${reasons[0]}${reasons.length > 1 ? `; ${reasons.slice(1).join('; ')}` : ''}.`;
