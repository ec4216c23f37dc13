/**
 * Makes `cases.jsonl`: whose call is it? Run once (`node test/calls/corpus/generate.ts`), with a seed, and committed with what it made.
 *
 * Each case is a little address book, a call, and the truth. The rules by which the truth is known are those of the world, not of the
 * matcher: first somebody calls, then it is written down what an address book would know of them.
 *
 * - `own`: one person's own number, in one of the forms people write it in. The truth is the person.
 * - `second`: the number is the third of a person's numbers. The truth is the person.
 * - `firm`: the firm's main line, which one or several of its people also have on their card. Anybody of the firm may call: the truth
 *   is the firm, and whoever it was is drawn by lot; naming a person is a guess.
 * - `switchboard`: several people at extensions of one number; the caller's extension is shown in some cases, and then it is that
 *   person; else it is drawn by lot.
 * - `family`: two or three people share a line. One calls, drawn by lot; only where one has an open deal and was dealt with this week,
 *   and the others have neither, is it that one (that is whom the line is busy with).
 * - `stranger`: the number differs from one in the book by a digit, or has the same national digits in another country. Nobody.
 * - `lead`: the number of a lead; in some cases one that has become a contact. The truth is the lead, or the contact.
 * - `abroad`: written in national form of a country that is not the workspace's, with or without an address that says which.
 * - `own side`: a number of the account itself. Nobody.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CountryCode, getCountryCallingCode, getExampleNumber, parsePhoneNumberFromString } from 'libphonenumber-js';
import examples from 'libphonenumber-js/mobile/examples';
import { createRandom } from './random.ts';

export interface Card {
  /** Within the case. */
  id: string;
  object: 'contact' | 'company' | 'lead';
  name: string;
  phones: string[];
  company?: string;
  country?: string;
  /** Of a lead: the contact it became. */
  became?: string;
  deal?: true;
  /** Days before the call of the last dealing. */
  last?: number;
}

export interface Case {
  kind: string;
  /** The workspace's country. */
  region: string;
  /** As the service gives it. */
  number: string;
  ext?: string;
  cards: Card[];
  /** The account's own numbers. */
  own?: string[];
  /** Who really called; absent: nobody of the book. */
  person?: string;
  company?: string;
}

const EUROPE = 'GB IE DE AT CH FR BE NL LU ES PT IT GR DK SE NO FI IS PL CZ SK HU RO BG HR SI EE LV LT UA';
const ELSEWHERE = 'US CA TR IL AE SA EG ZA NG KE IN PK CN HK JP KR SG MY TH VN PH ID AU NZ BR AR MX CL CO PE';
export const COUNTRIES = `${EUROPE} ${ELSEWHERE}`.split(' ') as CountryCode[];

const { pick, whole, chance } = createRandom(20_260_302);
const NAMES = ['Ada', 'Ben', 'Cleo', 'Dan', 'Eva', 'Finn', 'Gia', 'Hal', 'Ida', 'Jon', 'Kay', 'Leo'];

const parsed = (number: string) => parsePhoneNumberFromString(number)!;

/** Cases of one country stand in one address book: no number is given twice. */
const given = new Set<string>();

function once(make: () => string): string {
  for (;;) {
    const number = make();
    if (given.has(number)) continue;
    given.add(number);
    return number;
  }
}

/** A number of a country that its plan allows: its example but for the last four digits. */
function numberIn(country: CountryCode): string {
  const example = getExampleNumber(country, examples)!.number;
  const drawn = (): string => example.slice(0, -4) + String(whole(10_000)).padStart(4, '0');
  return once(() => {
    for (;;) {
      const number = drawn();
      if (parsePhoneNumberFromString(number)?.isValid()) return number;
    }
  });
}

/** How people write it: international, or as at home, with punctuation of all kinds. */
function written(number: string, home = true): string {
  const international = parsed(number).formatInternational();
  const forms = [number, international, number.replace('+', '+ '), ` ${international} `];
  if (home) {
    const national = parsed(number).formatNational();
    forms.push(national, national.replaceAll(/[\s-]+/g, '.'), national.replaceAll(/[\s()-]/g, ''), national.replaceAll(' ', '-'));
  }
  return pick(forms);
}

let count = 0;

function card(object: Card['object'], more: Partial<Card> = {}): Card {
  count += 1;
  return { id: `${object[0]}${count}`, object, name: `${pick(NAMES)} ${object} ${count}`, phones: [], ...more };
}

type Maker = (region: CountryCode) => Omit<Case, 'kind' | 'region'>;

