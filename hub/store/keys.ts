/** Match keys and search words: who bears this token? Asked by equality and by range of prefix only. */
import type { Key } from '#mappings/keys.ts';
import { column, HERE, list } from './columns.ts';
import type { Tx } from './database.ts';

export interface KeyRow extends Key {
  object: string;
  record: string;
}

function columns(keys: readonly KeyRow[]): string[] {
  return [
    column(keys.map((k) => k.object)),
    column(keys.map((k) => k.kind)),
    column(keys.map((k) => k.token)),
    column(keys.map((k) => k.record)),
  ];
}

const LISTS = `${list('$1', 'text')}, ${list('$2', 'text')}, ${list('$3', 'text')}, ${list('$4', 'uuid')}`;

/** Adds keys; each must be new. Those of new records always are. */
export async function insertKeys(tx: Tx, keys: readonly KeyRow[]): Promise<void> {
  if (keys.length === 0) return;
  await tx.run(
    `insert into keys (workspace, object, kind, token, record)
     select ${HERE}, object, kind, token, record from unnest(${LISTS}) n (object, kind, token, record)`,
    columns(keys),
  );
}

/** Adds keys that may be there already. */
export async function addKeys(tx: Tx, keys: readonly KeyRow[]): Promise<void> {
  if (keys.length === 0) return;
  await tx.run(
    `insert into keys (workspace, object, kind, token, record)
     select ${HERE}, object, kind, token, record from unnest(${LISTS}) n (object, kind, token, record)
     on conflict do nothing`,
    columns(keys),
  );
}

export async function removeKeys(tx: Tx, keys: readonly KeyRow[]): Promise<void> {
  if (keys.length === 0) return;
  await tx.run(
    `delete from keys k using unnest(${LISTS}) n (object, kind, token, record)
     where k.object = n.object and k.kind = n.kind and k.token = n.token and k.record = n.record`,
    columns(keys),
  );
}

/** Living records of an object that bear one of the keys, at most `most` for each. */
export function findKeys(
  tx: Tx,
  object: string,
  keys: readonly Key[],
  most: number,
): Promise<{ kind: string; token: string; record: string }[]> {
  return tx.query(
    `select n.kind, n.token, f.record
     from unnest(${list('$2', 'text')}, ${list('$3', 'text')}) n (kind, token)
     cross join lateral (
       select k.record from keys k join records r on r.id = k.record
       where k.object = $1 and k.kind = n.kind and k.token = n.token and r.archived is null
       order by k.record limit $4) f`,
    [object, column(keys.map((k) => k.kind)), column(keys.map((k) => k.token)), most],
  );
}

/** A place in the words of one object. */
export interface WordPlace {
  token: string;
  record: string;
}

/** Words of one object from a token to below another, in order, from after a place. `until` null: that very token. */
export function scanWords(
  tx: Tx,
  object: string,
  from: string,
  until: string | null,
  after: WordPlace | null,
  limit: number,
): Promise<WordPlace[]> {
  if (until === null) {
    return tx.query(
      `select token, record from keys where object = $1 and kind = 'word' and token = $2 and record > $3::uuid order by record limit $4`,
      [object, from, after?.record ?? NO_RECORD, limit],
    );
  }
  return tx.query(
    `select token, record from keys
     where object = $1 and kind = 'word' and token >= $2 and token < $3 and (token, record) > ($4, $5::uuid)
     order by token, record limit $6`,
    [object, from, until, after?.token ?? '', after?.record ?? NO_RECORD, limit],
  );
}

/** Of each object, how many of its words begin with each prefix, counted up to `most`: the rarest of several is looked up first. */
export async function countWords(
  tx: Tx,
  objects: readonly string[],
  prefixes: readonly { from: string; until: string }[],
  most: number,
): Promise<number[][]> {
  const rows = await tx.query<{ counts: number[] }>(
    `select (select array_agg(c.n order by p.place)
             from unnest(${list('$2', 'text')}, ${list('$3', 'text')}) with ordinality p (low, high, place)
             cross join lateral (
               select count(*)::int as n from (
                 select from keys k where k.object = o.object and k.kind = 'word' and k.token >= p.low and k.token < p.high limit $4) few) c
            ) as counts
     from unnest(${list('$1', 'text')}) with ordinality o (object, place) order by o.place`,
    [column(objects), column(prefixes.map((p) => p.from)), column(prefixes.map((p) => p.until)), most],
  );
  return rows.map((row) => row.counts);
}

const NO_RECORD = '00000000-0000-0000-0000-000000000000';
