/** Ending documents: a draft is deleted, an approved one is voided; one that is paid or credited is refused until that is undone. */
import type { Context } from '#kit/context.ts';
import type { Draft, Outcome, Removal } from '#kit/stream.ts';
import type { Reading } from './fetching.ts';
import { push, type Writing } from './writing.ts';

interface Ways {
  reading: Reading;
  update: NonNullable<Writing['update']>;
  /** What an approved document becomes; a draft becomes DELETED. */
  approved: 'VOIDED' | 'DELETED';
}

const DRAFTS = new Set(['DRAFT', 'SUBMITTED']);
const OVER = new Set(['DELETED', 'VOIDED']);

/** Ends documents in calls of fifty. */
export function ending({ reading, update, approved }: Ways): (ctx: Context, ids: readonly string[]) => Promise<Removal[]> {
  const { shape } = reading;
  const writing: Writing = {
    // What is over is no row any more, so nothing is read of it.
    reading: {
      ...reading,
      shape: { ...shape, fields: {}, values: () => ({}), isGone: ({ Status }) => OVER.has(String(Status)) },
    },
    update: {
      ...update,
      body: (draft, raw) => ({ ...update.body(draft, raw), Status: DRAFTS.has(String(raw.Status)) ? 'DELETED' : approved }),
    },
    lasting: [],
  };
  return async (ctx, ids) => {
    const drafts = ids.map((id): Draft => ({ key: crypto.randomUUID(), mark: '', id, fields: {} }));
    return (await push(ctx, writing, drafts)).map(removalOf);
  };
}

function removalOf(outcome: Outcome): Removal {
  switch (outcome.is) {
    case 'done':
      return { is: 'done' };
    case 'stale':
      return { is: 'later', afterMs: 0 };
    default:
      return outcome;
  }
}
