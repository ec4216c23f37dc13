import { parsePhoneNumberFromString } from 'libphonenumber-js';
import type { Json } from '#kit/fields.ts';
import { invalid } from './errors.ts';
import type { Message } from './json.ts';
import { FIELDS, MESSAGES, READ_ONLY, SINGLETONS } from './schema.ts';

/** What a contact holds: the items of each field, as Google shows them, less their metadata. */
export type Contact = { [field: string]: Message[] };

/** Groups of the account that accept members. */
export type Groups = ReadonlySet<string>;

/**
 * Takes the fields of a person as somebody wrote them and gives what Google keeps: output-only members dropped and made
 * anew, empty items dropped. Throws what Google answers when a rule is broken.
 */
export function contactOf(person: Message, fields: Iterable<string>, groups: Groups): Contact {
  const contact: Contact = {};
  for (const field of fields) {
    const items = person[field];
    if (READ_ONLY.has(field) || FIELDS[field] === undefined || !Array.isArray(items)) continue;
    const kept = items.map((item) => keep(field, item)).filter((item) => Object.keys(item).length > 0);
    if (SINGLETONS.has(field) && items.length > 1) throw invalid(`Cannot have more than one person.${field} per source.`);
    if (kept.length > 0) contact[field] = kept.map((item) => FINISH[field]?.(item, groups) ?? typed(item));
  }
  return contact;
}

/** The members of an item that a client may write, without the blank ones. */
function keep(field: string, item: Json): Message {
  const out: Message = {};
  if (item === null || typeof item !== 'object' || Array.isArray(item)) return out;
  const members = MESSAGES[FIELDS[field] ?? ''] ?? {};
  for (const [name, value] of Object.entries(item)) {
    const type = members[name];
    if (type === undefined || type.endsWith('!') || value === null || value === '') continue;
    out[name] = value;
  }
  const only = Object.keys(out);
  return only.length === 1 && only[0] === 'type' ? {} : out;
}

const FINISH: { readonly [field: string]: (item: Message, groups: Groups) => Message } = {
  names: named,
  phoneNumbers: (item) => typed(canonical(item)),
  addresses: (item) => typed(formatted(item)),
  birthdays: (item) => dated(item, 'birthdays'),
  events: (item) => typed(dated(item, 'events')),
  biographies: (item) => ({ contentType: 'TEXT_PLAIN', ...item }),
  genders: (item) => ({ ...item, formattedValue: title(String(item.value ?? '')) }),
  memberships: member,
};

/** Predefined types whose title is not just their first letter made great. */
const TITLES: { readonly [type: string]: string } = {
  homeFax: 'Home Fax',
  workFax: 'Work Fax',
  otherFax: 'Other Fax',
  workMobile: 'Work Mobile',
  workPager: 'Work Pager',
  googleVoice: 'Google Voice',
  homePage: 'Home Page',
  domesticPartner: 'Domestic Partner',
  referredBy: 'Referred By',
  loginId: 'Login ID',
};

function title(type: string): string {
  return TITLES[type] ?? type.charAt(0).toUpperCase() + type.slice(1);
}

/** Adds `formattedType`, the type as Google's own pages show it. */
export function typed(item: Message): Message {
  return typeof item.type === 'string' ? { ...item, formattedType: title(item.type) } : item;
}

/** People's numbers are read as if dialled in this country, where they do not say. */
const REGION = 'US';

function canonical(item: Message): Message {
  const parsed = parsePhoneNumberFromString(String(item.value ?? ''), REGION);
  return parsed?.isValid() ? { ...item, canonicalForm: parsed.number } : item;
}

function formatted(item: Message): Message {
  if (item.formattedValue !== undefined) return item;
  const lines = [
    item.poBox,
    item.streetAddress,
    item.extendedAddress,
    [item.postalCode, item.city, item.region].filter(Boolean).join(' '),
    item.country,
  ];
  return { ...item, formattedValue: lines.filter(Boolean).join('\n') };
}

/** Names of these scripts stand family name first, without a space. */
const EASTERN = /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]+$/u;

function named(given: Message): Message {
  const name = structured(given);
  const part = (member: string) => String(name[member] ?? '');
  const [first, last] = [part('givenName'), part('familyName')];
  const eastern = EASTERN.test(first + last);
  const plain = eastern ? last + first : [first, part('middleName'), last].filter(Boolean).join(' ');
  const shown =
    [part('honorificPrefix'), plain].filter(Boolean).join(' ') + (name.honorificSuffix ? `, ${name.honorificSuffix}` : '');
  const lastFirst =
    eastern || !last ? shown : [last, [first, part('middleName')].filter(Boolean).join(' ')].filter(Boolean).join(', ');
  return { displayName: shown, ...name, displayNameLastFirst: lastFirst, unstructuredName: shown };
}

/** A free-form name is taken apart when no parts are given. */
function structured(name: Message): Message {
  const { unstructuredName, ...parts } = name;
  if (parts.givenName || parts.familyName || parts.middleName || typeof unstructuredName !== 'string') return parts;
  const words = unstructuredName.trim().split(/\s+/);
  const familyName = words.length > 1 ? words.pop() : undefined;
  return { ...(familyName ? { familyName } : {}), givenName: words.join(' '), ...parts };
}

function dated(item: Message, field: string): Message {
  const { date } = item;
  if (date === undefined || date === null) return item;
  if (typeof date !== 'object' || Array.isArray(date)) throw invalid(`Invalid person.${field} date.`);
  const [year, month, day] = [Number(date.year ?? 0), Number(date.month ?? 0), Number(date.day ?? 0)];
  if (!isDate(year, month, day)) throw invalid(`Invalid date in person.${field}: year: ${year} month: ${month} day: ${day}.`);
  return { ...item, date: Object.fromEntries(Object.entries({ year, month, day }).filter(([, n]) => n !== 0)) };
}

/** A whole date, a year, a year and month, or a month and day; zero stands for what is absent (google.type.Date). */
function isDate(year: number, month: number, day: number): boolean {
  if (year < 0 || year > 9999 || month < 0 || month > 12 || day < 0) return false;
  if (day === 0) return year > 0;
  if (month === 0) return false;
  const leap = year === 0 || (year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0));
  return day <= ([31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1] ?? 0);
}

function member(item: Message, groups: Groups): Message {
  const membership = item.contactGroupMembership;
  if (membership === undefined || membership === null || typeof membership !== 'object' || Array.isArray(membership)) return item;
  const name = String(membership.contactGroupResourceName ?? '');
  if (!groups.has(name)) throw invalid(`Invalid contact group resource name: ${JSON.stringify(name)}.`);
  return { contactGroupMembership: { contactGroupId: name.replace('contactGroups/', ''), contactGroupResourceName: name } };
}

/** The membership every new contact has. */
export const MY_CONTACTS: Message = {
  contactGroupMembership: { contactGroupId: 'myContacts', contactGroupResourceName: 'contactGroups/myContacts' },
};
