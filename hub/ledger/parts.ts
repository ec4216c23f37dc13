/** What the room of payments is given by whoever opens the hub. */
import type { Store } from '#store/database.ts';
import type { Engine } from '#sync/engine.ts';

export interface LedgerParts {
  store: Store;
  engine: Pick<Engine, 'edited'>;
  /** Milliseconds since the epoch; everything due uses it. */
  now(): number;
  /** For the maintainer. */
  log: { info(about: object, message: string): void; error(about: object, message: string): void };
}

export interface Who {
  workspace: number;
  by: string;
}
