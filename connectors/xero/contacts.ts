/** The stream of contacts: customers and suppliers, archived ones among them. None is ever deleted. */
import type { Stream } from '#kit/stream.ts';
import { contactShape, marked } from './contact.ts';
import { contactBody } from './contact-body.ts';
import { contactFields } from './contact-fields.ts';
import { fetchMany } from './fetching.ts';
import { type Listing, ORDER, pull } from './listing.ts';
import { rowOf } from './records.ts';
import { push, type Writing } from './writing.ts';

const MOST = 50;

const listing: Listing = {
  name: 'getContacts',
  shape: contactShape,
  size: 1_000,
  list: (api, tenant, since, page) =>
    api.getContacts(tenant, since, undefined, ORDER, undefined, page, true, undefined, undefined, 1_000),
};

const reading = {
  name: 'getContacts',
  shape: contactShape,
  many: (...[api, tenant, ids]: Parameters<NonNullable<Writing['reading']['many']>>) =>
    api.getContacts(tenant, undefined, undefined, undefined, [...ids], 1, true, undefined, undefined, MOST),
};

const writing: Writing = {
  reading,
  create: {
    name: 'createContacts',
    send: (api, tenant, key) => api.createContacts(tenant, {}, false, key),
    together: true, // a contact that came twice would bear the name of the first
    body: ({ fields, mark }) => ({ ...contactBody(fields, {}), ContactNumber: marked(mark) }),
  },
  update: {
    name: 'updateOrCreateContacts',
    send: (api, tenant, key) => api.updateOrCreateContacts(tenant, { contacts: [] }, false, key),
    body: ({ fields }, raw) => contactBody(fields, raw),
  },
  lasting: ['name', 'currency'],
};

export const contacts: Stream = {
  title: 'Contacts',
  fields: contactFields,
  shape: 1,
  deletions: 'never',
  timed: true,
  // The number is written with the contact and shows at once; lists come from copies that may be behind.
  creates: { by: 'mark', after: 60_000 },
  batch: { push: MOST, fetch: MOST },
  undo: { update: 'exact', create: 'never', remove: 'never' },
  toRow: (raw) => rowOf(contactShape, raw),
  pull: (ctx, since) => pull(ctx, listing, since),
  fetch: (ctx, ids) => fetchMany(ctx, reading, ids),
  push: (ctx, drafts) => push(ctx, writing, drafts),
};
