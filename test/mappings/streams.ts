/** Streams that no connector has, for tests of mappings alone. */
import type { Fields } from '#kit/fields.ts';
import type { StreamShape } from '#mappings/sides.ts';

export const party = {
  Name: { kind: 'text', title: 'Name', required: true, max: 100 },
  EmailAddress: { kind: 'email', title: 'E-mail' },
  Phone: { kind: 'phone', title: 'Phone' },
  Status: { kind: 'choice', title: 'Status', options: ['ACTIVE', 'ARCHIVED'] },
  Balance: { kind: 'money', title: 'Balance', readOnly: true },
  Credit: { kind: 'text', title: 'Credit limit' },
  Terms: { kind: 'number', title: 'Terms' },
  IsCustomer: { kind: 'flag', title: 'Customer' },
  Note: { kind: 'text', title: 'Note' },
  Group: { kind: 'text', title: 'Group' },
  ParentID: { kind: 'ref', title: 'Parent', to: 'books.parties' },
  Since: { kind: 'text', title: 'Since' },
  Born: { kind: 'date', title: 'Born', partial: true },
  Sites: {
    kind: 'list',
    title: 'Sites',
    identity: 'url',
    of: { url: { kind: 'link', title: 'URL' }, label: { kind: 'text', title: 'Label' } },
  },
} satisfies Fields;

export const parties: StreamShape = { fields: party, timed: true };
export const untimed: StreamShape = { fields: party, timed: false };
