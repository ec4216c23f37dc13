/**
 * Things that stand in one account, while services keep copies of them in others: a meeting, and what its guests have in their calendars.
 * Copies are never written; beside the row itself they give nothing; and they take the record with them only when nothing else is left.
 */
import type { Row } from '#kit/stream.ts';
import type { Tx } from '#store/database.ts';
import { type Link, livingLinks, standingElsewhere } from '#store/links.ts';
import type { Env } from './env.ts';
import { type Standing, type Standings, standingsOf } from './known.ts';

const NONE: ReadonlySet<string> = new Set();

/** The rows that stand for the records, in whatever sync. Asked only where copies are about. */
export async function standingFor(env: Env, tx: Tx, records: readonly string[]): Promise<Standings> {
  if (records.length === 0) return new Map();
  const ask = async () =>
    (await livingLinks(tx, records)).map(
      ({ record, sync, stream, row, raw }): Standing => ({
        record,
        sync,
        row,
        copy: env.streamOf(stream).toRow(raw).copy ?? null,
      }),
    );
  return Map.groupBy(await standingsOf(tx, records, ask), ({ record }) => record);
}

/** Does the thing itself stand for the record, and not only copies of it? */
export const isHere = ({ standing }: Pick<Env, 'standing'>, record: string): boolean =>
  (standing.get(record) ?? []).some(({ copy }) => copy === null);

/** Does a copy give nothing? Beside the thing itself; one that is bare beside any row that says more. */
export function isSilent(env: Pick<Env, 'standing' | 'sync'>, { id, copy }: Row, record: string): boolean {
  if (copy === undefined) return false;
  if (isHere(env, record)) return true;
  const others = (env.standing.get(record) ?? []).filter(({ sync, row }) => sync !== env.sync.id || row !== id);
  return copy === 'bare' && others.some((other) => other.copy !== 'bare');
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
