/** Contact, company, lead, user: who one deals with. */
import type { Fields, Values } from '#kit/fields.ts';
import {
  addresses,
  choice,
  date,
  email,
  emails,
  flag,
  list,
  longText,
  money,
  number,
  phone,
  phones,
  ref,
  text,
  url,
  websites,
} from './field.ts';
import { dueRules } from './payments.ts';
import { firstOf, joined, type ObjectShape, textOf } from './shape.ts';

/** The parts of a person's name, in the order they are written in Latin script. */
const nameParts = {
  prefix: text('Prefix'),
  givenName: text('Given name'),
  middleName: text('Middle name'),
  familyName: text('Family name'),
  suffix: text('Suffix'),
} satisfies Fields;

/** A person's name has one writer: its parts. The whole name counts only while no part is known (a caller's name, a mail header). */
const personName = (values: Values): string =>
  joined(values, 'prefix', 'givenName', 'middleName', 'familyName', 'suffix') || textOf(values, 'name');

const personOrAddress = (values: Values): string =>
  personName(values) ||
  textOf(values, 'nickname') ||
  firstOf(values, 'emails', 'value') ||
  firstOf(values, 'phones', 'value') ||
  textOf(values, 'jobTitle');

export const contact = {
  title: 'Contact',
  plural: 'Contacts',
  fields: {
    ...nameParts,
    name: text('Whole name, where its parts are not known'),
    nickname: text('Nickname'),
    emails: emails(),
    phones: phones(),
    addresses: addresses(),
    company: ref('Company', 'company'),
    jobTitle: text('Job title'),
    department: text('Department'),
    birthday: date('Birthday', { partial: true }),
    websites: websites(),
    notes: longText('Notes'),
    custom: list('Further fields', 'key', { key: text('Name'), value: longText('Value') }),
    language: text('Language', { max: 35 }),
    timeZone: text('Time zone', { max: 64 }),
    doNotCall: flag('Do not call'),
    doNotEmail: flag('Do not e-mail'),
    source: text('Source'),
    owner: ref('Owner', 'user'),
  } satisfies Fields,
  ownName: personName,
  nameOf: personOrAddress,
  keys: [
    { kind: 'email', field: 'emails' },
    { kind: 'phone', field: 'phones' },
    { kind: 'domain', field: 'emails' },
    { kind: 'word', field: 'nickname' },
    { kind: 'word', field: 'jobTitle' },
  ],
} satisfies ObjectShape;

export const company = {
  title: 'Company',
  plural: 'Companies',
  fields: {
    name: text('Name', { required: true }),
    legalName: text('Legal name'),
    emails: emails(),
    phones: phones(),
    addresses: addresses(),
    websites: websites(),
    people: list('Contact persons, as an accounting service lists them', 'email', {
      firstName: text('First name'),
      lastName: text('Last name'),
      email: email('E-mail address'),
      included: flag('Gets invoices too'),
    }),
    industry: text('Industry'),
    employees: number('Employees'),
    revenue: money('Annual revenue'),
    taxNumber: text('Tax number'),
    registrationNumber: text('Registration number'),
    accountNumber: text('Account number'),
    currency: text('Currency', { max: 3 }),
    paymentTerm: ref('Payment terms', 'paymentTerm'),
    paymentDays: number('Payment terms, days'),
    paymentRule: choice('Payment terms, rule', dueRules),
    taxCode: ref('Tax code', 'taxCode'),
    taxExempt: flag('Exempt from tax'),
    active: flag('Active'),
    receivable: money('Receivable'),
    payable: money('Payable'),
    isCustomer: flag('Customer'),
    isSupplier: flag('Supplier'),
    parent: ref('Parent company', 'company'),
    notes: longText('Notes'),
    source: text('Source'),
    owner: ref('Owner', 'user'),
  } satisfies Fields,
  ownName: (values) => textOf(values, 'name') || textOf(values, 'legalName'),
  nameOf: (values) =>
    textOf(values, 'name') ||
    textOf(values, 'legalName') ||
    firstOf(values, 'websites', 'value') ||
    firstOf(values, 'emails', 'value'),
  keys: [
    { kind: 'email', field: 'emails' },
    { kind: 'phone', field: 'phones' },
    { kind: 'domain', field: 'websites' },
    { kind: 'domain', field: 'emails' },
    { kind: 'tax', field: 'taxNumber' },
    { kind: 'word', field: 'legalName' },
    { kind: 'word', field: 'accountNumber' },
  ],
} satisfies ObjectShape;

export const lead = {
  title: 'Lead',
  plural: 'Leads',
  fields: {
    ...nameParts,
    name: text('Whole name, where its parts are not known'),
    companyName: text('Company'),
    jobTitle: text('Job title'),
    emails: emails(),
    phones: phones(),
    addresses: addresses(),
    websites: websites(),
    status: choice('Status', ['new', 'working', 'qualified', 'unqualified', 'converted']),
    rating: choice('Rating', ['hot', 'warm', 'cold']),
    source: text('Source'),
    contact: ref('Became contact', 'contact'),
    company: ref('Became company', 'company'),
    opportunity: ref('Became opportunity', 'opportunity'),
    notes: longText('Notes'),
    owner: ref('Owner', 'user'),
  } satisfies Fields,
  ownName: personName,
  nameOf: (values) => personOrAddress(values) || textOf(values, 'companyName'),
  keys: [
    { kind: 'email', field: 'emails' },
    { kind: 'phone', field: 'phones' },
    { kind: 'domain', field: 'emails' },
    { kind: 'word', field: 'companyName' },
  ],
} satisfies ObjectShape;

export const user = {
  title: 'User',
  plural: 'Users',
  fields: {
    name: text('Name', { required: true }),
    email: email('E-mail address'),
    emails: emails('All e-mail addresses'),
    phone: phone('Phone number'),
    extension: text('Extension'),
    jobTitle: text('Job title'),
    timeZone: text('Time zone', { max: 64 }),
    language: text('Language', { max: 35 }),
    photo: url('Photo'),
    active: flag('Active'),
  } satisfies Fields,
  ownName: (values) => textOf(values, 'name'),
  nameOf: (values) => textOf(values, 'name') || textOf(values, 'email') || textOf(values, 'phone'),
  keys: [
    { kind: 'email', field: 'email' },
    { kind: 'email', field: 'emails' },
    { kind: 'domain', field: 'email' },
    { kind: 'domain', field: 'emails' },
    { kind: 'phone', field: 'phone' },
  ],
} satisfies ObjectShape;
