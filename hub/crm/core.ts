/**
 * The CRM as the engine sees it: a port. Every function takes the page's transaction and works in bulk, so that another CRM in
 * our database can stand behind it.
 */
import type { Fields, Json, Values } from '#kit/fields.ts';
import type { Key } from '#mappings/keys.ts';
import type { Tx } from '#store/database.ts';

export interface CrmRecord {
  id: string;
  object: string;
  /** Raised by one with every change. */
  version: number;
  /** What people call it; derived from its fields. */
  name: string;
  fields: Values;
  /** When each field last changed, where later than `created`. */
  times: { [field: string]: string } | null;
  /** Instants. */
  created: string;
  updated: string;
  archived: string | null;
  mergedInto: string | null;
}

/** One field's change, with its reason: an entry of the journal. */
export interface Change {
  from: Json;
  to: Json;
  /** Why this value: `theirs changed`, `newest`, `first import`, `edited`, `undo` … */
  why: string;
  /** The value that lost, where both sides had changed. */
  lost?: Json;
  /** What the row held, before codecs. */
  raw?: Json;
}

export interface Creation {
  id: string;
  object: string;
  fields: Values;
}

export interface Update {
  id: string;
  object: string;
  /** The version the change was made on. The write is refused if the record has moved. */
  expected: number;
  /** The record's fields and name keys before, as read under `expected`. */
  before: Values;
  changes: { [field: string]: Change };
}

/** Who does it and why: borne by every journal entry of one write. */
export interface Cause {
  /** Person, API key or run, for the journal. */
  by: string;
  /** Instant, from the context's clock. */
  at: string;
  run?: number;
  /** The sync whose page this is: its own intents are not marked. */
  sync?: number;
  mappingVersion?: number;
  /** record id → row id, for the journal. */
  rows?: ReadonlyMap<string, string>;
}

export interface CrmCore {
  /** What mapping to an object of this workspace needs: its custom fields, and the country whose national phone numbers are meant. */
  about(tx: Tx, object: string): Promise<{ custom: Fields; region: string }>;
  read(tx: Tx, ids: readonly string[]): Promise<Map<string, CrmRecord>>;
  /** Living records that bear a key. At most `most` (default 20) per key: more is no evidence. */
  find(tx: Tx, object: string, keys: readonly Key[], most?: number): Promise<{ kind: string; token: string; record: string }[]>;
  create(tx: Tx, creations: readonly Creation[], cause: Cause): Promise<void>;
  /** Ids whose version was no longer the expected one; the others are written. */
  update(tx: Tx, updates: readonly Update[], cause: Cause): Promise<string[]>;
  archive(tx: Tx, ids: readonly string[], cause: Cause): Promise<void>;
  restore(tx: Tx, ids: readonly string[], cause: Cause): Promise<void>;
  /** Erases for good. Its journal stays. */
  erase(tx: Tx, ids: readonly string[], cause: Cause): Promise<void>;
}
