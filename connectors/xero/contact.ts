/** From a contact to our row: pure. */
import type { Json, Values } from '#kit/fields.ts';
import { type JsonObject, objectOf, objectsOf, textOf } from '#kit/json.ts';
import { put } from '#kit/values.ts';
import { ADDRESS_TYPES, contactFields, PHONE_TYPES } from './contact-fields.ts';
import { type Shape, without } from './records.ts';
import { moneyOf } from './wire.ts';

/** Fields that are members as they stand. */
export const CONTACT_MEMBERS = {
  name: 'Name',
  firstName: 'FirstName',
  lastName: 'LastName',
  email: 'EmailAddress',
  accountNumber: 'AccountNumber',
  companyNumber: 'CompanyNumber',
  taxNumber: 'TaxNumber',
  currency: 'DefaultCurrency',
} as const;

/** Beside what it was made for, a contact's number may be anybody's: ours say so. 50 characters at most. */
const MARK = 'switchboard:';

export const marked = (mark: string): string => `${MARK}${mark}`;

const NOISE = new Set([
  'ContactGroups',
  'HasValidationErrors',
  'HasAttachments',
  'Attachments',
  'StatusAttributeString',
  'ValidationErrors',
]);

export const contactShape: Shape = {
  plural: 'Contacts',
  id: 'ContactID',
  fields: contactFields,
  trim: (contact, currency) => ({
    ...without(contact, NOISE),
    ...(contact.Balances !== undefined && { BaseCurrency: currency }),
  }),
  values,
  markOf: ({ ContactNumber }) => {
    const number = textOf(ContactNumber);
    return number?.startsWith(MARK) ? number.slice(MARK.length) : undefined;
  },
};

function values(contact: JsonObject): Values {
  const fields: Values = {};
  for (const [field, member] of Object.entries(CONTACT_MEMBERS)) put(fields, field, contact[member]);
  put(fields, 'phones', phonesOf(contact));
  put(fields, 'addresses', addressesOf(contact));
  put(fields, 'people', peopleOf(contact));
  put(fields, 'status', contact.ContactStatus);
  put(fields, 'mergedTo', contact.MergedToContactID);
  if (contact.IsCustomer === true) fields.customer = true;
  if (contact.IsSupplier === true) fields.supplier = true;
  const balances = objectOf(contact.Balances);
  for (const [field, member] of [
    ['receivable', 'AccountsReceivable'],
    ['payable', 'AccountsPayable'],
  ] as const) {
    const owed = objectOf(balances?.[member])?.Outstanding;
    if (owed !== undefined) put(fields, field, moneyOf(owed, contact.BaseCurrency));
  }
  put(fields, 'website', contact.Website);
  return fields;
}

/** A number is kept in three parts, which are one to us. */
function phonesOf(contact: JsonObject): Json[] {
  return PHONE_TYPES.flatMap((type) => {
    const phone = partOf(contact.Phones, 'PhoneType', type);
    const country = textOf(phone?.PhoneCountryCode);
    const parts = [country && `+${country.replace(/^\+/, '')}`, textOf(phone?.PhoneAreaCode), textOf(phone?.PhoneNumber)];
    if (textOf(phone?.PhoneNumber) === undefined) return [];
    return [{ value: parts.filter((part) => part).join(' '), type }];
  });
}

const LINES = ['AddressLine1', 'AddressLine2', 'AddressLine3', 'AddressLine4'] as const;

function addressesOf(contact: JsonObject): Json[] {
  return ADDRESS_TYPES.flatMap((type) => {
    const address = partOf(contact.Addresses, 'AddressType', type);
    if (address === undefined) return [];
    const item: Values = {};
    put(item, 'street', LINES.flatMap((line) => textOf(address[line]) ?? []).join('\n'));
    for (const [field, member] of ADDRESS_PARTS) put(item, field, address[member]);
    return Object.keys(item).length === 0 ? [] : [{ type, ...item }];
  });
}

export const ADDRESS_PARTS = [
  ['city', 'City'],
  ['region', 'Region'],
  ['postalCode', 'PostalCode'],
  ['country', 'Country'],
] as const;

function peopleOf(contact: JsonObject): Json[] {
  return objectsOf(contact.ContactPersons).map((person) => {
    const item: Values = {};
    put(item, 'firstName', person.FirstName);
    put(item, 'lastName', person.LastName);
    put(item, 'email', person.EmailAddress);
    if (person.IncludeInEmails === true) item.included = true;
    return item;
  });
}

/** The one of a type among phones or addresses. */
export function partOf(list: Json | undefined, member: 'PhoneType' | 'AddressType', type: string): JsonObject | undefined {
  return objectsOf(list).find((one) => textOf(one[member])?.toLowerCase() === type);
}
