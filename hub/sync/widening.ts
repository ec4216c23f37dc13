/** What an edited mapping lets in that the one before kept out: pure. */
import type { Mapping } from '#mappings/format.ts';

export interface Widening {
  /** Records without a row may be told to the service. */
  records: boolean;
  /** Rows without a record may come in. */
  rows: boolean;
}

export function widening(before: Mapping, after: Mapping): Widening {
  const moved = (of: (mapping: Mapping) => unknown): boolean => JSON.stringify(of(before)) !== JSON.stringify(of(after));
  const creates = ({ create }: Mapping, side: 'crm' | 'theirs'): boolean => create === 'both' || create === side;
  const begins = (side: 'crm' | 'theirs'): boolean => creates(after, side) && !creates(before, side);
  const people = after.people === 'together' && before.people !== 'together';
  const books = moved(({ books = 'apart' }) => books) && (after.books ?? 'apart') !== 'apart';
  return {
    records: creates(after, 'theirs') && (begins('theirs') || moved(({ only }) => only?.crm) || people || books),
    rows: begins('crm') || moved(({ match }) => match) || (creates(after, 'crm') && moved(({ only }) => only?.theirs)),
  };
}
