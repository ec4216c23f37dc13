/**
 * What came from one person's account does not go to another's, unless the mapping says that people share. Where a value came from,
 * the journal tells: who wrote it last, or, of a merged list, who had a part in it since somebody here last edited it.
 */
import type { Tx } from '#store/database.ts';
import type { JournalRow } from '#store/journal.ts';
import type { Env } from './env.ts';
import { entriesHere } from './known.ts';
import type { Withheld } from './settle.ts';

const NOTHING: ReadonlyMap<string, Withheld> = new Map();

export async function withheldFrom(env: Env, tx: Tx, records: readonly string[]): Promise<ReadonlyMap<string, Withheld>> {
  if (env.otherPeople.size === 0 || records.length === 0) return NOTHING;
  const entries = Map.groupBy(await entriesHere(tx, records), (entry) => entry.record);
  return new Map([...entries].map(([record, own]) => [record, withheldOf(env, own)]));
}

/** From a record's entries, oldest first. */
function withheldOf(env: Env, entries: readonly Pick<JournalRow, 'sync' | 'action' | 'changes'>[]): Withheld {
  const foreign = (sync: number | null) => sync !== null && env.otherPeople.has(sync);
  const born = entries.find((entry) => entry.action === 'create');
  const whole = born !== undefined && foreign(born.sync);
  const fields = new Set(whole ? env.translation.rules.map((rule) => rule.crm) : []);
  for (const { action, sync, changes } of entries) {
    if (action !== 'update') continue;
    for (const [field, { why }] of Object.entries(changes ?? {})) {
      if (foreign(sync)) fields.add(field);
      else if (sync === null || !String(why).endsWith('merged')) fields.delete(field);
    }
  }
  return { whole, fields };
}
