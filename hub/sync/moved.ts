/** A race that was lost to another writer: the page is repeated. */
import { isRetryable } from '#store/database.ts';

/** A record moved between reading and writing. */
export class Moved extends Error {
  constructor(records: readonly string[]) {
    super(`records ${records.join(', ')} were edited while their page was being written; the page is repeated`);
    this.name = 'Moved';
  }
}

export const isRepeatable = (error: unknown): boolean => error instanceof Moved || isRetryable(error);