const MAKERS: { readonly [kind: string]: Maker } = {
  own(region) {
    const number = numberIn(region);
    const company = chance(0.5) ? card('company', { phones: [written(numberIn(region))] }) : undefined;
    const person = card('contact', { phones: [written(number)], ...(company && { company: company.id }) });
    const cards = [person, card('contact', { phones: [written(numberIn(region))] }), ...(company ? [company] : [])];
    return { number, cards, person: person.id, ...(company && { company: company.id }) };
  },
  second(region) {
    const number = numberIn(region);
    const phones = [numberIn(region), numberIn(pick(COUNTRIES)), number].map((one) => written(one, one === number));
    const person = card('contact', { phones });
    return { number, cards: [person], person: person.id };
  },
  firm(region) {
    const number = numberIn(region);
    const firm = card('company', { phones: [written(number)] });
    const people = Array.from({ length: 1 + whole(3) }, (_, n) =>
      card('contact', {
        company: firm.id,
        phones: [written(n === 0 || chance(0.6) ? number : numberIn(region))],
        ...(chance(0.3) && { deal: true as const }),
        ...(chance(0.3) && { last: whole(60) }),
      }),
    );
    return { number, cards: [firm, ...people], person: pick(people).id, company: firm.id };
  },
  switchboard(region) {
    const number = numberIn(region);
    const firm = card('company');
    const people = Array.from({ length: 2 + whole(3) }, (_, n) =>
      card('contact', { company: firm.id, phones: [`${number} ext. ${100 + n}`] }),
    );
    const which = whole(people.length);
    const shown = chance(0.5) ? { ext: String(100 + which) } : {};
    return { number, ...shown, cards: [firm, ...people], person: people[which]!.id, company: firm.id };
  },
  family(region) {
    const number = numberIn(region);
    const busy = chance(0.4);
    const traits = (n: number): Partial<Card> => {
      if (busy) return n === 0 ? { deal: true, last: whole(6) } : {};
      return { ...(chance(0.4) && { deal: true as const }), ...(chance(0.4) && { last: whole(40) }) };
    };
    const people = Array.from({ length: 2 + whole(2) }, (_, n) => card('contact', { phones: [written(number)], ...traits(n) }));
    const one = people.find((each) => each.deal === true && each.last !== undefined && each.last <= 6);
    const settled = one !== undefined && people.every((each) => each === one || (!each.deal && each.last === undefined));
    return { number, cards: people, person: settled ? one.id : pick(people).id };
  },
  stranger(region) {
    const number = numberIn(region);
    const cards = [card('contact', { phones: [written(number)] })];
    if (chance(0.5)) return { number: once(() => number.slice(0, -1) + whole(10)), cards };
    const codeOf = (country: CountryCode): string => getCountryCallingCode(country);
    const others = COUNTRIES.map(codeOf).filter((code) => code !== codeOf(region));
    return { number: once(() => `+${pick(others)}${parsed(number).nationalNumber}`), cards };
  },
  lead(region) {
    const number = numberIn(region);
    if (chance(0.5)) {
      const lead = card('lead', { phones: [written(number)] });
      return { number, cards: [lead], person: lead.id };
    }
    const contact = card('contact', chance(0.5) ? { phones: [written(number)] } : {});
    const lead = card('lead', { phones: [written(number)], became: contact.id });
    return { number, cards: [contact, lead], person: contact.id };
  },
  abroad(region) {
    const country = pick(COUNTRIES.filter((one) => one !== region));
    const number = numberIn(country);
    const plain = parsed(number).formatNational();
    const national = chance(0.7) ? plain : plain.replaceAll(/[\s()-]/g, '');
    const person = card('contact', { phones: [national], ...(chance(0.6) && { country }) });
    return { number, cards: [person], person: person.id };
  },
  'own side'(region) {
    const number = numberIn(region);
    return { number, own: [number], cards: [card('contact', { phones: [written(number)] })] };
  },
};

const MANY: { readonly [kind: string]: number } = {
  ...{ own: 640, second: 240, firm: 240, switchboard: 200, family: 260, stranger: 240, lead: 160, abroad: 240, 'own side': 60 },
};

export function makeCases(): Case[] {
  return Object.entries(MANY).flatMap(([kind, many]) =>
    Array.from({ length: many }, (_, n): Case => {
      const region = COUNTRIES[n % COUNTRIES.length]!;
      return { kind, region, ...MAKERS[kind]!(region) };
    }),
  );
}

export const FILE = join(import.meta.dirname, 'cases.jsonl');

if (process.argv[1] === import.meta.filename) {
  writeFileSync(
    FILE,
    `${makeCases()
      .map((one) => JSON.stringify(one))
      .join('\n')}\n`,
  );
}
