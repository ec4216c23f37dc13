import { mix, type Random, random } from '../kit/random.ts';
import { type Contact, contactOf, MY_CONTACTS } from './contact.ts';
import type { Message } from './json.ts';
import { LOCALES, type Locale } from './locales.ts';

/** One in so many people stands in the address book a second time. */
const DUPLICATES = 50;

/**
 * The index of the person whom number `n` repeats: same name and company, the e-mail address in other letters, the phone
 * written otherwise. Undefined for people who stand there once, or first.
 */
export function duplicateOf(seed: number, n: number): number | undefined {
  if (!drawn(seed, n)) return undefined;
  for (let first = n - 1; first >= 0; first--) if (!drawn(seed, first)) return first;
  return undefined;
}

const drawn = (seed: number, n: number): boolean => n > 0 && mix(seed ^ 0x5eed, n) % DUPLICATES === 0;

/** How many of the first `rows` people repeat an earlier one. */
export function countDuplicates(seed: number, rows: number): number {
  let count = 0;
  for (let n = 0; n < rows; n++) if (drawn(seed, n)) count++;
  return count;
}

/** Person number `n` of a seed: always the same, made in some microseconds. */
export function generate(seed: number, n: number): Contact {
  const first = duplicateOf(seed, n);
  const draw = random(mix(seed, first ?? n));
  const who = sketch(first ?? n, draw);
  const odd = mix(seed ^ 0x0dd, first ?? n) % 100;
  if (odd === 0) return { emailAddresses: [email(who.mail, 'other')], memberships: [MY_CONTACTS] };
  const contact = whole(who, draw, odd);
  return first === undefined ? contact : disguised(contact, who);
}

interface Sketch {
  n: number;
  locale: Locale;
  given: readonly [string, string];
  family: readonly [string, string];
  mail: string;
  /** Seven digits no other person has. */
  digits: string;
  company: Company | undefined;
}

function sketch(n: number, draw: Random): Sketch {
  const locale = draw.oneIn(3) ? draw.pick(LOCALES.slice(0, 3)) : draw.pick(LOCALES);
  const given = draw.pick(locale.given);
  const family = draw.pick(locale.family);
  const mail = `${given[1]}.${family[1]}.${n.toString(36)}`;
  const digits = String(2_000_000 + ((n * 7_654_321) % 8_000_000));
  return { n, locale, given, family, mail, digits, company: draw.below(20) < 17 ? company(Math.floor(n / 5)) : undefined };
}

function whole(who: Sketch, draw: Random, odd: number): Contact {
  const { n, locale, company } = who;
  const contact: Contact = {};
  if (odd !== 1) contact.names = [name(who, draw)];
  if (draw.oneIn(6)) contact.nicknames = [{ value: who.given[0].slice(0, 3) }];
  if (!draw.oneIn(5)) contact.birthdays = [{ date: birthday(draw) }];
  if (odd !== 2) contact.addresses = addresses(who, draw);
  contact.emailAddresses = [email(`${who.mail}@${company?.domain ?? 'mail.example'}`, company ? 'work' : 'home')];
  if (company && draw.oneIn(2)) contact.emailAddresses.push(email(`${who.mail}@mail.example`, 'home'));
  if (odd !== 3) contact.phoneNumbers = phones(who, draw);
  if (draw.below(3) > 0) contact.biographies = [{ contentType: 'TEXT_PLAIN', value: note(draw, locale) }];
  if (draw.oneIn(2))
    contact.urls = [
      {
        value: `https://${company?.domain ?? 'home.example'}/~${who.given[1]}${n}`,
        type: 'homePage',
        formattedType: 'Home Page',
      },
    ];
  if (company) contact.organizations = [job(company, draw)];
  contact.memberships = draw.oneIn(12) ? [MY_CONTACTS, STARRED] : [MY_CONTACTS];
  if (draw.oneIn(8)) contact.relations = [{ person: draw.pick(locale.given)[0], type: 'spouse', formattedType: 'Spouse' }];
  if (draw.oneIn(10))
    contact.events = [
      {
        date: { year: 2010 + draw.below(15), month: 1 + draw.below(12), day: 1 + draw.below(28) },
        type: 'anniversary',
        formattedType: 'Anniversary',
      },
    ];
  if (draw.oneIn(2)) contact.userDefined = [{ key: 'Customer no.', value: `K-${100000 + n}` }];
  if (draw.oneIn(7)) contact.externalIds = [{ value: String(70000 + n), type: 'customer', formattedType: 'Customer' }];
  return contact;
}

