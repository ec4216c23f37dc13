/**
 * Things that stand in one account, while services keep copies of them in others: a meeting, and what its guests have in their calendars.
 * Copies are never written; beside the row itself they give nothing; and they take the record with them only when nothing else is left.
 */
import type { Tx } from '#store/database.ts';
import { type Link, livingLinks, standingElsewhere } from '#store/links.ts';
import type { Env } from './env.ts';
import { governedOf } from './known.ts';

const NONE: ReadonlySet<string> = new Set();

/** Of records: those to which the row itself is linked, in whatever sync. Asked only where copies are about. */
export async function governed(env: Env, tx: Tx, records: readonly string[]): Promise<ReadonlySet<string>> {
  if (records.length === 0) return NONE;
  const ask = async () => {
    const found = await livingLinks(tx, records);
    return found.flatMap(({ record, stream, raw }) => (env.streamOf(stream).toRow(raw).copy === true ? [] : [record]));
  };
  return new Set(await governedOf(tx, records, ask));
}

/** Of the links of copies that are going: the records that another row stands for. */
export async function otherwiseKnown(tx: Tx, sync: number, going: readonly Link[]): Promise<ReadonlySet<string>> {
  if (going.length === 0) return NONE;
  const rows = new Set(going.map(({ row }) => row));
  const found = await livingLinks(
    tx,
    going.map(({ record }) => record),
  );
  return new Set(found.flatMap((link) => (link.sync === sync && rows.has(link.row) ? [] : [link.record])));
}

/** Which of the records are not to come into being in this account: their owner has another, or they stand in one already. */
export async function atHomeElsewhere(
  env: Env,
  tx: Tx,
  births: readonly { id: string; owner: unknown }[],
): Promise<ReadonlySet<string>> {
  if (!env.stream.once || births.length === 0) return NONE;
  const away = births.filter(({ owner }) => typeof owner !== 'string' || !env.home.has(owner));
  const standing = await standingElsewhere(
    tx,
    env.sync.id,
    births.map(({ id }) => id),
  );
  return new Set([...away.map(({ id }) => id), ...standing]);
}
