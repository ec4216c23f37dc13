/** A customer: a person or a firm, in one kind of thing. To our row and back: pure. */
import type { Fields, Json, Values } from '#kit/fields.ts';
import { type JsonObject, objectOf, objectsOf, textOf } from '#kit/json.ts';
import { put } from '#kit/values.ts';
import { addressesOf, addressMembers } from './addresses.ts';
import { addressParts, date, flag, money, RO, ref, text } from './fields.ts';
import { cleared, type Members, Unplaced } from './members.ts';
import { currencyOf, type Kind, moneyOf, refOf } from './things.ts';

/** Members that are texts of their own, by field. The longest are those of the API reference. */
const PLAIN = {
  displayName: ['DisplayName', 'Name, unique among customers, vendors and employees', 500],
  title: ['Title', 'Title', 16],
  givenName: ['GivenName', 'First name', 100],
  middleName: ['MiddleName', 'Middle name', 100],
  familyName: ['FamilyName', 'Last name', 100],
  suffix: ['Suffix', 'Suffix', 16],
  companyName: ['CompanyName', 'Company', 100],
  note: ['Notes', 'Notes', 2_000],
  accountNumber: ['AcctNum', 'Account number', 100],
  taxNumber: ['PrimaryTaxIdentifier', 'Tax number', 100],
} as const satisfies { [field: string]: readonly [member: string, title: string, max: number] };

type PlainField = keyof typeof PLAIN;

const PHONES = [
  ['PrimaryPhone', 'main'],
  ['Mobile', 'mobile'],
  ['AlternatePhone', 'other'],
  ['Fax', 'fax'],
] as const;

export const customerFields = {
  ...(Object.fromEntries(Object.entries(PLAIN).map(([field, [, title, max]]) => [field, text(title, max)])) as {
    [field in PlainField]: ReturnType<typeof text>;
  }),
  displayName: text(PLAIN.displayName[1], PLAIN.displayName[2], { required: true }),
  email: { kind: 'email', title: 'E-mail address', max: 100 },
  phones: {
    kind: 'list',
    title: 'Phone numbers, one of each type',
    identity: 'value',
    max: PHONES.length,
    of: {
      value: { kind: 'phone', title: 'Number', required: true, max: 30 },
      type: text('Type: main, mobile, other or fax', 40),
    },
  },
  addresses: { kind: 'list', title: 'Addresses, one of each type', max: 2, of: addressParts },
  website: { kind: 'link', title: 'Website', max: 1_000 },
  term: ref('Payment terms', 'terms'),
  taxCode: ref('Tax code', 'taxCodes', RO),
  taxable: flag('Pays sales tax', RO),
  active: flag('Active'),
  currency: text('Currency, fixed once it is set', 3, RO),
  balance: money('Owes', RO),
  parent: ref('Belongs to', 'customers', RO),
  fullName: text('Name with those above it', 2_600, RO),
  project: flag('Is a project', RO),
  created: date('Created', RO),
} satisfies Fields;

export type CustomerField = keyof typeof customerFields;

function toFields(raw: JsonObject): Values {
  const fields: Values = {};
  for (const [field, [member]] of Object.entries(PLAIN)) put(fields, field, raw[member]);
  put(fields, 'displayName', nameOf(raw));
  put(fields, 'email', objectOf(raw.PrimaryEmailAddr)?.Address);
  put(fields, 'phones', phonesOf(raw));
  put(fields, 'addresses', addressesOf(raw));
  put(fields, 'website', objectOf(raw.WebAddr)?.URI);
  put(fields, 'term', refOf(raw.SalesTermRef));
  put(fields, 'taxCode', refOf(raw.DefaultTaxCodeRef));
  for (const [field, member] of [
    ['taxable', 'Taxable'],
    ['active', 'Active'],
    ['project', 'IsProject'],
  ] as const)
    put(fields, field, raw[member]);
  put(fields, 'currency', currencyOf(raw));
  put(fields, 'balance', moneyOf(raw.Balance, currencyOf(raw)));
  put(fields, 'parent', refOf(raw.ParentRef));
  put(fields, 'fullName', raw.FullyQualifiedName);
  put(fields, 'created', textOf(objectOf(raw.MetaData)?.CreateTime)?.slice(0, 10));
  return fields;
}

/** Whoever is made inactive gets " (deleted)" behind the name, so that the name is free: no part of what they are called. */
function nameOf({ DisplayName: name, Active }: JsonObject): Json | undefined {
  return typeof name === 'string' && Active === false ? name.replace(DELETED, '') : name;
}

const DELETED = / \(deleted( \d+)?\)$/;

/** The same number in two places is one of the set; a write leaves both alone. */
function phonesOf(raw: JsonObject): Values[] {
  const items = PHONES.flatMap(([member, type]) => {
    const value = textOf(objectOf(raw[member])?.FreeFormNumber);
    return value === undefined ? [] : [{ value, type }];
  });
  return items.filter((item, at) => items.findIndex((other) => other.value === item.value) === at);
}

/** Members for the given fields, composed over the customer as it is. */
export function customerMembers(fields: Values, raw: JsonObject): Members {
  const members: Members = {};
  for (const [field, value] of Object.entries(fields)) {
    const blank = value === null || value === '' || (Array.isArray(value) && value.length === 0);
    switch (field as CustomerField) {
      case 'displayName':
        if (!blank) members.DisplayName = value;
        break;
      case 'email':
        members.PrimaryEmailAddr = { Address: blank ? '' : value };
        break;
      case 'website':
        members.WebAddr = { URI: blank ? '' : value };
        break;
      case 'phones':
        Object.assign(members, placedPhones(objectsOf(value), raw));
        break;
      case 'addresses':
        Object.assign(members, addressMembers(objectsOf(value), raw));
        break;
      case 'term':
        members.SalesTermRef = { value: blank ? '' : value };
        break;
      case 'active':
        if (!blank) members.Active = value;
        break;
      default:
        members[PLAIN[field as PlainField][0]] = cleared(value);
    }
  }
  // Active again, they would still be called "… (deleted)".
  if (members.Active === true && raw.Active === false && members.DisplayName === undefined)
    members.DisplayName = nameOf(raw) ?? '';
  return members;
}

/** A number stays where it stands; another one takes the place of its type, else a free one. */
function placedPhones(items: readonly JsonObject[], raw: JsonObject): Members {
  const placed = new Map<string, Json>();
  const waiting: JsonObject[] = [];
  for (const item of items) {
    const type = textOf(item.type);
    const here = PHONES.find(([member, own]) => objectOf(raw[member])?.FreeFormNumber === item.value && (type ?? own) === own);
    if (here !== undefined && !placed.has(here[0])) placed.set(here[0], item.value!);
    else waiting.push(item);
  }
  for (const item of waiting) {
    const places = [...PHONES.filter(([, own]) => own === item.type), ...PHONES].map(([member]) => member);
    const place = places.find((member) => !placed.has(member));
    if (place === undefined) throw new Unplaced('phones', 'QuickBooks has no place left for another one');
    placed.set(place, item.value!);
  }
  return Object.fromEntries(PHONES.map(([member]) => [member, { FreeFormNumber: placed.get(member) ?? '' }]));
}

export const customerKind: Kind = { entity: 'Customer', fields: customerFields, named: true, toFields };
