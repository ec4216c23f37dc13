/** What streams of quotes, invoices and credit notes have in common. */
import type { Stream } from '#kit/stream.ts';
import { ending } from './ending.ts';
import { fetchMany } from './fetching.ts';
import { type Listing, pull } from './listing.ts';
import { rowOf } from './records.ts';
import { push, type Writing } from './writing.ts';

export interface Documents {
  title: string;
  listing: Listing;
  writing: Writing & Required<Pick<Writing, 'update'>>;
  /** How many are fetched at once. */
  fetch: number;
  /** What becomes of one that is in the books, where it is removed. */
  approved: Parameters<typeof ending>[0]['approved'];
}

/** Documents are written under a key that Xero knows for minutes; a deleted one is told, and what is in the books stays there. */
export function documents({ title, listing, writing, fetch, approved }: Documents): Stream {
  const { shape } = listing;
  return {
    title,
    fields: shape.fields,
    shape: 1,
    deletions: 'told',
    timed: true,
    books: true,
    creates: { by: 'key', lifetime: 5 * 60_000 },
    batch: { push: 50, create: 1, fetch, remove: 50 },
    undo: { update: 'similar', create: 'similar', remove: 'never' },
    toRow: (raw) => rowOf(shape, raw),
    pull: (ctx, since) => pull(ctx, listing, since),
    fetch: (ctx, ids) => fetchMany(ctx, writing.reading, ids),
    push: (ctx, drafts) => push(ctx, writing, drafts),
    remove: ending({ reading: writing.reading, update: writing.update, approved }),
  };
}
