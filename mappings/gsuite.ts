/** G Suite contacts ↔ contacts of the CRM, with their companies; its events ↔ events, its tasks ↔ tasks; its files and users. */
import type { eventFields } from '#connectors/gsuite/event-fields.ts';
import type { contactFields } from '#connectors/gsuite/fields.ts';
import type { fileFields } from '#connectors/gsuite/file.ts';
import type { taskFields } from '#connectors/gsuite/task.ts';
import type { userFields } from '#connectors/gsuite/user.ts';
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

/** A meeting is one event in all calendars that have it, by its UID; what others organize is only read. */
export const events = mapping<typeof eventFields, 'event'>({
  from: 'gsuite.events',
  to: 'event',
  winner: 'newest',
  gone: 'archive',
  ours: { gone: 'leave' },
  create: 'both',
  match: [{ crm: 'uid', theirs: 'uid', strength: 'strong' }],
  fields: [
    { crm: 'uid', theirs: 'uid' },
    { crm: 'title', theirs: 'title' },
    { crm: 'description', theirs: 'description' },
    { crm: 'location', theirs: 'location' },
    { crm: 'allDay', theirs: 'allDay' },
    { crm: 'startDate', theirs: 'startDate' },
    { crm: 'endDate', theirs: 'endDate' },
    { crm: 'start', theirs: 'start' },
    { crm: 'end', theirs: 'end' },
    { crm: 'recurrence', theirs: 'recurrence' },
    { crm: 'series', theirs: 'series', via: { link: { stream: 'gsuite.events', object: 'event' } } },
    { crm: 'occurrence', theirs: 'occurrence' },
    { crm: 'organizer', theirs: 'organizer' },
    { crm: 'organizerName', theirs: 'organizerName' },
    { crm: 'attendees', theirs: 'attendees' },
    { crm: 'status', theirs: 'status' },
    { crm: 'private', theirs: 'private' },
    { crm: 'meetingLink', theirs: 'meetingLink' },
    { crm: 'calendar', theirs: 'calendar' },
  ],
});

/** A task is known by its link alone: the same title is no proof. Lines without a title stay in Google. */
export const tasks = mapping<typeof taskFields, 'task'>({
  from: 'gsuite.tasks',
  to: 'task',
  winner: 'newest',
  gone: 'archive',
  ours: { gone: 'leave' },
  create: 'both',
  match: [],
  only: { theirs: '= row.title != ""' },
  fields: [
    { crm: 'title', theirs: 'title' },
    { crm: 'description', theirs: 'notes' },
    { crm: 'due', theirs: 'due' },
    { crm: 'status', theirs: 'status' },
    { crm: 'done', theirs: 'completed' },
    { crm: 'list', theirs: 'list' },
    { crm: 'parent', theirs: 'parent', via: { link: { stream: 'gsuite.tasks', object: 'task', missing: 'blank' } } },
  ],
});

/** The people of the firm, by their e-mail address. By an alias too a colleague is known, and never taken for a guest. */
export const users = mapping<typeof userFields, 'user'>({
  from: 'gsuite.users',
  to: 'user',
  winner: 'crm',
  gone: 'unlink',
  create: 'crm',
  match: [{ crm: 'email', theirs: 'email', strength: 'strong' }],
  only: { theirs: '= row.kind != "guest" && row.email != ""' },
  fields: [
    { crm: 'name', theirs: 'name' },
    { crm: 'email', theirs: 'email' },
    { crm: 'emails', theirs: 'emails', winner: 'theirs' },
    { crm: 'phone', theirs: 'phone', via: 'e164', blank: 'keep' },
    { crm: 'jobTitle', theirs: 'jobTitle', blank: 'keep' },
    { crm: 'language', theirs: 'language', blank: 'keep' },
    { crm: 'active', theirs: 'active' },
  ],
});

/** A file that several people see is one record, by its identity at Google; the same content elsewhere, where the names agree. */
export const files = mapping<typeof fileFields, 'file'>({
  from: 'gsuite.files',
  to: 'file',
  winner: 'theirs',
  gone: 'archive',
  create: 'crm',
  match: [
    { crm: 'uid', theirs: 'uid', strength: 'strong' },
    { crm: 'hash', theirs: 'hash' },
  ],
  only: { theirs: '= row.name != ""' },
  fields: [
    { crm: 'name', theirs: 'name' },
    { crm: 'uid', theirs: 'uid' },
    { crm: 'mime', theirs: 'mime' },
    { crm: 'size', theirs: 'size' },
    { crm: 'hash', theirs: 'hash' },
    { crm: 'link', theirs: 'link' },
    { crm: 'revision', theirs: 'revision' },
    { crm: 'modified', theirs: 'modified' },
    { crm: 'sharedWith', theirs: 'sharedWith' },
  ],
});
