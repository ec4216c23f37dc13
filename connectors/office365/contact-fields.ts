/** What a contact has. Outlook has a fixed number of places for addresses and numbers. */
import type { Field, Fields } from '#kit/fields.ts';

const text = (title: string): Field => ({ kind: 'text', title, max: 4_096 });

export const contactFields = {
  prefix: text('Title'),
  givenName: text('First name'),
  middleName: text('Middle name'),
  familyName: text('Last name'),
  suffix: text('Name suffix'),
  nickname: text('Nickname'),
  displayName: { ...text('Name as Outlook shows it'), readOnly: true },
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
    max: 5,
  },
  // One of each type, which says which it is.
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
  organization: text('Company'),
  jobTitle: text('Job title'),
  department: text('Department'),
  birthday: { kind: 'date', title: 'Birthday' },
  webPage: { kind: 'link', title: 'Web address', max: 4_096 },
  note: { kind: 'text', title: 'Notes', max: 131_072 },
  categories: {
    kind: 'list',
    title: 'Categories',
    of: { name: { kind: 'text', title: 'Category', required: true, max: 255 } },
    identity: 'name',
    max: 100,
  },
  custom: {
    kind: 'list',
    title: 'Custom fields',
    of: { key: text('Name'), value: { kind: 'text', title: 'Value', max: 8_192 } },
    identity: 'key',
    max: 100,
  },
  folder: { ...text('Folder'), readOnly: true },
} satisfies Fields;

/** Fields that are one member each: ours, theirs. */
export const PLAIN = [
  ['prefix', 'title'],
  ['givenName', 'givenName'],
  ['middleName', 'middleName'],
  ['familyName', 'surname'],
  ['suffix', 'generation'],
  ['nickname', 'nickName'],
  ['organization', 'companyName'],
  ['jobTitle', 'jobTitle'],
  ['department', 'department'],
  ['webPage', 'businessHomePage'],
  ['note', 'personalNotes'],
] as const;

/** Members of numbers, with the type we call them by and how many Outlook keeps. */
export const PHONES = [
  ['mobilePhone', 'mobile', 1],
  ['businessPhones', 'work', 2],
  ['homePhones', 'home', 2],
] as const;

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
  ['postalCode', 'postalCode'],
  ['country', 'countryOrRegion'],
] as const;

/** Asked for, and kept. */
export const SELECTED = [
  ...['id', 'parentFolderId', 'createdDateTime', 'lastModifiedDateTime', 'displayName', 'fileAs'],
  ...PLAIN.map(([, theirs]) => theirs),
  ...['emailAddresses', 'mobilePhone', 'businessPhones', 'homePhones', 'businessAddress', 'homeAddress', 'otherAddress'],
  ...['birthday', 'categories'],
] as const;
