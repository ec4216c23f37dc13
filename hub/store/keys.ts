/**
 * Match keys and search words: who bears this token? Asked by range only. The text that is compared is object, kind, token and the
 * quarter of a second in which the bearers were made, with tabs between, so that a bearer is found again among many in one step.
 */
import type { Key } from '#mappings/keys.ts';
import { column, HERE, list } from './columns.ts';
import type { Tx } from './database.ts';

export interface KeyRow extends Key {
  object: string;
  record: string;
}

/** Tokens have no control characters; those that end a token come before all that could go on with it. */
const END = '\t';
const AFTER_END = '\n';
/** Above every character, in the order of bytes. */
const LAST = '\u{10ffff}';

/** More bearers than this go into further rows: a row stays below the size at which PostgreSQL stores it apart. */
const MOST_IN_ROW = 100;
/** So long is the text of that many, with commas between. */
const FULL = MOST_IN_ROW * 37 - 1;

/** The first 40 bits of a record's id (UUID version 7): the time of its making, in steps of 256 ms. */
function moment(record: string): string {
  return record.slice(0, 8) + record.slice(9, 11);
}

function keyOfRow({ object, kind, token, record }: KeyRow): string {
  return `${object}\t${kind}\t${token}\t${moment(record)}`;
}

/** Rows of the table: keys, and their bearers as array literals. */
function rowsOf(keys: readonly KeyRow[]): [string, string] {
  const open = new Map<string, string>();
  const full: [key: string, records: string][] = [];
  for (const row of keys) {
    const key = keyOfRow(row);
    const records = open.get(key);
    if (records !== undefined && records.length >= FULL) full.push([key, records]);
    open.set(key, records === undefined || records.length >= FULL ? row.record : `${records},${row.record}`);
  }
  const rows = [...full, ...open];
  return [column(rows.map(([key]) => key)), column(rows.map(([, records]) => `{${records}}`))];
}

const ROWS = `unnest(${list('$1', 'text')}, ${list('$2', 'text')}) n (key, records)`;

/** Adds keys that are not there yet. */
export async function addKeys(tx: Tx, keys: readonly KeyRow[]): Promise<void> {
  if (keys.length === 0) return;
  await tx.run(`insert into keys (workspace, key, records) select ${HERE}, key, records::uuid[] from ${ROWS}`, rowsOf(keys));
}

/** Removes keys: their rows are read and locked, then those left without bearers go and the others keep theirs. */
export async function removeKeys(tx: Tx, keys: readonly KeyRow[]): Promise<void> {
  if (keys.length === 0) return;
  const gone = Map.groupBy(keys, keyOfRow);
  const rows = await tx.query<{ place: string; key: string; records: string }>(
    `select ctid::text as place, key, array_to_string(records, ',') as records
     from keys where key = any(${list('$1', 'text')}) order by key for update`,
    [column([...gone.keys()])],
  );
  const emptied: string[] = [];
  const places: string[] = [];
  const kept: string[] = [];
  for (const { place, key, records } of rows) {
    const leave = new Set(gone.get(key)!.map((row) => row.record));
    const all = records.split(',');
    const stay = all.filter((record) => !leave.has(record));
    if (stay.length === 0) emptied.push(place);
    else if (stay.length < all.length) {
      places.push(place);
      kept.push(`{${stay.join()}}`);
    }
  }
  if (emptied.length > 0) await tx.run(`delete from keys where ctid = any(${list('$1', 'tid')})`, [column(emptied)]);
  if (places.length === 0) return;
  await tx.run(
    `update keys k set records = n.records::uuid[] from unnest(${list('$1', 'tid')}, ${list('$2', 'text')}) n (place, records)
     where k.ctid = n.place`,
    [column(places), column(kept)],
  );
}

/** Which of the keys their records do not bear yet. */
export async function missingKeys(tx: Tx, keys: readonly KeyRow[]): Promise<KeyRow[]> {
  if (keys.length === 0) return [];
  const rows = await tx.query<{ key: string; records: string }>(
    `select key, array_to_string(records, ',') as records from keys where key = any(${list('$1', 'text')})`,
    [column([...new Set(keys.map(keyOfRow))])],
  );
  const borne = new Map<string, Set<string>>();
  for (const { key, records } of rows) borne.set(key, new Set([...(borne.get(key) ?? []), ...records.split(',')]));
  return keys.filter((row) => !borne.get(keyOfRow(row))?.has(row.record));
}

