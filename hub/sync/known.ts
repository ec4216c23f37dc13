/**
 * All that settling a page may ask of the database. Each question can be put on a tape with its answer, and be answered from one: what
 * is not here, a page's plan does not depend on.
 */
import type { CrmCore } from '#crm/core.ts';
import type { Json } from '#kit/fields.ts';
import type { Row } from '#kit/stream.ts';
import type { Tx } from '#store/database.ts';
import * as flights from '#store/flights.ts';
import * as held from '#store/held.ts';
import * as journal from '#store/journal.ts';
import * as links from '#store/links.ts';
import * as plans from '#store/plans.ts';

/** Hears a question; asks it, or knows the answer. */
export type Tape = <T>(question: string, args: readonly Json[], ask: () => Promise<T>) => Promise<T>;

const tapes = new WeakMap<Tx, Tape>();

/** While `work` lasts, what is asked in this transaction goes by the tape. */
export async function onTape<T>(tx: Tx, tape: Tape, work: () => Promise<T>): Promise<T> {
  tapes.set(tx, tape);
  try {
    return await work();
  } finally {
    tapes.delete(tx);
  }
}

function known<Args extends unknown[], T>(
  question: string,
  ask: (tx: Tx, ...args: Args) => Promise<T>,
): (tx: Tx, ...args: Args) => Promise<T> {
  return (tx, ...args) => {
    const tape = tapes.get(tx);
    return tape === undefined ? ask(tx, ...args) : tape(question, args as unknown as Json[], () => ask(tx, ...args));
  };
}

export const linkHeads = known('linkHeads', links.linkHeads);
export const linksOfRows = known('linksOfRows', links.linksOfRows);
export const takenRecords = known('takenRecords', links.takenRecords);
export const linkedRecords = known('linkedRecords', links.linkedRecords);
export const rowsOfRecords = known('rowsOfRecords', links.rowsOfRecords);
export const inFlight = known('inFlight', flights.inFlight);
export const intentsOf = known('intentsOf', flights.intentsOf);
export const identityAnswers = known('identityAnswers', held.identityAnswers);
export const findPlanKeys = known('findPlanKeys', plans.findPlanKeys);
export const plannedRecords = known('plannedRecords', plans.plannedRecords);
export const entriesHere = known('entriesHere', journal.entriesHere);

/** Which of the rows a room beside the engine leaves outside (`beside.ts`). */
export const outsideOf = known('outside', async (_tx: Tx, _rows: readonly string[], ask: () => Promise<ReadonlySet<string>>) => [
  ...(await ask()),
]);

/** A row that stands for a record. */
export interface Standing {
  record: string;
  sync: number;
  row: string;
  copy: Row['copy'] | null;
}

export type Standings = ReadonlyMap<string, readonly Standing[]>;

/** The rows that stand for the records (`copies.ts`). */
export const standingsOf = known('standing', async (_tx: Tx, _records: readonly string[], ask: () => Promise<Standing[]>) =>
  ask(),
);

/** The CRM, whose answers to the same questions can be on a tape. */
export function knownCrm(crm: CrmCore): CrmCore {
  return { ...crm, read: known('crm.read', crm.read), find: known('crm.find', crm.find) };
}
