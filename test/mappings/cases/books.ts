/** Mappings as data: what goes in, the mapping, what comes out. */
import type { Values } from '#kit/fields.ts';
import type { Answer } from '#mappings/answers.ts';
import type { Mapping } from '#mappings/format.ts';

export interface Case {
  name: string;
  fields: Mapping['fields'];
  row: Values;
  /** The record's values that the row gives. */
  record: Values;
  /** The row's values that this record gives, where not the row. */
  back?: Values;
  answers?: { [key: string]: Answer };
  /** crm fields that rest, with their problem. */
  resting?: { [crm: string]: RegExp | null };
}

export const cases: readonly Case[] = [
  {
    name: 'names, phones and single addresses',
    fields: [
      { crm: 'name', theirs: 'Name', via: 'trim' },
      { crm: 'emails', theirs: 'EmailAddress', via: ['trim', { item: { set: { type: 'books' } } }] },
      { crm: 'phones', theirs: 'Phone', via: [{ e164: { region: 'US' } }, { item: { set: { type: 'books' } } }] },
    ],
    row: { Name: ' Acme ', EmailAddress: 'office@acme.example', Phone: '(415) 555-2671' },
    record: {
      name: 'Acme',
      emails: [{ value: 'office@acme.example', type: 'books' }],
      phones: [{ value: '+14155552671', type: 'books' }],
    },
    back: { Name: 'Acme', EmailAddress: 'office@acme.example', Phone: '+14155552671' },
  },
  {
    name: 'a formula goes in only, exactly',
    fields: [
      { crm: 'name', theirs: 'Name' },
      { crm: 'receivable', theirs: '= row.Balance * 0.1', way: 'in' },
      { crm: 'notes', theirs: '= row.IsCustomer ? "customer" : "none"' },
    ],
    row: { Name: 'Acme', Balance: { amount: '0.70', currency: 'EUR' }, IsCustomer: true },
    record: { name: 'Acme', receivable: { amount: '0.07', currency: 'EUR' }, notes: 'customer' },
    back: { Name: 'Acme' },
  },
  {
    name: 'a formula over a blank is blank',
    fields: [{ crm: 'receivable', theirs: '= row.Balance * 0.1' }],
    row: { Name: 'Acme' },
    record: {},
    back: {},
  },
  {
    name: 'text to money, flag and date and back',
    fields: [
      { crm: 'revenue', theirs: 'Credit', via: { money: { currency: 'EUR' } } },
      { crm: 'isCustomer', theirs: 'Group', via: { flag: { yes: 'Customers', no: 'Others' } } },
    ],
    row: { Credit: '1000.50', Group: 'Customers' },
    record: { revenue: { amount: '1000.5', currency: 'EUR' }, isCustomer: true },
    back: { Credit: '1000.5', Group: 'Customers' },
  },
  {
    name: 'a decoration never leaks into the CRM',
    fields: [{ crm: 'name', theirs: 'Name', via: { suffix: { text: ' (C)' } } }],
    row: { Name: 'Acme (C)' },
    record: { name: 'Acme' },
  },
  {
    name: 'a word not in the table rests, the others go on',
    fields: [
      { crm: 'name', theirs: 'Name' },
      { crm: 'industry', theirs: 'Status', via: { table: { map: { ACTIVE: 'alive' } } } },
    ],
    row: { Name: 'Acme', Status: 'ARCHIVED' },
    record: { name: 'Acme' },
    back: { Name: 'Acme' },
    resting: { industry: /"ARCHIVED" is not in the table, which has "ACTIVE"/ },
  },
  {
    name: 'a rule rests while its condition is false',
    fields: [
      { crm: 'name', theirs: 'Name' },
      { crm: 'notes', theirs: 'Note', when: '= row.IsCustomer' },
    ],
    row: { Name: 'Acme', Note: 'secret' },
    record: { name: 'Acme' },
    back: { Name: 'Acme' },
    resting: { notes: null },
  },
  {
    name: 'a row of theirs becomes a record of ours',
    fields: [{ crm: 'parent', theirs: 'ParentID', via: { link: { stream: 'books.parties', object: 'company' } } }],
    row: { ParentID: '77' },
    record: { parent: 'record-77' },
    answers: { 'linked books.parties 77': 'record-77', 'row books.parties record-77': '77' },
  },
  {
    name: 'a list with other names',
    fields: [{ crm: 'websites', theirs: 'Sites', via: { rename: { fields: { url: 'value', label: 'type' } } } }],
    row: { Sites: [{ url: 'https://acme.example', label: 'work' }] },
    record: { websites: [{ value: 'https://acme.example', type: 'work' }] },
  },
  {
    name: 'what is ours to say goes out only; what is read-only comes in only',
    fields: [
      { crm: 'name', theirs: 'Name', way: 'out' },
      { crm: 'receivable', theirs: 'Balance' },
    ],
    row: { Name: 'Acme', Balance: { amount: '1', currency: 'EUR' } },
    record: { receivable: { amount: '1', currency: 'EUR' } },
    back: {},
  },
];
