/** Port: what the gate needs remembered. `hub/store/deliveries.ts` implements it in PostgreSQL. */
import type { Delivery } from '#kit/webhook.ts';

/** A genuine delivery, to be kept. */
export interface Arrival {
  connector: string;
  delivery: Delivery;
  /** Two with the same are one. Absent: nothing makes this one another. */
  identity?: string;
  /** When it came: ms since the epoch. */
  at: number;
}

export interface Inbox {
  /**
   * Keeps all of them for good, or none. One answer for each, in order: false where it was kept before, and is not kept again.
   * Rejects where nothing was kept, or nobody knows.
   */
  keep(arrivals: readonly Arrival[]): Promise<boolean[]>;
}
