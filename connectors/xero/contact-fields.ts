/** The fields of a contact: a customer, a supplier, or both. */
import type { Field, Fields } from '#kit/fields.ts';

const text = (title: string, max = 255, more?: Partial<Field>): Field => ({ kind: 'text', title, max, ...more });

/** Four telephones and two addresses, each with its type (xero_accounting.yaml, Phone and Address). */
export const PHONE_TYPES = ['default', 'ddi', 'mobile', 'fax'] as const;
export const ADDRESS_TYPES = ['pobox', 'street'] as const;

export const contactFields = {
  name: text('Name, unique among active contacts', 255, { required: true }),
  firstName: text('First name'),
  lastName: text('Last name'),
  email: { kind: 'email', title: 'E-mail address', max: 255 },
  accountNumber: text('Account number', 50),
  companyNumber: text('Company number', 50),
  taxNumber: text('Tax number', 50),
  currency: text('Default currency', 3),
  phones: {
    kind: 'list',
    title: 'Telephones',
    identity: 'value',
    of: { value: { kind: 'phone', title: 'Number', max: 80, required: true }, type: text('Type: default, ddi, mobile, fax', 50) },
    max: PHONE_TYPES.length,
  },
  addresses: {
    kind: 'list',
    title: 'Addresses',
    of: {
      type: text('Type: pobox (for invoices), street (for delivery)', 50),
      street: text('Lines of the address', 2_003),
      city: text('City'),
      region: text('Region'),
      postalCode: text('Postal code', 50),
      country: text('Country', 50),
    },
    max: ADDRESS_TYPES.length,
  },
  people: {
    kind: 'list',
    title: 'People',
    identity: 'email',
    of: {
      firstName: text('First name'),
      lastName: text('Last name'),
      email: { kind: 'email', title: 'E-mail address', max: 255 },
      included: { kind: 'flag', title: 'Gets invoices too' },
    },
    max: 5,
  },
  status: { kind: 'choice', title: 'Status', options: ['ACTIVE', 'ARCHIVED', 'GDPRREQUEST'], readOnly: true },
  mergedTo: { kind: 'ref', title: 'Merged into', to: 'xero.contacts', readOnly: true },
  customer: { kind: 'flag', title: 'Has been invoiced', readOnly: true },
  supplier: { kind: 'flag', title: 'Has sent bills', readOnly: true },
  receivable: { kind: 'money', title: 'Owes', readOnly: true },
  payable: { kind: 'money', title: 'Is owed', readOnly: true },
  website: { kind: 'link', title: 'Website', max: 2_000, readOnly: true },
} satisfies Fields;