/** The same person as somebody else typed them in. */
function disguised(contact: Contact, who: Sketch): Contact {
  const shown = `+${who.locale.calling} ${who.locale.mobile}${who.digits}`;
  return contactOf(
    {
      names: contact.names ?? [],
      emailAddresses: (contact.emailAddresses ?? [])
        .slice(0, 1)
        .map((one) => ({ ...one, value: String(one.value).toUpperCase(), type: 'other' })),
      phoneNumbers: contact.phoneNumbers ? [{ value: shown, type: 'other' }] : [],
      organizations: contact.organizations ?? [],
      memberships: [MY_CONTACTS],
    },
    ['names', 'emailAddresses', 'phoneNumbers', 'organizations', 'memberships'],
    new Set(['contactGroups/myContacts']),
  );
}

const EASTERN_FIRST = new Set(['CN', 'JP', 'KR']);

function name({ locale, given, family }: Sketch, draw: Random): Message {
  const parts: Message = { familyName: family[0], givenName: given[0] };
  if (EASTERN_FIRST.has(locale.code)) {
    const shown = family[0] + given[0];
    return { displayName: shown, ...parts, displayNameLastFirst: shown, unstructuredName: shown };
  }
  let shown = `${given[0]} ${family[0]}`;
  let lastFirst = `${family[0]}, ${given[0]}`;
  if (draw.oneIn(10)) {
    const middle = draw.pick(locale.given)[0];
    parts.middleName = middle;
    shown = `${given[0]} ${middle} ${family[0]}`;
    lastFirst = `${family[0]}, ${given[0]} ${middle}`;
  }
  if (draw.oneIn(12)) {
    parts.honorificPrefix = 'Dr.';
    shown = `Dr. ${shown}`;
  }
  return { displayName: shown, ...parts, displayNameLastFirst: lastFirst, unstructuredName: shown };
}

function email(value: string, type: 'work' | 'home' | 'other'): Message {
  const full = value.includes('@') ? value : `${value}@mail.example`;
  return { value: full, type, formattedType: type.charAt(0).toUpperCase() + type.slice(1) };
}

function birthday(draw: Random): Message {
  const date: Message = { month: 1 + draw.below(12), day: 1 + draw.below(28) };
  return draw.oneIn(4) ? date : { year: 1940 + draw.below(65), ...date };
}

function addresses({ locale, n }: Sketch, draw: Random): Message[] {
  const [city, region, code] = draw.pick(locale.cities);
  const streetAddress = draw.pick(locale.streets).replace('#', String(1 + (n % 240)));
  const postalCode = `${code}${String(draw.below(10 ** locale.postal)).padStart(locale.postal, '0')}${locale.code === 'GB' ? 'AA' : ''}`;
  const last = [postalCode, city, region].filter(Boolean).join(' ');
  const type = draw.oneIn(3) ? 'home' : 'work';
  return [
    {
      streetAddress,
      city,
      ...(region ? { region } : {}),
      postalCode,
      country: locale.country,
      countryCode: locale.code,
      type,
      formattedValue: `${streetAddress}\n${last}\n${locale.country}`,
      formattedType: type === 'home' ? 'Home' : 'Work',
    },
  ];
}

