/** The stream of a Google account's contacts. */
import type { Stream } from '#kit/stream.ts';
import { contactFields } from './fields.ts';
import { toRow } from './person.ts';
import { pull } from './pull.ts';
import { push } from './push.ts';
import { fetch } from './reads.ts';
import { remove } from './remove.ts';

export const contacts: Stream = {
  title: 'Contacts',
  fields: contactFields,
  shape: 1,
  deletions: 'told',
  timed: true,
  // "Writes may have a propagation delay of several minutes for sync requests" (people.v1, connections.list).
  settles: 600_000,
  creates: { by: 'mark', after: 600_000 },
  batch: { push: 200, fetch: 200, remove: 500 },
  // A contact created anew has another id; everything we write lies in the contact itself.
  undo: { update: 'exact', create: 'exact', remove: 'similar' },
  personal: true,
  toRow,
  pull,
  fetch,
  push,
  remove,
};
