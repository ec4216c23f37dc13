/**
 * What came from one person's account does not go to another's, nor what stands in one account's books to others, unless the mapping says
 * that they share. Where a value came from, the journal tells: who wrote it last, or, of a merged list, who had a part in it since somebody
 * here last edited it; and of what a merge of two records brought, where the other record had it from.
 */
import type { CrmRecord } from '#crm/core.ts';
import { isOwed } from '#crm/ledger/standing.ts';
import { notItsLines } from '#crm/ledger/whole.ts';
import type { Values } from '#kit/fields.ts';
import type { Tx } from '#store/database.ts';
import type { JournalRow } from '#store/journal.ts';
import type { Env } from './env.ts';
import { entriesHere } from './known.ts';
import type { Reason } from './reasons.ts';
import type { Withheld } from './settle.ts';

type Entry = Pick<JournalRow, 'record' | 'sync' | 'action' | 'changes'>;

const NOTHING: ReadonlyMap<string, Withheld> = new Map();

export async function withheldFrom(
  env: Pick<Env, 'foreign' | 'translation'>,
  tx: Tx,
  records: readonly string[],
): Promise<ReadonlyMap<string, Withheld>> {
  if (env.foreign.size === 0 || records.length === 0) return NOTHING;
  const entries = await entriesOf(tx, records);
  const known = new Map<string, Withheld>();
  for (const record of records) if (entries.has(record)) withheldOf(env, record, entries, known);
  return known;
}

/** Entries of records, and of those that were merged into them; each record's oldest first. */
async function entriesOf(tx: Tx, records: readonly string[]): Promise<ReadonlyMap<string, Entry[]>> {
  const found = new Map<string, Entry[]>();
  for (let wanted = records; wanted.length > 0; ) {
    const entries = await entriesHere(tx, wanted);
    for (const [record, own] of Map.groupBy(entries, (entry) => entry.record)) found.set(record, own);
    wanted = entries.flatMap(mergedFrom).filter((id) => !found.has(id));
  }
  return found;
}

function mergedFrom({ action, changes }: Entry): string[] {
  const other = action === 'merge' ? changes?.mergedFrom?.to : undefined;
  return typeof other === 'string' ? [other] : [];
}

const NOT_THERE: Withheld = { whole: false, fields: new Set() };

/** Of these, documents of other books that a move leaves behind: nothing of them is owed any more, or other books would make another sum. */
export async function leftBehind(env: Env, tx: Tx, records: readonly CrmRecord[]): Promise<ReadonlyMap<string, Reason>> {
  if (env.behind.size === 0) return new Map();
  const staying = new Map(records.flatMap(({ id, fields }) => [[id, staysBehind(fields)]] as const).filter(([, why]) => why));
  const withheld = await withheldFrom({ ...env, foreign: env.behind }, tx, [...staying.keys()]);
  return new Map([...withheld].flatMap(([id, { whole }]) => (whole ? [[id, staying.get(id)!] as const] : [])));
}

/** Why a document stays in the books in which it stands when one moves to others; null where it goes. */
export function staysBehind(document: Values): Reason | null {
  if (!isOwed(document)) return 'other books';
  return notItsLines(document) === null ? null : 'not its lines';
}

function withheldOf(
  env: Pick<Env, 'foreign' | 'translation'>,
  record: string,
  entries: ReadonlyMap<string, readonly Entry[]>,
  known: Map<string, Withheld>,
): Withheld {
  const found = known.get(record);
  if (found !== undefined) return found;
  const own = entries.get(record);
  if (own === undefined) return NOT_THERE;
  const foreign = (sync: number | null) => sync !== null && env.foreign.has(sync);
  const born = own.find((entry) => entry.action === 'create');
  const whole = born !== undefined && foreign(born.sync);
  const fields = new Set(whole ? env.translation.rules.map((rule) => rule.crm) : []);
  const withheld = { whole, fields };
  known.set(record, withheld); // before the others: a record merged to and fro ends here
  for (const { action, sync, changes } of own) {
    if (action !== 'update') continue;
    for (const [field, { why }] of Object.entries(changes ?? {})) {
      const from = MERGED.exec(String(why))?.[1];
      if (from !== undefined) {
        if (withheldOf(env, from, entries, known).fields.has(field)) fields.add(field);
      } else if (foreign(sync)) fields.add(field);
      else if (sync === null || !String(why).endsWith('merged')) fields.delete(field);
    }
  }
  return withheld;
}

/** Why a merge changed a field, as `crm/merge.ts` says it. */
const MERGED = /^merged from ([\da-f-]{36})$/;
