/** A check of the doctor: one thing looked at, and what to do where it is not well. */
import type { Hub } from '#hub/open.ts';

export type State = 'well' | 'warning' | 'wrong';

export interface Finding {
  /** What was looked at: `database`, `clock`. */
  name: string;
  state: State;
  found: string;
  /** What to do; absent where all is well. */
  advice?: string;
}

/** Looks, and never throws on purpose; `doctor.ts` turns what it throws nevertheless into a finding. */
export type Check = (hub: Hub, workspace: number, signal: AbortSignal) => Promise<Finding[]>;
