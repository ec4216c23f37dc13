import type { Call } from '../kit/server.ts';
import type { Account } from './account.ts';
import type { Directory } from './directory.ts';
import type { Subscriptions } from './subscriptions.ts';
import type { Thing } from './thing.ts';

/** One request as an operation sees it, whether it came alone or in a batch. */
export interface Visit {
  account: Account;
  directory: Directory;
  subscriptions: Subscriptions;
  call: Pick<Call, 'headers' | 'query'>;
  params: readonly string[];
  /** Are ids wanted that outlive a move? */
  immutable: boolean;
  /** The body, read. Absent: there is none. */
  body: Thing | undefined;
  now: number;
  /** Origin of the emulator with the version, as links bear it: `http://127.0.0.1:8090/v1.0`. */
  root: string;
}
