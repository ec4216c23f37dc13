import { randomUUID } from 'node:crypto';
import type { Json } from '#kit/fields.ts';
import { ID, type Ledger, type Organisation } from './ledger.ts';
import { complaints, RowError, tooLong } from './rows.ts';
import { type Body, bodies, said } from './wire.ts';

const LENGTHS = {
  Name: 255,
  FirstName: 255,
  LastName: 255,
  EmailAddress: 255,
  ContactNumber: 50,
  AccountNumber: 50,
  TaxNumber: 50,
  CompanyNumber: 50,
};
const ADDRESS = { AddressLine1: 500, City: 255, Region: 255, AttentionTo: 255, PostalCode: 50, Country: 50 };
const PHONE = { PhoneNumber: 50, PhoneAreaCode: 10, PhoneCountryCode: 20 };
const SENT = [
  ...Object.keys(LENGTHS),
  'BankAccountDetails',
  'AccountsReceivableTaxType',
  'AccountsPayableTaxType',
  'DefaultCurrency',
  'PaymentTerms',
  'SalesDefaultAccountCode',
  'PurchasesDefaultAccountCode',
];
const MOST_PERSONS = 5;

/** Creates a contact, or updates the one that `ContactID` or `ContactNumber` names: members left out stay. */
export function writeContact(ledger: Ledger, of: Organisation, row: Body, create: boolean): Body {
  const old = create ? undefined : existing(ledger, of, row);
  const wrong = complaints();
  if (old === undefined || 'Name' in row) wrong.unless(said(row.Name), 'The contact name must not be empty.');
  for (const message of problemsOf(row)) wrong.unless(false, message);
  const status = said(row.ContactStatus) ?? said(old?.ContactStatus) ?? 'ACTIVE';
  wrong.unless(['ACTIVE', 'ARCHIVED'].includes(status), `The contact status ${status} is not valid.`);
  if (old?.ContactStatus === 'ARCHIVED')
    wrong.unless(status === 'ARCHIVED', 'An archived contact cannot be restored via the API.');
  const contact: Body = { ContactID: randomUUID(), ...old, ContactStatus: status };
  for (const member of SENT) if (row[member] !== undefined) contact[member] = row[member] === '' ? null : row[member]!;
  if (typeof contact.Name === 'string') contact.Name = contact.Name.trim();
  if (row.Addresses !== undefined) contact.Addresses = merged(old?.Addresses, row.Addresses, 'AddressType');
  if (row.Phones !== undefined) contact.Phones = merged(old?.Phones, row.Phones, 'PhoneType');
  if (row.ContactPersons !== undefined) contact.ContactPersons = bodies(row.ContactPersons);
  wrong.unless(
    bodies(contact.ContactPersons).length <= MOST_PERSONS,
    `A contact can have at most ${MOST_PERSONS} contact persons.`,
  );
  for (const message of taken(ledger, of, contact)) wrong.unless(false, message);
  wrong.end();
  return ledger.put(of, 'Contacts', contact);
}

function existing(ledger: Ledger, of: Organisation, row: Body): Body | undefined {
  const id = said(row.ContactID);
  const found = id === undefined ? undefined : ledger.get(of, 'Contacts', id);
  if (id !== undefined && found === undefined) throw new RowError(`Contact with ID ${id} could not be found`);
  const number = said(row.ContactNumber);
  const numbered = number === undefined ? [] : ledger.among(of, 'Contacts', 'number', number);
  return found ?? numbered.find((one) => one.ContactNumber === number);
}

function problemsOf(row: Body): string[] {
  return [
    ...tooLong(row, LENGTHS),
    ...bodies(row.Addresses).flatMap((one) => tooLong(one, ADDRESS)),
    ...bodies(row.Addresses)
      .filter(({ Country }) => typeof Country === 'string' && /\d/.test(Country))
      .map(() => 'The Country must contain letters only.'),
    ...bodies(row.Phones).flatMap((one) => tooLong(one, PHONE)),
    ...(said(row.EmailAddress) !== undefined && !/^[^@\s]+@[^@\s]+$/.test(String(row.EmailAddress))
      ? [`The email address ${row.EmailAddress} is not valid.`]
      : []),
  ];
}

/** Of each type that was sent the new one stands whole; other types stay. */
function merged(old: Json | undefined, sent: Json, type: string): Json {
  const byType = new Map(bodies(old).map((one) => [one[type], one]));
  for (const one of bodies(sent)) byType.set(one[type], one);
  return [...byType.values()];
}

/** Names are unique among those that are active, however they are written; a number is unique at all. */
function taken(ledger: Ledger, of: Organisation, contact: Body): string[] {
  if (contact.ContactStatus === 'ARCHIVED') return [];
  const others = (by: 'name' | 'number', value: string) =>
    ledger.among(of, 'Contacts', by, value).filter((one) => one[ID.Contacts] !== contact[ID.Contacts]);
  const name = String(contact.Name ?? '').toLowerCase();
  const found: string[] = [];
  if (others('name', name).some((one) => one.ContactStatus === 'ACTIVE' && String(one.Name).toLowerCase() === name)) {
    found.push(
      `The contact name ${contact.Name} is already assigned to another contact. The contact name must be unique across all active contacts.`,
    );
  }
  const number = said(contact.ContactNumber);
  if (number !== undefined && others('number', number).some((one) => one.ContactNumber === number)) {
    found.push(`The contact number ${number} is already assigned to another contact.`);
  }
  return found;
}

/** The contact of a document: by id, by number, by name; a name that nobody bears makes a contact without a word. */
export function contactOf(ledger: Ledger, of: Organisation, sent: Body): Body {
  const found =
    existing(ledger, of, sent) ??
    ledger
      .among(of, 'Contacts', 'name', said(sent.Name) ?? '')
      .find((one) => one.ContactStatus === 'ACTIVE' && one.Name === String(sent.Name).trim());
  if (found === undefined) {
    if (said(sent.Name) === undefined) throw new RowError('A Contact must be specified for this type of transaction');
    return writeContact(ledger, of, { Name: sent.Name! }, true);
  }
  if (found.ContactStatus !== 'ACTIVE') throw new RowError('Unable to assign an Archived contact.');
  return found;
}
