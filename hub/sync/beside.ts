/** Who looks on while pages are kept: rooms above the engine that know more of some rows than their mapping does. */
import type { Row } from '#kit/stream.ts';
import type { Tx } from '#store/database.ts';
import type { SyncRow } from '#store/syncs.ts';
import type { Reason } from './reasons.ts';

/** A row of the page and the record it is; null where it is none. */
export interface Kept {
  row: string;
  record: string | null;
  /** Why nothing more was done with it (`reasons.ts`). */
  reason: Reason | null;
}

export interface Beside {
  /** News of this stream goes to that room and to no row: the engine does not look for what no webhook told of it. */
  heard?: true;
  /** Rows of strangers that shall stay outside, as if the mapping's `only` had said so. Changes nothing. */
  outside?(tx: Tx, sync: SyncRow, rows: readonly Row[]): Promise<ReadonlySet<string>>;
  /** What has become of the rows that were settled, in the transaction that keeps them. Throws `Moved` to have the page repeated. */
  kept(tx: Tx, sync: SyncRow, rows: readonly Row[], kept: readonly Kept[]): Promise<void>;
}
