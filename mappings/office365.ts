/** Office 365's contacts, events, tasks and users, and what the CRM has of them. */
import type { contactFields } from '#connectors/office365/contact-fields.ts';
import type { eventFields } from '#connectors/office365/event-fields.ts';
import type { taskFields } from '#connectors/office365/task.ts';
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

/**
 * A meeting is one event in all calendars that have it, by its UID; what others organize is only read. Guests are never written: Exchange
 * writes to whoever is added.
 */
export const events = mapping<typeof eventFields, 'event'>({
  from: 'office365.events',
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
    { crm: 'series', theirs: 'series', via: { link: { stream: 'office365.events', object: 'event' } } },
    { crm: 'occurrence', theirs: 'occurrence' },
    { crm: 'organizer', theirs: 'organizer' },
    { crm: 'organizerName', theirs: 'organizerName' },
    { crm: 'attendees', theirs: 'attendees', way: 'in' },
    { crm: 'status', theirs: 'status' },
    { crm: 'private', theirs: 'private' },
    { crm: 'meetingLink', theirs: 'meetingLink' },
    // An event that is read by its id does not say in which calendar it stands.
    { crm: 'calendar', theirs: 'calendar', blank: 'keep' },
  ],
});

/** A task is known by its link alone: the same title is no proof. */
export const tasks = mapping<typeof taskFields, 'task'>({
  from: 'office365.tasks',
  to: 'task',
  winner: 'newest',
  gone: 'archive',
  ours: { gone: 'leave' },
  create: 'both',
  match: [],
  fields: [
    { crm: 'title', theirs: 'title' },
    { crm: 'description', theirs: 'notes' },
    { crm: 'due', theirs: 'due' },
    { crm: 'remind', theirs: 'remind' },
    { crm: 'status', theirs: 'status' },
    { crm: 'priority', theirs: 'priority' },
    { crm: 'done', theirs: 'completed' },
    { crm: 'list', theirs: 'list' },
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
    { crm: 'emails', theirs: 'emails' },
    { crm: 'phone', theirs: 'businessPhone', via: 'e164', blank: 'keep' },
    { crm: 'jobTitle', theirs: 'jobTitle', blank: 'keep' },
    { crm: 'language', theirs: 'language', blank: 'keep' },
    { crm: 'active', theirs: 'active' },
  ],
});
