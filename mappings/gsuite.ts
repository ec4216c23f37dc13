/** G Suite contacts ↔ contacts of the CRM, with their companies. */
import type { contactFields } from '#connectors/gsuite/fields.ts';
import { mapping } from './mapping.ts';

/**
 * The name has one writer, its parts: Google's displayName is made of them, as ours is. Groups stay where they are: they sort one
 * person's address book. A company is looked up by name and made where there is none.
 */
export const contacts = mapping<typeof contactFields, 'contact'>({
  from: 'gsuite.contacts',
  to: 'contact',
  winner: 'newest',
  gone: 'archive',
  ours: { gone: 'leave' },
  create: 'both',
  match: [
    { crm: 'email', theirs: 'emails' },
    { crm: 'phone', theirs: 'phones' },
  ],
  fields: [
    { crm: 'prefix', theirs: 'prefix', via: 'trim' },
    { crm: 'givenName', theirs: 'givenName', via: 'trim' },
    { crm: 'middleName', theirs: 'middleName', via: 'trim' },
    { crm: 'familyName', theirs: 'familyName', via: 'trim' },
    { crm: 'suffix', theirs: 'suffix', via: 'trim' },
    { crm: 'nickname', theirs: 'nickname' },
    { crm: 'emails', theirs: 'emails', via: { each: { field: 'value', via: 'trim' } } },
    { crm: 'phones', theirs: 'phones', via: { each: { field: 'value', via: 'e164' } } },
    { crm: 'addresses', theirs: 'addresses' },
    { crm: 'company', theirs: 'organization', via: ['spaces', { find: { object: 'company', by: 'name', create: true } }] },
    { crm: 'jobTitle', theirs: 'jobTitle' },
    { crm: 'department', theirs: 'department' },
    { crm: 'birthday', theirs: 'birthday' },
    { crm: 'websites', theirs: 'urls' },
    { crm: 'notes', theirs: 'note' },
    { crm: 'custom', theirs: 'custom' },
  ],
});
