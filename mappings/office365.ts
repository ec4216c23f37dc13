/** Office 365's contacts and users, and what the CRM has of them. */
import type { contactFields } from '#connectors/office365/contact-fields.ts';
import type { userFields } from '#connectors/office365/user.ts';
import { mapping } from './mapping.ts';

/**
 * The name has one writer, its parts: what Outlook shows is made of them. Folders and categories stay where they are: they sort one
 * person's contacts. A company is looked up by name and made where there is none.
 */
export const contacts = mapping<typeof contactFields, 'contact'>({
  from: 'office365.contacts',
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
    { crm: 'websites', theirs: 'webPage', via: { item: { set: { type: 'work' }, field: 'value' } } },
    { crm: 'notes', theirs: 'note' },
    { crm: 'custom', theirs: 'custom' },
  ],
});

/** The people of the firm, by their e-mail address. Guests of the directory are none of them. */
export const users = mapping<typeof userFields, 'user'>({
  from: 'office365.users',
  to: 'user',
  winner: 'crm',
  gone: 'unlink',
  create: 'crm',
  match: [{ crm: 'email', theirs: 'email', strength: 'strong' }],
  only: { theirs: '= row.kind != "guest" && row.email != ""' },
  fields: [
    { crm: 'name', theirs: 'name' },
    { crm: 'email', theirs: 'email' },
    { crm: 'phone', theirs: 'businessPhone', via: 'e164', blank: 'keep' },
    { crm: 'jobTitle', theirs: 'jobTitle', blank: 'keep' },
    { crm: 'language', theirs: 'language', blank: 'keep' },
    { crm: 'active', theirs: 'active' },
  ],
});