/** The keys of the workspace in their order, from a place on; `next` is the place after them, null at the end. */
export async function keysFrom(tx: Tx, from: string, most: number): Promise<{ keys: KeyRow[]; next: string | null }> {
  const rows = await tx.query<{ key: string; records: string }>(
    `select key, array_to_string(records, ',') as records from keys where key >= $1 order by key limit $2`,
    [from, most],
  );
  const last = rows.at(-1)?.key;
  const next = rows.length < most ? null : last!;
  // Rows of the last key may follow: it has its turn whole, next time.
  const whole = next === null ? rows : rows.filter(({ key }) => key !== last);
  if (next !== null && whole.length === 0) return keysFrom(tx, from, most * 2);
  return { keys: whole.flatMap(bearersIn), next };
}

function bearersIn({ key, records }: { key: string; records: string }): KeyRow[] {
  const [object, kind, token] = key.split('\t') as [string, Key['kind'], string];
  return records.split(',').map((record) => ({ object, kind, token, record }));
}

/**
 * Living records of an object that bear one of the keys, at most `most` for each. `offset 0` looks each bearer up by its id: PostgreSQL
 * would rather read all records for every key as long as the table is younger than its statistics.
 */
export function findKeys(
  tx: Tx,
  object: string,
  keys: readonly Key[],
  most: number,
): Promise<{ kind: string; token: string; record: string }[]> {
  return tx.query(
    `select n.kind, n.token, f.record
     from unnest(${list('$1', 'text')}, ${list('$2', 'text')}, ${list('$3', 'text')}, ${list('$4', 'text')}) n (kind, token, low, high)
     cross join lateral (
       select b.record from keys k cross join unnest(k.records) b (record)
       cross join lateral (select from records where id = b.record and archived is null offset 0) r
       where k.key > n.low and k.key < n.high limit $5) f`,
    [
      column(keys.map((k) => k.kind)),
      column(keys.map((k) => k.token)),
      column(keys.map((k) => `${object}\t${k.kind}\t${k.token}${END}`)),
      column(keys.map((k) => `${object}\t${k.kind}\t${k.token}${AFTER_END}`)),
      most,
    ],
  );
}

/** A place among the bearers of an object's tokens. */
export interface Bearer {
  key: string;
  record: string;
}

/** Tokens of one object and kind: the one that `token` is, or all that begin with it. */
export interface Tokens {
  object: string;
  kind: string;
  token: string;
  whole: boolean;
}

function boundsOf({ object, kind, token, whole }: Tokens): [string, string] {
  const beginning = `${object}\t${kind}\t${token}`;
  return whole ? [beginning + END, beginning + AFTER_END] : [beginning, beginning + LAST];
}

/** The token that a bearer's key is of. */
export function tokenOfBearer({ key }: Bearer): string {
  return key.split('\t')[2]!;
}

/** Bearers in order of token and of their making, from after a place. */
export function scanTokens(tx: Tx, tokens: Tokens, after: Bearer | null, limit: number): Promise<Bearer[]> {
  const [low, high] = boundsOf(tokens);
  return tx.query<Bearer>(
    `select k.key, b.record from keys k cross join unnest(k.records) b (record)
     where k.key >= $1 and k.key < $2 and (k.key > $1 or b.record > $3::uuid)
     order by k.key, b.record limit $4`,
    [after?.key ?? low, high, after?.record ?? '00000000-0000-0000-0000-000000000000', limit],
  );
}

/** How many bear each of the tokens, counted up to about `most`: the rarest of several is looked up first. */
export async function countTokens(tx: Tx, asked: readonly Tokens[], most: number): Promise<number[]> {
  const bounds = asked.map(boundsOf);
  const rows = await tx.query<{ n: number }>(
    `select (select coalesce(sum(cardinality(few.records)), 0)::int from (
       select k.records from keys k where k.key >= p.low and k.key < p.high limit $3) few) as n
     from unnest(${list('$1', 'text')}, ${list('$2', 'text')}) with ordinality p (low, high, place) order by p.place`,
    [column(bounds.map(([low]) => low)), column(bounds.map(([, high]) => high)), most],
  );
  return rows.map((row) => row.n);
}
