import type { Clock } from '../kit/clock.ts';
import { type Body, bodies, body } from './wire.ts';

/** What an organisation keeps. Objects are never changed in place: a change puts another in their stead. */
export const KINDS = ['Accounts', 'TaxRates', 'Contacts', 'Items', 'Invoices', 'CreditNotes', 'Quotes', 'Payments'] as const;
export type Kind = (typeof KINDS)[number];

/** The member that names an object of a kind. */
export const ID: { readonly [kind in Kind]: string } = {
  Accounts: 'AccountID',
  TaxRates: 'TaxType',
  Contacts: 'ContactID',
  Items: 'ItemID',
  Invoices: 'InvoiceID',
  CreditNotes: 'CreditNoteID',
  Quotes: 'QuoteID',
  Payments: 'PaymentID',
};

export interface Tracking {
  TrackingCategoryID: string;
  Name: string;
  Options: { TrackingOptionID: string; Name: string }[];
}

/** An organisation with its books. */
export interface Organisation {
  id: string;
  name: string;
  shortCode: string;
  country: 'GB' | 'NZ' | 'US' | 'AU';
  base: string;
  /** Currencies it subscribed to, with how many units one of the base's is worth. */
  currencies: Map<string, number>;
  /** Documents of this day and before are locked: 'YYYY-MM-DD'. */
  lockDate?: string;
  tracking: Tracking[];
  books: { readonly [kind in Kind]: Map<string, Body> };
  /** Ids by what they can be found by: some that no longer can are among them. */
  index: Map<string, Set<string>>;
  /** What hangs on a document or contact, by its id. */
  files: Map<string, Body[]>;
  /** The last number that was given. */
  numbers: { Invoices: number; CreditNotes: number; Quotes: number };
}

export type By = 'name' | 'number' | 'code' | 'document';

export interface Change {
  organisation: Organisation;
  kind: Kind;
  id: string;
  event: 'CREATE' | 'UPDATE';
}

export interface Ledger {
  clock: Clock;
  get(of: Organisation, kind: Kind, id: string): Body | undefined;
  list(of: Organisation, kind: Kind): Body[];
  /** Those that can be found by this: `name`, `number`, `code` or the `document` they are of. */
  among(of: Organisation, kind: Kind, by: By, value: string): Body[];
  /** Keeps an object and stamps it; `at` is another moment than now. Whoever listens is told at the end of the undertaking. */
  put(of: Organisation, kind: Kind, object: Body, at?: number): Body;
  drop(of: Organisation, kind: Kind, id: string): void;
  /** All of it, or nothing where it throws. */
  together<T>(of: Organisation, work: () => T): T;
}

/** What an object can be found by. */
function keysOf(kind: Kind, object: Body): [By, string][] {
  const found: [By, unknown][] = [
    ['name', kind === 'Contacts' ? object.Name : undefined],
    ['number', object.ContactNumber ?? object.InvoiceNumber ?? object.CreditNoteNumber ?? object.QuoteNumber],
    ['code', object.Code],
    ['document', kind === 'Payments' ? (body(object.Invoice).InvoiceID ?? body(object.CreditNote).CreditNoteID) : undefined],
    ...bodies(object.Allocations).map((one): [By, unknown] => ['document', body(one.Invoice).InvoiceID]),
  ];
  return found.flatMap(([by, value]) => (typeof value === 'string' ? [[by, value] as [By, string]] : []));
}

const keyOf = (kind: Kind, by: By, value: string): string => `${kind} ${by} ${value.trim().toLowerCase()}`;

export function createLedger(clock: Clock, told: (change: Change) => void): Ledger {
  return {
    clock,
    get: ({ books }, kind, id) => books[kind].get(id.toLowerCase()),
    list: ({ books }, kind) => [...books[kind].values()],
    among({ books, index }, kind, by, value) {
      const ids = index.get(keyOf(kind, by, value)) ?? [];
      return [...ids].map((id) => books[kind].get(id)).filter((one) => one !== undefined);
    },
    put(organisation, kind, object, at = clock.now()) {
      const id = String(object[ID[kind]]);
      const stamped = { ...object, UpdatedDateUTC: at };
      const { books, index } = organisation;
      for (const [by, value] of keysOf(kind, stamped)) {
        const key = keyOf(kind, by, value);
        index.set(key, (index.get(key) ?? new Set()).add(id.toLowerCase()));
      }
      const event = books[kind].has(id.toLowerCase()) ? 'UPDATE' : 'CREATE';
      books[kind].set(id.toLowerCase(), stamped);
      told({ organisation, kind, id, event });
      return stamped;
    },
    drop: ({ books }, kind, id) => void books[kind].delete(id.toLowerCase()),
    together({ books, numbers }, work) {
      const before = KINDS.map((kind) => [kind, [...books[kind]]] as const);
      const counted = { ...numbers };
      try {
        return work();
      } catch (error) {
        for (const [kind, entries] of before) {
          books[kind].clear();
          for (const [id, object] of entries) books[kind].set(id, object);
        }
        Object.assign(numbers, counted);
        throw error;
      }
    },
  };
}
