/** What the suite must know of a service to put its connector through its paces: one driver per connector. */
import type { Account } from '#kit/connector.ts';
import type { Values } from '#kit/fields.ts';

/** A driver has one of these for every stream of its connector. */
export interface StreamDriver {
  /** So many rows are several pages to read; and several calls to write. Default 2300 and 450. */
  rows?: { read: number; write: number };
  /** The service afresh, emulated, with one account signed in and so many rows. */
  open(rows: number): Promise<World>;
  /** A value for every field that may be written, and another one for each; absent in a stream that is only read. */
  values?: { one: Values; other: Values };
  /** What the n-th of many new rows must have besides, where the service wants something of each. */
  fresh?(n: number): Values;
  /** Fields that the service fills again where they are blanked. */
  neverBlank?: readonly string[];
  /** Calls of the same operation that a fetch costs besides, whatever it fetches. */
  beside?: number;
  /** Calls that a sync with nothing new costs. Default 1. */
  idle?: number;
  /** Fields that may be written but not beside the others (a day instead of a time, what bars the others once it is written): proven in the connector's own tests. */
  apart?: readonly string[];
  /** Parts of lines that the service gives and wants back: they are not compared. */
  given?: readonly string[];
  /** Rows are never changed: those that are written are new ones. */
  fixed?: true;
  /** What breaks the declared fields, and where; absent in a stream that is only read. */
  impossible?: { field: string; fields: Values };
  /** Operations of the service, as it calls them: where faults strike. Those of writing are absent in a stream that is only read. */
  operations: { list: string; fetch: string; create?: string; update?: string; remove?: string };
  /** An address at which the service hands out the same page token for ever; `end` takes it down. */
  repeating(): { base: World['base']; end(): void };
}

/** A service while one test lasts. Its clock stands still until it is turned. */
export interface World {
  base: { readonly [api: string]: string };
  /** Settings of the connection. Default none. */
  settings?: Values;
  now(): number;
  turn(ms: number): void;
  token(refused?: string): Promise<string>;
  /** The account as `check` must name it. */
  account: Account;
  /** Ids of all rows there truly are. */
  ids(): string[];
  /** Somebody else changes a row. Absent: nobody can. */
  edit?(id: string): void;
  delete?(id: string): void;
  /** Somebody else writes what the stream does not declare, into every part of the row that the stream writes. */
  decorate?(id: string): void;
  /** All that is undeclared in a row, as text. */
  decoration?(id: string): string;
  /** A row that breaks its declared fields appears; gives its id. */
  misfit(): string;
  /** The service forgets every cursor. Absent: it never does. */
  forget?(): void;
  /** The sign-in dies. */
  revoke(): void;
  /** The access tokens die, the sign-in lives. */
  expireAccess(): void;
  fault(operation: string, trouble: Trouble): void;
  /** Requests to an operation so far; of all operations without a name. */
  calls(operation?: string): number;
  /** Writes that were under way at the same time as another. */
  overlaps(): number;
  close(): Promise<void>;
}

export type Trouble = (
  | { kind: 'rate'; retryAfter?: number }
  | { kind: 'status'; status: number }
  | { kind: 'cut' | 'lost' | 'hang' | 'refused' | 'malformed' }
) & { times?: number };
