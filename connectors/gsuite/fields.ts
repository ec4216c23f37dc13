/** What a contact has. The longest texts and lists are Google's own limits of a contact: 128 KB, 500 values of a kind. */
import type { Field, Fields } from '#kit/fields.ts';

const text = (title: string): Field => ({ kind: 'text', title, max: 4_096 });
const list = (title: string, of: Fields, more: Partial<Field> = {}): Field => ({ kind: 'list', title, of, max: 500, ...more });

export const contactFields = {
  givenName: text('First name'),
  familyName: text('Last name'),
  middleName: text('Middle name'),
  prefix: text('Name prefix'),
  suffix: text('Name suffix'),
  displayName: { kind: 'text', title: 'Name as Google shows it', readOnly: true },
  nickname: text('Nickname'),
  emails: list(
    'E-mail addresses',
    {
      value: { kind: 'email', title: 'Address', required: true },
      type: text('Type'),
      primary: { kind: 'flag', title: 'Primary' },
    },
    { identity: 'value' },
  ),
  phones: list(
    'Phone numbers',
    {
      value: { kind: 'phone', title: 'Number', required: true },
      type: text('Type'),
      primary: { kind: 'flag', title: 'Primary' },
    },
    { identity: 'value' },
  ),
  // An address has no part that says which it is: it is known by all its parts together.
  addresses: list('Addresses', {
    type: text('Type'),
    street: text('Street'),
    extended: text('Further line'),
    poBox: text('P.O. box'),
    city: text('City'),
    region: text('Region'),
    postalCode: text('Postal code'),
    country: text('Country'),
    countryCode: text('Country code'),
  }),
  organization: text('Company'),
  jobTitle: text('Job title'),
  department: text('Department'),
  birthday: { kind: 'date', title: 'Birthday', partial: true },
  urls: list(
    'Web addresses',
    { value: { kind: 'link', title: 'Address', required: true }, type: text('Type') },
    { identity: 'value' },
  ),
  note: { kind: 'text', title: 'Note', max: 131_072 },
  custom: list(
    'Custom fields',
    { key: text('Label'), value: { kind: 'text', title: 'Value', max: 131_072 } },
    { identity: 'key' },
  ),
  groups: list('Labels', { group: text('Contact group') }, { identity: 'group', readOnly: true }),
} satisfies Fields;

export type ContactField = keyof typeof contactFields;

/** Which member of a person holds each field: what an update mask must name. Read-only fields have none. */
export const MEMBER_OF: { readonly [field: string]: Member } = {
  givenName: 'names',
  familyName: 'names',
  middleName: 'names',
  prefix: 'names',
  suffix: 'names',
  nickname: 'nicknames',
  emails: 'emailAddresses',
  phones: 'phoneNumbers',
  addresses: 'addresses',
  organization: 'organizations',
  jobTitle: 'organizations',
  department: 'organizations',
  birthday: 'birthdays',
  urls: 'urls',
  note: 'biographies',
  custom: 'userDefined',
} satisfies { [field in ContactField]?: Member };

export type Member = (typeof MEMBERS)[number];

/** Members of a person that we write, in the order we keep them. */
export const MEMBERS = [
  'names',
  'nicknames',
  'emailAddresses',
  'phoneNumbers',
  'addresses',
  'organizations',
  'birthdays',
  'urls',
  'biographies',
  'userDefined',
] as const;

/**
 * Asked of every read and of every write's answer. What is not asked for is not written either, and so never lost. The same in
 * every call: sync and page tokens hold only for the mask they began with.
 */
export const PERSON_FIELDS = ['metadata', ...MEMBERS, 'clientData', 'memberships'].join(',');

/** Values of the contact itself, not those of the person's Google profile, which are theirs to edit. */
export const SOURCES = ['READ_SOURCE_TYPE_CONTACT'];

/** Our key among a contact's client data: the id of the record it was created for. */
export const MARK = 'switchboard';

/** Lists in the answers of `connections.list` end here; `people.get` has the rest (people.v1 discovery document). */
export const CUT_AT = 100;

/** How the items of each list field are written at Google: our member, theirs. */
export const ITEMS = {
  emails: {
    member: 'emailAddresses',
    parts: [
      ['value', 'value'],
      ['type', 'type'],
    ],
    primary: true,
  },
  phones: {
    member: 'phoneNumbers',
    parts: [
      ['value', 'value'],
      ['type', 'type'],
    ],
    primary: true,
  },
  addresses: {
    member: 'addresses',
    parts: [
      ['type', 'type'],
      ['street', 'streetAddress'],
      ['extended', 'extendedAddress'],
      ['poBox', 'poBox'],
      ['city', 'city'],
      ['region', 'region'],
      ['postalCode', 'postalCode'],
      ['country', 'country'],
      ['countryCode', 'countryCode'],
    ],
    primary: false,
  },
  urls: {
    member: 'urls',
    parts: [
      ['value', 'value'],
      ['type', 'type'],
    ],
    primary: false,
  },
  custom: {
    member: 'userDefined',
    parts: [
      ['key', 'key'],
      ['value', 'value'],
    ],
    primary: false,
  },
} as const satisfies { [field in ContactField]?: ItemShape };

export interface ItemShape {
  member: Member;
  parts: readonly (readonly [ours: string, theirs: string])[];
  /** Does an item say whether it is the primary one? */
  primary: boolean;
}

/** The parts of a name and of a job: our field, the member of `names[0]` or of the leading organization. */
export const NAME_PARTS = [
  ['givenName', 'givenName'],
  ['familyName', 'familyName'],
  ['middleName', 'middleName'],
  ['prefix', 'honorificPrefix'],
  ['suffix', 'honorificSuffix'],
] as const;

export const JOB_PARTS = [
  ['organization', 'name'],
  ['jobTitle', 'title'],
  ['department', 'department'],
] as const;
