/** A kind of row a service has, and what can be done with its rows: types only. */
import type { Context } from './context.ts';
import type { Fields, Json, Values } from './fields.ts';

/** Opaque outside the connector; kept as JSON. */
export type Cursor = Json;

/** One thing in a stream. */
export interface Row {
  id: string;
  /** What the service wants back on update: etag, SyncToken, rev. */
  version?: string;
  /** When the service says the row last changed: an instant comparable with the same row's other times only. */
  time?: string;
  fields: Values;
  /** As the service gave it, less what can never be sent back. `stream.toRow(raw)` gives this row again. */
  raw: Json;
  /** Ids the row bore before, where the service changes ids. */
  formerIds?: readonly string[];
  /** Our own mark, where we wrote one: the id of the record this row was created for. */
  mark?: string;
  /** Names of list fields that the service cut short: never merged inward. */
  cut?: readonly string[];
  /**
   * A copy that the service itself keeps of something that stands in another account: a guest's of a meeting. It is read and never
   * written; where the thing itself is linked to the same record, the copy gives nothing either. `toRow` says so from the raw row.
   * `bare`: its owner keeps to themselves what it is (a private one), and it gives nothing beside any other row that says it.
   */
  copy?: true | 'bare';
}

/** A row that breaks its declared fields. It is held with its problems; the rest of its page goes on. */
export interface Misfit {
  id: string;
  problems: readonly FieldProblem[];
  raw: Json;
}

export interface FieldProblem {
  /** `emails/3/value` */
  path: string;
  found: string;
  allowed: string;
}

/** Rows read together, with the cursor that is true once they are kept. */
export interface Page {
  rows: readonly Row[];
  /** Ids of rows that `known` named: nothing was made of them. */
  same?: readonly string[];
  /** Ids the service says are gone. */
  gone: readonly string[];
  misfits: readonly Misfit[];
  /** Where the next page begins, once this one is kept. */
  next: Cursor;
  /** True on the page that ends the pass. */
  last: boolean;
  /** How many rows the whole pass has, where the service says. */
  total?: number;
}

/** Which of these rows the hub holds in this very version. Asked once a page, so that nothing is made of what is known. */
export type Known = (rows: readonly Required<Pick<Row, 'id' | 'version'>>[]) => Promise<ReadonlySet<string>>;

/** The service no longer knows the cursor: everything must be read again, and deletions found by absence. */
export interface CursorLost {
  lost: string;
}

/** A change to be written to the service. */
export interface Draft {
  /** Chosen by the hub, unique per attempt to tell the service something; the same on every repetition. */
  key: string;
  /** Absent: create. */
  id?: string;
  version?: string;
  /** The row as last read; the connector composes whole lists and objects over it. */
  raw?: Json;
  /** The mark to write into a created row. */
  mark: string;
  /** Only the fields that change, with their new values; null blanks a field. */
  fields: Values;
}

/** What became of a draft. */
export type Outcome =
  | { is: 'done'; row: Row }
  /** Somebody changed the row since `version`; the row as it is now, where the service gave it. */
  | { is: 'stale'; row?: Row }
  | { is: 'gone' }
  | { is: 'refused'; reason: string; field?: string }
  | { is: 'later'; afterMs: number }
  /** Sent, and no answer: it may or may not have been carried out. */
  | { is: 'unknown'; reason: string };

/** What became of a removal. */
export type Removal = { is: 'done' } | { is: 'gone' } | Exclude<Outcome, { is: 'done' | 'stale' | 'gone' }>;

/** How a create whose answer never came is recognised. */
export type Recognition =
  /** The service honours `draft.key` for so long (ms): repeat within it. */
  | { by: 'key'; lifetime: number }
  /** The row bears `draft.mark`; a look is reliable after so long (ms). */
  | { by: 'mark'; after: number }
  /** Neither: an unknown outcome waits for a person. */
  | { by: 'nothing' };

export interface Stream {
  title: string;
  fields: Fields;
  /** Raised when a release changes what `toRow` gives for the same raw row. */
  shape: number;
  /** How deletions come to light. */
  deletions: 'told' | 'by absence' | 'never';
  /** By absence only: everything is read again at the latest so long (ms) after a full pass. Default a day. */
  reread?: number;
  /** Can `row.time` be compared with an earlier `row.time` of the same row? Needed for winner `newest`. */
  timed: boolean;
  /** Until so long (ms) after a write, reads may still give the old values. */
  settles?: number;
  creates: Recognition;
  /** Most drafts, fetched ids and removals in one call; `create`: most drafts of new rows, where these go apart. */
  batch: { push?: number; create?: number; fetch?: number; remove?: number };
  /** Can what we wrote be taken back? */
  undo: { update: Undoability; create: Undoability; remove: Undoability };
  /** Belongs to a person (contacts, mail) rather than to the firm: nothing flows from it to another person's account by itself. */
  personal?: boolean;
  /**
   * A thing stands in one account and nowhere else (a meeting in its organizer's calendar, a task in somebody's list): what is made here
   * comes into being once, in an account of its owner; where `owner` names no user with an account, nowhere. The account's title is
   * then the person's e-mail address.
   */
  once?: true;
  /**
   * Stands in one set of books (documents and payments of an accounting service): nothing flows from it into other books by itself, and
   * the same number in other books is another document.
   */
  books?: boolean;
  /** Pure: the row that a raw row stands for. Throws `kit/rows.ts` Misfits when the raw row breaks the declared fields. */
  toRow(raw: Json): Row;
  /** Called with null for a full pass, else with the cursor of the last kept page. A connector need not ask what is `known`. */
  pull?(ctx: Context, since: Cursor | null, known?: Known): AsyncGenerator<Page | CursorLost, void, void>;
  /** Ids the service does not know are absent from the answer's rows and listed in `gone`. */
  fetch?(ctx: Context, ids: readonly string[]): Promise<{ rows: Row[]; gone: string[]; misfits: Misfit[] }>;
  /** One outcome for each draft, in order. Throws one of the four errors only if no draft was sent. */
  push?(ctx: Context, drafts: readonly Draft[]): Promise<Outcome[]>;
  /** One removal for each id, in order. */
  remove?(ctx: Context, ids: readonly string[]): Promise<Removal[]>;
}

export type Undoability = 'exact' | 'similar' | 'never';
