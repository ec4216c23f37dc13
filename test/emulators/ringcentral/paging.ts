import type { Json } from '#kit/fields.ts';
import { natural } from './query.ts';

/** One page of a list, 1-based. */
export interface Paged {
  /** Address of the list itself, without its query. */
  uri: string;
  query: URLSearchParams;
  /** Does the list say how many there are? The call log does not. */
  totals: boolean;
  /** Default 100. */
  perPage?: number;
  /** Default 1000. */
  most?: number;
}

/** `{uri, records, paging, navigation}` of a list. `perPage=max` takes as many as there may be. */
export function pageOf<T>(
  all: readonly T[],
  { uri, query, totals, perPage: usual = 100, most = 1000 }: Paged,
  write: (one: T) => Json,
): Json {
  const page = natural(query, 'page') ?? 1;
  const perPage = query.get('perPage') === 'max' ? most : (natural(query, 'perPage', { most }) ?? usual);
  const start = (page - 1) * perPage;
  const records = all.slice(start, start + perPage);
  const last = Math.max(1, Math.ceil(all.length / perPage));
  const at = (n: number) => {
    const asked = new URLSearchParams(query);
    asked.set('page', String(n));
    asked.set('perPage', String(perPage));
    return { uri: `${uri}?${asked}` };
  };
  return {
    uri: at(page).uri,
    records: records.map(write),
    paging: {
      page,
      perPage,
      pageStart: start,
      pageEnd: start + Math.max(0, records.length - 1),
      ...(totals ? { totalPages: last, totalElements: all.length } : {}),
    },
    navigation: {
      firstPage: at(1),
      ...(page > 1 ? { previousPage: at(page - 1) } : {}),
      ...(start + perPage < all.length ? { nextPage: at(page + 1) } : {}),
      ...(totals ? { lastPage: at(last) } : {}),
    },
  };
}
