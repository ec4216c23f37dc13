/** What the engine is given by whoever opens the hub. */
import type { CrmCore } from '#crm/core.ts';
import type { Context } from '#kit/context.ts';
import type { Stream } from '#kit/stream.ts';
import type { Store } from '#store/database.ts';
import type { Beside } from './beside.ts';

export interface Parts {
  store: Store;
  crm: CrmCore;
  /** A stream by its full name, `<connector>.<stream>`. Throws for one that is not there. */
  streamOf(name: string): Stream;
  /** What a connector is lent for one connection. Throws `Reconnect` when its grant is dead. */
  context(workspace: number, connection: number, signal: AbortSignal): Promise<Context>;
  /** Milliseconds since the epoch; everything due uses it. */
  now(): number;
  /** For the maintainer. */
  log: { info(about: object, message: string): void; error(about: object, message: string): void };
  /** Who looks on while pages of a stream are kept: nobody, for most. */
  besideOf?(stream: string): Beside | undefined;
  /** Syncs worked on at once by this process. Default 4. */
  slices?: number;
  /** How often a lease is lengthened while a call lasts, ms. Default 10 s; it ends after 30 s. */
  renewEvery?: number;
  /** The part of pages of which is kept what settling was given, for replay, 0 to 1. Default none. */
  samples?: number;
}
