/**
 * Keeps invoices and payments in step with what is allocated between them: whoever writes one of them restates, in the same transaction,
 * the invoices that are concerned.
 */
import type { Json, Values } from '#kit/fields.ts';
import type { Tx } from '#store/database.ts';
import { readRecords } from '#store/records.ts';
import { type Allocation, allocationsTo } from '#store/refs.ts';
import { type Allocating, derivedOfInvoice, derivedOfPayment, isCredit, standingOf, unappliedOf } from './standing.ts';

/** A record that is written: its values before, where it was there, and as they shall be. */
export interface Entry {
  id: string;
  object: string;
  before?: Values;
  after: Values;
}

/** What must be known to derive, and whom to restate afterwards. */
export interface Books {
  /** Documents that payments and credit notes name, before or after. */
  targets: string[];
  /** Those of them that are credit notes. */
  credits: ReadonlySet<string>;
  /** What is allocated to invoices that are written, by invoice. */
  allocating: ReadonlyMap<string, readonly Allocating[]>;
}

const SHUT: Books = { targets: [], credits: new Set(), allocating: new Map() };

/** Fields whose change moves what is derived, here or at the documents that are named. */
const RELEVANT: { readonly [object: string]: readonly string[] } = {
  invoice: ['total', 'currency', 'kind', 'stage', 'settlements', 'allocations'],
  payment: ['amount', 'kind', 'status', 'allocations'],
};

const DERIVED: { readonly [object: string]: readonly string[] } = { invoice: derivedOfInvoice, payment: derivedOfPayment };

export const derivedFields = (object: string): readonly string[] => DERIVED[object] ?? [];

/** Does the entry move a derived value? */
function isRelevant({ object, before, after }: Entry): boolean {
  const fields = RELEVANT[object];
  return fields !== undefined && (before === undefined || fields.some((field) => before[field] !== after[field]));
}

/** Two statements where invoices or payments are written that matter to each other, else none. */
export async function openBooks(tx: Tx, entries: readonly Entry[]): Promise<Books> {
  const relevant = entries.filter(isRelevant);
  if (relevant.length === 0) return SHUT;
  const targets = [...new Set(relevant.flatMap(({ before, after }) => [...targetsOf(before), ...targetsOf(after)]))];
  const invoices = relevant.flatMap(({ id, object, before }) => (object === 'invoice' && before ? [id] : []));
  const [named, allocations] = await Promise.all([
    targets.length === 0 ? [] : readRecords(tx, targets),
    invoices.length === 0 ? [] : allocationsTo(tx, invoices),
  ]);
  const credits = named.flatMap(({ id, fields }) => (isCredit(fields.kind) ? [id] : []));
  return { targets, credits: new Set(credits), allocating: byTarget(allocations) };
}

/** The values with what follows from them. Of an entry that moves nothing derived, what it held before. */
export function derive(entry: Entry, books: Books): Values {
  const derived = derivedFields(entry.object);
  if (derived.length === 0) return entry.after;
  const after = { ...entry.after };
  for (const field of derived) delete after[field];
  if (!isRelevant(entry)) {
    for (const field of derived) if (entry.before?.[field] !== undefined) after[field] = entry.before[field];
    return after;
  }
  const { id, object } = entry;
  return {
    ...after,
    ...(object === 'invoice' ? standingOf(id, after, books.allocating.get(id) ?? []) : unappliedOf(after, books.credits)),
  };
}

export function byTarget(allocations: readonly Allocation[]): Map<string, Allocating[]> {
  return Map.groupBy(allocations, ({ target }) => target);
}

/** Documents that a record's allocations name. */
export function targetsOf(values: Values | undefined): string[] {
  const allocations: Json = values?.allocations ?? null;
  if (!Array.isArray(allocations)) return [];
  return allocations.flatMap((part) =>
    part !== null && typeof part === 'object' && !Array.isArray(part) && typeof part.invoice === 'string' ? [part.invoice] : [],
  );
}
