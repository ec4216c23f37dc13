/** What arrives, and what is to become of it. */
import type { Update } from '#crm/core.ts';
import type { Json, Values } from '#kit/fields.ts';
import type { Row } from '#kit/stream.ts';
import type { Awaited } from '#store/awaited.ts';
import type { NewHeld } from '#store/held.ts';
import type { Link } from '#store/links.ts';
import type { Reason } from './reasons.ts';

/** A row that waits for others, with what it waits for. */
export interface Waiting {
  row: string;
  raw: Json;
  begun: number;
  awaits: readonly Awaited[];
}

/** A row as it arrived, with the number taken before it was asked for. */
export interface Arrival {
  row: Row;
  begun: number;
  /** From our own keeping, not from the service: never stale, and an equal version does not end the matter. */
  kept?: true;
  /** Fields of the record that are to be decided anew, though neither side has changed them. */
  anew?: readonly string[];
}

export type Decision =
  | 'unchanged'
  | 'create'
  | 'link'
  | 'update'
  | 'agree'
  | 'hold'
  | 'skip'
  | 'later'
  | 'park'
  | 'dormant'
  | 'revive';

/** What is to become of one row. */
export interface Item {
  row: string;
  record: string | null;
  decision: Decision;
  reason: Reason | null;
  /** By what a stranger was recognised. */
  by?: string;
  create?: { id: string; name: string; fields: Values };
  update?: Update;
  link?: Link;
  tells: string[];
  questions: NewHeld[];
  /** Look again not before (ms from now). */
  again?: number;
}