function phones({ locale, digits }: Sketch, draw: Random): Message[] {
  const mobile = { ...phone(locale, locale.mobile, digits, draw), type: 'mobile', formattedType: 'Mobile' };
  if (!draw.oneIn(2)) return [mobile];
  const work = phone(locale, locale.landline, digits, draw);
  const extended = draw.oneIn(20) ? { ...work, value: `${work.value} ext. ${10 + draw.below(90)}` } : work;
  return [mobile, { ...extended, type: 'work', formattedType: 'Work' }];
}

/** A number as people write it. Only what says its country, or is dialled from the United States, has a canonical form. */
function phone(
  { calling, trunk, code }: Locale,
  lead: string,
  digits: string,
  draw: Random,
): { value: string; canonicalForm?: string } {
  const canonicalForm = `+${calling}${lead}${digits}`;
  const [a, b] = [digits.slice(0, 3), digits.slice(3)];
  switch (draw.below(4)) {
    case 0:
      return { value: canonicalForm, canonicalForm };
    case 1:
      if (code === 'US') return { value: `(${lead}) ${a}-${b}`, canonicalForm };
      if (trunk !== '') return { value: `${trunk}${lead} ${a} ${b}` };
      return { value: `+${calling} ${lead} ${a} ${b}`, canonicalForm };
    case 2:
      return { value: `+${calling} (${lead}) ${a}-${b}`, canonicalForm };
    default:
      return { value: `+${calling} ${lead} ${a} ${b}`, canonicalForm };
  }
}

const STARRED: Message = {
  contactGroupMembership: { contactGroupId: 'starred', contactGroupResourceName: 'contactGroups/starred' },
};

interface Company {
  name: string;
  domain: string;
}

const FIRST =
  'Analytical Northern Pacific Bright Iron Silver Rapid Golden Quiet Alpine Coastal Prime Blue Harbour Stellar Vertex'.split(' ');
const SECOND =
  'Engines Foods Logistics Software Textiles Bakery Optics Energy Pharma Motors Media Timber Robotics Paper Instruments'.split(
    ' ',
  );
const FORMS = ['Ltd', 'GmbH', 'Inc.', 'S.A.', 'AB', 'Sp. z o.o.', 'K.K.', 'LLC'];

/** Company number `i`: five people in a row may work there. */
function company(i: number): Company {
  const first = FIRST[i % FIRST.length] ?? '';
  const second = SECOND[Math.floor(i / FIRST.length) % SECOND.length] ?? '';
  const round = Math.floor(i / (FIRST.length * SECOND.length));
  const form = FORMS[i % FORMS.length] ?? '';
  const ordinal = round === 0 ? '' : ` ${round + 1}`;
  return {
    name: `${first} ${second}${ordinal} ${form}`,
    domain: `${first}-${second}${round === 0 ? '' : round + 1}.example`.toLowerCase(),
  };
}

const TITLES =
  'CTO;Head of Sales;Buyer;Office Manager;Ingénieur;Geschäftsführerin;Consultant;Werkstudent;VP, Operations & Growth;経理部長'.split(
    ';',
  );
const DEPARTMENTS = 'R&D;Sales;Procurement;Legal;Support;Finance'.split(';');

function job({ name, domain }: Company, draw: Random): Message {
  const job: Message = { name, domain, title: draw.pick(TITLES), current: true, type: 'work', formattedType: 'Work' };
  if (draw.oneIn(2)) job.department = draw.pick(DEPARTMENTS);
  return job;
}

const NOTES = [
  'Met at the trade fair in Hannover.',
  'Prefers to be called after 4 pm.\nNever on Fridays.',
  'Wants the offer in writing, with “fixed prices” — no discounts.',
  'VIP ⭐ handle with care 😀',
  'Referred by a colleague; allergic to nuts.',
];

function note(draw: Random, locale: Locale): string {
  return `${draw.pick(NOTES)} (${locale.country})`;
}
