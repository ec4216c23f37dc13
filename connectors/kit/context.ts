/** What a connector is lent: types only. */
import type { Values } from './fields.ts';

/** What a call costs: `{ group: 'reads', units: 1 }`. `name` is the operation, for counting. */
export interface Cost {
  name: string;
  group: string;
  units?: number;
}

/** All that a connector is lent. */
export interface Context {
  settings: Values;
  base: { readonly [api: string]: string };
  signal: AbortSignal;
  /** Public id of the app that the access token was given to. */
  clientId: string;
  /** Milliseconds since the epoch. Everything due uses this clock, never Date.now(). */
  now(): number;
  /**
   * An access token that is fresh, refreshed once however many ask. `refused` is a token the service has just refused: another
   * is fetched even if that one seems to live. Throws Reconnect when the grant is dead.
   */
  token(refused?: string): Promise<string>;
  /** Every call to the service goes through here: allowed, retried, timed, counted, its errors translated. */
  call<T>(cost: Cost, send: Send<T>, options?: CallOptions): Promise<T>;
}

/** `rest` is for a service that says with its answer that the budget is used up: nothing more is sent from it for so long (ms). */
export type Send<T> = (signal: AbortSignal, rest: (ms: number) => void) => Promise<T>;

export interface CallOptions {
  /**
   * May the call be sent again when its outcome is unknown? True for reads and for writes under a service's own key.
   * Default false: only a call that certainly was not carried out (refused connection, 429) is repeated.
   */
  repeatable?: boolean;
}
