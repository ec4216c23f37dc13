/** What a contact of somebody's address book has. RingCentral has a fixed place for each number, address and e-mail. */
import type { Field, Fields } from '#kit/fields.ts';

const text = (title: string): Field => ({ kind: 'text', title, max: 4_096 });

export const contactFields = {
  firstName: text('First name'),
  middleName: text('Middle name'),
  lastName: text('Last name'),
  nickName: text('Nickname'),
  company: text('Company'),
  jobTitle: text('Job title'),
  emails: {
    kind: 'list',
    title: 'E-mail addresses',
    of: { value: { kind: 'email', title: 'Address', required: true }, primary: { kind: 'flag', title: 'Primary' } },
    identity: 'value',
    max: 3,
  },
  phones: {
    kind: 'list',
    title: 'Phone numbers',
    of: { value: { kind: 'phone', title: 'Number', required: true }, type: text('Type') },
    identity: 'value',
    max: 12,
  },
  addresses: {
    kind: 'list',
    title: 'Addresses',
    of: {
      type: text('Type'),
      street: text('Street'),
      city: text('City'),
      region: text('Region'),
      postalCode: text('Postal code'),
      country: text('Country'),
    },
    max: 3,
  },
  birthday: { kind: 'date', title: 'Birthday' },
  webPage: { kind: 'link', title: 'Web address', max: 4_096 },
  notes: { kind: 'text', title: 'Notes', max: 131_072 },
} satisfies Fields;

/** Fields that are one member of the same name. */
export const PLAIN = ['firstName', 'middleName', 'lastName', 'nickName', 'company', 'jobTitle', 'webPage', 'notes'] as const;

/** Places of e-mail addresses; the first is the primary one. */
export const EMAILS = ['email', 'email2', 'email3'] as const;

/** Places of numbers with the type we call them by, in the order in which one of another type takes a free place. */
export const PHONES: readonly (readonly [member: string, type: string])[] = [
  ['mobilePhone', 'mobile'],
  ['businessPhone', 'work'],
  ['businessPhone2', 'work'],
  ['homePhone', 'home'],
  ['homePhone2', 'home'],
  ['companyPhone', 'company'],
  ['otherPhone', 'other'],
  ['carPhone', 'car'],
  ['assistantPhone', 'assistant'],
  ['callbackPhone', 'callback'],
  ['businessFax', 'work fax'],
  ['otherFax', 'other fax'],
];

/** In this order a number of no such type looks for a place. */
export const SPARE_PHONES = ['otherPhone', 'businessPhone2', 'homePhone2', 'businessPhone', 'homePhone', 'mobilePhone'] as const;

export const ADDRESSES = [
  ['businessAddress', 'work'],
  ['homeAddress', 'home'],
  ['otherAddress', 'other'],
] as const;

/** Parts of an address: ours, theirs. */
export const ADDRESS_PARTS = [
  ['street', 'street'],
  ['city', 'city'],
  ['region', 'state'],
  ['postalCode', 'zip'],
  ['country', 'country'],
] as const;

/** "Source of the contact. Up to 64 symbols": what we created bears whose it is there. */
export const MARK = 'appInfo';
export const MARKED = 'switchboard:';
