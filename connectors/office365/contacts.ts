/** The stream of a mailbox's contacts, in all its folders. */
import type { Context } from '#kit/context.ts';
import type { Draft, Stream } from '#kit/stream.ts';
import { contactShape, toRow } from './contact.ts';
import { bodyOf, extendedAfter, toNewContact } from './contact-body.ts';
import { contactFields } from './contact-fields.ts';
import { pull } from './contacts-pull.ts';
import { fetch, readContacts } from './contacts-read.ts';
import { arrived } from './records.ts';
import { push, removeAll, type Writing } from './writing.ts';

const writing: Writing = {
  name: 'contact',
  fields: contactFields,
  create: ({ fields, mark }) => ({ method: 'POST', url: '/me/contacts', body: toNewContact(fields, mark) }),
  update: (id, fields, raw) => ({ method: 'PATCH', url: `/me/contacts/${encodeURIComponent(id)}`, body: bodyOf(fields, raw) }),
  arrived: (answer, { body = {} }, raw) => arrived(contactShape, { ...answer, ...extendedAfter(body, raw) }),
  read: readContacts,
};

export const contacts: Stream = {
  title: 'Contacts',
  fields: contactFields,
  shape: 1,
  deletions: 'told',
  timed: true,
  // Rounds of changes lag behind writes by seconds.
  settles: 60_000,
  creates: { by: 'mark', after: 60_000 },
  batch: { push: 20, fetch: 20, remove: 20 },
  // A contact created anew has another id, and lies in the default folder; everything we write lies in the contact itself.
  undo: { update: 'exact', create: 'exact', remove: 'similar' },
  personal: true,
  toRow,
  pull,
  fetch,
  push: (ctx: Context, drafts: readonly Draft[]) => push(writing, ctx, drafts),
  remove: (ctx, ids) =>
    removeAll(ctx, 'contact', ids, (id) => ({ method: 'DELETE', url: `/me/contacts/${encodeURIComponent(id)}` })),
};
