/** Tax codes of the books one leaves, and those of the other books that are the same: each pair becomes one tax code here, with two links. */
import type { CrmRecord } from '#crm/core.ts';
import type { Crm } from '#crm/crm.ts';
import { linesOf } from '#crm/ledger/totals.ts';
import { Fault } from '#hub/fault.ts';
import { textOf } from '#mappings/objects/shape.ts';
import type { Tx } from '#store/database.ts';
import { linksAfter, takenRecords } from '#store/links.ts';
import type { Reader } from '../history/books.ts';

/** A tax code that open documents name, and what it is in the other books. */
export interface TaxPair {
  name: string;
  percent: number | null;
  /** Of the other books; null while it is not known which. */
  is: string | null;
  /** Which it may be, by code and name, where several may. */
  candidates: string[];
}

export interface Pairing {
  pairs: TaxPair[];
  /** To be merged: the record of the books one leaves into that of the others. */
  merges: { loser: CrmRecord; survivor: CrmRecord }[];
}

/**
 * `chosen`: name or code there → name or code in the other books. Throws `Fault` where one names none of the other books', or one of
 * another percentage.
 */
export function pairTaxes(
  used: readonly CrmRecord[],
  known: readonly CrmRecord[],
  paired: ReadonlySet<string>,
  chosen: { readonly [from: string]: string },
): Pairing {
  const open = new Map(Object.entries(chosen));
  const pairing: Pairing = { pairs: [], merges: [] };
  for (const code of used) {
    const name = calledOf(code);
    const percent = percentOf(code);
    const wanted = take(open, code);
    if (paired.has(code.id)) {
      pairing.pairs.push({ name, percent, is: calledOf(code), candidates: [] });
      continue;
    }
    const fitting = known.filter(({ fields }) => fields.percent === percent && fields.active === true && fields.sales === true);
    const named = wanted === undefined ? undefined : namedBy(known, wanted);
    if (named !== undefined && percentOf(named) !== percent) throw differing(code, named);
    const is = named ?? (fitting.length === 1 ? fitting[0] : undefined);
    pairing.pairs.push({ name, percent, is: is ? calledOf(is) : null, candidates: is ? [] : fitting.map(calledOf) });
    if (is) pairing.merges.push({ loser: code, survivor: is });
  }
  // What was joined before is called as in the other books by now: the same wish again is none.
  for (const wanted of open.values()) namedBy(known, wanted);
  return pairing;
}

const codeOf = ({ fields }: CrmRecord): string => textOf(fields, 'code');
const calledOf = (record: CrmRecord): string => (codeOf(record) ? `${codeOf(record)} (${record.name})` : record.name);
const percentOf = ({ fields }: CrmRecord): number | null => (typeof fields.percent === 'number' ? fields.percent : null);
const bears = (record: CrmRecord, said: string): boolean =>
  record.name === said || (codeOf(record) !== '' && codeOf(record) === said);

function take(open: Map<string, string>, code: CrmRecord): string | undefined {
  for (const [said, wanted] of open) {
    if (!bears(code, said)) continue;
    open.delete(said);
    return wanted;
  }
  return undefined;
}

function namedBy(known: readonly CrmRecord[], said: string): CrmRecord {
  const [found] = known.filter((one) => bears(one, said));
  if (found !== undefined) return found;
  const allowed = known.map(calledOf).join(', ') || 'none: read its tax codes first';
  throw new Fault('invalid', `The other books have no tax ${JSON.stringify(said)}.`, `They have: ${allowed}.`);
}

const differing = (code: CrmRecord, named: CrmRecord): Fault =>
  new Fault(
    'invalid',
    `${calledOf(code)} is ${percentOf(code) ?? '?'} %, and ${calledOf(named)} is ${percentOf(named) ?? '?'} %.`,
    'Name one of the same percentage: documents would come to another sum.',
  );

/** Of these records, those that a sync of the readers has a row of. */
export async function linkedIn(tx: Tx, readers: readonly Reader[], records: readonly string[]): Promise<Set<string>> {
  const found = new Set<string>();
  for (const { sync } of readers)
    for (const { record, state } of await takenRecords(tx, sync.id, records)) if (state === 'live') found.add(record);
  return found;
}

/** All tax codes that a sync of the readers has brought. */
export async function codesOf(tx: Tx, crm: Crm, readers: readonly Reader[]): Promise<CrmRecord[]> {
  const ids = new Set<string>();
  for (const { sync } of readers)
    for (let after: string | null = ''; after !== null; ) {
      const links: Awaited<ReturnType<typeof linksAfter>> = await linksAfter(tx, sync.id, after, 500);
      for (const { record, state } of links) if (state === 'live') ids.add(record);
      after = links.length < 500 ? null : links.at(-1)!.row;
    }
  return [...(await crm.read(tx, [...ids])).values()].filter(({ archived }) => archived === null);
}

/** Ids of tax codes that a document's lines name. */
export const taxesOf = ({ fields }: CrmRecord): string[] =>
  linesOf(fields).flatMap(({ taxCode }) => (typeof taxCode === 'string' && taxCode !== '' ? [taxCode] : []));
