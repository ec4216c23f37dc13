/**
 * What a mapping is: data that says how a stream of rows and an object of the CRM correspond. The same shape ships as a
 * default in `mappings/<service>.ts`, is edited, stored as JSON with its versions, exported, diffed and tested.
 */
import type { Json } from '#kit/fields.ts';

export type Winner = 'crm' | 'theirs' | 'newest' | 'ask';

export interface Mapping {
  /** Stream: `gsuite.contacts`. */
  from: string;
  /** Object: `contact`. */
  to: string;
  /** Who wins a field that changed on both sides, unless the rule says otherwise. */
  winner: Winner;
  /** What a row's going does to its record. Default archive. */
  gone?: 'archive' | 'unlink' | 'keep' | 'delete';
  /** What a person's archiving or deleting of the record does to the row. Default leave. */
  ours?: { gone: 'leave' | 'remove' };
  /**
   * Of streams that belong to a person (contacts, mail): does what came from one person's account go to another's? Default apart:
   * neither a record nor a value of it does.
   */
  people?: 'apart' | 'together';
  /**
   * The same of streams that stand in books (invoices, payments): does what stands in one account's books go into another's? Default
   * apart. `open`: what is still owed of it goes over, as one moves from one service to another; what is settled stays behind.
   */
  books?: 'apart' | 'together' | 'open';
  /** How strangers are recognised, strongest first. */
  match: MatchRule[];
  /** Which rows and which records take part: CEL conditions. Leaving makes a link dormant. */
  only?: { theirs?: string; crm?: string };
  /** Where a thing without a counterpart is created: in the CRM from a row, at the service from a record. */
  create: 'both' | 'crm' | 'theirs' | 'none';
  fields: Rule[];
  /** What the row says of fields that the CRM computes itself (a balance): compared when books are reconciled, never written. */
  states?: Statement[];
}

export interface Statement {
  /** A field of the object that the CRM computes. */
  crm: string;
  /** A field of the stream, of the same kind. */
  theirs: string;
}

export interface MatchRule {
  /** A field of the object whose match key is asked: email, phone, domain, name, or a text field with a key of its own. */
  crm: string;
  /** A field of the stream. */
  theirs: string;
  /** A weak key (e-mail, phone) counts only if the names agree. Default weak. */
  strength?: 'strong' | 'weak';
}

export interface Rule {
  /** A field of the object. */
  crm: string;
  /** A field of the stream, or a formula over the row: `= row.Total * 0.1`. A formula goes one way, in. */
  theirs: string;
  /** Default both; in for a formula and for a read-only field. */
  way?: 'both' | 'in' | 'out';
  /** Codecs from theirs to ours, applied in order inward and in reverse outward. */
  via?: CodecUse | CodecUse[];
  winner?: Winner;
  /** CEL condition over `row` and `record`; the rule rests where it is false. */
  when?: string;
  /** A blank on one side erases the other side's value, or is ignored. Default erase. */
  blank?: 'keep' | 'erase';
  /** Value for the CRM where theirs is blank at creation. */
  default?: Json;
}

/** The name of a codec, or the name with its arguments: `{ find: { object: 'company', by: 'name', create: true } }`. */
export type CodecUse = string | { [codec: string]: { [argument: string]: Json } };
