/**
 * Fields, declared once. The same declaration types rows and records, validates them, feeds the mapping editor, seeds the
 * emulators and prints the docs. A service's stream and a CRM object both are `Fields`.
 *
 * How each kind looks as JSON:
 *   text, choice          string
 *   number                number (finite)
 *   money                 { amount: '12.30', currency: 'EUR' }   decimal string, never binary floating point
 *   flag                  boolean
 *   date                  'YYYY-MM-DD', a calendar date in no zone; with `partial` also '--MM-DD' (a birthday without its year)
 *   instant               'YYYY-MM-DDTHH:mm:ss.sssZ'
 *   zoned                 { local: 'YYYY-MM-DDTHH:mm:ss', zone: 'Europe/Berlin' }, and of a time that clocks show twice the second
 *                         with its `offset` ('+01:00'); see times.ts
 *   email, phone, link    string
 *   ref                   id of a record (CRM side) or of a row (a service's side)
 *   list                  array of items, each an object of `of`; a set: order is no value
 *   lines                 array of items, each an object of `of`; one value: order counts
 *   json                  anything
 * Absent, null, '' and [] all mean blank, and blank is stored as absent.
 */
export type Json = string | number | boolean | null | Json[] | { [name: string]: Json };

export type Kind =
  | 'text'
  | 'number'
  | 'money'
  | 'flag'
  | 'date'
  | 'instant'
  | 'zoned'
  | 'email'
  | 'phone'
  | 'link'
  | 'choice'
  | 'ref'
  | 'list'
  | 'lines'
  | 'json';

export interface Field {
  kind: Kind;
  title: string;
  /** The service (or the CRM) refuses a thing without it. */
  required?: boolean;
  /** Ours to read, never to write. */
  readOnly?: boolean;
  /** Longest text, in UTF-16 code units; or most items of a list. */
  max?: number;
  /** Allowed values of a choice. */
  options?: readonly string[];
  /** Fields of one item of a list or of lines. */
  of?: Fields;
  /** The field of an item that says which item it is, as 'value' for an e-mail address. Lists only. */
  identity?: string;
  /** Dates only: '--MM-DD' is allowed. */
  partial?: boolean;
  /** Refs only: the object or stream referred to. */
  to?: string;
}

export type Fields = { readonly [name: string]: Field };

/** Values by field name. A blank value is absent. */
export type Values = { [name: string]: Json };
