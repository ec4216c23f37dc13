/** Cases: what the settling of pages was given, packed, for a month and no more than two hundred of a workspace. */
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { HERE } from './columns.ts';
import type { Tx } from './database.ts';

export type CaseKind = 'failed' | 'sampled' | 'asked';

export interface CaseRow {
  id: number;
  sync: number;
  kind: CaseKind;
  at: string;
  stream: string;
  /** How many rows its page had. */
  rows: number;
  problem: string | null;
  /** Packed. */
  bytes: number;
}

export type NewCase = Pick<CaseRow, 'sync' | 'kind' | 'stream' | 'rows' | 'problem'> & { at: Date; text: string };

const MOST = 200;
const DAYS = 30;
/** Packed. A page of a thousand large rows. */
const MOST_BYTES = 8 * 1024 * 1024;
const COLUMNS = 'id, sync, kind, at, stream, rows, problem, bytes';

const [pack, unpack] = [promisify(gzip), promisify(gunzip)];

/** Undefined where it is too large, or the same failure of the sync was kept within the hour. */
export async function insertCase(tx: Tx, { sync, kind, at, stream, rows, problem, text }: NewCase): Promise<number | undefined> {
  const body = await pack(text);
  if (body.length > MOST_BYTES) return undefined;
  const made = await tx.query<{ id: number }>(
    `insert into cases (workspace, sync, kind, at, stream, rows, problem, bytes, body)
     select ${HERE}, $1::int, $2, $3::timestamptz, $4, $5::int, $6, $7::int, $8::bytea
     where not exists (select from cases where sync = $1 and kind = 'failed' and problem = $6 and at > $3::timestamptz - interval '1 hour')
     returning id`,
    [sync, kind, at, stream, rows, problem, body.length, body],
  );
  await tx.run(
    `delete from cases where at < $1::timestamptz - interval '${DAYS} days' or id <= (select id from cases order by id desc offset ${MOST} limit 1)`,
    [at],
  );
  return made[0]?.id;
}

/** Newest first; `before` is the id of the last one seen. */
export async function listCases(tx: Tx, filter: { sync?: number; before?: number; limit: number }): Promise<CaseRow[]> {
  return tx.query<CaseRow>(
    `select ${COLUMNS} from cases where ($1::int is null or sync = $1) and ($2::bigint is null or id < $2) order by id desc limit $3`,
    [filter.sync ?? null, filter.before ?? null, filter.limit],
  );
}

export async function getCase(tx: Tx, id: number): Promise<(CaseRow & { text: string }) | undefined> {
  const [row] = await tx.query<CaseRow & { body: Buffer }>(`select ${COLUMNS}, body from cases where id = $1`, [id]);
  if (row === undefined) return undefined;
  const { body, ...rest } = row;
  return { ...rest, text: (await unpack(body)).toString() };
}
